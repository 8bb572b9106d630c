// What the record puts where: marks over the borders of Natural Earth, by year, with the claims behind each.
import { forceCollide, forceSimulation, forceX, forceY, type SimulationNodeDatum } from "d3-force";
import { geoContains, geoMercator, geoPath, type GeoPermissibleObjects } from "d3-geo";
import { select } from "d3-selection";
import { zoom, zoomIdentity, type D3ZoomEvent, type ZoomTransform } from "d3-zoom";
import { feature, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import { given, remember } from "./lib/address";
import { fillClaims } from "./lib/claims";
import { twin } from "./lib/data";
import { download, png, standalone } from "./lib/picture";
import { text } from "./lib/texts";

interface Place {
  id: string; label: string; lang: string; longitude: number | null; latitude: number | null;
  gazetteer: string; licence: string; within: string[]; locatedAt: string; whole: boolean;
}
type Bounds = Partial<Record<"earliestBegin" | "latestBegin" | "earliestEnd" | "latestEnd", string>>;
interface Happening {
  place: string; role: string; what: { id: string; label: string; kind: string }; family: string; said: string;
  mode: string; contested: boolean; polarity: string; dateAsWritten: string; bounds: Bounds; claim: string;
}
interface Data { span: [number, number] | null; undated: number; places: Place[]; happenings: Happening[] }
interface Thing { id: string; label: string; kind: string; family: string; firm: boolean; real: boolean; said: Happening[] }
interface Glyph { family: string; total: number; firm: number; real: number; r: number; x: number; y: number }
interface Mark extends SimulationNodeDatum {
  place: Place; things: Thing[]; glyphs: Glyph[]; r: number; x: number; y: number; ax: number; ay: number; area: boolean;
  /** How many further places it stands for, when the picture is too small for all. */
  members: number;
}
interface Box { x: number; y: number; w: number; h: number }
interface Country { name: string; at: [number, number]; wide: number }

const REGION: GeoPermissibleObjects = { type: "MultiPoint", coordinates: [[59.5, 24.2], [79, 40.6]] };
const stage = document.getElementById("stage") as HTMLElement;
const picture = document.getElementById("map") as HTMLElement;
const panel = document.getElementById("panel") as HTMLElement;
const beside = document.getElementById("beside") as HTMLElement;
const years = document.getElementById("years") as HTMLElement;
const form = document.getElementById("filters") as HTMLFormElement;
const boxes = (name: string): HTMLInputElement[] => [...form.querySelectorAll<HTMLInputElement>(`input[name=${name}]`)];
const group = form.elements.namedItem("group") as HTMLInputElement;
const source = form.elements.namedItem("source") as HTMLSelectElement;
const FAMILIES = boxes("kind").map((box) => box.value);
const OUTLINES = new Map(
  FAMILIES.map((family) => [family, document.getElementById(`shape-${family}`)?.getAttribute("d") ?? ""]),
);

let data: Data = { span: null, undated: 0, places: [], happenings: [] };
let year = given("year");
let chosen = given("place");
let view = given("view");
let marks: Mark[] = [];
let things = new Map<string, Thing[]>();
let transform: ZoomTransform = zoomIdentity;
let width = 0;
let height = 0;
let playing = 0;

const projection = geoMercator();
const path = geoPath(projection).digits(1);
let borders: GeoPermissibleObjects | null = null;
let land: GeoPermissibleObjects | null = null;
let shapes: { name: string; shape: GeoPermissibleObjects }[] = [];
let countries: Country[] = [];

// -- what is shown -----------------------------------------------------------------------------------------------

/** Whether something with these bounds was on some day of a year; as record/places.py has it. */
function inYear(bounds: Bounds, asked: string): "certain" | "possible" | "" {
  const { earliestBegin, latestBegin, earliestEnd, latestEnd } = bounds;
  if (!earliestBegin && !latestBegin && !earliestEnd && !latestEnd) return "";
  const first = `${asked}-01-01`;
  const last = `${asked}-12-31`;
  const inside = !!earliestBegin && !!latestEnd && first <= earliestBegin && latestEnd <= last;
  if (inside || (latestBegin && earliestEnd && latestBegin <= earliestEnd && latestBegin <= last && earliestEnd >= first)) {
    return "certain";
  }
  return (!earliestBegin || earliestBegin <= last) && (!latestEnd || latestEnd >= first) ? "possible" : "";
}

const isDated = (one: Happening): boolean => Object.keys(one.bounds).length > 0;

/** The things of each place, in the year that is chosen. */
function gather(): Map<string, Thing[]> {
  const found = new Map<string, Map<string, Thing>>();
  for (const one of data.happenings) {
    const held = year ? inYear(one.bounds, year) : "certain";
    if (!held) continue;
    const here = found.get(one.place) ?? new Map<string, Thing>();
    found.set(one.place, here);
    const key = `${one.what.id} ${one.family}`;
    const thing = here.get(key) ?? { ...one.what, family: one.family, firm: false, real: false, said: [] };
    here.set(key, thing);
    thing.said.push(one);
    thing.real ||= one.said === "stated" || one.said === "hedged";
    thing.firm ||= one.said === "stated" && held === "certain";
  }
  return new Map([...found].map(([place, here]) => [place, [...here.values()]]));
}

/** Families of things as shapes around one another, the largest in the middle. */
function cluster(here: Thing[]): { glyphs: Glyph[]; r: number } {
  const size = (width < 600 ? 2.3 : 3.5) * (isCoarse() ? 0.7 : 1);
  const glyphs: Glyph[] = [];
  for (const family of FAMILIES) {
    const some = here.filter((thing) => thing.family === family);
    if (!some.length) continue;
    glyphs.push({
      family,
      total: some.length,
      firm: some.filter((thing) => thing.firm).length,
      real: some.filter((thing) => thing.real).length,
      r: Math.max(width < 600 ? 4.2 : 4.6, size * Math.sqrt(some.length) + 1.5),
      x: 0,
      y: 0,
    });
  }
  glyphs.sort((a, b) => b.r - a.r);
  glyphs.forEach((glyph, index) => {
    if (!index) return;
    const before = glyphs.slice(0, index);
    for (let away = 1; away < 200; away += 1) {
      for (let turn = 0; turn < 24; turn += 1) {
        const angle = (turn * 5 * Math.PI) / 12 - Math.PI / 2;
        glyph.x = away * Math.cos(angle);
        glyph.y = away * Math.sin(angle);
        if (before.every((other) => Math.hypot(other.x - glyph.x, other.y - glyph.y) >= other.r + glyph.r + 0.6)) return;
      }
    }
  });
  const mx = glyphs.reduce((sum, glyph) => sum + glyph.x * glyph.r ** 2, 0);
  const my = glyphs.reduce((sum, glyph) => sum + glyph.y * glyph.r ** 2, 0);
  const area = glyphs.reduce((sum, glyph) => sum + glyph.r ** 2, 0) || 1;
  for (const glyph of glyphs) {
    glyph.x -= mx / area;
    glyph.y -= my / area;
  }
  const r = Math.max(12, ...glyphs.map((glyph) => Math.hypot(glyph.x, glyph.y) + glyph.r + 2));
  return { glyphs, r };
}

const COARSE = 0.55;
const isCoarse = (): boolean => transform.k < COARSE;

/** The outermost place with a point around a place, or the country it lies in, or the place itself. */
function outermost(place: Place, known: Map<string, Place>): Place {
  let found = place;
  let ring = [place.id];
  for (let steps = 0; ring.length && steps < 8; steps += 1) {
    ring = ring.flatMap((id) => known.get(id)?.within ?? []);
    const whole = ring.map((id) => known.get(id)).find((one) => one && one.longitude !== null);
    if (whole) found = whole;
  }
  return countryOf(found, known) ?? found;
}

const inCountry = new Map<string, Place | undefined>();
/** The country of the record within whose borders on this map a place lies, for places that no source puts in one. */
function countryOf(place: Place, known: Map<string, Place>): Place | undefined {
  if (!inCountry.has(place.id)) {
    const named = new Map([...known.values()].filter((one) => one.longitude !== null).map((one) => [one.label, one]));
    const point: [number, number] = [place.longitude ?? 0, place.latitude ?? 0];
    // What a gazetteer gives to no country, such as Kashmir (Who's On First's xx), is not given to one here.
    const disputed = /-xx:/.test(place.gazetteer);
    const country = disputed ? undefined : shapes.find(({ name, shape }) => named.has(name) && geoContains(shape, point));
    inCountry.set(place.id, country && named.get(country.name));
  }
  return inCountry.get(place.id);
}

/** The marks of the places with a point, the fullest first; from afar, one for all places in a country. */
function makeMarks(): Mark[] {
  const names = new Set(shapes.map((country) => country.name));
  const known = new Map(data.places.map((place) => [place.id, place]));
  const gathered = new Map<Place, { members: number; things: Map<string, Thing> }>();
  for (const place of data.places) {
    if (place.longitude === null || !things.has(place.id)) continue;
    const at = isCoarse() ? outermost(place, known) : place;
    const here = gathered.get(at) ?? { members: 0, things: new Map<string, Thing>() };
    gathered.set(at, here);
    if (at !== place) here.members += 1;
    for (const thing of things.get(place.id) ?? []) here.things.set(`${thing.id} ${thing.family}`, thing);
  }
  return [...gathered]
    .map(([place, { members, things: some }]) => {
      const here = [...some.values()];
      return { place, members, things: here, ...cluster(here), x: 0, y: 0, ax: 0, ay: 0, area: place.whole || names.has(place.label) };
    })
    .sort((a, b) => b.things.length - a.things.length || a.place.label.localeCompare(b.place.label));
}

// -- the picture -------------------------------------------------------------------------------------------------

const svg = select(picture).append("svg").attr("class", "map").attr("role", "group");
const ground = svg.append("g").attr("aria-hidden", "true");
const landPath = ground.append("path").attr("class", "land");
const coastPath = ground.append("path").attr("class", "coast");
const bordersPath = ground.append("path").attr("class", "borders");
const countryLayer = svg.append("g").attr("aria-hidden", "true");
const leaderLayer = svg.append("g").attr("aria-hidden", "true");
const markLayer = svg.append("g");
const nameLayer = svg.append("g").attr("aria-hidden", "true");
const bar = document.createElement("div");
bar.className = "bar";
const status = document.createElement("output");
bar.append(status);

const measure = document.createElement("canvas").getContext("2d");

function wide(words: string, font: string, spacing = 0): number {
  if (!measure) return words.length * 7;
  measure.font = font;
  return measure.measureText(words).width + spacing * words.length;
}

function project(longitude: number, latitude: number): [number, number] {
  const [x, y] = projection([longitude, latitude]) ?? [0, 0];
  return transform.apply([x, y]);
}

/** Put the marks where their places are, and those that would cover one another beside them, tied by a line. */
function settle(): void {
  for (const mark of marks) {
    [mark.ax, mark.ay] = project(mark.place.longitude ?? 0, mark.place.latitude ?? 0);
    [mark.x, mark.y, mark.vx, mark.vy] = [mark.ax, mark.ay, 0, 0];
  }
  const near = marks.filter(isNear);
  forceSimulation(near)
    .force("x", forceX<Mark>((mark) => mark.ax).strength(0.12))
    .force("y", forceY<Mark>((mark) => mark.ay).strength(0.12))
    .force("apart", forceCollide<Mark>((mark) => mark.r + 1.5).strength(0.9).iterations(3))
    .stop()
    .tick(90);
}

const isNear = (mark: Mark): boolean => mark.ax > -80 && mark.ax < width + 80 && mark.ay > -80 && mark.ay < height + 80;
const inFrame = (mark: Mark): boolean => mark.x > 0 && mark.x < width && mark.y > 0 && mark.y < height;
const overlap = (a: Box, b: Box): boolean => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

function drawGround(): void {
  if (!land || !borders) return;
  landPath.attr("d", path(land));
  coastPath.attr("d", path(land));
  bordersPath.attr("d", path(borders));
  countries = shapes.map(({ name, shape }) => {
    const [[left], [right]] = path.bounds(shape);
    return { name, at: path.centroid(shape), wide: right - left };
  });
}

function draw(): void {
  ground.attr("transform", transform.toString());
  settle();
  const shown = marks.filter(inFrame);
  drawLeaders(shown);
  drawMarks(shown);
  drawNames(shown);
}

function drawLeaders(shown: Mark[]): void {
  const moved = shown.filter((mark) => Math.hypot(mark.x - mark.ax, mark.y - mark.ay) > 5);
  leaderLayer
    .selectAll<SVGLineElement, Mark>("line")
    .data(moved, (mark) => mark.place.id)
    .join("line")
    .attr("class", "leader")
    .attr("x1", (mark) => mark.ax)
    .attr("y1", (mark) => mark.ay)
    .attr("x2", (mark) => mark.x)
    .attr("y2", (mark) => mark.y);
  leaderLayer
    .selectAll<SVGCircleElement, Mark>("circle")
    .data(moved, (mark) => mark.place.id)
    .join("circle")
    .attr("class", "anchor")
    .attr("r", 2.6)
    .attr("cx", (mark) => mark.ax)
    .attr("cy", (mark) => mark.ay);
}

function describe(mark: Mark): string {
  const split = mark.glyphs.map((glyph) => text("map-split", { family: text(`map-family-${glyph.family}`), count: glyph.total }));
  return text(mark.members ? "map-mark-members" : mark.area ? "map-mark-whole" : "map-mark", {
    place: mark.place.label, count: mark.things.length, members: mark.members, split: split.join(", "),
  });
}

function drawMarks(shown: Mark[]): void {
  const drawn = markLayer
    .selectAll<SVGGElement, Mark>("g.mark")
    .data(shown, (mark) => mark.place.id)
    .join((enter) => {
      const mark = enter.append("g").attr("tabindex", 0).attr("role", "button");
      mark.append("circle").attr("class", "hit");
      mark.append("title");
      mark.append("g").attr("class", "glyphs");
      mark.on("click", (_, one) => choose(one.place.id)).on("keydown", (event: KeyboardEvent, one) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        choose(one.place.id);
      });
      return mark;
    });
  drawn
    .attr("class", (mark) => `mark${mark.place.id === chosen ? " chosen" : ""}`)
    .attr("data-place", (mark) => mark.place.id)
    .attr("transform", (mark) => `translate(${mark.x.toFixed(1)},${mark.y.toFixed(1)})`)
    .attr("aria-label", describe)
    .attr("aria-pressed", (mark) => String(mark.place.id === chosen));
  drawn.select<SVGCircleElement>(".hit").attr("r", (mark) => Math.max(13, mark.r));
  drawn.select("title").text(describe);
  drawn.each(function drawGlyphs(mark) {
    const here = select(this);
    here
      .selectAll<SVGCircleElement, Mark>("circle.whole")
      .data(mark.area ? [mark] : [])
      .join((enter) => enter.insert("circle", ".glyphs").attr("class", "whole"))
      .attr("r", mark.r);
    here
      .select<SVGGElement>(".glyphs")
      .selectAll<SVGGElement, Glyph>("g")
      .data(mark.glyphs, (glyph) => glyph.family)
      .join("g")
      .attr("class", (glyph) => `family-${glyph.family}`)
      .attr("transform", (glyph) => `translate(${glyph.x.toFixed(1)},${glyph.y.toFixed(1)})`)
      .each(function drawParts(glyph) {
        const parts = glyphParts(glyph);
        select(this)
          .selectAll<SVGPathElement, { name: string; r: number }>("path")
          .data(parts)
          .join("path")
          .attr("class", (part) => part.name)
          .attr("d", OUTLINES.get(glyph.family) ?? "")
          .attr("vector-effect", "non-scaling-stroke")
          .attr("transform", (part) => `scale(${(part.r / 8).toFixed(3)})`);
      });
  });
}

/** The drawing says how much of it is firm: filled, outlined around a filled core, outlined, dashed. */
function glyphParts(glyph: Glyph): { name: string; r: number }[] {
  const halo = { name: "halo", r: glyph.r };
  if (!glyph.real) return [halo, { name: "unreal", r: glyph.r }];
  if (glyph.firm === glyph.total) return [halo, { name: "firm", r: glyph.r }];
  const soft = { name: "soft", r: glyph.r };
  if (!glyph.firm) return [halo, soft];
  return [halo, soft, { name: "firm", r: glyph.r * Math.sqrt(glyph.firm / glyph.total) * 0.86 }];
}

/** Names where they cover neither a mark nor another name, the fullest places first, then countries. */
function drawNames(shown: Mark[]): void {
  const taken: Box[] = shown.map((mark) => ({ x: mark.x - mark.r, y: mark.y - mark.r, w: 2 * mark.r, h: 2 * mark.r }));
  const free = (box: Box): boolean =>
    box.x > 2 && box.y > 2 && box.x + box.w < width - 2 && box.y + box.h < height - 2 && !taken.some((other) => overlap(box, other));
  const style = getComputedStyle(picture);
  const named: { mark: Mark; words: string; x: number; y: number }[] = [];
  // The chosen place is named before the others.
  for (const mark of [...shown].sort((a, b) => Number(b.place.id === chosen) - Number(a.place.id === chosen))) {
    const key = mark.members ? "map-label-members" : "map-label-whole";
    const words = mark.area ? text(key, { place: mark.place.label }) : mark.place.label;
    const w = wide(words, `600 12.5px ${style.fontFamily}`) + 4;
    const tries: [number, number][] = [
      [mark.x + mark.r + 3, mark.y - 8], [mark.x - mark.r - 3 - w, mark.y - 8],
      [mark.x - w / 2, mark.y + mark.r + 1], [mark.x - w / 2, mark.y - mark.r - 17],
      [mark.x + mark.r * 0.7 + 3, mark.y + mark.r * 0.5], [mark.x + mark.r * 0.7 + 3, mark.y - mark.r * 0.7 - 15],
      [mark.x - mark.r * 0.7 - w, mark.y + mark.r * 0.5], [mark.x - mark.r * 0.7 - w, mark.y - mark.r * 0.7 - 15],
    ];
    const at = tries.find(([x, y]) => free({ x, y, w, h: 16 }));
    if (!at) continue;
    taken.push({ x: at[0], y: at[1], w, h: 16 });
    named.push({ mark, words, x: at[0] + 2, y: at[1] + 12 });
  }
  nameLayer
    .selectAll<SVGTextElement, (typeof named)[number]>("text")
    .data(named, (one) => one.mark.place.id)
    .join("text")
    .attr("class", (one) => (one.mark.area ? "name area" : "name"))
    .attr("x", (one) => one.x)
    .attr("y", (one) => one.y)
    .text((one) => one.words);
  const marked = new Set(named.map((one) => one.mark.place.label));
  const known = countries.filter((country) => {
    const [x, y] = transform.apply(country.at);
    const w = wide(country.name.toUpperCase(), `11px ${style.fontFamily}`, 1.6) + 6;
    const box = { x: x - w / 2, y: y - 9, w, h: 18 };
    if (marked.has(country.name) || country.wide * transform.k < w * 0.75 || !free(box)) return false;
    taken.push(box);
    return true;
  });
  countryLayer
    .selectAll<SVGTextElement, Country>("text")
    .data(known, (country) => country.name)
    .join("text")
    .attr("class", "country")
    .attr("x", (country) => transform.applyX(country.at[0]))
    .attr("y", (country) => transform.applyY(country.at[1]))
    .text((country) => country.name);
}

// -- moving about ------------------------------------------------------------------------------------------------

const zooming = zoom<SVGSVGElement, unknown>()
  .scaleExtent([0.05, 60])
  .filter((event: MouseEvent | TouchEvent | WheelEvent) => {
    // One finger and a plain wheel move the page; two fingers, a drag, or the wheel with Ctrl move the map.
    if (event.type === "wheel") return event.ctrlKey || event.metaKey;
    if ("touches" in event) return event.touches.length > 1;
    return !event.button;
  })
  .on("zoom", (event: D3ZoomEvent<SVGSVGElement, unknown>) => {
    const before = isCoarse();
    transform = event.transform;
    if (before !== isCoarse()) marks = makeMarks();
    requestDraw();
    if (event.sourceEvent) noteView();
  });

let asked = 0;
function requestDraw(): void {
  cancelAnimationFrame(asked);
  asked = requestAnimationFrame(draw);
}

let noting = 0;
function noteView(): void {
  clearTimeout(noting);
  noting = window.setTimeout(() => {
    const centre = projection.invert?.(transform.invert([width / 2, height / 2]));
    if (!centre) return;
    view = `${centre[0].toFixed(2)},${centre[1].toFixed(2)},${transform.k.toFixed(2)}`;
    remember({ view });
    pressed();
  }, 250);
}

function goTo(to: string): void {
  view = to;
  remember({ view });
  zooming.transform(svg, target(to));
  pressed();
}

function target(to: string): ZoomTransform {
  if (!to) return zoomIdentity;
  const [longitude, latitude, k] = to.split(",").map(Number);
  if (to !== "all" && longitude !== undefined && latitude !== undefined && k) {
    const [x, y] = projection([longitude, latitude]) ?? [0, 0];
    return zoomIdentity.translate(width / 2, height / 2).scale(k).translate(-x, -y);
  }
  const at = data.places
    .filter((place) => place.longitude !== null && things.has(place.id))
    .map((place): [number, number] => projection([place.longitude ?? 0, place.latitude ?? 0]) ?? [0, 0]);
  if (!at.length) return zoomIdentity;
  const [left, right] = [Math.min(...at.map(([x]) => x)), Math.max(...at.map(([x]) => x))];
  const [top, bottom] = [Math.min(...at.map(([, y]) => y)), Math.max(...at.map(([, y]) => y))];
  const scale = Math.min((width - 90) / Math.max(1, right - left), (height - 90) / Math.max(1, bottom - top), 6);
  return zoomIdentity.translate(width / 2, height / 2).scale(scale).translate(-(left + right) / 2, -(top + bottom) / 2);
}

function button(words: string, act: () => void, label = ""): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

const regionButton = button(text("map-region"), () => goTo(""));
const allButton = button(text("map-everywhere"), () => goTo("all"));
function pressed(): void {
  regionButton.setAttribute("aria-pressed", String(!view));
  allButton.setAttribute("aria-pressed", String(view === "all"));
}
function scaleBy(factor: number): void {
  zooming.scaleBy(svg, factor);
  noteView();
}
const steps = document.createElement("div");
steps.className = "steps";
steps.append(
  button("+", () => scaleBy(1.6), text("map-zoom-in")),
  button("−", () => scaleBy(1 / 1.6), text("map-zoom-out")),
);
bar.append(regionButton, allButton, steps);
svg.on("keydown", (event: KeyboardEvent) => {
  const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
  if (step) {
    event.preventDefault();
    zooming.translateBy(svg, (step[0] ?? 0) / transform.k, (step[1] ?? 0) / transform.k);
    noteView();
  } else if (event.key === "+" || event.key === "-") scaleBy(event.key === "+" ? 1.6 : 1 / 1.6);
});

// -- the panel ---------------------------------------------------------------------------------------------------

function element<K extends keyof HTMLElementTagNameMap>(
  name: K, className = "", words = "", ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (words) made.textContent = words;
  made.append(...children);
  return made;
}

function choose(place: string, from?: HTMLElement): void {
  chosen = place;
  remember({ place });
  fillPanel();
  draw();
  refreshRows();
  const opener = from ?? markLayer.select<SVGGElement>(`[data-place="${place}"]`).node();
  panel.dataset.opener = from ? "beside" : "mark";
  panel.tabIndex = -1;
  panel.focus({ preventScroll: !opener || window.innerWidth > 960 });
}

function close(): void {
  const [place, opener] = [chosen, panel.dataset.opener];
  chosen = "";
  panel.hidden = true;
  remember({ place: "" });
  draw();
  refreshRows();
  const back = opener === "beside"
    ? beside.querySelector<HTMLElement>(`[data-place="${place}"] a`)
    : markLayer.select<SVGGElement>(`[data-place="${place}"]`).node();
  back?.focus();
}

function fillPanel(): void {
  const place = data.places.find((one) => one.id === chosen);
  panel.hidden = !place;
  if (!place) return;
  const name = element("bdi", "", place.label);
  name.lang = place.lang;
  const about = element("a", "", text("map-panel-page"));
  about.href = `/id/${place.id}`;
  panel.replaceChildren(
    element("header", "", "", element("h2", "", "", name), button(text("close"), close)),
    element("p", "note", "", about),
  );
  const here = things.get(place.id) ?? [];
  if (!here.length) panel.append(element("p", "", text("map-panel-none")));
  for (const family of FAMILIES) {
    const some = here.filter((thing) => thing.family === family);
    if (!some.length) continue;
    const head = element("h3", `family-${family}`);
    const glyph = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    glyph.setAttribute("viewBox", "-10 -10 20 20");
    glyph.setAttribute("class", `glyph family-${family}`);
    glyph.setAttribute("aria-hidden", "true");
    const outline = document.createElementNS("http://www.w3.org/2000/svg", "path");
    outline.setAttribute("d", OUTLINES.get(family) ?? "");
    glyph.append(outline);
    head.append(glyph, `${text(`map-family-${family}`)} `, element("span", "count", String(some.length)));
    panel.append(head, ...some.map(opening));
  }
  panel.append(...around(place));
}

/** A thing that happened, which opens to its claims as the server writes them. */
function opening(thing: Thing): HTMLElement {
  const modes = new Map<string, HTMLElement>();
  for (const one of thing.said) {
    modes.set(one.mode, element("span", `mode mode-${one.mode}`, text(`mode-${one.mode}`)));
    if (one.polarity === "Negated") modes.set("Negated", element("span", "mode mode-Negated", text("polarity-Negated")));
    if (one.contested) modes.set("contested", element("span", "mode contested", text("contested")));
  }
  const dates = [...new Set(thing.said.map((one) => one.dateAsWritten).filter(Boolean))];
  const possible = year && !thing.said.some((one) => inYear(one.bounds, year) === "certain") ? ` ${text("map-possible")}` : "";
  const role = thing.said.find((one) => one.role !== "place");
  const label = thing.label + (role ? ` (${text(`map-role-${role.role}`)})` : "");
  const meta = element("span", "meta", "", ...modes.values(), dates.length ? dates.join(" · ") : text("map-undated"), possible);
  const details = element("details", "", "", element("summary", "", "", label, element("br"), meta));
  details.addEventListener("toggle", () => {
    if (!details.open || details.dataset.filled) return;
    details.dataset.filled = "yes";
    const claims = element("div", "", text("map-loading"));
    details.append(claims);
    void fillClaims(claims, thing.id);
  });
  return details;
}

/** What lies in a place without a point of its own, and what the point is. */
function around(place: Place): HTMLElement[] {
  const parts: HTMLElement[] = [];
  const inside = data.places.filter((one) => one.longitude === null && one.locatedAt === place.id && things.has(one.id));
  if (inside.length) {
    const list = element("ul", "within", "", ...inside.map((one) =>
      element("li", "", "", button(`${one.label} (${things.get(one.id)?.length ?? 0})`, () => choose(one.id)))));
    parts.push(element("h3", "", text("map-panel-within")), list);
  }
  const located = data.places.filter((one) => one.longitude !== null && one.within.includes(place.id) && things.has(one.id));
  if (located.length) {
    const list = element("ul", "within", "", ...located.map((one) =>
      element("li", "", "", button(`${one.label} (${things.get(one.id)?.length ?? 0})`, () => choose(one.id)))));
    parts.push(element("h3", "", text("map-panel-located")), list);
  }
  if (place.longitude === null) {
    const near = data.places.find((one) => one.id === place.locatedAt);
    if (near) {
      parts.push(element("p", "note", `${text("map-panel-around")} `, button(near.label, () => choose(near.id))));
    }
    return parts;
  }
  if (marks.find((mark) => mark.place.id === place.id)?.area) parts.push(element("p", "note", text("map-panel-whole")));
  parts.push(element("p", "note", text("map-panel-point", {
    latitude: String(place.latitude), longitude: String(place.longitude), gazetteer: place.gazetteer, licence: place.licence,
  })));
  return parts;
}

beside.addEventListener("click", (event) => {
  const link = (event.target as Element).closest<HTMLElement>("[data-place] a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  choose(link.closest<HTMLElement>("[data-place]")?.dataset.place ?? "", link);
});
stage.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !panel.hidden) close();
});

// -- years -------------------------------------------------------------------------------------------------------

const slider = document.createElement("input");
slider.type = "range";
slider.setAttribute("aria-label", text("map-year-slider"));
const play = button(text("map-play"), () => (playing ? pause() : start()));
const allYears = button(text("map-all-years"), () => {
  pause();
  setYear("");
});
const told = document.createElement("output");
const track = element("div", "track");
const tally = select(track).append("svg").attr("aria-hidden", "true");
track.append(slider);
years.append(play, allYears, track, told);

function setYear(to: string): void {
  year = to;
  remember({ year });
  update();
}

function start(): void {
  if (!data.span) return;
  const [first, last] = data.span;
  if (!year || Number(year) >= last) setYear(String(first));
  play.textContent = text("map-pause");
  playing = window.setInterval(() => {
    if (Number(year) >= last) pause();
    else setYear(String(Number(year) + 1));
  }, 1100);
}

function pause(): void {
  if (!playing) return;
  clearInterval(playing);
  playing = 0;
  play.textContent = text("map-play");
  refreshRows();
}

slider.addEventListener("input", () => {
  pause();
  setYear(slider.value);
});

/** How much is dated to each year: certain below, possible above it. */
function drawYears(): void {
  years.hidden = !data.span;
  if (!data.span) return;
  const [first, last] = data.span;
  slider.min = String(first);
  slider.max = String(last);
  slider.value = year || String(last);
  allYears.setAttribute("aria-pressed", String(!year));
  years.classList.toggle("any", !year);
  const counts = new Map<number, { certain: Set<string>; possible: Set<string> }>();
  for (let at = first; at <= last; at += 1) {
    const here = { certain: new Set<string>(), possible: new Set<string>() };
    for (const one of data.happenings) {
      const held = inYear(one.bounds, String(at));
      if (held) here[held].add(`${one.place} ${one.what.id}`);
    }
    for (const id of here.certain) here.possible.delete(id);
    counts.set(at, here);
  }
  const broad = track.clientWidth || 300;
  const x = (at: number): number => 8 + ((broad - 16) * (at - first)) / Math.max(1, last - first);
  const most = Math.max(1, ...[...counts.values()].map((here) => here.certain.size + here.possible.size));
  const high = (n: number): number => (n / most) * 28;
  const bar = Math.max(2, ((broad - 16) / Math.max(1, last - first)) * 0.66);
  const each = [...counts].map(([at, here]) => ({ at, certain: here.certain.size, possible: here.possible.size }));
  tally.selectAll("*").remove();
  if (year) tally.append("rect").attr("class", "now").attr("x", x(Number(year)) - bar / 2 - 2).attr("y", 0).attr("width", bar + 4).attr("height", 30);
  for (const { at, certain, possible } of each) {
    tally.append("rect").attr("class", "possible").attr("x", x(at) - bar / 2).attr("width", bar)
      .attr("y", 29 - high(certain) - high(possible)).attr("height", high(possible));
    tally.append("rect").attr("class", "certain").attr("x", x(at) - bar / 2).attr("width", bar)
      .attr("y", 29 - high(certain)).attr("height", high(certain));
    if (at % 5 === 0) tally.append("text").attr("x", x(at)).attr("y", 42).text(at);
  }
  const undated = data.happenings.filter((one) => !isDated(one)).length;
  const now = each.find(({ at }) => String(at) === year);
  told.replaceChildren(
    element("strong", "", year || text("map-all-years")),
    year
      ? text("map-year-now", { certain: now?.certain ?? 0, possible: now?.possible ?? 0, undated })
      : text("map-year-none", { undated }),
  );
}

// -- filters and the rest of the page ----------------------------------------------------------------------------

function filters(): Record<string, string> {
  const some = (name: string): string => {
    const all = boxes(name);
    const on = all.filter((box) => box.checked).map((box) => box.value);
    return on.length === all.length ? "" : on.join(",");
  };
  return { kind: some("kind"), said: some("said"), group: group.value.trim(), source: source.value };
}

function query(values: Record<string, string>): string {
  const kept = Object.entries(values).filter(([, value]) => value);
  return kept.length ? `?${new URLSearchParams(kept)}` : "";
}

let refreshing: AbortController | undefined;
let waiting = 0;
/** The table, the files and the SPARQL are the server's own, for what is shown now. */
function refreshRows(): void {
  clearTimeout(waiting);
  if (playing) return;
  waiting = window.setTimeout(async () => {
    refreshing?.abort();
    refreshing = new AbortController();
    const address = `/map${query({ ...filters(), year, place: chosen })}`;
    try {
      const answer = await fetch(address, { headers: { Accept: "text/html" }, signal: refreshing.signal });
      const rows = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("rows");
      const before = document.getElementById("rows");
      if (!rows || !before) return;
      const [open, wasOpen] = [rows.querySelector("details"), before.querySelector("details")];
      if (open && wasOpen) open.open = wasOpen.open;
      before.replaceWith(rows);
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
    }
  }, 350);
}

/** Everything but the table, for the data and the year at hand. */
function update(): void {
  things = gather();
  marks = makeMarks();
  const besides = data.places.filter((place) => place.longitude === null);
  for (const item of beside.querySelectorAll<HTMLElement>("[data-place]")) {
    const count = things.get(item.dataset.place ?? "")?.length ?? 0;
    item.hidden = !count;
    const number = item.querySelector(".count");
    if (number) number.textContent = String(count);
  }
  for (const part of beside.querySelectorAll<HTMLElement>(".around")) part.hidden = !part.querySelector("li:not([hidden])");
  const located = data.places.filter((place) => place.longitude !== null && things.has(place.id));
  const inAll = (some: Place[]): number => some.reduce((sum, place) => sum + (things.get(place.id)?.length ?? 0), 0);
  svg.attr("aria-label", text(year ? "map-picture-year" : "map-picture", { count: located.length, year }));
  status.textContent = text("map-shown", { places: located.length, count: inAll(located), beside: inAll(besides) });
  draw();
  drawYears();
  if (!panel.hidden) fillPanel();
  refreshRows();
}

let latest = 0;
async function reload(): Promise<void> {
  const mine = (latest += 1);
  try {
    const found = await twin<Data>("map", query(filters()));
    if (mine !== latest) return;
    data = found;
  } catch {
    status.textContent = text("map-failed");
    return;
  }
  update();
}

form.addEventListener("change", (event) => {
  if (event.target === group && group.value && ![...(group.list?.options ?? [])].some((one) => one.value === group.value)) return;
  remember(filters());
  void reload();
});
form.addEventListener("submit", (event) => {
  // A name that is not in the list is the server's to judge.
  if (group.value && ![...(group.list?.options ?? [])].some((one) => one.value === group.value)) return;
  event.preventDefault();
  remember(filters());
  void reload();
});

function resize(): void {
  const box = picture.getBoundingClientRect();
  const high = svg.node()?.getBoundingClientRect().height ?? 0;
  if (!box.width || !high || (box.width === width && high === height)) return;
  [width, height] = [box.width, high];
  svg.attr("viewBox", `0 0 ${width} ${height}`);
  projection.fitExtent([[8, 8], [width - 8, height - 8]], REGION);
  drawGround();
  zooming.extent([[0, 0], [width, height]]);
  zooming.transform(svg, target(view));
  marks = makeMarks();
  drawYears();
}

const saving = element("span", "save", text("save-as"));
const note = (): string => text("map-export-note", { address: location.href });
saving.append(
  button(text("save-svg"), () => {
    const node = svg.node();
    if (node) download(standalone(node, text("map-export-title"), note()), "image/svg+xml", `${text("map-file")}.svg`);
  }, text("save-as-svg")),
  button(text("save-png"), async () => {
    const node = svg.node();
    if (node) download(await png(node, text("map-export-title"), note()), "image/png", `${text("map-file")}.png`);
  }, text("save-as-png")),
);

async function begin(): Promise<void> {
  document.documentElement.classList.add("scripted");
  // On a phone the map comes first; the filters are there to be opened.
  const folded = form.closest("details");
  if (folded && window.innerWidth < 640 && !Object.values(filters()).some(Boolean)) folded.open = false;
  years.before(bar);
  bar.append(saving);
  const asked = twin<Data>("map", query(filters()));
  const atlas = (await (await fetch("/static/built/countries-50m.json")).json()) as Topology<{ countries: GeometryCollection<{ name: string }>; land: GeometryCollection }>;
  land = feature(atlas, atlas.objects.land);
  borders = mesh(atlas, atlas.objects.countries, (a, b) => a !== b);
  shapes = feature(atlas, atlas.objects.countries).features.map((one) => ({ name: one.properties.name, shape: largest(one.geometry) }));
  try {
    data = await asked;
  } catch {
    status.textContent = text("map-failed");
  }
  things = gather();
  svg.call(zooming).on("dblclick.zoom", null);
  resize();
  pressed();
  update();
  if (chosen) fillPanel();
  new ResizeObserver(resize).observe(picture);
  picture.dataset.ready = "yes";
}

/** Where the name of a country goes: its largest piece. */
function largest(shape: GeoJSON.Geometry): GeoPermissibleObjects {
  if (shape.type !== "MultiPolygon") return shape;
  const sizes = shape.coordinates.map((part) => Math.abs(ringSize(part[0] ?? [])));
  return { type: "Polygon", coordinates: shape.coordinates[sizes.indexOf(Math.max(...sizes))] ?? [] };
}

function ringSize(ring: GeoJSON.Position[]): number {
  return ring.reduce((sum, [x = 0, y = 0], at) => {
    const [nextX = 0, nextY = 0] = ring[(at + 1) % ring.length] ?? [];
    return sum + x * nextY - nextX * y;
  }, 0);
}

void begin();
