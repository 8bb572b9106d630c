// The index of terms is narrowed as one types, and a class of the diagram shows its own relations alone.
import { given, remember } from "./lib/address";
import { text } from "./lib/texts";

/** Cut a text down to what is compared: without case and marks. */
function folded(words: string): string {
  return words.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

function filterTerms(place: HTMLElement): void {
  const entries = [...document.querySelectorAll<HTMLElement>(".terms .entry")];
  const words = new Map(entries.map((entry) => [entry, folded(entry.dataset["words"] ?? "")]));
  const label = document.createElement("label");
  label.htmlFor = "filter";
  label.textContent = text("vocabulary-filter");
  const input = Object.assign(document.createElement("input"), { id: "filter", type: "search", value: given("term") });
  const count = document.createElement("output");
  count.htmlFor.add("filter");
  place.append(label, input, count);

  function apply(): void {
    const wanted = folded(input.value).split(/\s+/).filter(Boolean);
    let found = 0;
    for (const entry of entries) {
      const matches = wanted.every((word) => words.get(entry)?.includes(word));
      entry.hidden = !matches;
      if (matches) found += 1;
      // What is above a match is shown too, so that one sees where it stands.
      if (matches && wanted.length) {
        for (let at = entry.parentElement?.closest<HTMLElement>(".entry"); at; at = at.parentElement?.closest<HTMLElement>(".entry")) at.hidden = false;
      }
    }
    for (const part of document.querySelectorAll<HTMLElement>(".topic, .topic .group")) {
      part.hidden = !part.querySelector(".entry:not([hidden])");
    }
    count.value = wanted.length ? text("vocabulary-filtered", { count: found }) : "";
    remember({ term: input.value.trim() });
  }
  input.addEventListener("input", apply);
  if (input.value) apply();
}

function highlight(diagram: HTMLElement): void {
  const joints = [...diagram.querySelectorAll<SVGGElement>(".joint")];
  const boxes = [...diagram.querySelectorAll<SVGGElement>(".box")];
  function choose(name: string): void {
    diagram.classList.toggle("chosen", Boolean(name));
    const near = new Set([name]);
    for (const joint of joints) {
      const { from = "", to = "" } = joint.dataset;
      const on = from === name || to === name;
      joint.classList.toggle("on", on);
      if (on) near.add(from).add(to);
    }
    for (const box of boxes) box.classList.toggle("on", near.has(box.dataset["class"] ?? ""));
  }
  for (const box of boxes) {
    const name = box.dataset["class"] ?? "";
    box.addEventListener("pointerenter", () => choose(name));
    box.addEventListener("pointerleave", () => choose(""));
    box.addEventListener("focusin", () => choose(name));
    box.addEventListener("focusout", () => choose(""));
  }
}

const place = document.querySelector<HTMLElement>("[data-filter]");
if (place) filterTerms(place);
const diagram = document.querySelector<HTMLElement>(".classes");
if (diagram) highlight(diagram);
