// The panel of claims with its head: what the claims are about, and a way back to the mark that opened it.
import { openClaims } from "./claims";
import { text } from "./texts";

type Mark = Element & HTMLOrSVGElement;
let opener: Mark | null = null;

/** The mark whose claims are open; by its name where the picture was drawn anew since. */
function present(): Mark | null {
  if (!opener || opener.isConnected) return opener;
  const name = opener.getAttribute("aria-label");
  const marks = [...document.querySelectorAll<SVGElement>("svg [aria-expanded]")];
  return marks.find((mark) => mark.getAttribute("aria-label") === name) ?? null;
}

/** Say at the mark that its claims are open, or are not; after drawing anew too. */
export function markOpen(open = true): void {
  if (opener) present()?.setAttribute("aria-expanded", String(open));
}

/** Close the panel and give the focus back to what opened it. */
export function closeDrawer(panel: HTMLElement): void {
  if (panel.hidden) return;
  panel.hidden = true;
  markOpen(false);
  const mark = present();
  opener = null;
  mark?.focus();
}

/** Open the claims of a thing in a panel, under a link to the thing's page. */
export async function openDrawer(
  panel: HTMLElement, path: string, label: string, from: Mark,
): Promise<void> {
  markOpen(false);
  opener = from;
  markOpen();
  panel.setAttribute("aria-label", label);
  await openClaims(panel, path);
  const head = document.createElement("header");
  const heading = document.createElement("h2");
  const link = document.createElement("a");
  link.href = `/${path}`;
  link.textContent = label;
  heading.append(link);
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = text("close");
  close.addEventListener("click", () => closeDrawer(panel));
  head.append(heading, close);
  panel.prepend(head);
}

/** Escape closes the panel, wherever in the stage the focus is. */
export function escapes(stage: HTMLElement, panel: HTMLElement): void {
  stage.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeDrawer(panel);
  });
}
