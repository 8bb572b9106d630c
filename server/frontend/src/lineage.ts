// Lineage: a line for each group from its first to its last showing, and curves for the steps between them.
import { axisTop } from "d3-axis";
import { scaleUtc } from "d3-scale";
import { select, type Selection } from "d3-selection";
import { symbol, symbolCircle, symbolDiamond2, symbolSquare, symbolTriangle, symbolWye, type SymbolType } from "d3-shape";
import { embedded } from "./lib/data";
import { escapes, markOpen, openDrawer } from "./lib/drawer";
import { download, png, standalone } from "./lib/picture";
import { text } from "./lib/texts";

interface Said {
  id: string; label: string; stance: string; modes: string[]; written: string[]; contested: boolean;
  bounds: [string, string, string, string];
}
interface Step extends Said { kind: string; from: number; to: number; junior: number }
interface Group {
  id: string; label: string; lang: string; first: string; last: string; sureFirst: string; sureLast: string;
  mergedBy: string; goesOn: boolean; foundings: Said[];
}
interface Data { focus: string; groups: Group[]; steps: Step[] }
/** Where a step or a founding lies: its middle, its range, its row under the line of its group. */
interface Place { x: number; from: number; to: number; fadeLeft: boolean; fadeRight: boolean; y: number }

const SIGNS: Record<string, SymbolType> = {
  Merger: symbolCircle, Absorption: symbolSquare, Split: symbolTriangle, Founding: symbolDiamond2, ComponentOf: symbolWye,
};
const DAY = 86_400_000;
const AXIS = 34, NAME = 22, PITCH = 26, SLOT = 30, FADE = 36, LEAST = 620;

const data = embedded<Data>("lineage-data");
const stage = document.getElementById("lineage-stage") as HTMLElement;
const holder = document.getElementById("lineage-picture") as HTMLElement;
const panel = document.getElementById("lineage-panel") as HTMLElement;
stage.hidden = false;

const start = (day: string): number => (day ? Date.parse(`${day}T00:00:00Z`) : NaN);
const finish = (day: string): number => (day ? start(day) + DAY : NaN);
const isDated = (said: Said): boolean => said.bounds.some(Boolean);
const glyph = symbol<unknown>((_) => symbolCircle, 90);
const sign = (kind: string): string => glyph.type(() => SIGNS[kind] ?? symbolCircle)(null) ?? "";

/** The first and the last day on which a step may have been taken; an end that is open is empty. */
function range(said: Said): [string, string] {
  const [begin, sure] = said.bounds;
  return [begin, sure || (begin ? "" : said.bounds[3] || said.bounds[2])];
}

function when(said: Said): string {
  if (said.written.length) return said.written.join(", ");
  const [first, last] = range(said);
  if (!first && !last) return text("lineage-when-none");
  if (first === last) return text("lineage-when-on", { first });
  if (first && last) return text("lineage-when-between", { first, last });
  return last ? text("lineage-when-by", { last }) : text("lineage-when-after", { first });
}

const how = (said: Said): string =>
  said.modes.map((mode) => text(mode === "Negated" ? "polarity-Negated" : `mode-${mode}`)).join(", ");
/** A name that fits into the frame. */
function shortened(words: string): string {
  const most = Math.max(16, Math.floor((holder.clientWidth - 24) / 7.6));
  return words.length <= most ? words : `${words.slice(0, most - 1).trimEnd()}…`;
}
const group = (at: number): Group => data.groups[at] as Group;

function named(step: Step): string {
  const way = text(`lineage-way-${step.kind}`, { from: group(step.from).label, to: group(step.to).label });
  const words = text("lineage-step", { way, when: when(step), how: how(step) });
  return step.contested ? text("lineage-step-contested", { step: words }) : words;
}

/** Hedges that are written beside a step, and not only drawn. */
function hedge(step: Step): string {
  if (step.stance === "planned") return text("lineage-planned");
  if (step.stance === "denied") return text("lineage-denied");
  return step.modes.length === 1 && step.modes[0] !== "Asserted" ? text(`mode-${step.modes[0]}`) : "";
}

const dated = data.steps.filter(isDated), undated = data.steps.filter((step) => !isDated(step));
const days = dated.flatMap((step) => [...step.bounds]).filter(Boolean).map(start);
const shown = data.groups.flatMap((each) => [each.first, each.last]).filter(Boolean).map(start);
const told = days.length ? days : shown.length ? shown : [Date.UTC(2015, 0, 1)];
const year = (time: number, more: number): number => Date.UTC(new Date(time).getUTCFullYear() + more, 0, 1);
const soon = data.groups.flatMap((each) => each.foundings.map((said) => start(range(said)[0]))).filter((day) => day > year(Math.min(...told), -3));
/** The years of the steps and of foundings not long before them: lines that reach farther run out of the picture. */
const domain: [number, number] = [year(Math.min(...told, ...soon), told === days && soon.length ? 0 : -1), year(Math.max(...told), 2)];
// A founding long before is not drawn at the edge, which would be another date.
for (const each of data.groups) {
  each.foundings = each.foundings.filter((said) => !(finish(range(said)[1]) < domain[0] || start(range(said)[0]) > domain[1]));
}

/** Undated steps side by side, those into the same group on one post. */
function posts(): { slots: Step[][]; of: Map<Step, number> } {
  const bundles = new Map<string, Step[]>();
  for (const step of undated) {
    const senior = step.junior === step.from ? step.to : step.from;
    const key = `${step.kind} ${step.stance === "stated"} ${senior} ${step.junior === step.from}`;
    const bundle = bundles.get(key) ?? [];
    // A group that takes the same kind of step twice needs two posts.
    if (bundle.some((other) => other.junior === step.junior)) bundles.set(`${key} ${step.junior}`, [step]);
    else bundles.set(key, [...bundle, step]);
  }
  const reach = (bundle: Step[]): [number, number] => {
    const rows = bundle.flatMap((step) => [step.from, step.to]);
    return [Math.min(...rows), Math.max(...rows)];
  };
  const slots: Step[][] = [];
  const taken: [number, number][][] = [];
  const of = new Map<Step, number>();
  const length = (bundle: Step[]): number => reach(bundle)[1] - reach(bundle)[0];
  for (const bundle of [...bundles.values()].sort((one, other) => length(one) - length(other))) {
    const [top, bottom] = reach(bundle);
    let slot = taken.findIndex((spans) => spans.every(([from, to]) => to < top || from > bottom));
    if (slot < 0) slot = taken.push([]) - 1;
    taken[slot]?.push([top, bottom]);
    (slots[slot] ??= []).push(...bundle);
    for (const step of bundle) of.set(step, slot);
  }
  return { slots, of };
}
const { slots, of: slotOf } = posts();
const aside = slots.length ? Math.max(110, slots.length * SLOT + 40) : 0;

const svg = select(holder).append("svg").attr("role", "group")
  .attr("aria-label", text("lineage-picture", {
    group: data.groups.find((each) => each.id === data.focus)?.label ?? "", groups: data.groups.length, steps: data.steps.length,
  }));
const defs = svg.append("defs");
for (const [side, from, to] of [["left", "black", "white"], ["right", "white", "black"]] as const) {
  const shade = defs.append("linearGradient").attr("id", `lineage-shade-${side}`);
  shade.append("stop").attr("offset", 0).attr("stop-color", from);
  shade.append("stop").attr("offset", 1).attr("stop-color", to);
  defs.append("mask").attr("id", `lineage-fade-${side}`).attr("maskContentUnits", "objectBoundingBox")
    .append("rect").attr("width", 1).attr("height", 1).attr("fill", `url(#lineage-shade-${side})`);
}
const canvas = svg.append("g");
let width = 0, edge = 0;
let keepNames: (() => void) | null = null;

function activate<T extends Said>(made: Selection<SVGGElement, T, SVGGElement, unknown>, name: (said: T) => string): void {
  const open = (element: SVGGElement, said: T): void => void openDrawer(panel, said.id, said.label, element);
  made.attr("tabindex", 0).attr("role", "button").attr("aria-expanded", "false").attr("aria-label", name).attr("data-id", (said) => said.id)
    .on("click", (event: MouseEvent, said) => open(event.currentTarget as SVGGElement, said))
    .on("keydown", (event: KeyboardEvent, said) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      open(event.currentTarget as SVGGElement, said);
    });
  made.append("title").text(name);
}

function draw(): void {
  const focused = document.activeElement instanceof SVGElement && holder.contains(document.activeElement)
    ? document.activeElement.getAttribute("aria-label") : null;
  canvas.selectAll("*").remove();
  edge = width - aside;
  const scale = scaleUtc(domain, [16, edge - 24]);
  const [left, right] = scale.range() as [number, number];
  const inside = (x: number): number => Math.min(Math.max(x, left), right);

  const place = (said: Said): Place => {
    const [first, last] = range(said);
    const fadeLeft = !first, fadeRight = !last;
    const from = scale(fadeLeft ? finish(last) : start(first)), to = scale(fadeRight ? start(first) : finish(last));
    return { x: inside((from + to) / 2), from: inside(from), to: inside(to), fadeLeft, fadeRight, y: 0 };
  };
  const places = new Map<Said, Place>();
  // The steps of a group stand under one another where they would stand on one another.
  const heights: number[] = [], tops: number[] = [];
  let y = AXIS + 10;
  data.groups.forEach((each, at) => {
    const mine: Said[] = [...each.foundings, ...dated.filter((step) => step.junior === at)];
    const ends: number[] = [];
    const laid = mine.map((said) => ({ said, place: place(said) })).sort((one, other) => one.place.x - other.place.x);
    for (const { said, place: spot } of laid) {
      const words = "kind" in said ? hedge(said as Step).length * 6 + 12 : 0;
      const low = Math.min(spot.x - 13, spot.from - (spot.fadeLeft ? FADE : 0));
      const high = Math.max(spot.x + 13, spot.to + (spot.fadeRight ? FADE : 0)) + words;
      let row = ends.findIndex((end) => end + 2 <= low);
      if (row < 0) row = ends.length;
      ends[row] = high;
      spot.y = row;
      places.set(said, spot);
    }
    tops[at] = y + NAME;
    heights[at] = NAME + Math.max(1, ends.length) * PITCH + 4;
    for (const { place: spot } of laid) spot.y = (tops[at] as number) + PITCH / 2 + spot.y * PITCH;
    y += heights[at] as number;
  });
  const height = y + 10;
  const lineOf = (at: number): number => (tops[at] ?? 0) + PITCH / 2;
  svg.attr("width", width).attr("height", height).attr("viewBox", `0 0 ${width} ${height}`);

  canvas.append("rect").attr("class", "ground").attr("width", width).attr("height", height);
  if (aside) {
    canvas.append("rect").attr("class", "margin").attr("x", edge).attr("width", aside).attr("height", height);
    canvas.append("text").attr("class", "margin-name").attr("x", edge + 12).attr("y", 22).text(text("lineage-no-date"));
  }
  canvas.append("g").attr("class", "axis").attr("aria-hidden", "true").attr("transform", `translate(0,${AXIS})`)
    .call(axisTop(scale).ticks(Math.max(3, (right - left) / 110)).tickSizeInner(-(height - AXIS)).tickSizeOuter(0).tickPadding(8));
  canvas.append("g").selectAll("line").data(data.groups).join("line").attr("class", "row-line")
    .attr("x1", left).attr("x2", width - 10).attr("y1", (_, at) => lineOf(at)).attr("y2", (_, at) => lineOf(at));

  // Lines of the groups.
  const lines = canvas.append("g").selectAll<SVGGElement, Group>("g").data(data.groups).join("g")
    .attr("class", (each) => (each.id === data.focus ? "group focus" : "group"));
  const origin: number[] = [];
  lines.each(function (each, at) {
    const own = select(this);
    const middle = lineOf(at);
    const mine = dated.filter((step) => step.from === at || step.to === at).map((step) => places.get(step)?.x ?? 0);
    const founded = each.foundings.map((said) => places.get(said)?.x ?? 0);
    const known = [each.first ? scale(start(each.first)) : NaN, each.last ? scale(finish(each.last)) : NaN, ...mine, ...founded]
      .filter((x) => !Number.isNaN(x));
    if (!known.length) {
      origin[at] = aside ? edge + 12 : left;
      return;
    }
    const low = Math.min(...known), high = Math.max(...known);
    const bit = (name: string, from: number, to: number): void => {
      if (inside(to) - inside(from) < 0.5) return;
      own.append("line").attr("class", `life ${name}`).attr("x1", inside(from)).attr("x2", inside(to)).attr("y1", middle).attr("y2", middle);
    };
    const sureFrom = scale(start(each.sureFirst)), sureTo = scale(finish(each.sureLast));
    const sure = each.sureFirst !== "" && each.sureLast !== "" && sureTo > sureFrom;
    bit("maybe", low, sure ? sureFrom : high);
    if (sure) {
      bit("sure", sureFrom, sureTo);
      bit("maybe", sureTo, high);
    }
    // Nothing says when it ended, unless it merged and is not seen again; nor when it began, unless a founding is told.
    const merged = each.mergedBy !== "" && !each.goesOn;
    const fade = (side: string, x: number): void => {
      own.append("rect").attr("class", "fade").attr("x", x).attr("y", middle - 1.5).attr("width", FADE - 8).attr("height", 3)
        .attr("mask", `url(#lineage-fade-${side})`);
    };
    if (!founded.length && low > left) fade("left", inside(low) - FADE + 8);
    if (!merged && high < right) fade("right", inside(high));
    origin[at] = Math.min(inside(low), right - 60);
    if (each.goesOn) {
      own.append("text").attr("class", "after words").attr("aria-hidden", "true").attr("x", inside(high) + FADE - 4).attr("y", middle + 4)
        .text(text("lineage-goes-on"));
    }
  });

  // Steps.
  const end = (at: number, step: Step): number => (at === step.junior ? places.get(step)?.y ?? lineOf(at) : lineOf(at));
  const steps = canvas.append("g").selectAll<SVGGElement, Step>("g").data(data.steps).join("g")
    .attr("class", (step) => `step kind-${step.kind} ${step.stance}`);
  activate(steps, named);
  steps.each(function (step) {
    const own = select(this);
    const spot = places.get(step);
    const slot = slotOf.get(step) ?? 0;
    const x = spot ? spot.x : edge + 28 + slot * SLOT;
    const senior = step.junior === step.from ? step.to : step.from;
    const yNode = spot ? spot.y : lineOf(step.junior);
    const yFrom = end(step.from, step), yTo = end(step.to, step);
    const yEnd = step.junior === step.from ? yTo : yFrom;
    const down = Math.sign(yEnd - yNode) || 1;
    // Both ends stand at the same date; the bow tells steps of one date apart, to the left what flows in, to the right
    // what flows out.
    const bow = spot ? (step.junior === step.from ? -1 : 1) * Math.min(30, Math.abs(yEnd - yNode) / 5) : 0;
    const tip = yEnd - down * (group(senior).id === data.focus ? 4 : 3);
    const path = `M${x},${yNode}C${x + bow},${yNode + (tip - yNode) * 0.3} ${x + bow},${tip - (tip - yNode) * 0.3} ${x},${tip}`;
    own.append("path").attr("class", "reach").attr("d", path);
    own.append("path").attr("class", "curve").attr("d", path);
    // The arrow points into the group that is the outcome.
    if (step.junior === step.from) own.append("path").attr("class", "arrow").attr("d", `M${x - 5},${tip - down * 9}L${x + 5},${tip - down * 9}L${x},${tip}Z`);
    else own.append("circle").attr("class", "arrow").attr("cx", x).attr("cy", tip).attr("r", 3);
    if (spot) {
      if (spot.to - spot.from > 14) {
        own.append("rect").attr("class", "range").attr("x", spot.from).attr("width", spot.to - spot.from).attr("y", yNode - 6).attr("height", 12).attr("rx", 6);
      }
      for (const side of ["left", "right"] as const) {
        if (side === "left" ? !spot.fadeLeft : !spot.fadeRight) continue;
        own.append("rect").attr("class", "fade").attr("x", side === "left" ? spot.from - FADE : spot.to).attr("y", yNode - 5)
          .attr("width", FADE).attr("height", 10).attr("mask", `url(#lineage-fade-${side})`);
      }
    }
    own.append("path").attr("class", "node").attr("d", sign(step.kind)).attr("transform", `translate(${x},${yNode})`);
    own.append("rect").attr("class", "hit").attr("x", x - 12).attr("y", yNode - 12).attr("width", 24).attr("height", 24).attr("rx", 4);
  });

  // Foundings without a parent.
  const foundings = canvas.append("g").selectAll<SVGGElement, Said & { of: string }>("g")
    .data(data.groups.flatMap((each) => each.foundings.map((said) => Object.assign(said, { of: each.label })))).join("g")
    .attr("class", (said) => `founding ${said.stance}`);
  activate(foundings, (said) => text("lineage-founding", { group: said.of, when: when(said), how: how(said) }));
  foundings.each(function (said) {
    const own = select(this);
    const spot = places.get(said) as Place;
    if (spot.to - spot.from > 14) {
      own.append("rect").attr("class", "range").attr("x", spot.from).attr("width", spot.to - spot.from).attr("y", spot.y - 6).attr("height", 12).attr("rx", 6);
    }
    own.append("circle").attr("class", "node").attr("cx", spot.x).attr("cy", spot.y).attr("r", 5);
    own.append("rect").attr("class", "hit").attr("x", spot.x - 12).attr("y", spot.y - 12).attr("width", 24).attr("height", 24).attr("rx", 4);
  });

  // Words: hedges beside steps, and names at the heads of the lines, which stay in view while the frame scrolls.
  const words = canvas.append("g").attr("aria-hidden", "true");
  for (const step of dated) {
    const spot = places.get(step) as Place;
    if (!hedge(step)) continue;
    const after = Math.max(spot.x + 13, spot.to + (spot.fadeRight ? FADE : 0)) + 4;
    const before = Math.min(spot.x - 13, spot.from - (spot.fadeLeft ? FADE : 0)) - 4;
    const fits = after + hedge(step).length * 6 < edge;
    words.append("text").attr("class", "words").attr("x", fits ? after : before).attr("text-anchor", fits ? "start" : "end")
      .attr("y", spot.y + 4).text(hedge(step));
  }
  for (const said of [...dated, ...undated, ...data.groups.flatMap((each) => each.foundings)]) {
    if (!said.contested) continue;
    const spot = places.get(said);
    words.append("text").attr("class", "bang").text("!").attr("y", (spot?.y ?? lineOf((said as Step).junior)) - 4)
      .attr("x", (spot?.x ?? edge + 28 + (slotOf.get(said as Step) ?? 0) * SLOT) + 7);
  }
  const links = lines.append("a").attr("href", (each) => `/${each.id}`);
  const hits = links.append("rect").attr("class", "hit").attr("height", 24).attr("rx", 4).attr("y", (_, at) => (tops[at] ?? 0) - NAME);
  const titles = links.append("text").attr("class", "name").attr("y", (_, at) => (tops[at] ?? 0) - 5).attr("lang", (each) => each.lang || null)
    .text((each) => shortened(each.label));
  lines.raise();
  words.raise();
  const lengths = titles.nodes().map((node) => node.getComputedTextLength());
  keepNames = (): void => {
    const first = holder.scrollLeft + 10, last = holder.scrollLeft + holder.clientWidth - 10;
    const at = (_: Group, index: number): number => {
      const long = lengths[index] ?? 0;
      return Math.max(first, Math.min(origin[index] ?? left, last - long, width - 8 - long));
    };
    titles.attr("x", at);
    hits.attr("x", (each, index) => at(each, index) - 3).attr("width", (_, index) => Math.max(24, (lengths[index] ?? 0) + 6));
  };
  keepNames();
  markOpen();
  if (focused) for (const each of holder.querySelectorAll<SVGElement>("[aria-label]")) if (each.getAttribute("aria-label") === focused) each.focus();
}

function resize(): void {
  const now = Math.max(holder.clientWidth, LEAST + aside);
  if (!holder.clientWidth || now === width) {
    keepNames?.();
    return;
  }
  width = now;
  draw();
}

function explain(): void {
  const legend = select(document.getElementById("lineage-legend"));
  type Drawing = Selection<SVGSVGElement, unknown, null, undefined>;
  const entry = (name: string, words: string, paint: (drawing: Drawing) => void): void => {
    const line = legend.append("li");
    const drawing = line.append("svg").attr("viewBox", "0 0 48 16").attr("class", name).attr("aria-hidden", "true");
    paint(drawing as unknown as Drawing);
    line.append("span").text(` ${words}`);
  };
  const rule = (name: string) => (drawing: Drawing): void => {
    drawing.append("line").attr("class", name).attr("x1", 2).attr("x2", 46).attr("y1", 8).attr("y2", 8);
  };
  const curve = (drawing: Drawing): void => {
    drawing.append("path").attr("class", "curve").attr("d", "M2,8H46");
    drawing.append("path").attr("class", "node").attr("d", sign("Merger")).attr("transform", "translate(24,8)");
  };
  entry("group", text("lineage-key-sure"), rule("life sure"));
  entry("group", text("lineage-key-maybe"), rule("life maybe"));
  for (const kind of Object.keys(SIGNS)) {
    if (!data.steps.some((step) => step.kind === kind)) continue;
    entry(`step stated kind-${kind}`, text(`lineage-kind-${kind}`), (drawing) => {
      drawing.append("path").attr("class", "curve").attr("d", "M2,8H46");
      drawing.append("path").attr("class", "node").attr("d", sign(kind)).attr("transform", "translate(24,8)");
    });
  }
  entry("step planned kind-Merger", text("lineage-key-planned"), curve);
  entry("step voiced kind-Merger", text("lineage-key-voiced"), curve);
  entry("step denied", text("lineage-key-denied"), curve);
  entry("step stated kind-Merger", text("lineage-key-range"), (drawing) => {
    drawing.append("rect").attr("class", "range").attr("x", 2).attr("y", 2).attr("width", 44).attr("height", 12).attr("rx", 6);
    drawing.append("path").attr("class", "node").attr("d", sign("Merger")).attr("transform", "translate(24,8)");
  });
  entry("founding", text("lineage-key-founded"), (drawing) => {
    drawing.append("circle").attr("class", "node").attr("cx", 24).attr("cy", 8).attr("r", 5);
  });
  legend.append("li").attr("class", "bang").text(text("lineage-key-contested"));
}

async function save(kind: string): Promise<void> {
  const drawing = svg.node() as SVGSVGElement;
  const note = text("lineage-note", { address: location.href });
  const title = document.querySelector("h1")?.textContent ?? text("lineage-title");
  if (kind === "svg") download(standalone(drawing, title, note), "image/svg+xml", "lineage.svg");
  else download(await png(drawing, title, note), "image/png", "lineage.png");
}
stage.addEventListener("click", (event) => {
  const kind = (event.target as Element).closest<HTMLElement>("[data-act]")?.dataset.act;
  if (kind) void save(kind);
});
holder.addEventListener("scroll", () => keepNames?.(), { passive: true });
escapes(stage, panel);
explain();
new ResizeObserver(resize).observe(holder);
resize();
