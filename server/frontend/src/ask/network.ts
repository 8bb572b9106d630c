// Two names in a row as a line between them: who stands where is settled once, so that the picture never moves.
import { forceCenter, forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY, type SimulationNodeDatum } from "d3-force";
import type { Selection } from "d3-selection";
import { text } from "../lib/texts";
import { canvas, entry, keyOf, labelled, mark, said, short, type Drawing, type Look, type Open, type Row } from "./marks";

interface Node extends SimulationNodeDatum { id: string; label: string; lang: string }
interface Edge { source: string; target: string; relation: string; mutual: boolean; look: Look; rows: Row[] }
export interface Network {
  start: string; end: string; relation: string; nodes: Node[]; edges: Edge[]; cut: number; unlinked: number;
}

const COLOURS = 8;
const LINE = 18;

export function network(
  data: Network, heading: (column: string) => string, value: (name: string) => string, width: number, title: string, open: Open,
): Drawing {
  const height = Math.min(Math.max(360, 150 + data.nodes.length * (width < 620 ? 26 : 17)), 1100);
  const most = width < 620 ? 18 : 30;
  const nodes = data.nodes.map((node) => ({ ...node }));
  const room = width < 620 ? 46 : 84;
  const simulation = forceSimulation<Node>(nodes)
    .force("link", forceLink<Node, { source: string; target: string }>(data.edges.map(({ source, target }) => ({ source, target }))).id((node) => node.id).distance(room).strength(0.5))
    .force("charge", forceManyBody().strength(-room * 4).distanceMax(room * 5))
    .force("collide", forceCollide(width < 620 ? 22 : 34))
    .force("x", forceX(width / 2).strength(0.05 * Math.min(height / width, 1.6)))
    .force("y", forceY(height / 2).strength(0.05 * Math.min(width / height, 2.4)))
    .force("center", forceCenter(width / 2, height / 2))
    .stop();
  simulation.tick(nodes.length > 150 ? 160 : 320);
  fit(nodes, width, height);
  const degree = new Map<string, number>();
  for (const { source, target } of data.edges) for (const id of [source, target]) degree.set(id, (degree.get(id) ?? 0) + 1);
  const labels = apart(nodes.map((node) => label(node, short(node.label, most), degree.get(node.id) ?? 1, width)));
  const svg = canvas(width, Math.max(height, ...nodes.map(({ y }) => (y ?? 0) + 24)), title);
  const at = new Map(nodes.map((node) => [node.id, node]));
  const kinds = [...new Set(data.edges.map(({ relation }) => relation))].filter(Boolean);
  const colour = (relation: string): string => (kinds.length ? `k${(Math.max(kinds.indexOf(relation), 0) % COLOURS) + 1}` : "k1");
  heads(svg.append("defs"));
  const lines = svg.append("g");
  const bends = new Map<string, number>();
  for (const edge of data.edges) {
    const [one, other] = [at.get(edge.source), at.get(edge.target)];
    if (!one || !other) continue;
    const words = text(edge.mutual ? "ask-edge-mutual" : "ask-edge", { one: one.label, other: other.label });
    const made = mark(lines, edge.rows, [words, edge.relation && value(edge.relation), said(edge.rows[0] as Row)].filter(Boolean).join(", "), open);
    made.classed("line", true).classed(colour(edge.relation), true);
    const key = [edge.source, edge.target].sort().join(" ");
    const nth = bends.get(key) ?? 0;
    bends.set(key, nth + 1);
    const path = bent(one, other, nth, edge.source < edge.target);
    made.append("path").attr("class", "hit").attr("d", path);
    const line = made.append("path").attr("class", "stroke").attr("d", path).attr("stroke-width", Math.min(1.5 + edge.rows.length * 0.5, 5));
    if (!edge.mutual) line.attr("marker-end", `url(#head-${edge.look === "denied" || edge.look === "contested" ? "alert" : colour(edge.relation)})`);
    if (edge.look === "denied") {
      const [mx, my] = middle(one, other);
      made.append("path").attr("class", "cross").attr("d", `M${mx - 5},${my - 5}l10,10m0,-10l-10,10`);
    }
  }
  const dots = svg.append("g");
  for (const { node, words, side, gap } of labels) {
    const link = dots.append("a").attr("class", "node").attr("href", `/${node.id}`).attr("aria-label", node.label);
    link.append("title").text(node.label);
    const [x, y] = [node.x ?? 0, node.y ?? 0];
    link.append("circle").attr("class", "hit").attr("cx", x).attr("cy", y).attr("r", 12);
    link.append("circle").attr("class", "dot").attr("cx", x).attr("cy", y).attr("r", Math.min(4 + (degree.get(node.id) ?? 1), 11));
    labelled(dots, words, x + side * gap, y + 4, side < 0 ? "end" : "start").attr("lang", node.lang || null);
  }
  const key = keyOf(data.edges.map(({ look }) => look), "line");
  if (kinds.length > 1 || kinds[0]) key.push(...kinds.map((kind) => entry(`line ${colour(kind)}`, value(kind))));
  const notes = [];
  if (data.edges.some(({ mutual }) => !mutual)) notes.push(text("ask-arrow", { start: heading(data.start), end: heading(data.end) }));
  if (data.unlinked) notes.push(text("ask-unlinked", { count: data.unlinked }));
  return { svg: svg.node() as SVGSVGElement, key, notes };
}

/** Spread the nodes over the picture, with room for their labels. */
function fit(nodes: Node[], width: number, height: number): void {
  const xs = nodes.map(({ x }) => x ?? 0);
  const ys = nodes.map(({ y }) => y ?? 0);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const [padX, padY] = [width < 620 ? 24 : 40, 24];
  const room = width < 620 ? 90 : 190;
  const scaleX = (width - padX - room) / Math.max(right - left, 1);
  const scaleY = (height - 2 * padY) / Math.max(bottom - top, 1);
  for (const node of nodes) {
    node.x = right > left ? padX + ((node.x ?? 0) - left) * scaleX : width / 2 - 40;
    node.y = bottom > top ? padY + ((node.y ?? 0) - top) * Math.min(scaleY, 4) : height / 2;
  }
}

interface Label { node: Node; words: string; side: 1 | -1; gap: number; from: number; to: number }

/** Where the label of a node stands: to its right, or to its left at the right edge. */
function label(node: Node, words: string, lines: number, width: number): Label {
  const [x, size, gap] = [node.x ?? 0, words.length * 6.6, 7 + Math.min(lines, 8)];
  const side = x + gap + size > width ? -1 : 1;
  return { node, words, side, gap, from: side > 0 ? x - 10 : x - gap - size, to: side > 0 ? x + gap + size : x + 10 };
}

/** Move nodes up and down until no label lies over another. */
function apart(labels: Label[]): Label[] {
  for (let pass = 0, moved = true; moved && pass < 200; pass += 1) {
    moved = false;
    labels.forEach((one, index) => {
      for (const other of labels.slice(index + 1)) {
        const distance = (other.node.y ?? 0) - (one.node.y ?? 0);
        if (one.from > other.to || other.from > one.to || Math.abs(distance) >= LINE) continue;
        const push = ((LINE - Math.abs(distance)) / 2 + 0.1) * (distance < 0 ? -1 : 1);
        one.node.y = Math.max((one.node.y ?? 0) - push, LINE);
        other.node.y = Math.max((other.node.y ?? 0) + push, LINE);
        moved = true;
      }
    });
  }
  return labels;
}

function middle(one: Node, other: Node): [number, number] {
  return [((one.x ?? 0) + (other.x ?? 0)) / 2, ((one.y ?? 0) + (other.y ?? 0)) / 2];
}

/** A line from the edge of one node to that of another; each further line between the two bends more. */
function bent(one: Node, other: Node, nth: number, forward: boolean): string {
  const [x1, y1, x2, y2] = [one.x ?? 0, one.y ?? 0, other.x ?? 0, other.y ?? 0];
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [dx, dy] = [(x2 - x1) / length, (y2 - y1) / length];
  const bend = (nth ? Math.ceil(nth / 2) * 18 * (nth % 2 ? 1 : -1) : 0) * (forward ? 1 : -1);
  const [cx, cy] = [(x1 + x2) / 2 - dy * bend, (y1 + y2) / 2 + dx * bend];
  const gap = Math.min(14, length / 4);
  return `M${x1 + dx * 8},${y1 + dy * 8}Q${cx},${cy} ${x2 - dx * gap},${y2 - dy * gap}`;
}

/** Heads of arrows, one for each colour, since a head does not take the colour of its line everywhere. */
function heads(defs: Selection<SVGDefsElement, unknown, null, undefined>): void {
  for (const name of ["alert", ...Array.from({ length: COLOURS }, (_, index) => `k${index + 1}`)]) {
    const head = defs.append("marker").attr("id", `head-${name}`).attr("viewBox", "0 0 8 8").attr("refX", 6).attr("refY", 4);
    head.attr("markerWidth", 9).attr("markerHeight", 9).attr("markerUnits", "userSpaceOnUse").attr("orient", "auto");
    head.append("path").attr("class", `head ${name}`).attr("d", "M0,0L8,4L0,8Z");
  }
}
