// The numbers of an answer: a dot for one number, a bar from the lowest to the highest, a chart for each unit.
import { axisTop } from "d3-axis";
import { scaleLinear, scaleSymlog } from "d3-scale";
import { text } from "../lib/texts";
import { canvas, keyOf, labelled, mark, said, short, type Drawing, type Group, type Look, type Open, type Row } from "./marks";

interface Mark extends Row { label: string; low: number | null; high: number | null; by: string; paragraph?: string }
export interface Chart { measure: string; series: { unit: string; marks: Mark[] }[]; cut: number; unmeasured: number }

const LANE = 26;
const HEAD = 52;
const figures = new Intl.NumberFormat(document.documentElement.lang || "en");

function words(low: number | null, high: number | null): string {
  if (low !== null && high !== null && low !== high) {
    return text("ask-quantity-range", { low: figures.format(low), high: figures.format(high) });
  }
  if (low === null) return text("ask-quantity-most", { high: figures.format(high ?? 0) });
  return text("ask-quantity", { low: figures.format(low) });
}

export function chart(data: Chart, heading: string, width: number, title: string, open: Open): Drawing {
  const narrow = width < 620;
  const left = narrow ? 8 : Math.min(300, width * 0.32);
  const lane = narrow ? LANE + 18 : LANE;
  const counting = !["low", "high"].includes(data.measure);
  const height = data.series.reduce((sum, { marks }) => sum + HEAD + marks.length * lane + 18, 0);
  const svg = canvas(width, height, title);
  let top = 0;
  for (const { unit, marks } of data.series) {
    const most = Math.max(...marks.map(({ low, high }) => high ?? low ?? 0), 1);
    const least = Math.min(...marks.map(({ low, high }) => low ?? high ?? 0).filter((n) => n > 0), most);
    // Where the greatest is hundreds of times the least, a linear scale would show the greatest alone.
    const x = (most / least > 400 ? scaleSymlog().constant(least) : scaleLinear()).domain([0, most]);
    x.range([left, width - (narrow ? 64 : 120)]);
    const group = svg.append("g").attr("transform", `translate(0,${top})`);
    group.append("text").attr("class", "unit").attr("x", narrow ? 8 : left).attr("y", 16).text(unit || heading);
    const axis = group.append("g").attr("class", "axis").attr("transform", `translate(0,${HEAD - 6})`);
    const ticks = Math.max(Math.floor((width - left) / 110), 2);
    axis.call(axisTop(x).ticks(ticks).tickFormat((n) => figures.format(Number(n))).tickSize(-(marks.length * lane + 8)));
    marks.forEach((one, index) => {
      const y = HEAD + index * lane;
      const label = one.label || text("paragraph", { number: one.paragraph ?? "" });
      const number = words(one.low, one.high);
      const claimed = one.by ? ` (${one.by})` : "";
      const made = mark(group, [one], `${label}: ${number} ${unit}, ${said(one)}${claimed}`, open);
      made.append("rect").attr("class", "hit").attr("x", 0).attr("y", y).attr("width", width).attr("height", lane);
      draw(made, one, counting, x, (narrow ? y + 20 : y + 6) + 7, group, number);
      const name = short(label + claimed, Math.floor(narrow ? width / 7 : (left - 14) / 7));
      labelled(group, name, narrow ? left : left - 10, y + (narrow ? 14 : lane / 2 + 4), narrow ? "start" : "end");
    });
    top += HEAD + marks.length * lane + 18;
  }
  const notes = counting ? [] : [text("ask-whisker")];
  if (data.unmeasured) notes.push(text("ask-unmeasured", { count: data.unmeasured }));
  const looks: Look[] = data.series.flatMap(({ marks }) => marks.map(({ look }) => look));
  return { svg: svg.node() as SVGSVGElement, key: counting ? [] : keyOf(looks), notes };
}

function draw(
  made: ReturnType<typeof mark>, one: Mark, counting: boolean, x: (n: number) => number, y: number, group: Group, number: string,
): void {
  const [from, to] = [one.low ?? one.high ?? 0, one.high ?? one.low ?? 0].map(x) as [number, number];
  const bar = (kind: string, at: number, width: number, half: number): void => {
    made.append("rect").attr("class", kind).attr("x", at).attr("y", y - half).attr("width", width).attr("height", 2 * half);
  };
  if (counting) bar("body", x(0), Math.max(to - x(0), 1), 7);
  else if (from !== to) {
    bar("soft", from, to - from, 4);
    for (const end of [from, to]) bar("edge", end - 1.5, 3, 7);
  } else {
    made.append("circle").attr("class", "body").attr("cx", from).attr("cy", y).attr("r", 6);
    if (one.low === null) made.append("path").attr("class", "arrow").attr("d", `M${from - 8},${y}h-14m5,-4l-5,4l5,4`);
  }
  labelled(group, number, Math.max(from, to) + 12, y + 4, "start").classed("figure", true);
}
