// The days of an answer: solid between what is certain, pale between the bounds, fading where a bound is unknown.
import { axisTop } from "d3-axis";
import { scaleUtc } from "d3-scale";
import type { Selection } from "d3-selection";
import { text } from "../lib/texts";
import { canvas, keyOf, labelled, mark, said, short, type Drawing, type Open, type Row } from "./marks";

interface Bounds { earliestBegin: string; latestBegin: string; earliestEnd: string; latestEnd: string }
interface Bar extends Row { label: string; bounds: Bounds }
export interface Timeline { spell: boolean; bars: Bar[]; cut: number; undated: number }

const LANE = 26;
const TOP = 34;
const DAY = 86_400_000;
const FADE = 46;

function days(bounds: Bounds): number[] {
  return Object.values(bounds).filter(Boolean).map((day: string) => Date.parse(day));
}

/** Rows that say the same days of the same thing as firmly are one bar. */
function grouped(bars: Bar[]): Bar[][] {
  const found = new Map<string, Bar[]>();
  for (const bar of bars) {
    const key = JSON.stringify([bar.label, bar.bounds, bar.look]);
    found.set(key, [...(found.get(key) ?? []), bar]);
  }
  return [...found.values()];
}

const language = document.documentElement.lang || "en";
const month = new Intl.DateTimeFormat(language, { month: "short", timeZone: "UTC" });
const dayOfMonth = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" });

/** A tick in few letters: the year at its start, else the month, else the day. */
function tick(value: Date | { valueOf(): number }): string {
  const date = new Date(value.valueOf());
  if (date.getUTCDate() !== 1) return dayOfMonth.format(date);
  return date.getUTCMonth() ? month.format(date) : String(date.getUTCFullYear());
}

/** Bounds in figures, for the name of a mark. */
function words(bounds: Bounds): string {
  const side = (one: string, other: string): string => (one === other ? one : `${one || "?"} – ${other || "?"}`);
  const [begin, end] = [side(bounds.earliestBegin, bounds.latestBegin), side(bounds.earliestEnd, bounds.latestEnd)];
  return begin === end || !end ? begin : `${begin || "?"} → ${end}`;
}

export function timeline(data: Timeline, width: number, title: string, open: Open): Drawing {
  const narrow = width < 620;
  const left = narrow ? 8 : Math.min(300, width * 0.32);
  const lane = narrow ? LANE + 18 : LANE;
  const groups = grouped(data.bars);
  const height = TOP + groups.length * lane + 12;
  const svg = canvas(width, height, title);
  const all = data.bars.flatMap((bar) => days(bar.bounds));
  const [first, last] = [Math.min(...all), Math.max(...all)];
  const margin = Math.max((last - first) * 0.03, 60 * DAY);
  const x = scaleUtc().domain([first - margin, last + margin]).range([left, width - 12]);
  fades(svg.append("defs"));
  const axis = svg.append("g").attr("class", "axis").attr("transform", `translate(0,${TOP - 6})`);
  axis.call(axisTop(x).ticks(Math.max(Math.floor((width - left) / 90), 2)).tickFormat(tick).tickSize(-(height - TOP)).tickPadding(6));
  const lanes = svg.append("g");
  groups.forEach((bars, index) => {
    const bar = bars[0] as Bar;
    const y = TOP + index * lane;
    const count = bars.length > 1 ? ` (${bars.length})` : "";
    const made = mark(lanes, bars, `${bar.label}${count}: ${words(bar.bounds)}, ${said(bar)}`, open);
    made.append("rect").attr("class", "hit").attr("x", 0).attr("y", y).attr("width", width).attr("height", lane);
    draw(made, bar.bounds, data.spell, (day) => x(Date.parse(day)), narrow ? y + 20 : y + 6, [left, width - 6]);
    const name = short(bar.label, Math.floor(narrow ? width / 7 : (left - 14) / 7) - count.length) + count;
    labelled(lanes, name, narrow ? left : left - 10, y + (narrow ? 14 : lane / 2 + 4), narrow ? "start" : "end");
  });
  const notes = [text("ask-soft")];
  if (data.undated) notes.push(text("ask-undated", { count: data.undated }));
  return { svg: svg.node() as SVGSVGElement, key: keyOf(data.bars.map((bar) => bar.look)), notes };
}

/** Gradients by which a bar fades towards an unknown begin or end. */
function fades(defs: Selection<SVGDefsElement, unknown, null, undefined>): void {
  for (const [name, from, to] of [["fade-begin", 0, 1], ["fade-end", 1, 0]] as const) {
    const fade = defs.append("linearGradient").attr("id", name);
    fade.append("stop").attr("offset", 0).attr("class", "tone").attr("stop-opacity", from);
    fade.append("stop").attr("offset", 1).attr("class", "tone").attr("stop-opacity", to);
  }
}

function draw(
  made: ReturnType<typeof mark>, bounds: Bounds, spell: boolean, at: (day: string) => number, y: number, edges: [number, number],
): void {
  const bar = (kind: string, from: number, to: number): void => {
    const width = Math.max(to - from, 4);
    made.append("rect").attr("class", kind).attr("x", width === 4 ? from - 2 : from).attr("y", y).attr("width", width)
      .attr("height", 14).attr("rx", 2);
  };
  const fade = (kind: "begin" | "end", from: number, to: number): void => {
    made.append("rect").attr("class", "fading").attr("x", Math.max(from, edges[0])).attr("y", y + 3)
      .attr("width", Math.max(Math.min(to, edges[1]) - Math.max(from, edges[0]), 1)).attr("height", 8)
      .attr("fill", `url(#fade-${kind})`);
  };
  const begin = [bounds.earliestBegin, bounds.latestBegin].filter(Boolean).map(at);
  const end = [bounds.earliestEnd, bounds.latestEnd].filter(Boolean).map(at);
  const both = [...begin, ...end];
  const [first, last] = [Math.min(...both), Math.max(...both)];
  if (!spell) {
    bar(first === last ? "body" : "soft", first, last);
    if (first !== last) for (const edge of [first, last]) bar("edge", edge, edge);
    if (!bounds.earliestBegin) fade("begin", first - FADE, first);
    if (!bounds.latestBegin) fade("end", last, last + FADE);
    return;
  }
  if (last > first) bar("soft", first, last);
  const sure = bounds.latestBegin && bounds.earliestEnd ? [at(bounds.latestBegin), at(bounds.earliestEnd)] : [];
  if (sure.length && (sure[1] as number) >= (sure[0] as number)) bar("body", sure[0] as number, sure[1] as number);
  else if (last === first) bar("body", first, last);
  if (!bounds.earliestBegin) fade("begin", first - FADE, first);
  if (!end.length || !bounds.latestEnd) fade("end", last, last + FADE);
}
