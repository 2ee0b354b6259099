/**
 * What the built package weighs, minified and compressed, without its dependencies: each entry whole, and
 * single functions as a bundler leaves them; and how many times longer Node takes to import it than an empty
 * module.
 *
 *     npm run bench:size
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..");
const entries = ["index", "deep", "sweep", "plot", "parallel", "ndarray"];
const nameOf = (entry) => (entry === "index" ? "feature-learning" : `feature-learning/${entry}`);
const fileOf = (entry) => resolve(root, "dist", `${entry}.js`);

/** The bundle of a line of code, without what the package depends on. */
export async function bundled(code) {
  const alias = Object.fromEntries(entries.map((entry) => [nameOf(entry), fileOf(entry)]));
  const external = [
    "@types/*",
    "fflate",
    "ml-matrix",
    "ndarray",
    "ndarray-ops",
    "seedrandom",
    "vega",
    "vega-lite",
    "piscina",
    "path",
    "url",
    "module",
    "node:*",
  ];
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: root },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    write: false,
    tsconfigRaw: {},
    alias,
    external,
  });
  return outputFiles[0].contents;
}

/**
 * Its compressed size. Imports of dependencies that are left over, one for every file that has one, are no
 * part of it.
 */
export async function kilobytes(code) {
  const text = new TextDecoder().decode(await bundled(code));
  return gzipSync(text.replaceAll(/import ?(?:"[^"]*"|[^";]*from ?"[^"]*");/g, ""), { level: 9 }).length / 1000;
}

/** The median time of an import, in milliseconds, in processes of their own. */
function importTime(file) {
  const program = `const began = performance.now(); await import(${JSON.stringify(pathToFileURL(file).href)}); console.log(performance.now() - began);`;
  const times = Array.from({ length: 11 }, () => Number(execFileSync(process.execPath, ["--input-type=module", "-e", program])));
  return times.sort((a, b) => a - b)[5];
}

if (process.argv[1] === import.meta.filename) {
  for (const code of [
    ...["phase", "gaussianWeights", "taskFromMoments", "mechanisms", "oneDirectionFlow", "exactFlow", "regime"].map(
      (name) => `export { ${name} } from "feature-learning"`,
    ),
    ...entries.map((entry) => `export * from "${nameOf(entry)}"`),
  ])
    console.log(`${(await kilobytes(code)).toFixed(1).padStart(6)} kB  ${code}`);
  const empty = join(tmpdir(), "feature-learning-empty.mjs");
  writeFileSync(empty, "");
  const nothing = importTime(empty);
  for (const entry of entries)
    console.log(
      `${(importTime(fileOf(entry)) / nothing).toFixed(0).padStart(6)} ×   the import of an empty module: ${nameOf(entry)}`,
    );
}
