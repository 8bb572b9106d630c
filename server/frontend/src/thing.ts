// The page of a thing: rows open to their claims, and small pictures of posts, numbers, lineage and place.
import { axisBottom } from "d3-axis";
import { geoEqualEarth, geoPath } from "d3-geo";
import { scaleLinear, scaleUtc } from "d3-scale";
import { select, type Selection } from "d3-selection";
import { utcFormat } from "d3-time-format";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import { embedded } from "./lib/data";
import { text } from "./lib/texts";

interface Bounds { earliestBegin: string; latestBegin: string; earliestEnd: string; latestEnd: string }
interface Mark {
  path: string; label: string; sub: string; to: string; lang: string; when: string; bounds: Bounds;
  mode: string; hedged: boolean; contested: boolean; statement: string;
}
interface Count {
  claim: string; low: number; high: number; approximate: boolean; mode: string; statement: string;
  written: string; when: string; claimant: string;
}
interface Chart { kind: string; unit: string; marks: Count[] }
interface Data {
  self?: string; tenures?: Mark[]; path?: Mark[]; kin?: { before: Mark[]; after: Mark[] }; charts?: Chart[];
  point?: [number, number] | null;
}
type Group = Selection<SVGGElement, unknown, null, undefined>;
type Link = Selection<SVGAElement, unknown, null, undefined>;

// ---------------------------------------------------------------- rows

async function fill(details: HTMLDetailsElement): Promise<void> {
  const path = details.dataset.claims;
  const fallback = details.querySelector("p");
  if (!details.open || !path || !fallback || details.dataset.filled) return;
  details.dataset.filled = "yes";
  details.setAttribute("aria-busy", "true");
  const link = fallback.querySelector("a");
  try {
    const answer = await fetch(`/page/${path}?part=claims`, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    // The server's own markup, in which everything is escaped.
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // A claim may stand behind several rows, and an id only once in a page.
    for (const element of page.querySelectorAll("[id]")) element.removeAttribute("id");
    if (link) link.textContent = text("thing-open-page");
    fallback.before(...page.body.childNodes);
  } catch {
    delete details.dataset.filled;
    if (!fallback.querySelector(".note")) {
      const note = document.createElement("span");
      note.className = "note";
      note.textContent = ` ${text("thing-load-failed")}`;
      fallback.append(note);
    }
  } finally {
    details.removeAttribute("aria-busy");
  }
}

document.addEventListener("toggle", (event) => {
  if (event.target instanceof HTMLDetailsElement) void fill(event.target);
}, true);

// ---------------------------------------------------------------- pictures

const state = (mark: { hedged?: boolean; contested?: boolean }): string =>
  [mark.hedged ? "hedged" : "", mark.contested ? "contested" : ""].filter(Boolean).join(" ");
const day = (iso: string): Date | null => (iso ? new Date(`${iso}T00:00:00Z`) : null);
const cut = (words: string, most: number): string => (words.length > most ? `${words.slice(0, most - 1).trimEnd()}…` : words);

/** The width for a drawing: that of the section, since an empty box is not shown and has none. */
const room = (box: HTMLElement): number => Math.max((box.closest(".part")?.clientWidth ?? 640) - 18, 260);

function drawing(box: HTMLElement, width: number, height: number, label: string): Group {
  // Not role=img: the marks inside are links, which a picture would hide from readers.
  const svg = select(box).append("svg").attr("viewBox", `0 0 ${width} ${height}`).attr("height", height)
    .attr("role", "group").attr("aria-label", label);
  return svg.append("g");
}

function linked(group: Group, path: string, label: string, kind: string): Link {
  const link = group.append("a").attr("href", `/${path}`).attr("class", kind) as unknown as Link;
  link.append("title").text(label);
  return link;
}

/** Marks on an axis of time: certain solid, possible pale, an unknown end fading out. */
function spans(box: HTMLElement, marks: Mark[], label: string): void {
  const width = room(box);
  const narrow = width < 520;
  const left = narrow ? 8 : Math.min(260, width * 0.36);
  const row = narrow ? 44 : 34;
  const days = marks.flatMap((mark) => Object.values(mark.bounds).map(day)).filter((it): it is Date => it !== null);
  if (!days.length) return;
  const times = days.map(Number);
  const year = 365.25 * 864e5;
  const scale = scaleUtc()
    .domain([Math.min(...times) - year / 4, Math.max(...times) + year]).range([left, width - 12]);
  const height = marks.length * row + 30;
  const group = drawing(box, width, height, label);
  const fade = `fade-${box.id}`;
  const defs = group.append("defs");
  for (const name of ["sure", "hedged"]) {
    const gradient = defs.append("linearGradient").attr("id", `${fade}-${name}`);
    const colour = `var(--${name === "sure" ? "c1" : "c2"})`;
    gradient.append("stop").attr("offset", "0").attr("stop-color", colour).attr("stop-opacity", 0.4);
    gradient.append("stop").attr("offset", "1").attr("stop-color", colour).attr("stop-opacity", 0);
  }
  const ticks = axisBottom<Date>(scale as never).ticks(narrow ? 4 : 8).tickFormat(utcFormat("%Y")).tickSizeOuter(0);
  const span = (scale.domain()[1]!.getTime() - scale.domain()[0]!.getTime()) / year;
  ticks.tickValues(years(scale.domain() as [Date, Date], Math.max(1, Math.ceil(span / (narrow ? 4 : 8)))));
  group.append("g").attr("class", "axis").attr("aria-hidden", "true")
    .attr("transform", `translate(0,${height - 26})`).call(ticks);
  marks.forEach((mark, index) => {
    const top = index * row + 4;
    const middle = top + (narrow ? 30 : row / 2 - 2);
    const words = mark.when
      ? text("thing-bar", { label: mark.label, sub: mark.sub, when: mark.when })
      : text("thing-bar-undated", { label: mark.label, sub: mark.sub });
    const link = linked(group, mark.path, `${words}. ${mark.statement}`, state(mark));
    link.append("rect").attr("x", 0).attr("y", top).attr("width", width).attr("height", row - 4).attr("fill", "transparent");
    const most = narrow ? 44 : 36;
    link.append("text").attr("class", "name").attr("x", 4).attr("y", top + 12).text(cut(mark.label, most));
    if (mark.sub) {
      link.append("text").attr("class", "soft").attr("x", narrow ? width - 4 : 4).attr("y", narrow ? top + 12 : top + 26)
        .attr("text-anchor", narrow ? "end" : "start").text(narrow ? "" : cut(mark.sub, most + 4));
    }
    if (!mark.when) {
      link.append("text").attr("class", "soft").attr("x", narrow ? 8 : left).attr("y", middle + 4).text(text("thing-undated"));
    }
    bar(link, mark, scale as (value: Date) => number, middle, left, width - 12, `url(#${fade}-${mark.hedged ? "hedged" : "sure"})`);
  });
}

function years([first, last]: [Date, Date], step: number): Date[] {
  const found: Date[] = [];
  for (let year = first.getUTCFullYear() + 1; year <= last.getUTCFullYear(); year += step) {
    found.push(new Date(Date.UTC(year, 0, 1)));
  }
  return found;
}

function bar(link: Link, mark: Mark, scale: (value: Date) => number, y: number, left: number, right: number, fading: string): void {
  const { earliestBegin, latestBegin, earliestEnd, latestEnd } = mark.bounds;
  const [eb, lb, ee, le] = [earliestBegin, latestBegin, earliestEnd, latestEnd].map(day);
  const rect = (from: number, to: number, kind: string): void => {
    link.append("rect").attr("class", kind).attr("x", from).attr("y", y - 5).attr("width", Math.max(to - from, 2)).attr("height", 10);
  };
  const begin = eb ?? lb ?? ee ?? le;
  if (!begin) return;
  const event = eb && lb && ee && le && +eb === +ee && +lb === +le;
  if (event) {
    // An event happened once: a dot where its day is known, a pale bar over the days it may have been.
    if (+eb === +lb) link.append("circle").attr("class", "sure").attr("cx", scale(eb)).attr("cy", y).attr("r", 5);
    else rect(scale(eb), scale(lb), "maybe");
    return;
  }
  if (!eb && !lb) {
    // How it began is not known: the bar comes out of nothing.
    const to = scale((ee ?? le) as Date);
    link.append("rect").attr("x", Math.max(to - 90, left)).attr("y", y - 5).attr("width", Math.min(90, Math.max(to - left, 2)))
      .attr("height", 10).attr("fill", fading).attr("transform", `rotate(180 ${(Math.max(to - 90, left) + to) / 2} ${y})`);
  }
  const end = le ?? ee;
  rect(scale(begin), end ? scale(end) : scale(lb ?? begin), "maybe");
  if (lb && ee && lb <= ee) rect(scale(lb), scale(ee), "sure");
  if (!end) {
    const from = scale(lb ?? begin);
    link.append("rect").attr("x", from).attr("y", y - 5).attr("width", Math.max(Math.min(right - from, 140), 12))
      .attr("height", 10).attr("fill", fading);
    link.append("line").attr("class", "range").attr("x1", from).attr("x2", from).attr("y1", y - 7).attr("y2", y + 7);
  }
}

const digits = new Intl.NumberFormat(document.documentElement.lang || "en");

/** Numbers with their ranges as error bars, each with the one who gives it. */
function counts(box: HTMLElement, charts: Chart[]): void {
  for (const chart of charts) {
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    caption.textContent = chart.unit
      ? text("thing-counts-picture", { kind: chart.kind, unit: chart.unit })
      : text("thing-counts-picture-plain", { kind: chart.kind });
    figure.append(caption);
    box.append(figure);
    const width = room(box);
    const narrow = width < 520;
    const left = narrow ? 12 : Math.min(280, width * 0.38);
    const row = narrow ? 46 : 36;
    const height = chart.marks.length * row + 28;
    const group = drawing(figure, width, height, caption.textContent);
    const scale = scaleLinear().domain([0, Math.max(...chart.marks.map((mark) => mark.high))]).nice().range([left, width - 24]);
    group.append("g").attr("class", "axis").attr("aria-hidden", "true")
      .attr("transform", `translate(0,${height - 24})`).call(axisBottom(scale).ticks(narrow ? 3 : 6).tickSizeOuter(0));
    chart.marks.forEach((mark, index) => {
      const top = index * row + 4;
      const y = narrow ? top + 30 : top + row / 2 - 2;
      const who = mark.claimant || text("thing-count-source");
      const when = mark.when || mark.written || text("thing-undated");
      const shown = { who, low: digits.format(mark.low), high: digits.format(mark.high), unit: chart.unit, when };
      const key = mark.low !== mark.high ? "thing-count-mark" : mark.approximate ? "thing-count-mark-about" : "thing-count-mark-one";
      const how = mark.mode === "Asserted" ? "" : text(`mode-${mark.mode}`);
      const label = how ? text("thing-count-how", { mark: text(key, shown), how }) : text(key, shown);
      const link = linked(group, mark.claim, `${label}. ${mark.statement}`, mark.mode === "Asserted" ? "" : "hedged");
      link.append("rect").attr("x", 0).attr("y", top).attr("width", width).attr("height", row - 4).attr("fill", "transparent");
      link.append("text").attr("class", "name").attr("x", 4).attr("y", top + 12).text(cut(who, narrow ? 26 : 38));
      link.append("text").attr("class", "soft").attr("x", narrow ? width - 4 : 4).attr("y", narrow ? top + 12 : top + 27)
        .attr("text-anchor", narrow ? "end" : "start").text(cut(how ? text("thing-count-how", { mark: when, how }) : when, narrow ? 30 : 44));
      const [from, to] = [scale(mark.low), scale(mark.high)];
      if (to > from) {
        link.append("path").attr("class", "range")
          .attr("d", `M${from},${y}H${to}M${from},${y - 5}V${y + 5}M${to},${y - 5}V${y + 5}`);
        link.append("circle").attr("class", "dot").attr("cx", (from + to) / 2).attr("cy", y).attr("r", 3);
      } else {
        link.append("circle").attr("class", "dot").attr("cx", from).attr("cy", y).attr("r", 5);
      }
      // About so many, or some thousands: how far it reaches is not said.
      if (mark.approximate) link.append("text").attr("class", "soft").attr("x", to + 9).attr("y", y + 4).text("≈");
    });
  }
}

/** What a group came out of at the left, what came out of it at the right; on a phone above and below. */
function lineage(box: HTMLElement, before: Mark[], after: Mark[], self: string): void {
  const width = room(box);
  const narrow = width < 560;
  const side = narrow ? width - 40 : Math.min(250, (width - 180) / 2);
  const row = 46;
  const rows = narrow ? before.length + after.length + 1 : Math.max(before.length, after.length, 1);
  const height = rows * row + (narrow ? 28 : 8);
  const group = drawing(box, width, height, text("thing-lineage-picture", { name: self }));
  const middle = { x: narrow ? 20 : !after.length ? Math.min(side + 150, width - 142) : !before.length ? Math.max(width - side - 290, 0) : width / 2 - 70, y: narrow ? before.length * row + 10 : height / 2 - 20, w: narrow ? side : 140, h: 40 };
  const place = (marks: Mark[], at: "before" | "after"): void => {
    const top = narrow ? (at === "before" ? 0 : middle.y + 56) : (height - marks.length * row) / 2;
    const x = narrow ? 40 : at === "before" ? 0 : width - side;
    marks.forEach((mark, index) => {
      const y = top + index * row;
      const words = text(mark.when ? "thing-bar" : "thing-bar-undated", { label: mark.label, sub: mark.sub, when: mark.when });
      const link = linked(group, mark.path, `${words}. ${mark.statement}`, state(mark));
      const [fx, fy] = narrow ? [x, y + 19] : at === "before" ? [x + side, y + 19] : [middle.x + middle.w, middle.y + 20];
      const [tx, ty] = narrow ? [10, at === "before" ? middle.y + 20 : middle.y + 20] : at === "before" ? [middle.x, middle.y + 20] : [x, y + 19];
      const bend = (fx + tx) / 2;
      link.append("path").attr("class", "flow")
        .attr("d", narrow ? `M${fx},${fy}H10V${ty}H20` : `M${fx},${fy}C${bend},${fy} ${bend},${ty} ${tx},${ty}`);
      link.append("rect").attr("class", "node").attr("x", x).attr("y", y).attr("width", side).attr("height", 38).attr("rx", 3);
      link.append("text").attr("class", "name").attr("x", x + 8).attr("y", y + 16).text(cut(mark.label, Math.floor(side / 7.2)));
      link.append("text").attr("class", "soft").attr("x", x + 8).attr("y", y + 31)
        .text(cut(mark.when ? `${mark.sub} · ${mark.when}` : mark.sub, Math.floor(side / 6)));
    });
  };
  place(before, "before");
  place(after, "after");
  group.append("rect").attr("class", "self").attr("x", middle.x).attr("y", middle.y).attr("width", middle.w).attr("height", middle.h).attr("rx", 3);
  const words = wrapped(self, narrow ? 40 : 20);
  words.forEach((line, index) => {
    group.append("text").attr("class", "selfname").attr("x", middle.x + middle.w / 2).attr("text-anchor", "middle")
      .attr("y", middle.y + (words.length > 1 ? 17 : 24) + index * 15).text(line);
  });
}

function wrapped(words: string, most: number): string[] {
  if (words.length <= most) return [words];
  const at = words.lastIndexOf(" ", most);
  const first = at > 0 ? words.slice(0, at) : words.slice(0, most);
  return [first, cut(words.slice(first.length).trim(), most)];
}

/** A small map around the point that stands for a place. */
async function map(box: HTMLElement, point: [number, number], name: string): Promise<void> {
  const answer = await fetch(box.dataset.world ?? "");
  if (!answer.ok) return;
  const world = (await answer.json()) as Topology<{ countries: GeometryCollection }>;
  const width = room(box) + 16;
  const height = Math.round(Math.min(340, width * 0.55));
  const projection = geoEqualEarth().rotate([-point[0], 0]).center([0, point[1]]).scale(width * 1.9).translate([width / 2, height / 2])
    .clipExtent([[0, 0], [width, height]]);
  const path = geoPath(projection);
  const svg = select(box).append("svg").attr("viewBox", `0 0 ${width} ${height}`).attr("role", "img")
    .attr("aria-label", text("thing-map-picture", { name }));
  svg.append("rect").attr("class", "sea").attr("width", width).attr("height", height);
  const names: [string, number, number][] = [];
  for (const country of feature(world, world.objects.countries).features) {
    const drawn = path(country);
    if (drawn) svg.append("path").attr("class", "land").attr("d", drawn);
    const [cx, cy] = path.centroid(country);
    const called = (country.properties as { name?: string } | null)?.name;
    if (called && path.area(country) > width * 12 && cx > 0 && cy > 0 && cx < width && cy < height) {
      names.push([called, cx, cy]);
    }
  }
  for (const [called, cx, cy] of names) {
    svg.append("text").attr("class", "country").attr("x", cx).attr("y", cy).attr("text-anchor", "middle").text(called);
  }
  const [x, y] = projection(point) ?? [width / 2, height / 2];
  svg.append("circle").attr("class", "spot").attr("cx", x).attr("cy", y).attr("r", 7);
  svg.append("text").attr("x", x + 12).attr("y", y + 4).text(name);
}

function draw(): void {
  const data = embedded<Data | null>("thing-data") ?? {};
  const into = (id: string, make: (box: HTMLElement) => void): void => {
    const box = document.getElementById(id);
    if (!box) return;
    box.replaceChildren();
    make(box);
  };
  into("leaders-chart", (box) => spans(box, data.tenures ?? [], text("thing-leaders-picture")));
  into("path-chart", (box) => spans(box, data.path ?? [], text("thing-path-picture")));
  into("lineage-chart", (box) => lineage(box, data.kin?.before ?? [], data.kin?.after ?? [], data.self ?? ""));
  into("counts-chart", (box) => counts(box, data.charts ?? []));
}

draw();
let width = window.innerWidth;
window.addEventListener("resize", () => {
  if (window.innerWidth === width) return;
  width = window.innerWidth;
  draw();
});
const place = document.getElementById("place-map");
const data = embedded<Data | null>("thing-data");
if (place && data?.point) void map(place, data.point, data.self ?? "");
