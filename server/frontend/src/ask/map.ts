// The places of an answer on Natural Earth's countries; a place without a point is listed beside it.
import { geoGraticule10, geoMercator, geoPath } from "d3-geo";
import type { FeatureCollection, Geometry, MultiLineString } from "geojson";
import { feature, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import { text } from "../lib/texts";
import { canvas, keyOf, labelled, mark, short, type Drawing, type Look, type Open, type Row } from "./marks";

interface Place { id: string; label: string; lang: string; rows: (Row & { label: string })[]; at: [number, number] }
export interface Places { places: Place[]; pointless: Place[]; cut: number; placeless: number }

type Box = [number, number, number, number];

/** Whether a box lies over none of those taken. */
function free(taken: Box[], box: Box): boolean {
  return !taken.some((other) => {
    const across = box[0] < other[0] + other[2] && other[0] < box[0] + box[2];
    return across && box[1] < other[1] + other[3] && other[1] < box[1] + box[3];
  });
}

export async function map(data: Places, width: number, title: string, open: Open): Promise<Drawing> {
  const height = Math.round(Math.min(Math.max(width * 0.62, 300), 640));
  const svg = canvas(width, height, title);
  const world = (await (await fetch("/static/built/countries-50m.json")).json()) as Topology<{ countries: GeometryCollection }>;
  const points = { type: "MultiPoint" as const, coordinates: data.places.map(({ at }) => at) };
  const projection = geoMercator();
  const pad = Math.min(width, height) * 0.14;
  if (data.places.length) projection.fitExtent([[pad, pad], [width - pad, height - pad]], points);
  // One place, or some close together, would show a district and nothing to find it by.
  const most = width * 3.2;
  if (!data.places.length || projection.scale() > most || !Number.isFinite(projection.scale())) {
    const all = data.places.map(({ at }) => at);
    const middle: [number, number] = [0, 1].map((axis) => {
      const values = all.map((at) => at[axis] as number);
      return values.length ? (Math.min(...values) + Math.max(...values)) / 2 : [66, 33][axis];
    }) as [number, number];
    projection.scale(most).center(middle).translate([width / 2, height / 2]);
  }
  projection.clipExtent([[0, 0], [width, height]]);
  const path = geoPath(projection);
  svg.append("rect").attr("class", "sea").attr("width", width).attr("height", height);
  svg.append("path").attr("class", "graticule").attr("d", path(geoGraticule10()));
  const countries = feature(world, world.objects.countries) as FeatureCollection<Geometry, { name: string }>;
  svg.append("g").selectAll("path").data(countries.features).join("path").attr("class", "land").attr("d", path);
  svg.append("path").attr("class", "border").attr("d", path(mesh(world, world.objects.countries, (a, b) => a !== b) as MultiLineString));
  const names = svg.append("g");
  const dots = svg.append("g");
  const taken: Box[] = data.places.map(({ at }) => {
    const [x, y] = projection(at) ?? [0, 0];
    return [x - 5, y - 5, 10, 10];
  });
  const ordered = [...data.places].sort((one, other) => other.rows.length - one.rows.length);
  for (const place of ordered) {
    const [x, y] = projection(place.at) ?? [0, 0];
    const radius = 4 + Math.sqrt(place.rows.length) * 2.6;
    const made = mark(dots, place.rows, text("ask-at-place", { place: place.label, count: place.rows.length }), open);
    made.attr("class", `mark ${firmest(place.rows)}`);
    made.append("circle").attr("class", "hit").attr("cx", x).attr("cy", y).attr("r", Math.max(radius, 12));
    made.append("circle").attr("class", "body").attr("cx", x).attr("cy", y).attr("r", radius);
    const label = short(place.label, 26);
    const size = label.length * 6.2;
    const left = x + radius + 4 + size > width;
    const box: Box = [left ? x - radius - 4 - size : x + radius + 4, y - 8, size, 16];
    // A label that would lie over another is left to the tooltip and the table.
    if (!free(taken, box)) continue;
    taken.push(box);
    labelled(dots, label, left ? x - radius - 4 : x + radius + 4, y + 4, left ? "end" : "start").attr("lang", place.lang || null);
  }
  const named = new Set(data.places.map(({ label }) => label));
  for (const country of countries.features) {
    const name = country.properties.name;
    const [[x0, y0], [x1, y1]] = path.bounds(country);
    const [x, y] = path.centroid(country);
    const size = name.length * 9;
    const box: Box = [x - size / 2, y - 12, size, 20];
    const seen = Math.min(x1, width) - Math.max(x0, 0) > size && Math.min(y1, height) - Math.max(y0, 0) > 30;
    if (named.has(name) || !seen || box[0] < 0 || box[0] + size > width || !free(taken, box)) continue;
    taken.push(box);
    names.append("text").attr("class", "country").attr("x", x).attr("y", y).attr("text-anchor", "middle").text(name);
  }
  const notes = [];
  if (data.placeless) notes.push(text("ask-placeless", { count: data.placeless }));
  if (data.pointless.length) notes.push(`${text("ask-pointless")} ${data.pointless.map(({ label }) => label).join(", ")}.`);
  return { svg: svg.node() as SVGSVGElement, key: keyOf(data.places.map(({ rows }) => firmest(rows))), notes };
}

/** The firmest look among rows: a place where one thing is stated is a place where something is stated. */
function firmest(rows: Row[]): Look {
  const order: Look[] = ["certain", "contested", "hedged", "planned", "denied"];
  return order.find((look) => rows.some((row) => row.look === look)) ?? "certain";
}
