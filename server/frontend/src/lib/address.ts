// The state of a view is in its address, so that it can be shared, bookmarked and gone back to.

/** The value of a parameter of the address, or "". */
export function given(name: string): string {
  return new URLSearchParams(location.search).get(name) ?? "";
}

/** Write parameters into the address without loading it; an empty value takes the parameter away. */
export function remember(values: Record<string, string>, push = false): void {
  const address = new URL(location.href);
  for (const [name, value] of Object.entries(values)) {
    if (value) address.searchParams.set(name, value);
    else address.searchParams.delete(name);
  }
  if (address.href === location.href) return;
  if (push) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}
