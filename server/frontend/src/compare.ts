// Each statement of a comparison opens, in its place, to the claim as the server writes it.
import { fillClaims } from "./lib/claims";
import { text } from "./lib/texts";

for (const details of document.querySelectorAll<HTMLDetailsElement>("details[data-claim]")) {
  details.addEventListener("toggle", () => {
    const [path, behind] = [details.dataset.claim, details.querySelector<HTMLElement>(".behind-it")];
    if (!details.open || !path || !behind || behind.dataset.filled) return;
    behind.dataset.filled = "yes";
    const link = [...behind.childNodes];
    behind.textContent = text("compare-loading");
    // Where it cannot be had, the link to it stays.
    fillClaims(behind, path).catch(() => behind.replaceChildren(...link));
  });
}
