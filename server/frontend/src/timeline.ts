// The timeline: lanes with marks whose certain and possible spans look different, which can be zoomed and moved.
import { axisTop } from "d3-axis";
import { scaleUtc, type ScaleTime } from "d3-scale";
import { select, type Selection } from "d3-selection";
import {
  symbol, symbolCircle, symbolCross, symbolDiamond2, symbolSquare, symbolStar, symbolTimes, symbolTriangle, symbolWye,
  type SymbolType,
} from "d3-shape";
import { zoom, zoomIdentity, type D3ZoomEvent, type ZoomBehavior } from "d3-zoom";
import { given, remember } from "./lib/address";
import { embedded } from "./lib/data";
import { closeDrawer, escapes, openDrawer } from "./lib/drawer";
import { download, png, standalone } from "./lib/picture";
import { text } from "./lib/texts";

interface Mark {
  id: string; label: string; kind: string; family: string; event: boolean; stance: string; contested: boolean;
  differs: boolean; modes: string[]; written: string[]; lanes: number[]; bounds: [string, string, string, string];
}
interface Data {
  lanes: { id: string; label: string; lang: string }[];
  marks: Mark[];
  span: [string, string];
}
/** A mark in one of its lanes, and where it lies at present. */
interface Item {
  mark: Mark; at: number; lane: number; key: string; from: number; to: number; row: number; words: string;
}
/** The days of a mark as times; NaN is unknown. An end is the end of its day. */
interface Days { begin: number; sure: number; still: number; end: number }

const GLYPHS: Record<string, SymbolType> = {
  lineage: symbolDiamond2, loyalty: symbolTriangle, cooperation: symbolCircle, violence: symbolTimes,
  people: symbolSquare, place: symbolWye, means: symbolStar, words: symbolCross,
};
/** Drawn as lines and not filled. */
const STROKED = new Set(["violence"]);
const DAY = 86_400_000;
const PITCH = 24, BAR = 11, FADE = 44, LEAST = 24, LANE_GAP = 14, AXIS = 30, ROOMY = 12;

const data = embedded<Data>("timeline-data");
const stage = document.getElementById("timeline-stage") as HTMLElement;
const holder = document.getElementById("timeline-picture") as HTMLElement;
const panel = document.getElementById("timeline-panel") as HTMLElement;
const shown = document.getElementById("timeline-window") as HTMLElement;
const counted = document.getElementById("timeline-count") as HTMLElement;
const form = document.getElementById("timeline-form") as HTMLFormElement;
const rows = data.marks.map((_, at) => document.getElementById(`mark-${at}`));
stage.hidden = false;

const iso = (time: number): string => new Date(time).toISOString().slice(0, 10);
const start = (day: string): number => (day ? Date.parse(`${day}T00:00:00Z`) : NaN);
const finish = (day: string): number => (day ? start(day) + DAY : NaN);
const known = (...times: number[]): number => times.find((time) => !Number.isNaN(time)) ?? NaN;

function days(mark: Mark): Days {
  const [begin, sure, still, end] = mark.bounds;
  return { begin: start(begin), sure: start(sure), still: finish(still), end: finish(end) };
}

const times = data.marks.map(days);
const all = times.flatMap((each) => Object.values(each) as number[]).filter((time) => !Number.isNaN(time));
const year = (time: number, after = 0): number => Date.UTC(new Date(time).getUTCFullYear() + after, 0, 1);
const domain: [number, number] = [year(Math.min(...all)), year(Math.max(...all) - 1, 1)];

/** Most marks lie close together and a few far off: the shortest run of years in which four of five begin. */
function usual(): [number, number] {
  const begun = times.map((each) => known(each.begin, each.sure, each.still, each.end)).sort((one, other) => one - other);
  const many = Math.max(1, Math.ceil(begun.length * 0.8));
  let best = domain;
  for (let at = 0; at + many <= begun.length; at++) {
    const span: [number, number] = [year(begun[at] as number), Math.min(domain[1], year(begun[at + many - 1] as number, 1))];
    if (span[1] - span[0] < best[1] - best[0]) best = span;
  }
  return best;
}

/** The days of `from` and `until` of the address: a year, a month or a day. */
function asked(): [number, number] | null {
  const first = given("from"), last = given("until");
  if (!first && !last) return null;
  const begin = first ? Date.parse(first) : domain[0];
  const over = new Date(last ? Date.parse(last) : domain[1]);
  if (last.length === 4) over.setUTCFullYear(over.getUTCFullYear() + 1);
  else if (last.length === 7) over.setUTCMonth(over.getUTCMonth() + 1);
  else if (last) over.setUTCDate(over.getUTCDate() + 1);
  const end = over.getTime();
  return Number.isNaN(begin) || Number.isNaN(end) || end <= begin ? null : [begin, end];
}

const svg = select(holder).append("svg").attr("role", "group");
const defs = svg.append("defs");
const inside = defs.append("clipPath").attr("id", "timeline-inside").append("rect");
for (const [id, from, to] of [["left", "black", "white"], ["right", "white", "black"]] as const) {
  const shade = defs.append("linearGradient").attr("id", `timeline-shade-${id}`);
  shade.append("stop").attr("offset", 0).attr("stop-color", from);
  shade.append("stop").attr("offset", 1).attr("stop-color", to);
  defs.append("mask").attr("id", `timeline-fade-${id}`).attr("maskContentUnits", "objectBoundingBox")
    .append("rect").attr("width", 1).attr("height", 1).attr("fill", `url(#timeline-shade-${id})`);
}
for (const family of Object.keys(GLYPHS)) {
  const hatch = defs.append("pattern").attr("id", `timeline-hatch-${family}`).attr("class", `family-${family}`)
    .attr("width", 5).attr("height", 5).attr("patternUnits", "userSpaceOnUse").attr("patternTransform", "rotate(45)");
  hatch.append("rect").attr("class", "ground").attr("width", 5).attr("height", 5);
  hatch.append("rect").attr("class", "line").attr("width", 1.6).attr("height", 5);
}
const ground = svg.append("rect").attr("class", "ground");
const bands = svg.append("g").attr("class", "bands");
const grid = svg.append("g").attr("class", "axis").attr("aria-hidden", "true");
const field = svg.append("g").attr("clip-path", "url(#timeline-inside)");
const names = svg.append("g").attr("class", "names");

const items: Item[] = data.marks.flatMap((mark, at) =>
  mark.lanes.map((lane) => ({ mark, at, lane, key: `${at}-${lane}`, from: 0, to: 0, row: 0, words: "" })),
);
items.sort((one, other) => one.lane - other.lane || one.at - other.at);

let width = 0, left = 0, height = 0;
let base: ScaleTime<number, number> = scaleUtc();
let scale: ScaleTime<number, number> = base;
let tops: number[] = [];
let lanes: number[] = [];
let moved = asked() !== null;

/** The kinds and families that are ticked; none is all. */
function ticked(): Set<string> {
  return new Set([...form.querySelectorAll<HTMLInputElement>("input[name=kind]:checked")].map((box) => box.value));
}
let kinds = ticked();
const wanted = (mark: Mark): boolean => !kinds.size || kinds.has(mark.kind) || kinds.has(mark.family);

/** The pixels from which to which a mark is drawn, with what fades. */
function reach(each: Days): { from: number; to: number; fadeLeft: boolean; fadeRight: boolean } {
  const fadeLeft = Number.isNaN(each.begin), fadeRight = Number.isNaN(each.end);
  const from = scale(known(each.begin, each.sure, each.still, each.end));
  const to = scale(known(each.end, each.still, each.sure, each.begin));
  return { from: Math.min(from, to), to: Math.max(from, to), fadeLeft, fadeRight };
}

/** The rows of each lane, so that nothing lies over another, and the height of it all. */
function pack(): void {
  const [begin, end] = scale.range() as [number, number];
  const narrow = left === 0;
  let y = AXIS + 6;
  tops = [];
  lanes = [];
  data.lanes.forEach((_, lane) => {
    const here = items.filter((item) => item.lane === lane);
    for (const item of here) {
      const each = times[item.at] as Days;
      const { from, to, fadeLeft, fadeRight } = reach(each);
      item.from = from - (fadeLeft ? FADE : 0);
      item.to = to + (fadeRight ? FADE : 0);
      const short = LEAST - (item.to - item.from);
      if (short > 0) [item.from, item.to] = [item.from - short / 2, item.to + short / 2];
      item.row = item.to < begin || item.from > end || !wanted(item.mark) ? -1 : 0;
    }
    const seen = here.filter((item) => item.row === 0);
    const most = narrow ? 20 : 34;
    const ends: number[] = [];
    for (const item of seen.sort((one, other) => one.from - other.from || one.at - other.at)) {
      item.words = seen.length <= ROOMY ? shortened(item.mark.label, most) : "";
      const wide = Math.max(item.from, begin) + (Math.min(item.to, end) - Math.max(item.from, begin));
      const far = item.words ? Math.max(item.to, wide + 6 + item.words.length * 6.1) : item.to;
      // Words that would run out of the picture stand to the left of their mark.
      if (item.words && far > end && item.from - item.words.length * 6.1 > begin) item.words = `\u0000${item.words}`;
      const first = item.words.startsWith("\u0000") ? item.from - 6 - item.words.length * 6.1 : item.from;
      const last = item.words.startsWith("\u0000") ? item.to : far;
      let row = ends.findIndex((at) => at + 3 <= first);
      if (row < 0) row = ends.length;
      ends[row] = last;
      item.row = row;
    }
    // Where rows are dense, words stand only where they find room.
    if (seen.length > ROOMY) {
      for (const item of seen) {
        const next = Math.min(end, ...seen.filter((other) => other.row === item.row && other.from > item.from).map((other) => other.from));
        const room = Math.floor((next - item.to - 16) / 6.3);
        item.words = room >= 10 && item.to > begin ? shortened(item.mark.label, Math.min(room, most)) : "";
      }
    }
    tops[lane] = y + (narrow ? 26 : 0);
    lanes[lane] = Math.max(1, ends.length) * PITCH + LANE_GAP;
    y = (tops[lane] as number) + (lanes[lane] as number);
  });
  height = y + 8;
}

function shortened(words: string, most: number): string {
  return words.length <= most ? words : `${words.slice(0, most - 1).trimEnd()}…`;
}

function when(mark: Mark): string {
  const [begin, sure, still, end] = mark.bounds;
  if (mark.written.length) return mark.written.join(", ");
  if (begin && begin === still && sure === end && !mark.event) return text("timeline-when-between", { first: begin, last: end });
  if (mark.event || (begin === still && sure === end)) {
    if (begin && begin === end) return text("timeline-when-on", { first: begin });
    if (begin && end) return text("timeline-when-between", { first: begin, last: end });
    if (end) return text("timeline-when-by", { last: end });
    return text("timeline-when-after", { first: begin });
  }
  const unknown = text("timeline-when-unknown");
  return text("timeline-when-spell", { begin: begin || sure || unknown, end: end || still || unknown });
}

function said(mark: Mark): string {
  const words = text("timeline-mark", {
    label: mark.label,
    kind: text(`timeline-family-${mark.family}`),
    when: when(mark),
    how: mark.modes.map((mode) => text(mode === "Negated" ? "polarity-Negated" : `mode-${mode}`)).join(", "),
  });
  return mark.contested || mark.differs ? text("timeline-mark-contested", { mark: words }) : words;
}

function open(item: Item, element: SVGGElement): void {
  void openDrawer(panel, item.mark.id, item.mark.label, element);
}

type Marks = Selection<SVGGElement, Item, SVGGElement, unknown>;
const marks: Marks = field.selectAll<SVGGElement, Item>("g.mark").data(items, (item) => item.key).join((enter) => {
  const made = enter.append("g").attr("tabindex", 0).attr("role", "button").attr("aria-expanded", "false")
    .attr("class", (item) => `mark family-${item.mark.family} ${item.mark.stance}`)
    .attr("aria-label", (item) => said(item.mark)).attr("data-id", (item) => item.mark.id)
    .on("click", (event: MouseEvent, item) => open(item, event.currentTarget as SVGGElement))
    .on("keydown", (event: KeyboardEvent, item) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      open(item, event.currentTarget as SVGGElement);
    });
  made.append("title").text((item) => said(item.mark));
  made.append("rect").attr("class", "hit");
  for (const side of ["left", "right"]) made.append("rect").attr("class", `fade ${side}`).attr("mask", `url(#timeline-fade-${side})`);
  made.append("rect").attr("class", "soft").attr("rx", 3);
  made.append("rect").attr("class", "firm").attr("rx", 2);
  made.append("path").attr("class", (item) => `glyph${STROKED.has(item.mark.family) ? " stroked" : ""}`);
  made.append("line").attr("class", "strike");
  return made;
});
// What is written beside the marks is in their names already, and shortened: it is not read out.
const beside = field.append("g").attr("aria-hidden", "true").selectAll<SVGGElement, Item>("g").data(items, (item) => item.key).join("g");
beside.append("text").attr("class", "bang").text((item) => (item.mark.contested || item.mark.differs ? "!" : ""));
beside.append("text").attr("class", "words").on("click", (_, item) => {
  const element = marks.nodes()[items.indexOf(item)];
  if (element) open(item, element);
});
const writing = beside.nodes();

const glyph = symbol<unknown>((_) => symbolCircle, 74);
const shape = (family: string): string => glyph.type(() => GLYPHS[family] ?? symbolCross)(null) ?? "";

/** Put everything where it belongs at the present scale. */
function draw(): void {
  const [begin, end] = scale.range() as [number, number];
  marks.attr("display", (item) => (item.row < 0 || item.to < begin || item.from > end ? "none" : null)).each(function (item, index) {
    const written = select(writing[index] as SVGGElement).attr("display", this.getAttribute("display"));
    if (item.row < 0) return;
    const each = times[item.at] as Days;
    const { from, to, fadeLeft, fadeRight } = reach(each);
    item.from = from - (fadeLeft ? FADE : 0);
    item.to = to + (fadeRight ? FADE : 0);
    const middle = (tops[item.lane] ?? 0) + item.row * PITCH + PITCH / 2, top = middle - BAR / 2;
    const group = select(this);
    const bar = (name: string, first: number, last: number): void => {
      const one = Math.max(first, begin - 20), other = Math.min(last, end + 20);
      group.select(name).attr("x", one).attr("y", top).attr("height", BAR).attr("width", Math.max(0, other - one))
        .attr("display", other - one > 0.5 ? null : "none");
    };
    const wide = to - from;
    const event = item.mark.event;
    const point = event && wide < 12 && !fadeLeft && !fadeRight;
    bar(".fade.left", fadeLeft ? from - FADE : 0, fadeLeft ? from : 0);
    bar(".fade.right", fadeRight ? to : 0, fadeRight ? to + FADE : 0);
    bar(".soft", point ? 0 : from, point ? 0 : event ? to : Math.max(to, from + 3));
    const first = scale(each.sure), last = scale(each.still);
    const sure = !event && last > first;
    bar(".firm", sure ? first : 0, sure ? Math.max(last, first + 3) : 0);
    // The sign of its kind: in the middle of an event's range, which is on some day in it; where a spell begins.
    const at = event
      ? fadeLeft && !fadeRight ? to - 6 : fadeRight && !fadeLeft ? from + 6 : (Math.max(from, begin) + Math.min(to, end)) / 2
      : Math.max(from, begin + 2) + 5;
    const seenAt = Math.min(Math.max(at, begin + 8), end - 8);
    group.select(".glyph").attr("transform", `translate(${seenAt},${middle})`).attr("d", shape(item.mark.family));
    written.select(".bang").attr("x", seenAt + 7).attr("y", middle - 3);
    group.select(".strike").attr("x1", Math.max(item.from, begin)).attr("x2", Math.min(item.to, end) + (point ? 12 : 0))
      .attr("y1", middle).attr("y2", middle);
    const short = Math.max(0, LEAST - (item.to - item.from)) / 2;
    const low = Math.max(item.from - short, begin), high = Math.min(item.to + short, end);
    group.select(".hit").attr("x", low).attr("width", Math.max(LEAST, high - low)).attr("y", middle - PITCH / 2).attr("height", PITCH);
    const flipped = item.words.startsWith("\u0000");
    written.select(".words").text(item.words.replace("\u0000", "")).attr("y", middle)
      .attr("x", flipped ? low - 4 : high + 4).attr("text-anchor", flipped ? "end" : "start");
  });
  // Ticks of days are worth drawing only where there is room for their words.
  grid.attr("transform", `translate(0,${AXIS})`).call(
    axisTop(scale).ticks(Math.max(2, Math.min(12, (end - begin) / 95))).tickSizeInner(-(height - AXIS)).tickSizeOuter(0).tickPadding(8),
  );
  label();
}

function layout(): void {
  pack();
  svg.attr("viewBox", `0 0 ${width} ${height}`).attr("height", height);
  ground.attr("width", width).attr("height", height);
  inside.attr("x", left).attr("y", 0).attr("width", Math.max(0, width - left)).attr("height", height);
  bands.selectAll("rect").data(data.lanes).join("rect").attr("class", (_, lane) => (lane % 2 ? "band odd" : "band"))
    .attr("x", 0).attr("width", width).attr("y", (_, lane) => (tops[lane] ?? 0) - LANE_GAP / 2 - (left ? 0 : 26))
    .attr("height", (_, lane) => (lanes[lane] ?? 0) + (left ? 0 : 26));
  draw();
}

/** Names of lanes stay in view while a tall lane is read. */
function label(): void {
  const seen = -holder.getBoundingClientRect().top;
  const made = names.selectAll<SVGAElement, Data["lanes"][number]>("a").data(data.lanes).join((enter) => {
    const link = enter.append("a").attr("href", (lane) => `/${lane.id}`);
    link.append("rect").attr("class", "reach").attr("x", 4);
    link.append("text");
    return link;
  });
  made.select("text").attr("lang", (lane) => lane.lang || null).each(function (lane, at) {
    const top = tops[at] ?? 0, tall = lanes[at] ?? 0;
    const lines = left ? folded(lane.label, 19) : [lane.label];
    const y = left ? Math.max(top + 15, Math.min(seen + 20, top + tall - LANE_GAP - 4 - (lines.length - 1) * 15)) : top - 8;
    select(this).selectAll("tspan").data(lines).join("tspan").attr("x", 10).attr("y", (_, line) => y + line * 15).text((line) => line);
    // A finger needs more than a line of text is tall.
    const { x, y: high, width: wide, height: deep } = (this as SVGTextElement).getBBox();
    const spare = Math.max(0, 24 - deep) / 2;
    select((this as SVGTextElement).previousElementSibling).attr("y", high - spare).attr("width", x + wide).attr("height", deep + 2 * spare);
  });
}

function folded(words: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of words.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.length > 3 ? [...lines.slice(0, 2), `${lines[2]}…`] : lines;
}

const behaviour: ZoomBehavior<SVGSVGElement, unknown> = zoom<SVGSVGElement, unknown>()
  // A plain wheel scrolls the page, as everywhere.
  .filter((event: MouseEvent) => !event.button && (event.type !== "wheel" || event.ctrlKey || event.shiftKey) && event.type !== "dblclick")
  .on("zoom", (event: D3ZoomEvent<SVGSVGElement, unknown>) => {
    scale = event.transform.rescaleX(base);
    if (event.sourceEvent) moved = true;
    draw();
  })
  .on("end", settled);
const canvas = svg as unknown as Selection<SVGSVGElement, unknown, null, undefined>;

function look(from: number, to: number): void {
  const span = base(to) - base(from);
  const [begin, end] = base.range() as [number, number];
  const k = Math.min(600, Math.max(1, (end - begin) / span));
  canvas.call(behaviour.transform, zoomIdentity.translate(begin - base(from) * k, 0).scale(k));
}

/** After a movement: rows anew, the window in the address, and the table as the picture. */
function settled(): void {
  layout();
  const [from, to] = scale.domain() as [Date, Date];
  const first = iso(from.getTime() + 1), last = iso(to.getTime() - 1);
  const whole = moved && from.getTime() <= domain[0] + DAY / 2 && to.getTime() >= domain[1] - DAY / 2;
  const window_: [string, string] = !moved || whole ? ["", ""] : [first, last];
  if (moved) {
    // The whole span is said, for without it the picture opens on the years where most is.
    const said: [string, string] = whole ? [iso(domain[0]).slice(0, 4), iso(domain[1] - 1).slice(0, 4)] : window_;
    remember({ from: said[0], until: said[1] });
    for (const [name, value] of [["from", said[0]], ["until", said[1]]] as const) {
      const input = form.elements.namedItem(name);
      if (input instanceof HTMLInputElement) input.value = value;
    }
  }
  const [begin, end] = scale.range() as [number, number];
  let earlier = 0, later = 0, count = 0;
  data.marks.forEach((mark, at) => {
    const { from: low, to: high } = reach(times[at] as Days);
    if (wanted(mark) && high < begin) earlier++;
    if (wanted(mark) && low > end) later++;
    const inWindow = window_[0] === "" || (high > begin && low < end);
    const visible = wanted(mark) && inWindow;
    if (visible) count++;
    const row = rows[at];
    if (row) row.hidden = !visible;
  });
  shown.textContent = `${text("timeline-window", { first, last })} · ${text("timeline-outside", { earlier, later })}`;
  const undated = Number(counted.dataset.undated);
  counted.textContent = `${text("timeline-count", { count, undated })} ${text("timeline-span", { first: data.span[0], last: data.span[1] })}`;
  svg.attr("aria-label", text("timeline-picture", { lanes: data.lanes.length, marks: count, first, last }));
}

function resize(): void {
  const now = holder.clientWidth;
  if (!now || now === width) return;
  const before = width ? (scale.domain() as [Date, Date]).map((day) => day.getTime()) : (asked() ?? usual());
  width = now;
  left = width >= 640 ? 176 : 0;
  const range: [number, number] = [left ? left + 8 : 14, width - 22];
  base = scaleUtc(domain, range);
  behaviour.scaleExtent([1, 600]).extent([[range[0], 0], [range[1], 1]]).translateExtent([[range[0], 0], [range[1], 1]]);
  look(before[0] as number, before[1] as number);
}

function act(name: string): void {
  const [begin, end] = scale.range() as [number, number];
  const far = (end - begin) / 4;
  const k = (scale.domain()[1]?.getTime() ?? 1) - (scale.domain()[0]?.getTime() ?? 0);
  moved = true;
  if (name === "in") canvas.call(behaviour.scaleBy, 1.6);
  else if (name === "out") canvas.call(behaviour.scaleBy, 1 / 1.6);
  else if (name === "all") look(...domain);
  else {
    // d3-zoom moves by pixels of the unzoomed picture.
    const zoomed = (domain[1] - domain[0]) / k;
    canvas.call(behaviour.translateBy, (name === "earlier" ? far : -far) / zoomed, 0);
  }
}

const KEYS: Record<string, string> = { "+": "in", "=": "in", "-": "out", "0": "all", ArrowLeft: "earlier", ArrowRight: "later" };
async function save(kind: string): Promise<void> {
  const drawing = svg.node() as SVGSVGElement;
  const note = text("timeline-note", { address: location.href });
  const title = text("timeline-title");
  if (kind === "svg") download(standalone(drawing, title, note), "image/svg+xml", "timeline.svg");
  else download(await png(drawing, title, note), "image/png", "timeline.png");
}
stage.addEventListener("click", (event) => {
  const name = (event.target as Element).closest<HTMLElement>("[data-act]")?.dataset.act;
  if (name === "svg" || name === "png") void save(name);
  else if (name) act(name);
});
holder.addEventListener("keydown", (event) => {
  const name = KEYS[event.key];
  if (!name || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act(name);
});
escapes(stage, panel);
form.addEventListener("change", (event) => {
  if ((event.target as HTMLInputElement).name !== "kind") return;
  kinds = ticked();
  remember({ kind: [...kinds].join(",") });
  closeDrawer(panel);
  settled();
});
form.addEventListener("formdata", (event) => {
  // An address says only what was chosen.
  for (const [name, value] of [...event.formData]) if (!value || (name === "lanes" && value === "groups")) event.formData.delete(name);
});
document.addEventListener("scroll", label, { passive: true });

for (const sign of document.querySelectorAll<SVGSVGElement>("svg.glyph")) {
  const family = sign.dataset.family ?? "";
  sign.classList.add(`family-${family}`);
  select(sign).append("path").attr("class", STROKED.has(family) ? "stroked" : null).attr("d", shape(family));
}

/** How to read it, drawn by the same means as the picture. */
function explain(): void {
  const legend = select(document.getElementById("timeline-legend"));
  const entry = (key: string, paint: (drawing: Selection<SVGSVGElement, unknown, null, undefined>) => void): void => {
    const line = legend.append("li");
    const drawing = line.append("svg").attr("viewBox", "0 0 48 16").attr("class", "family-place mark").attr("aria-hidden", "true");
    paint(drawing as unknown as Selection<SVGSVGElement, unknown, null, undefined>);
    line.append("span").text(` ${text(key)}`);
  };
  const bar = (stance: string, name: string, x: number, wide: number, mask = "") =>
    (drawing: Selection<SVGSVGElement, unknown, null, undefined>): void => {
      drawing.classed(stance, true).append("rect").attr("class", name).attr("x", x).attr("y", 3).attr("width", wide)
        .attr("height", BAR).attr("mask", mask || null).attr("rx", name === "soft" ? 3 : 0);
    };
  entry("timeline-key-certain", bar("stated", "firm", 2, 44));
  entry("timeline-key-possible", bar("stated", "soft", 2, 44));
  entry("timeline-key-fading", bar("stated", "fade", 2, 44, "url(#timeline-fade-right)"));
  entry("timeline-key-range", (drawing) => {
    bar("stated", "soft", 2, 44)(drawing);
    drawing.append("path").attr("class", "glyph").attr("transform", "translate(24,8.5)").attr("d", shape("place"));
  });
  entry("timeline-key-voiced", bar("voiced", "firm", 2, 44));
  entry("timeline-key-planned", bar("planned", "firm", 2, 44));
  entry("timeline-key-denied", (drawing) => {
    bar("denied", "firm", 2, 44)(drawing);
    drawing.append("line").attr("class", "strike").attr("x1", 0).attr("x2", 48).attr("y1", 8.5).attr("y2", 8.5);
  });
  legend.append("li").attr("class", "bang").text(text("timeline-key-contested"));
}
explain();
canvas.call(behaviour);
new ResizeObserver(resize).observe(holder);
resize();
