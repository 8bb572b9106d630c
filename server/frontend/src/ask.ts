// The answer of a question as a picture: timeline, chart, map or network, each mark leading to its claims.
import { openClaims } from "./lib/claims";
import { embedded } from "./lib/data";
import { download, png, standalone } from "./lib/picture";
import { text } from "./lib/texts";
import { chart, type Chart } from "./ask/chart";
import { map, type Places } from "./ask/map";
import type { Drawing, Row } from "./ask/marks";
import { network, type Network } from "./ask/network";
import { timeline, type Timeline } from "./ask/timeline";

const SHOWN = 6;
const stage = document.getElementById("stage") as HTMLElement;
const way = stage.dataset.way ?? "";
const name = stage.dataset.title ?? "";
const headings = embedded<Record<string, string>>("headings");
const data = embedded<{ cut: number }>("picture");
const panel = stage.querySelector(".panel") as HTMLElement;
let opener = -1;

/** The words that the table has for a value, so that both say the same. */
function value(named: string): string {
  return (named.charAt(0).toLowerCase() + named.slice(1)).replace(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
}

/** The column that a measure is shown in. */
function measured(variable: string): string {
  return ["low", "high"].includes(variable) ? "quantity" : variable;
}

function goTo(row: number): void {
  const line = document.getElementById(`row-${row}`)?.closest("tr");
  if (!line) return;
  for (const other of document.querySelectorAll("tr.chosen")) other.classList.remove("chosen");
  line.classList.add("chosen");
  line.tabIndex = -1;
  line.focus();
  line.scrollIntoView({ block: "center" });
}

/** The marks of the picture as it stands; it is drawn anew when the panel beside it opens or closes. */
function marks(): SVGElement[] {
  return [...stage.querySelectorAll<SVGElement>(".picture .mark")];
}

async function close(): Promise<void> {
  panel.hidden = true;
  await draw();
  marks()[opener]?.focus();
}

async function open(rows: Row[], words: string): Promise<void> {
  const at = marks().findIndex((mark) => mark === document.activeElement);
  if (at >= 0) opener = at;
  const paths = [...new Set(rows.map(({ path }) => path).filter(Boolean))];
  if (!paths.length) {
    goTo(rows[0]?.row ?? 0);
    return;
  }
  const parts = [];
  for (const path of paths.slice(0, SHOWN)) {
    const part = document.createElement("div");
    await openClaims(part, path);
    parts.push(part);
  }
  const head = document.createElement("h3");
  head.textContent = words;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text("close");
  button.addEventListener("click", () => void close());
  panel.replaceChildren(button, head, ...parts);
  for (const part of parts) part.removeAttribute("tabindex");
  if (paths.length > SHOWN) {
    const more = document.createElement("p");
    more.textContent = text("ask-more-behind", { count: paths.length - SHOWN });
    panel.append(more);
  }
  panel.hidden = false;
  panel.tabIndex = -1;
  panel.focus();
}

async function drawn(width: number): Promise<Drawing> {
  const title = way === "chart" ? text("ask-picture-chart", { what: name }) : text(`ask-picture-${way}`);
  const shown = (rows: Row[], words: string): void => void open(rows, words);
  const heading = (column: string): string => headings[column] ?? column;
  switch (way) {
    case "timeline":
      return timeline(data as Timeline, width, title, shown);
    case "chart":
      return chart(data as Chart, heading(measured((data as Chart).measure)), width, title, shown);
    case "network":
      return network(data as Network, heading, value, width, title, shown);
    default:
      return map(data as Places, width, title, shown);
  }
}

let size = 0;
async function draw(): Promise<void> {
  stage.hidden = false;
  const picture = stage.querySelector(".picture") as HTMLElement;
  const width = Math.floor(picture.clientWidth);
  if (!width || width === size) return;
  size = width;
  const made = await drawn(width);
  picture.replaceChildren(made.svg);
  const list = document.createElement("ul");
  list.className = "legend";
  list.append(...made.key);
  (stage.querySelector(".key") as HTMLElement).replaceChildren(list);
  const cut = data.cut ? [text("ask-cut", { count: data.cut })] : [];
  (stage.querySelector(".words") as HTMLElement).textContent = [text("ask-picture-hint"), ...made.notes, ...cut].join(" ");
}

stage.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !panel.hidden) void close();
});
for (const button of stage.querySelectorAll<HTMLButtonElement>("[data-save]")) {
  button.addEventListener("click", async () => {
    const svg = stage.querySelector<SVGSVGElement>(".picture svg");
    if (!svg) return;
    const note = `${name} · ${location.href}`;
    const file = `${location.pathname.split("/").pop()}-${way}`;
    if (button.dataset.save === "png") download(await png(svg, name, note), "image/png", `${file}.png`);
    else download(standalone(svg, name, note), "image/svg+xml", `${file}.svg`);
  });
}
void draw();
let waiting = 0;
new ResizeObserver(() => {
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(() => void draw());
}).observe(stage.querySelector(".picture") as HTMLElement);
