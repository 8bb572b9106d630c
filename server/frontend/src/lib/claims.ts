// The claims behind a mark of a picture, as the server writes them, in a panel beside it.

/** Put the claims of a thing (a local path such as id/pledge-of-x) into an element, in place of what it has. */
export async function fillClaims(within: HTMLElement, path: string): Promise<void> {
  const answer = await fetch(`/page/${path}?part=claims`, { headers: { Accept: "text/html" } });
  // The server's own markup, in which everything is escaped.
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  within.replaceChildren(...page.body.childNodes);
}

/** Show the claims of a thing (a local path such as id/pledge-of-x) in a panel and move the focus there. */
export async function openClaims(panel: HTMLElement, path: string): Promise<void> {
  panel.hidden = false;
  panel.setAttribute("aria-busy", "true");
  try {
    await fillClaims(panel, path);
  } finally {
    panel.removeAttribute("aria-busy");
  }
  panel.tabIndex = -1;
  panel.focus();
}
