// The list of questions is narrowed while its reader types.
import { text } from "./lib/texts";

const place = document.querySelector<HTMLElement>("[data-filter]");
const field = place?.querySelector("input");
const count = place?.querySelector("output");
const questions = [...document.querySelectorAll<HTMLElement>("[data-question]")];

/** Letters alone, so that hyphens, dashes and accents make no difference. */
function plain(words: string): string {
  return words.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ");
}

const known = questions.map((question) => ({ question, words: plain(question.textContent ?? "") }));

function narrow(): void {
  if (!field || !count) return;
  const words = plain(field.value).trim().split(" ").filter(Boolean);
  let found = 0;
  for (const { question, words: said } of known) {
    const fits = words.every((word) => said.includes(word));
    question.hidden = !fits;
    if (fits) found += 1;
  }
  for (const topic of document.querySelectorAll<HTMLElement>("[data-topic]")) {
    topic.hidden = !topic.querySelector("[data-question]:not([hidden])");
  }
  count.textContent = words.length ? text("ask-found", { count: found }) : "";
  // In the fragment, since the address of the list has no such parameter.
  const fragment = words.length ? `#find=${encodeURIComponent(field.value)}` : "";
  history.replaceState(null, "", location.pathname + location.search + fragment);
}

if (place && field) {
  place.hidden = false;
  if (location.hash.startsWith("#find=")) field.value = decodeURIComponent(location.hash.slice(6));
  field.addEventListener("input", narrow);
  if (field.value) narrow();
}
