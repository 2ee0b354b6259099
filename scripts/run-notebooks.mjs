/**
 * Executes the notebooks of examples/notebooks on their real kernels, as a user would: with the packed package installed beside them.
 *
 *     npm run notebooks [-- --update]
 *
 * Every picture must be there, and every number that is printed must be the one that the notebook in the repository shows; `--update` puts what
 * was found into the repository. Needs Debian's jupyter-client, jupyter-nbconvert, python3-nbclient, python3-nbformat and python3-ipython.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "feature-learning-notebooks-"));
const update = process.argv.includes("--update");
const modules = join(folder, "node_modules");
const kernels = join(folder, "jupyter");
const env = {
  ...process.env,
  JUPYTER_PATH: join(kernels, "share", "jupyter"),
  JUPYTER_DATA_DIR: join(folder, "data"),
  NO_COLOR: "1",
};

function run(command, args, cwd = folder) {
  return execFileSync(command, args, { cwd, env, encoding: "utf8", stdio: "pipe" });
}

/** A kernel of this folder's own, so that nothing is installed anywhere else. */
function kernel(name, argv) {
  const place = join(kernels, "share", "jupyter", "kernels", name);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "kernel.json"), JSON.stringify({ argv, display_name: name, language: "typescript" }));
}

const textOf = (lines) => (Array.isArray(lines) ? lines.join("") : (lines ?? ""));

/** What a notebook printed, and its pictures. */
function outputsOf(notebook) {
  const outputs = notebook.cells.flatMap((cell) => cell.outputs ?? []);
  return {
    errors: outputs.filter(({ output_type }) => output_type === "error").map(({ ename, evalue }) => `${ename}: ${evalue}`),
    printed: outputs
      .filter(({ output_type }) => output_type === "stream")
      .map(({ text }) => textOf(text))
      .join(""),
    svgs: outputs.map(({ data }) => textOf(data?.["image/svg+xml"])).filter((svg) => svg !== ""),
    specs: outputs.map(({ data }) => data?.["application/vnd.vegalite.v6+json"]).filter((spec) => spec !== undefined),
  };
}

function expect(holds, what) {
  if (!holds) throw new Error(what);
}

try {
  const [{ filename }] = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", folder], root));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "notebooks", private: true, type: "module" }));
  const packages = [join(folder, filename), "vega@6", "vega-lite@6", "tslab@1.0.22"];
  run("npm", ["install", "--silent", "--no-audit", "--no-fund", ...packages]);
  const deno = join(root, "node_modules", ".bin", "deno");
  kernel("deno", [deno, "jupyter", "--kernel", "--conn", "{connection_file}"]);
  kernel("tslab", [process.execPath, join(modules, ".bin", "tslab"), "kernel", "--config-path={connection_file}"]);

  for (const name of ["deno", "tslab"]) {
    const place = join(root, "examples", "notebooks", `${name}.ipynb`);
    copyFileSync(place, join(folder, `${name}.ipynb`));
    run("/usr/bin/jupyter-nbconvert", ["--to", "notebook", "--execute", "--output", `${name}-executed.ipynb`, `${name}.ipynb`]);
    const executed = JSON.parse(readFileSync(join(folder, `${name}-executed.ipynb`), "utf8"));
    const [found, shown] = [outputsOf(executed), outputsOf(JSON.parse(readFileSync(place, "utf8")))];
    expect(found.errors.length === 0, found.errors.join("\n"));
    expect(found.svgs.length === 3, `${name}: ${found.svgs.length} pictures, not 3`);
    for (const [i, words] of [
      ["kernel over its start", "alignment cos ζ"],
      ["width d", "kernelChange = 0.1"],
      ["rescaling"],
    ].entries())
      for (const word of words) expect(found.svgs[i].includes(word), `${name}: picture ${i} does not show "${word}"`);
    expect(name !== "deno" || found.specs.length === 3, `${name}: ${found.specs.length} Vega-Lite specifications, not 3`);
    expect(/correlation 0\.\d{4}/.test(found.printed), `${name}: no numbers in\n${found.printed}`);
    if (update) {
      for (const cell of executed.cells) cell.metadata = {};
      writeFileSync(place, `${JSON.stringify(executed, undefined, 1)}\n`);
    } else expect(found.printed === shown.printed, `${name} printed\n${found.printed}\nand shows\n${shown.printed}`);
    console.log(`${name}.ipynb: 3 pictures, and\n${found.printed.trimEnd().replaceAll(/^/gm, "    ")}`);
  }
} catch (error) {
  console.error(error.stderr || error.stdout || error.message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
