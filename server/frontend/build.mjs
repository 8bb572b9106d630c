// Bundles each src/<name>.ts into ../allegiance/web/static/built/<name>.js; names on the command line choose some.
import { copyFile, mkdir, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../allegiance/web/static/built");
const chosen = process.argv.slice(2);
const sources = (await readdir(join(here, "src"))).filter((file) => file.endsWith(".ts"));
const names = chosen.length ? chosen.map((name) => `${name}.ts`) : sources;

await mkdir(out, { recursive: true });
await build({
  entryPoints: names.map((file) => join(here, "src", file)),
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  loader: { ".ttf": "dataurl", ".woff2": "dataurl", ".svg": "dataurl" },
  legalComments: "linked",
  logLevel: "warning",
});
// Natural Earth (public domain) as TopoJSON; fetched by the map and not part of its script.
await copyFile(join(here, "node_modules/world-atlas/countries-50m.json"), join(out, "countries-50m.json"));
