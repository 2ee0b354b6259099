/** The explorer, bundled from the package's published entries into the documentation site; says what it weighs. */
import { cpSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..");
const out = resolve(root, "docs/api/explorer");
const entry = (name) => resolve(root, "dist", `${name}.js`);

/** What Vega has for maps, trees, graphs and word clouds, of which no plot of ours makes use. */
const unused = {
  name: "unused parts of Vega",
  setup({ onResolve, onLoad }) {
    const parts = /^(?:vega-(?:geo|force|hierarchy|wordcloud|crossfilter|regression|label)|d3-(?:force|hierarchy))$/;
    onResolve({ filter: parts }, ({ path }) => ({ path, namespace: "unused" }));
    onLoad({ filter: /./, namespace: "unused" }, () => ({ contents: "module.exports = {};" }));
  },
};

const common = {
  bundle: true,
  minify: true,
  target: "es2022",
  // The built package, not its sources: an empty tsconfig keeps esbuild from the paths of ours.
  tsconfigRaw: {},
  alias: { "feature-learning": entry("index"), "feature-learning/plot": entry("plot") },
  external: ["node:*"],
  logLevel: "warning",
};
await build({
  ...common,
  entryPoints: [resolve(root, "docs/explorer/explorer.ts")],
  outfile: resolve(out, "explorer.js"),
  format: "esm",
  plugins: [unused],
});
// A plain script, which browsers also load from a folder.
await build({
  ...common,
  entryPoints: [resolve(root, "docs/explorer/firstFigure.ts")],
  outfile: resolve(out, "first-figure.js"),
  format: "iife",
});
for (const file of ["index.html", "explorer.css"]) cpSync(resolve(root, "docs/explorer", file), resolve(out, file));
for (const [name, what] of [
  ["explorer.js", "explorer, Vega included"],
  ["first-figure.js", "figure of the first guide"],
]) {
  const bytes = gzipSync(readFileSync(resolve(out, name))).length;
  console.log(`${what}: ${(bytes / 1000).toFixed(0)} kB compressed`);
}
