// The network as of a day: places that never move, lines that come and go with the slider, and claims behind each.
import { forceLink, forceManyBody, forceSimulation, forceX, forceY, type SimulationNodeDatum } from "d3-force";
import { select } from "d3-selection";
import { zoom, zoomIdentity, type D3ZoomEvent, type ZoomTransform } from "d3-zoom";
import { remember } from "./lib/address";
import { twin } from "./lib/data";
import { closeDrawer, openDrawer } from "./lib/drawer";
import { download, png, standalone } from "./lib/picture";
import { text } from "./lib/texts";

type On = "certain" | "possible" | "undated" | "";
type Mark = "" | "said" | "planned" | "alleged" | "denied";
type Bounds = Partial<Record<"earliestBegin" | "latestBegin" | "earliestEnd" | "latestEnd", string>>;
interface Claim { mode: string; polarity: string; contested: boolean; source: string; bounds: Bounds }
interface Relation {
  id: string; occurrence: string; label: string; kind: string; family: string; source: string; target: string;
  directed: boolean; lasting: boolean; claims: Claim[];
}
interface Thing { id: string; label: string; kind: string; lang: string }
interface Data {
  day: string; period: [string, string]; version: string; address: string; nodes: Thing[]; relations: Relation[];
}
interface Node extends SimulationNodeDatum {
  thing: Thing; at: number; x: number; y: number; r: number; degree: number; lines: string[]; w: number; h: number;
  edges: Edge[]; element: SVGGElement; label: SVGTextElement; active: number;
}
interface Edge {
  relation: Relation; from: Node; to: Node; bend: number; step: number; element: SVGGElement; on: On; mark: Mark;
  contested: boolean;
}

const el = <T extends Element = HTMLElement>(id: string): T => document.getElementById(id) as unknown as T;
const form = el<HTMLFormElement>("network-form");
const view = el("network-view");
const board = el("network-board");
const picture = el("network-picture");
const panel = el("network-panel");
const slider = el<HTMLInputElement>("network-slider");
const chart = el<SVGSVGElement>("network-chart");
const now = el("network-now");
const play = el<HTMLButtonElement>("network-play");
const dayField = el<HTMLInputElement>("network-day");
const boxes = (name: string): HTMLInputElement[] => [
  ...document.querySelectorAll<HTMLInputElement>(`input[name=${name}]`),
];
const STEPS = new Map<string, number>();
for (const family of document.querySelectorAll(".network-key .family")) {
  family.querySelectorAll<HTMLInputElement>("input").forEach((box, at) => STEPS.set(box.value, at));
}
const USUAL = new Set(boxes("modes").map((box) => box.value).filter((mode) => mode !== "Denied" && mode !== "Negated"));
const SIGNS: Record<string, string> = { said: "”", planned: "…", alleged: "?", denied: "×", contested: "!" };
const MARKS: Mark[] = ["", "said", "planned", "alleged", "denied"];
const MARK_OF: Record<string, Mark> = {
  Asserted: "", SelfClaimed: "said", Reported: "said", Planned: "planned", OutcomeUnknown: "planned",
  Alleged: "alleged", Speculated: "alleged", Denied: "denied",
};
const SVG = "http://www.w3.org/2000/svg";
const DAY = 86_400_000, LINE = 13, LABEL = 22, MONTH = 500;

let data: Data;
let nodes: Node[] = [];
let edges: Edge[] = [];
let day = dayField.value;
let changes: string[] = [];
let width = 0, height = 0;
/** How far apart things are laid: a phone has no room for all labels, and shows them as it is zoomed. */
let room = 1;
let transform: ZoomTransform = zoomIdentity;
let playing = 0, later = 0, loads = 0;
let svg: SVGSVGElement | null = null;

const make = (name: string, attributes: Record<string, string | number> = {}, words = ""): SVGElement => {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (words) made.textContent = words;
  return made;
};
const time = (iso: string): number => Date.parse(`${iso}T00:00:00Z`);
const iso = (at: number): string => new Date(at).toISOString().slice(0, 10);
const words = (of: string): string => {
  const [year = "", month = "", number = ""] = of.split("-");
  return text("network-day", { year: year.replace(/^0+/, ""), month: `m${month}`, day: number.replace(/^0/, "") });
};

// What held on a day: the same rules as allegiance.record.network and claims.Bounds.

function held(bounds: Bounds, lasting: boolean, on: string): On {
  const { earliestBegin: first, latestBegin: begun, earliestEnd: still, latestEnd: end } = bounds;
  if (!(first || begun || still || end)) return "";
  if (lasting) {
    const last = begun || end;
    if (last && last <= on) return "certain";
    return !first || first <= on ? "possible" : "";
  }
  if (begun && begun <= on && still && on <= still) return "certain";
  return (!first || first <= on) && (!end || on <= end) ? "possible" : "";
}

const chosen = (name: string): Set<string> => new Set(boxes(name).filter((box) => box.checked).map((box) => box.value));
const field = (name: string): HTMLInputElement => form.elements.namedItem(name) as HTMLInputElement;

interface Filter { kinds: Set<string>; modes: Set<string>; source: string }
function filter(): Filter {
  const kinds = chosen("kinds"), modes = chosen("modes");
  return {
    kinds: kinds.size ? kinds : new Set(STEPS.keys()),
    modes: modes.size ? modes : USUAL,
    source: field("source").value,
  };
}

function passing(relation: Relation, by: Filter): Claim[] {
  if (!by.kinds.has(relation.kind)) return [];
  return relation.claims.filter((claim) =>
    by.modes.has(claim.polarity === "Negated" ? "Negated" : claim.mode)
    && (!by.source || claim.source === `id/${by.source}`));
}

/** What all bounds admit, the same as claims.agreed: null where they leave no day. */
function agreed(several: Bounds[]): Bounds | null {
  const latest = (name: keyof Bounds): string => several.map((each) => each[name] ?? "").sort().pop() ?? "";
  const soonest = (name: keyof Bounds): string => several.map((each) => each[name] ?? "").filter(Boolean).sort()[0] ?? "";
  const first = latest("earliestBegin"), begun = soonest("latestBegin");
  const still = latest("earliestEnd"), end = soonest("latestEnd");
  const fits = ([[first, begun], [still, end], [first, end]] as const).every(([one, other]) => !one || !other || one <= other);
  if (!fits) return null;
  return Object.fromEntries(
    Object.entries({ earliestBegin: first, latestBegin: begun, earliestEnd: still, latestEnd: end }).filter(([, at]) => at),
  );
}

const firm = (claim: Claim): boolean => claim.mode === "Asserted" && claim.polarity !== "Negated" && !claim.contested;

interface Standing { on: On; mark: Mark; contested: boolean }
const NOT: Standing = { on: "", mark: "", contested: false };
function standing(relation: Relation, claims: Claim[], on: string): Standing {
  if (!claims.length) return NOT;
  const dated = claims.some((claim) => Object.keys(claim.bounds).length);
  const shared = agreed(claims.filter(firm).map((claim) => claim.bounds));
  const sure = (claim: Claim): On => {
    const own = shared && firm(claim) && Object.keys(claim.bounds).length ? shared : claim.bounds;
    return held(own, relation.lasting, on);
  };
  const there = dated ? claims.filter(sure) : claims;
  if (!there.length) return NOT;
  const certain = there.some((claim) => firm(claim) && sure(claim) === "certain");
  const marks = there.map((claim) => (claim.polarity === "Negated" ? "denied" : MARK_OF[claim.mode] ?? "alleged"));
  return {
    on: dated ? (certain ? "certain" : "possible") : "undated",
    mark: MARKS.find((mark) => marks.includes(mark)) ?? "",
    contested: there.some((claim) => claim.contested),
  };
}

// Places: computed once for all relations of the data, whatever the day, and never again while time moves.

const measure = document.createElement("canvas").getContext("2d");
function wrapped(label: string): string[] {
  const lines: string[] = [];
  for (const word of label.split(/\s+/)) {
    const last = lines[lines.length - 1];
    if (last !== undefined && `${last} ${word}`.length <= LABEL) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.length > 3 ? [...lines.slice(0, 2), `${lines[2]}…`] : lines;
}

interface Box { x: number; y: number; w: number; h: number }
const meets = (one: Box, other: Box, gap = 0): boolean =>
  Math.abs(one.x - other.x) * 2 < one.w + other.w + gap && Math.abs(one.y - other.y) * 2 < one.h + other.h + gap;

/** Push apart what a node and its label under it take up. */
function apart(members: Node[], strength: number): void {
  for (let i = 0; i < members.length; i++) {
    const one = members[i] as Node;
    for (let j = i + 1; j < members.length; j++) {
      const other = members[j] as Node;
      const dx = other.x - one.x, dy = other.y + other.h / 2 - other.r - (one.y + one.h / 2 - one.r);
      const ox = ((one.w + other.w) / 2 + 10) * room - Math.abs(dx), oy = ((one.h + other.h) / 2 + 8) * room - Math.abs(dy);
      if (ox <= 0 || oy <= 0) continue;
      if (ox < oy * 1.6) {
        const push = (ox / 2) * strength * (dx < 0 ? -1 : 1);
        one.x -= push; other.x += push;
      } else {
        const push = (oy / 2) * strength * (dy < 0 ? -1 : 1);
        one.y -= push; other.y += push;
      }
    }
  }
}

function components(): Node[][] {
  const seen = new Set<Node>(), found: Node[][] = [];
  for (const start of nodes) {
    if (seen.has(start)) continue;
    const members = [start];
    seen.add(start);
    for (const node of members) {
      for (const edge of node.edges) {
        for (const next of [edge.from, edge.to]) if (!seen.has(next)) (seen.add(next), members.push(next));
      }
    }
    found.push(members);
  }
  return found.sort((one, other) => other.length - one.length);
}

function settle(members: Node[], ratio: number): Box {
  const own = new Set(members);
  const ties = edges.filter((edge) => own.has(edge.from)).map((edge) => ({ source: edge.from.at, target: edge.to.at }));
  const index = new Map(members.map((node, at) => [node.at, at]));
  const simulation = forceSimulation<Node>(members)
    .force("tie", forceLink<Node, { source: number | Node; target: number | Node }>(
      ties.map((tie) => ({ source: index.get(tie.source) ?? 0, target: index.get(tie.target) ?? 0 })),
    ).distance((tie) => room * (95 + 5 * Math.sqrt(((tie.source as Node).degree ?? 1) * ((tie.target as Node).degree ?? 1)))).strength(0.22))
    .force("charge", forceManyBody<Node>().strength((node) => room * (-340 - node.degree * 24)))
    .force("x", forceX<Node>(0).strength(0.05 / ratio))
    .force("y", forceY<Node>(0).strength(0.05 * ratio))
    .stop();
  const ticks = members.length > 300 ? 120 : 320;
  for (let tick = 0; tick < ticks; tick++) {
    simulation.tick();
    if (members.length <= 400) apart(members, tick > ticks * 0.6 ? 0.8 : 0.25);
  }
  if (members.length <= 400) for (let turn = 0; turn < 60; turn++) apart(members, 1);
  return around(members);
}

function around(members: Node[]): Box {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const node of members) {
    left = Math.min(left, node.x - node.w / 2); right = Math.max(right, node.x + node.w / 2);
    top = Math.min(top, node.y - node.r); bottom = Math.max(bottom, node.y - node.r + node.h);
  }
  return { x: (left + right) / 2, y: (top + bottom) / 2, w: right - left, h: bottom - top };
}

/** The largest component in the middle; the others each where they are nearest to it without touching. */
function pack(ratio: number): void {
  const placed: Box[] = [];
  for (const members of components()) {
    const box = settle(members, ratio);
    const bodies = members.map((node) => ({ x: node.x, y: node.y - node.r + node.h / 2, w: node.w, h: node.h }));
    let best: [number, number] = [0, 0], least = Infinity;
    if (placed.length) {
      for (let ring = 0; ring < 120 && least === Infinity; ring++) {
        for (let turn = 0; turn < 48; turn++) {
          const angle = (turn / 48) * Math.PI * 2;
          const at: [number, number] = [Math.cos(angle) * ring * 20 * ratio, Math.sin(angle) * ring * 20];
          const moved = bodies.map((body) => ({ ...body, x: body.x - box.x + at[0], y: body.y - box.y + at[1] }));
          if (moved.some((body) => placed.some((other) => meets(body, other, 40 * room)))) continue;
          const cost = Math.hypot(at[0] / ratio, at[1]);
          if (cost < least) [least, best] = [cost, at];
        }
      }
    } else best = [box.x, box.y];
    for (const node of members) {
      node.x += best[0] - box.x;
      node.y += best[1] - box.y;
      placed.push({ x: node.x, y: node.y - node.r + node.h / 2, w: node.w, h: node.h });
    }
  }
}

function prepare(): void {
  openedNode = null;
  const byId = new Map<string, Node>();
  nodes = data.nodes.map((thing, at) => {
    const node = { thing, at, x: NaN, y: NaN, r: 5, degree: 0, lines: wrapped(thing.label), edges: [], active: 0 };
    byId.set(thing.id, node as unknown as Node);
    return node as unknown as Node;
  });
  const between = new Map<string, Edge[]>();
  edges = [];
  for (const relation of data.relations) {
    const from = byId.get(relation.source), to = byId.get(relation.target);
    if (!from || !to) continue;
    const edge: Edge = {
      relation, from, to, bend: 0, step: STEPS.get(relation.kind) ?? 0, element: null as unknown as SVGGElement,
      on: "", mark: "", contested: false,
    };
    edges.push(edge);
    for (const node of [from, to]) (node.edges.push(edge), node.degree++);
    const pair = [from.at, to.at].sort((one, other) => one - other).join("-");
    between.set(pair, [...(between.get(pair) ?? []), edge]);
  }
  for (const several of between.values()) {
    // Side by side: bent apart, and seen from one and the same end.
    several.forEach((edge, at) => {
      edge.bend = (at - (several.length - 1) / 2) * 26 * (edge.from.at < edge.to.at ? 1 : -1);
    });
  }
  for (const node of nodes) {
    node.r = Math.min(15, 5 + Math.sqrt(node.degree) * 1.7);
    if (measure) measure.font = `${node.degree > 5 ? 700 : 400} 12px system-ui, "Noto Sans", sans-serif`;
    node.w = Math.max(node.r * 2, ...node.lines.map((line) => measure?.measureText(line).width ?? line.length * 7));
    node.h = node.r * 2 + 4 + node.lines.length * LINE;
  }
}

// The drawing.

const SHAPES: Record<string, (r: number) => string> = {
  group: (r) => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`,
  collective: (r) => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`,
  state: (r) => `M${-r * 0.9} ${-r * 0.9}h${r * 1.8}v${r * 1.8}h${-r * 1.8}z`,
  person: (r) => `M0 ${-r * 1.2}L${r * 1.2} 0L0 ${r * 1.2}L${-r * 1.2} 0z`,
};
const shape = (kind: string): string =>
  ({ Person: "person", StateBody: "state", UnnamedCollective: "collective" })[kind] ?? "group";

/** The way of an edge between the rims of its two nodes, its middle, and the arrow at its end. */
function way(edge: Edge): { path: string; middle: [number, number]; arrow: string } {
  const { from, to } = edge;
  const dx = to.x - from.x, dy = to.y - from.y, length = Math.hypot(dx, dy) || 1;
  const c: [number, number] = [
    (from.x + to.x) / 2 - (dy / length) * edge.bend * 2, (from.y + to.y) / 2 + (dx / length) * edge.bend * 2,
  ];
  const rim = (node: Node, gap: number): [number, number] => {
    const far = Math.hypot(c[0] - node.x, c[1] - node.y) || 1;
    return [node.x + ((c[0] - node.x) / far) * (node.r + gap), node.y + ((c[1] - node.y) / far) * (node.r + gap)];
  };
  const a = rim(from, 2), tip = rim(to, 2), b = edge.relation.directed ? rim(to, 9) : tip;
  const nx = (tip[1] - b[1]) * 0.6, ny = (tip[0] - b[0]) * 0.6;
  return {
    path: `M${a[0].toFixed(1)} ${a[1].toFixed(1)}Q${c[0].toFixed(1)} ${c[1].toFixed(1)} ${b[0].toFixed(1)} ${b[1].toFixed(1)}`,
    middle: [(a[0] + 2 * c[0] + b[0]) / 4, (a[1] + 2 * c[1] + b[1]) / 4],
    arrow: edge.relation.directed
      ? `M${tip[0]} ${tip[1]}L${b[0] - nx} ${b[1] + ny}L${b[0] + nx} ${b[1] - ny}z` : "",
  };
}

/** All that hedges an edge: how its firmest claim is said, and whether another disputes it. */
const marksOf = (edge: Edge): string[] => [edge.mark, edge.contested ? "contested" : ""].filter(Boolean);

function edgeWords(edge: Edge): string {
  const { relation } = edge;
  const said = text(relation.directed ? "network-edge-directed" : "network-edge", {
    one: edge.from.thing.label, other: edge.to.thing.label, kind: text(`network-kind-${relation.kind}`),
    sure: edge.on ? text(`network-on-${edge.on}`) : "",
  });
  return marksOf(edge).reduce((words, mark) => text("network-mark-of", { edge: words, mark: text(`network-mark-${mark}`) }), said);
}

const behavior = zoom<SVGSVGElement, unknown>()
  .scaleExtent([0.15, 6])
  // The page scrolls as ever: the wheel zooms with Ctrl held, and fingers move the picture by twos.
  .filter((event: MouseEvent & TouchEvent) =>
    event.type === "wheel" ? event.ctrlKey || event.metaKey
      : event.type.startsWith("touch") ? event.touches.length > 1 : !event.button && event.type !== "dblclick")
  .on("zoom", (event: D3ZoomEvent<SVGSVGElement, unknown>) => {
    transform = event.transform;
    svg?.querySelector(".world")?.setAttribute("transform", String(transform));
    crowd();
  });

function draw(): void {
  svg?.remove();
  width = picture.clientWidth;
  height = Math.round(Math.max(440, Math.min(width * 0.66, innerHeight * 0.86, 820)));
  if (width < 600) height = Math.round(width * 1.35);
  room = width < 600 ? 0.6 : 1;
  pack(Math.max(0.6, Math.min(1.9, width / height)));
  svg = make("svg", {
    viewBox: `0 0 ${width} ${height}`, height, role: "group", "aria-describedby": "network-picture-help",
  }) as SVGSVGElement;
  const world = make("g", { class: "world" }), lines = make("g"), marks = make("g");
  world.append(lines, marks);
  svg.append(world);
  for (const edge of edges) {
    const { path, middle, arrow } = way(edge);
    const g = make("g", {
      class: `edge family-${edge.relation.family}`, role: "button", tabindex: -1, "data-relation": edge.relation.id,
    }) as SVGGElement;
    g.append(make("path", { class: "ring", d: path }), make("path", { class: "hit", d: path }),
      make("path", { class: `edge-line step-${edge.step}`, d: path }));
    if (arrow) g.append(make("path", { class: "arrow", d: arrow }));
    const sign = make("g", { class: "sign-at", transform: `translate(${middle[0]},${middle[1]})` });
    sign.append(make("circle", { class: "sign", r: 7 }), make("text", { class: "sign-text" }));
    g.append(sign);
    g.addEventListener("click", () => openEdge(edge));
    pointed(g, () => aim([edge.from, edge.to], [edge]));
    edge.element = g;
    lines.append(g);
  }
  for (const node of nodes) {
    const g = make("g", {
      class: "node", role: "button", tabindex: -1, transform: `translate(${node.x},${node.y})`, "data-node": node.thing.id,
    }) as SVGGElement;
    g.append(make("circle", { class: "ring", r: node.r + 5 }), make("circle", { class: "target", r: 13, fill: "transparent" }),
      make("path", { class: `node-shape shape-${shape(node.thing.kind)}`, d: SHAPES[shape(node.thing.kind)]?.(node.r) ?? "" }));
    node.label = make("text", { class: node.degree > 5 ? "label strong" : "label" }) as SVGTextElement;
    if (node.thing.lang) node.label.setAttribute("lang", node.thing.lang);
    node.lines.forEach((line, at) => {
      // The space is for those who hear the lines as one name.
      node.label.append(make("tspan", { x: 0, y: (at + 0.82) * LINE }, line), at < node.lines.length - 1 ? " " : "");
    });
    g.append(node.label);
    g.addEventListener("click", () => openNode(node));
    pointed(g, () => aim([node, ...neighbours(node)], node.edges));
    node.element = g;
    marks.append(g);
  }
  svg.append(make("text", { class: width < 600 ? "caption small" : "caption", x: 10, y: height - 9 }));
  picture.append(svg);
  svg.addEventListener("keydown", walk);
  select(svg).call(behavior);
  fit();
}

/** By mouse or by keyboard. */
function pointed(mark: SVGGElement, at: () => void): void {
  mark.addEventListener("pointerenter", at);
  mark.addEventListener("pointerleave", () => aim());
  mark.addEventListener("focus", () => mark.matches(":focus-visible") && at());
  mark.addEventListener("blur", () => aim());
}

const neighbours = (node: Node): Node[] =>
  node.edges.filter((edge) => edge.on).map((edge) => (edge.from === node ? edge.to : edge.from));

/** Let what is pointed at stand out; nothing is everything. */
function aim(near: Node[] = [], lines: Edge[] = []): void {
  svg?.classList.toggle("aimed", near.length > 0);
  for (const element of svg?.querySelectorAll(".near") ?? []) element.classList.remove("near");
  for (const node of near) node.element.classList.add("near");
  for (const edge of lines) edge.element.classList.add("near");
}

function fit(): void {
  if (!svg || !nodes.length) return;
  const box = around(nodes), pad = 26;
  const k = Math.min(1.25, (width - pad * 2) / box.w, (height - pad * 2 - 14) / box.h);
  select(svg).call(behavior.transform, zoomIdentity.translate(width / 2 - box.x * k, (height - 14) / 2 - box.y * k).scale(k));
}

/** Labels keep their size; one goes under its node, or over or beside it, or gives way to the better connected. */
function crowd(): void {
  const k = transform.k, active = nodes.filter((node) => node.active);
  const own = new Map<Node, Box>(active.map((node) => {
    const size = Math.max(8, node.r * 1.7 * k);
    return [node, { x: transform.applyX(node.x), y: transform.applyY(node.y), w: size, h: size }];
  }));
  const taken = [...own.values()];
  const scale = Math.max(0.8, Math.min(3.4, (width < 600 ? 0.88 : 1) / k));
  for (const node of active.sort((one, other) => other.active - one.active || other.degree - one.degree)) {
    const w = node.w * scale * k, h = node.lines.length * LINE * scale * k, r = node.r * k + 3;
    const at = own.get(node) as Box;
    const places: [string, Box][] = [
      ["middle", { x: at.x, y: at.y + r + h / 2, w, h }], ["middle", { x: at.x, y: at.y - r - h / 2, w, h }],
      ["start", { x: at.x + r + 2 + w / 2, y: at.y, w, h }], ["end", { x: at.x - r - 2 - w / 2, y: at.y, w, h }],
      ...[1, -1].flatMap((down): [string, Box][] => [
        ["start", { x: at.x + r * 0.6 + w / 2, y: at.y + down * (r * 0.7 + h / 2), w, h }],
        ["end", { x: at.x - r * 0.6 - w / 2, y: at.y + down * (r * 0.7 + h / 2), w, h }],
      ]),
    ];
    const inside = (box: Box): boolean => k > 1.6
      || (box.x - box.w / 2 > 1 && box.x + box.w / 2 < width - 1 && box.y - box.h / 2 > 1 && box.y + box.h / 2 < height - 20);
    const names = taken.slice(active.length);
    const free = (box: Box, dots: Box[]): boolean => inside(box) && !names.some((other) => meets(box, other, 3))
      && !dots.some((other) => other !== at && meets(box, other, -3));
    // A name that matters may lie over a dot, but never over another name.
    const found = places.find(([, box]) => free(box, [...own.values()]))
      ?? (node.active > 2 ? places.find(([, box]) => free(box, [])) : undefined);
    const [anchor, box] = found ?? (places[0] as [string, Box]);
    const x = anchor === "middle" ? box.x : anchor === "start" ? box.x - box.w / 2 : box.x + box.w / 2;
    node.label.setAttribute("transform",
      `translate(${(x - at.x) / k},${(box.y - box.h / 2 - at.y) / k}) scale(${scale})`);
    node.label.style.textAnchor = anchor;
    node.label.classList.toggle("crowded", !found);
    if (found) taken.push(box);
  }
  for (const node of nodes) node.element.querySelector(".target")?.setAttribute("r", String(Math.max(node.r, 12.5 / k)));
}

// Time.

function counts(at: string, passed: Map<Relation, Claim[]>): Record<On, number> {
  const found: Record<On, number> = { certain: 0, possible: 0, undated: 0, "": 0 };
  for (const relation of data.relations) found[standing(relation, passed.get(relation) ?? [], at).on]++;
  return found;
}

const passedBy = (by: Filter): Map<Relation, Claim[]> =>
  new Map(data.relations.map((relation) => [relation, passing(relation, by)]));

/** The days on which something comes, goes or becomes surer. */
function changing(passed: Map<Relation, Claim[]>): string[] {
  const days = new Set<string>();
  for (const [relation, claims] of passed) {
    const own = new Set<string>();
    for (const { bounds } of claims) {
      for (const begins of [bounds.earliestBegin, bounds.latestBegin]) if (begins) own.add(begins);
      if (relation.lasting && !bounds.latestBegin && bounds.latestEnd) own.add(bounds.latestEnd);
      if (!relation.lasting) {
        for (const ends of [bounds.earliestEnd, bounds.latestEnd]) if (ends) own.add(iso(time(ends) + DAY));
      }
    }
    for (const each of own) {
      const before = standing(relation, claims, iso(time(each) - DAY)), after = standing(relation, claims, each);
      if (before.on !== after.on || before.mark !== after.mark) days.add(each);
    }
  }
  return [...days].filter((each) => each >= data.period[0] && each <= data.period[1]).sort();
}

function drawChart(passed: Map<Relation, Claim[]>): void {
  const wide = chart.getBoundingClientRect().width, [first, last] = data.period;
  if (!first || !wide) return;
  const edge = 8, base = 60, start = time(first), long = Math.max(DAY, time(last) - start);
  const x = (at: number): number => edge + ((at - start) / long) * (wide - edge * 2);
  const days = [first, ...changes, last];
  const found = days.map((each) => counts(each, passed));
  const most = Math.max(1, ...found.map((each) => each.certain + each.possible));
  const area = (value: (each: Record<On, number>) => number): string => {
    let path = `M${x(start)} ${base}`;
    found.forEach((each, at) => {
      const y = base - (value(each) / most) * 56;
      path += `V${y.toFixed(1)}H${x(time(days[at + 1] ?? last)).toFixed(1)}`;
    });
    return `${path}V${base}Z`;
  };
  chart.replaceChildren(
    make("path", { class: "possible", d: area((each) => each.certain + each.possible) }),
    make("path", { class: "certain", d: area((each) => each.certain) }),
    make("line", { class: "now", y1: 0, y2: base }),
  );
  const from = Number(first.slice(0, 4)), to = Number(last.slice(0, 4));
  const every = [1, 2, 5, 10, 20, 50, 100].find((each) => ((to - from) / each) * 44 < wide) ?? 500;
  for (let year = Math.ceil(from / every) * every; year <= to; year += every) {
    const at = x(Math.max(start, Date.UTC(year, 0, 1)));
    if (at < 14 || at > wide - 14) continue;
    chart.append(make("text", { x: at, y: 88 }, String(year)));
  }
}

function update(): void {
  const passed = passedBy(filter());
  const kinds = new Map<string, number>();
  const found = { certain: 0, possible: 0, undated: 0, "": 0 };
  for (const node of nodes) node.active = 0;
  for (const edge of edges) {
    Object.assign(edge, standing(edge.relation, passed.get(edge.relation) ?? [], day));
    found[edge.on]++;
    const g = edge.element;
    g.classList.toggle("off", !edge.on);
    if (!edge.on) continue;
    kinds.set(edge.relation.kind, (kinds.get(edge.relation.kind) ?? 0) + 1);
    edge.from.active++;
    edge.to.active++;
    g.querySelector(".edge-line")?.setAttribute("class", `edge-line step-${edge.step} on-${edge.on}`);
    const hedges = marksOf(edge);
    const sign = g.querySelector<SVGElement>(".sign-at");
    sign?.setAttribute("visibility", hedges.length ? "visible" : "hidden");
    sign?.querySelector("circle")?.setAttribute("r", hedges.length > 1 ? "9" : "7");
    const glyph = sign?.querySelector("text");
    if (glyph) glyph.textContent = hedges.map((hedge) => SIGNS[hedge] ?? "").join("");
    g.setAttribute("aria-label", edgeWords(edge));
  }
  for (const node of nodes) {
    node.element.classList.toggle("off", !node.active);
    node.element.setAttribute("aria-label", text("network-node", { label: node.thing.label, count: node.active }));
  }
  if (openedNode && !panel.hidden && !panel.contains(document.activeElement)) fillNode(openedNode);
  roving();
  crowd();
  for (const element of document.querySelectorAll<HTMLElement>("[data-count]")) {
    element.textContent = String(kinds.get(element.dataset["count"] ?? "") ?? "");
  }
  const spoken = text(found.undated ? "network-slider-value-undated" : "network-slider-value", {
    day: words(day), certain: found.certain, possible: found.possible, undated: found.undated,
  });
  slider.value = String(Math.round((time(day) - time(data.period[0] || day)) / DAY));
  slider.setAttribute("aria-valuetext", spoken);
  now.textContent = spoken;
  el("network-heading").textContent = text("network-heading", { day: words(day) });
  svg?.setAttribute("aria-label", text("network-picture", {
    nodes: nodes.filter((node) => node.active).length, certain: found.certain, possible: found.possible, day: words(day),
  }));
  const caption = svg?.querySelector(".caption");
  if (caption) caption.textContent = text(width < 600 ? "network-caption-short" : "network-caption", { day: words(day), version: data.version });
  const line = chart.querySelector(".now");
  if (line) {
    const share = Number(slider.value) / Math.max(1, Number(slider.max));
    const at = String(8 + Math.min(1, Math.max(0, share)) * (chart.getBoundingClientRect().width - 16));
    line.setAttribute("x1", at);
    line.setAttribute("x2", at);
  }
  dayField.value = day;
}

/** Whatever depends on the filters but not on the day. */
function refilter(): void {
  const passed = passedBy(filter());
  changes = changing(passed);
  drawChart(passed);
  update();
}

function state(): Record<string, string> {
  const listed = (name: string, usual: (box: HTMLInputElement) => boolean): string => {
    const all = boxes(name), on = all.filter((box) => box.checked);
    return !on.length || all.every((box) => box.checked === usual(box)) ? "" : on.map((box) => box.value).join(",");
  };
  return {
    day,
    group: field("group").value,
    source: field("source").value,
    people: field("people").checked ? "1" : "",
    undated: field("undated").checked ? "1" : "",
    kinds: listed("kinds", () => true),
    modes: listed("modes", (box) => USUAL.has(box.value)),
  };
}

/** The address at once; the table behind the picture as soon as the choice has come to rest. */
function settled(): void {
  remember(state());
  clearTimeout(later);
  later = window.setTimeout(() => void table(), playing ? 1500 : 350);
}

async function table(): Promise<void> {
  const asked = location.search;
  const answer = await fetch(`/network${asked}`, { headers: { Accept: "text/html" } });
  if (!answer.ok || asked !== location.search) return;
  // The server's own markup, in which everything is escaped.
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of ["#network-relations", ".exits", "#network-gexf"]) {
    const fresh = page.querySelector(part), old = document.querySelector(part);
    if (fresh && old && !old.contains(document.activeElement)) old.replaceWith(fresh);
    else if (fresh && old) old.replaceChildren(...fresh.childNodes);
  }
}

function go(to: string): void {
  day = to;
  update();
  settled();
}

const beforeNow = (): string | undefined => [...changes].reverse().find((each) => each < day);
const afterNow = (): string | undefined => changes.find((each) => each > day);

function pause(): void {
  clearInterval(playing);
  playing = 0;
  play.textContent = text("network-play");
  settled();
}

function start(): void {
  if (!afterNow()) go(data.period[0]);
  play.textContent = text("network-pause");
  playing = window.setInterval(() => {
    const next = afterNow();
    if (next) go(next);
    else pause();
  }, MONTH);
}

/** A day so many months on, which is the same of the month or its last. */
function months(by: number): string {
  const [year = 0, month = 1, number = 1] = day.split("-").map(Number);
  const last = new Date(Date.UTC(year, month - 1 + by + 1, 0)).getUTCDate();
  const found = iso(Date.UTC(year, month - 1 + by, Math.min(number, last)));
  const [first, end] = data.period;
  return found < first ? first : found > end ? end : found;
}

slider.addEventListener("keydown", (event) => {
  const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -12, PageUp: 12 }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  go(months(by));
});
slider.addEventListener("input", () => go(iso(time(data.period[0]) + Number(slider.value) * DAY)));
play.addEventListener("click", () => (playing ? pause() : start()));
el("network-previous").addEventListener("click", () => { const to = beforeNow(); if (to) go(to); });
el("network-next").addEventListener("click", () => { const to = afterNow(); if (to) go(to); });

// Keyboard within the picture: one stop for Tab, arrows from mark to mark.

let current: SVGGElement | null = null;
const order = (): Node[] => nodes.filter((node) => node.active)
  .sort((one, other) => other.active - one.active || one.at - other.at);

function roving(): void {
  if (current?.isConnected && !current.classList.contains("off")) return;
  focusable(order()[0]?.element ?? null);
}

function focusable(element: SVGGElement | null): void {
  current?.setAttribute("tabindex", "-1");
  current = element;
  current?.setAttribute("tabindex", "0");
}

let walked: Node | null = null;
function walk(event: KeyboardEvent): void {
  const target = (event.target as Element).closest<SVGGElement>(".node, .edge");
  if (!target) return;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    target.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    return;
  }
  const node = nodes.find((each) => each.element === target), edge = edges.find((each) => each.element === target);
  const list = order();
  if (node) walked = node;
  const home = walked && (node || edge?.from === walked || edge?.to === walked) ? walked : edge?.from ?? list[0];
  if (!home) return;
  let next: SVGGElement | undefined;
  if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
    const at = list.indexOf(home) + (event.key === "ArrowRight" ? 1 : -1);
    const found = list[(at + list.length) % list.length];
    walked = found ?? null;
    next = found?.element;
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const own = home.edges.filter((each) => each.on);
    const at = edge ? own.indexOf(edge) + (event.key === "ArrowDown" ? 1 : -1) : event.key === "ArrowDown" ? 0 : own.length - 1;
    next = at < 0 || at >= own.length ? home.element : own[at]?.element;
  }
  if (!next) return;
  event.preventDefault();
  focusable(next);
  next.focus();
}

// What is behind a mark.

let openedNode: Node | null = null;

/** Close the panel and give the focus back to the mark that opened it. */
function close(): void {
  for (const element of svg?.querySelectorAll(".open") ?? []) element.classList.remove("open");
  if (!openedNode) return closeDrawer(panel);
  const node = openedNode;
  openedNode = null;
  if (panel.hidden) return;
  panel.hidden = true;
  node.element.focus();
}

function openEdge(edge: Edge): void {
  for (const element of svg?.querySelectorAll(".open") ?? []) element.classList.remove("open");
  openedNode = null;
  edge.element.classList.add("open");
  focusable(edge.element);
  void openDrawer(panel, edge.relation.occurrence, edge.relation.label, edge.element);
}

const html = (name: string, given: Record<string, string> = {}, said = ""): HTMLElement => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(given)) made.setAttribute(key, value);
  if (said) made.textContent = said;
  return made;
};

function openNode(node: Node): void {
  openedNode = node;
  focusable(node.element);
  fillNode(node);
  panel.hidden = false;
  panel.setAttribute("aria-label", node.thing.label);
  panel.tabIndex = -1;
  panel.focus();
}

/** A group with its lines of the day, each of which opens. */
function fillNode(node: Node): void {
  const head = html("header"), heading = html("h2"), button = html("button", { type: "button" }, text("close"));
  heading.append(html("bdi", node.thing.lang ? { lang: node.thing.lang } : {}, node.thing.label));
  button.addEventListener("click", close);
  head.append(heading, button);
  const links = html("p");
  const focus = new URL(location.href);
  focus.searchParams.set("group", node.thing.id.replace("id/", ""));
  links.append(html("a", { href: `/${node.thing.id}` }, text("network-node-page")), " · ",
    html("a", { href: focus.pathname + focus.search }, text("network-node-focus")));
  const list = html("ul", { class: "neighbours" });
  const rank: On[] = ["certain", "possible", "undated"];
  const own = node.edges.filter((each) => each.on).sort((one, other) => rank.indexOf(one.on) - rank.indexOf(other.on));
  for (const edge of own) {
    const item = html("li"), line = html("button", { type: "button", "data-relation": edge.relation.id });
    const sample = make("svg", { class: "sample", viewBox: "0 0 36 12", width: 36, height: 12, "aria-hidden": "true" });
    sample.append(make("path", {
      class: `edge-line family-${edge.relation.family} step-${edge.step} on-${edge.on}`, d: "M2 6H34",
    }));
    line.append(sample, html("span", {}, edgeWords(edge)));
    line.addEventListener("click", () => openEdge(edge));
    item.append(line);
    list.append(item);
  }
  panel.replaceChildren(head, links, list.childElementCount ? list : html("p", {}, text("network-node-none")));
}

// Files: the picture with its key under it.

const here = (): string => {
  const address = new URL(location.href);
  address.searchParams.set("day", day);
  return address.href;
};

function withKey<T>(done: (drawing: SVGSVGElement) => T): T | undefined {
  if (!svg) return undefined;
  const kinds = [...STEPS].filter(([kind]) => edges.some((edge) => edge.on && edge.relation.kind === kind));
  const key = make("g", { class: "export-key" });
  const marks = ["said", "planned", "alleged", "denied", "contested"].filter((mark) =>
    edges.some((edge) => edge.on && (edge.contested ? "contested" : edge.mark) === mark));
  const samples: [string, string][] = [
    ...kinds.map(([kind, step]): [string, string] => [
      `edge-line family-${edges.find((edge) => edge.relation.kind === kind)?.relation.family} step-${step}`,
      text(`network-kind-${kind}`),
    ]),
    ["edge-line plain on-certain", text("network-on-certain")],
    ["edge-line plain on-possible", text("network-on-possible")],
  ];
  for (const mark of marks) samples.push([mark, text(`network-mark-${mark}`)]);
  const pitch = marks.length ? 270 : 175;
  const columns = Math.max(1, Math.floor(width / pitch)), rows = Math.ceil(samples.length / columns);
  samples.forEach(([style, said], at) => {
    const x = 12 + (at % columns) * pitch, y = height + 12 + Math.floor(at / columns) * 20;
    if (SIGNS[style]) {
      const sign = make("g", { transform: `translate(${x + 16},${y})` });
      sign.append(make("circle", { class: "sign", r: 7 }), make("text", { class: "sign-text" }, SIGNS[style]));
      key.append(sign);
    } else key.append(make("path", { class: style, d: `M${x} ${y}h32` }));
    key.append(make("text", { class: "key-text", x: x + 40, y: y + 4 }, said));
  });
  const tall = height + rows * 20 + 10;
  key.append(make("text", { class: "caption", x: 12, y: tall + 8 }, here()));
  svg.append(key);
  // As it comes to rest, and not as it is between two days.
  svg.classList.add("still");
  svg.setAttribute("viewBox", `0 0 ${width} ${tall + 20}`);
  svg.setAttribute("height", String(tall + 20));
  try {
    return done(svg);
  } finally {
    key.remove();
    svg.classList.remove("still");
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("height", String(height));
  }
}

const title = (): string => text("network-heading", { day: words(day) });
const note = (): string => text("network-note", { day, version: data.version, address: here() });
const file = (ending: string): string => `${text("network-file", { day })}.${ending}`;

const acts: Record<string, () => void> = {
  in: () => svg && select(svg).call(behavior.scaleBy, 1.4),
  out: () => svg && select(svg).call(behavior.scaleBy, 1 / 1.4),
  fit,
  svg: () => {
    const made = withKey((drawing) => standalone(drawing, title(), note()));
    if (made) download(made, "image/svg+xml", file("svg"));
  },
  png: () => void withKey((drawing) => png(drawing, title(), note()))?.then((made) => download(made, "image/png", file("png"))),
};
for (const button of document.querySelectorAll<HTMLElement>(".network-tools [data-act]")) {
  button.addEventListener("click", () => acts[button.dataset["act"] ?? ""]?.());
}

async function load(): Promise<void> {
  const mine = ++loads;
  const search = new URLSearchParams();
  // All kinds, modes and both sources, so that the key can take them away and bring them back without asking again.
  search.set("modes", boxes("modes").map((box) => box.value).join(","));
  for (const name of ["group", "people", "undated"]) {
    const value = state()[name];
    if (value) search.set(name, value);
  }
  const found = await twin<Data>("network", `?${search}`);
  if (mine !== loads) return;
  data = found;
  const [first, last] = data.period;
  slider.max = String(first ? Math.round((time(last) - time(first)) / DAY) : 0);
  slider.disabled = !first;
  prepare();
  draw();
  refilter();
}

form.addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("change", (event) => {
  const changed = event.target as HTMLInputElement;
  if (changed.form !== form) return;
  if (changed === dayField) {
    if (changed.value && changed.checkValidity()) go(changed.value);
    return;
  }
  if (["group", "people", "undated"].includes(changed.name)) void load();
  else refilter();
  settled();
});
window.addEventListener("popstate", () => location.reload());
let resized = 0;
window.addEventListener("resize", () => {
  clearTimeout(resized);
  resized = window.setTimeout(() => {
    if (!svg || Math.abs(picture.clientWidth - width) < 40) return;
    for (const node of nodes) [node.x, node.y, node.vx, node.vy] = [NaN, NaN, 0, 0];
    draw();
    refilter();
  }, 200);
});

board.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
});
view.hidden = false;
el("network-show").hidden = true;
load().catch((error: unknown) => {
  picture.replaceChildren(text("network-failed"));
  throw error;
});
