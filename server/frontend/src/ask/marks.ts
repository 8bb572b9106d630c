// What the pictures of an answer share: rows, looks, marks that are reached by keyboard, and their key.
import { select, type Selection } from "d3-selection";
import { text } from "../lib/texts";

export type Look = "certain" | "hedged" | "planned" | "contested" | "denied";
export interface Row { row: number; path: string; look: Look; mode: string }
export type Open = (rows: Row[], words: string) => void;
export type Group = Selection<SVGGElement, unknown, null, undefined>;
export interface Drawing { svg: SVGSVGElement; key: HTMLElement[]; notes: string[] }

export const LOOKS: Look[] = ["certain", "hedged", "planned", "contested", "denied"];

/** An SVG of a size with a name for those who do not see it. */
export function canvas(width: number, height: number, title: string): Selection<SVGSVGElement, unknown, null, undefined> {
  const svg = select(document.createElementNS("http://www.w3.org/2000/svg", "svg"));
  svg.attr("viewBox", `0 0 ${width} ${height}`).attr("width", width).attr("height", height);
  svg.attr("role", "group").attr("aria-label", title);
  return svg;
}

/** A group that opens its claims by mouse, Enter and Space; its words are its name and its tooltip. */
export function mark(parent: Group, rows: Row[], words: string, open: Open): Group {
  const made = parent.append("g").attr("class", `mark ${rows[0]?.look ?? "certain"}`);
  made.attr("tabindex", 0).attr("role", "button").attr("aria-label", words);
  made.append("title").text(words);
  made.on("click", () => open(rows, words));
  made.on("keydown", (event: KeyboardEvent) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    open(rows, words);
  });
  return made;
}

/** Words at a mark, drawn after it and not in it: they may be cut short, and its name says all. */
export function labelled(parent: Group, words: string, x: number, y: number, anchor: "start" | "middle" | "end"): Group {
  return parent.append("text").attr("class", "label").attr("x", x).attr("y", y).attr("text-anchor", anchor)
    .attr("aria-hidden", "true").text(words) as unknown as Group;
}

/** What a row says beside its name: how firmly it is said. */
export function said(row: Row): string {
  return row.mode ? text(`mode-${row.mode}`) : text(`ask-look-${row.look}`);
}

/** The key of the looks that a picture uses, each with a sample: of a bar, or of a line. */
export function keyOf(looks: Iterable<Look>, sample: "bar" | "line" = "bar"): HTMLElement[] {
  const used = new Set(looks);
  const shape = (look: Look): string => (sample === "line" ? `line plain ${look}` : look);
  return LOOKS.filter((look) => used.has(look)).map((look) => entry(shape(look), text(`ask-look-${look}`)));
}

/** One entry of a key. */
export function entry(look: string, words: string): HTMLElement {
  const item = document.createElement("li");
  const sample = select(item).append("svg").attr("viewBox", "0 0 32 12").attr("aria-hidden", "true");
  const shape = sample.append("g").attr("class", `mark ${look}`);
  if (look.startsWith("line")) shape.append("path").attr("class", "stroke").attr("d", "M1,6H31").attr("stroke-width", 2.5);
  else shape.append("rect").attr("class", "body").attr("x", 1).attr("y", 2).attr("width", 30).attr("height", 8).attr("rx", 2);
  item.append(` ${words}`);
  return item;
}

/** Cut words to so many characters. */
export function short(words: string, most: number): string {
  return words.length > most ? `${words.slice(0, Math.max(most - 1, 1)).trimEnd()}…` : words;
}
