// The data of a view: the JSON twin of the page that is looked at.

/** The JSON twin of a view, for the parameters of the present address or for others. */
export async function twin<T>(view: string, search = location.search): Promise<T> {
  const answer = await fetch(`/${view}.json${search}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${view}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** What a page has embedded as JSON under an id. */
export function embedded<T>(id: string): T {
  return JSON.parse(document.getElementById(id)?.textContent ?? "null") as T;
}
