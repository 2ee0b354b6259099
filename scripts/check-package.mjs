/**
 * The package as a user gets it: packed, installed in an empty folder, and used there as ESM, as CommonJS, as
 * both at once, without code generation, in Deno, in Bun, in the long-term release of Node, in Jest and
 * Vitest, bundled by four bundlers and run in Chromium under a strict policy, and from TypeScript under two
 * module resolutions and five compilers. And what comes with it: its dependencies' licences and scripts, its
 * size by function, the same bytes whenever it is packed.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { bundled, kilobytes } from "../bench/size.mjs";
import { bundle, bundlers } from "./package/bundlers.mjs";
import { CHROMIUM, closeChromium, saidInChromium } from "./package/chromium.mjs";
import { runners, testing } from "./package/runners.mjs";

const root = resolve(import.meta.dirname, "..");
const bin = (name) => join(root, "node_modules", ".bin", name);
const folder = mkdtempSync(join(tmpdir(), "feature-learning-"));
let failed = 0;
let passed = 0;

/** Runs a program; an error carries what it printed. */
async function run(command, args, cwd = folder) {
  const { stdout } = await promisify(execFile)(command, args, { cwd, encoding: "utf8", maxBuffer: 2 ** 26 });
  return stdout;
}

const waiting = [];

/** A check, to be run by `runChecks`. */
function check(what, body) {
  waiting.push({ what, body });
}

/** Runs all checks that wait, one for each processor at a time. */
async function runChecks() {
  const checks = waiting.splice(0).values();
  const worker = async () => {
    for (const { what, body } of checks) {
      try {
        await body();
        passed++;
        console.log(`  passed  ${what}`);
      } catch (error) {
        failed++;
        const printed = `${error.stdout ?? ""}${error.stderr ?? ""}`;
        console.error(`  FAILED  ${what}\n${printed === "" ? error.stack : printed}`);
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

/** Installs packages into a folder of its own. */
async function install(name, ...packages) {
  const place = join(folder, name);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "package.json"), JSON.stringify({ name: `consumer-${name || "plain"}`, private: true }));
  await run("npm", ["install", "--silent", "--no-audit", "--no-fund", ...packages], place);
  return place;
}

/** Every package that comes along, by folder. */
function installed(place) {
  return readdirSync(place).flatMap((name) => {
    if (name.startsWith(".")) return [];
    if (name.startsWith("@")) return readdirSync(join(place, name)).map((inner) => join(place, name, inner));
    return [join(place, name)];
  });
}

const LICENCES = ["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "0BSD"];

const program = (load) => `
${load}
const task = taskFromMoments({ xx: 1, xy: 0.8, yy: 1 });
const initial = gaussianWeights({ width: 32, scale: 0.01, seed: 1 });
const flow = exactFlow({ network: network(), task, initial });
const { output } = sample(flow, [0, 1, Infinity]);
if (output[2] !== 0.8) throw new Error("limit " + output[2]);
const end = simulateDescent({ network: network(), task, initial }, { stepSize: 0.001, steps: 5000, recordEvery: 5000 }).output[1];
if (!(Math.abs(end - flow.at(5).output) < 1e-3)) throw new Error("descent " + end);
const dataTask = taskFromSamples([[3, 4], [-3, -4]], [1, -1]);
if (Math.abs(dataTask.xx - 25) > 1e-12) throw new Error("xx " + dataTask.xx);
const discrete = gradientDescent({ network: network(), task, initial }, { stepSize: 0.001, steps: 5000, momentum: 0.5 });
if (Math.abs(discrete.output.at(-1) - 0.8) > 1e-3) throw new Error("momentum " + discrete.output.at(-1));
const decaying = solve({ network: network({ weightDecay: 0.1 }), task, initial });
if (decaying.family !== "decay" || Math.abs(decaying.at(Infinity).output - 0.75) > 1e-6) throw new Error("decay");
const layers = gaussianLayers({ width: 9, inputs: 2, scale: 0.1, seed: 1 });
const several = integratedFlow({ network: network(), task: dataTask, initial: layers }, { until: 5 });
if (several.at(5).output.columns !== 2 || several.weights(5).W.columns !== 2) throw new Error("several inputs");
const white = matrixTaskFromMoments({ xx: [[1, 0], [0, 1]], yx: [[2, 0], [0, 1]], yy: 6 });
const aligned = saxeAlignedLayers({ task: white, width: 3, scale: 0.01, seed: 1 });
const modes = exactFlow({ network: network(), task: white, initial: aligned });
if (modes.family !== "modes" || modes.limit.excessLoss > 1e-25 || modes.weights(1).W1.columns !== 2) throw new Error("modes");
const balanced = lambdaBalancedLayers({ width: 2, inputs: 2, outputs: 2, lambda: 0.1, scale: 0.1, seed: 1 });
if (solve({ network: network(), task: white, initial: balanced }).family !== "balanced") throw new Error("balanced");
console.log("right");
`;
const names = `{ exactFlow, gaussianLayers, gaussianWeights, gradientDescent, integratedFlow, lambdaBalancedLayers,
  matrixTaskFromMoments, network, sample, saxeAlignedLayers, simulateDescent, solve,
  taskFromMoments, taskFromSamples }`;
const esm = program(`import ${names} from "feature-learning";`);
const cjs = program(`const ${names} = require("feature-learning");`);
const typed = `
import { type OneDirectionFlow, type WithWeights, exactFlow, matrixTaskFromMoments, type ModesFlow, gaussianWeights, gradientDescent, integratedFlow, network, sample, taskFromMoments, type Trajectory } from "feature-learning";
import { type PlotSpec, plotTrajectory } from "feature-learning/plot";
import { phaseDiagram } from "feature-learning/sweep";
const initial = gaussianWeights({ width: 4, scale: 1, seed: "s" });
const problem = { network: network(), task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }), initial };
const flow: WithWeights<OneDirectionFlow> = exactFlow(problem);
const u: Float64Array = flow.weights(1).u;
const trajectory: Trajectory = sample(flow, [0, 1]);
const shape: readonly number[] = sample(flow, [0, 1], { weights: true }).u.shape;
const reduced = exactFlow({ ...problem, initial: flow.at(1) });
const steps: Float64Array = gradientDescent(problem, { stepSize: 0.1, steps: 3 }).step;
const several = integratedFlow({ ...problem, initial: { u: [1], W: [[1, 2]] } }, { until: 1, onFailure: "return" });
const vector: number[] = several.at(1).output.to1DArray();
const columns: number = several.weights(1).W.columns;
const modes: ModesFlow = exactFlow(
  { network: network(), task: matrixTaskFromMoments({ xx: [[1]], yx: [[1]], yy: 1 }), initial: { W2: [[1]], W1: [[1]] } },
  { family: "modes" },
);
const entry: number = modes.at(1).output.get(0, 0) + modes.modes[0]!.flow.rate;
// @ts-expect-error a flow of order parameters has no weights
reduced.weights(1);
const field: number = phaseDiagram({
  of: "exponents",
  x: { parameter: "outputScale", from: -1, to: 0, count: 2 },
  y: { parameter: "scale", from: -1, to: 0, count: 2 },
}).fields["phase"]!.get(0, 0);
const spec: PlotSpec = plotTrajectory(trajectory);
export { columns, entry, field, spec, shape, steps, trajectory, u, vector };
`;

const sweeping = (load) => `
${load}
const job = { of: "ensemble", settings: { width: 1e6 }, measure: ["rate"], draws: 100, seed: 1 };
const median = ensemble(job).quantiles.get(3, 0);
if (!(Math.abs(median / 2e6 - 1) < 1)) throw new Error("median " + median);
try { ensemble({ ...job, draws: 0 }); } catch (error) {
  if (!(error instanceof FeatureLearningError)) throw new Error("errors of two classes");
}
runParallel(job, { threads: 1 }).then(
  (found) => { if (found.quantiles.get(3, 0) !== median) throw new Error("threads differ"); },
  (error) => { if (!(error instanceof FeatureLearningError) || error.code !== "assumption") throw error; },
);
`;
const sweepEsm = sweeping(
  `import { FeatureLearningError } from "feature-learning"; import { runParallel } from "feature-learning/parallel"; import { ensemble } from "feature-learning/sweep";`,
);
const sweepCjs = sweeping(
  `const { FeatureLearningError } = require("feature-learning"); const { runParallel } = require("feature-learning/parallel"); const { ensemble } = require("feature-learning/sweep");`,
);

const plotting = (load) => `
${load}
const flow = exactFlow({ network: network(), task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }), initial: { uu: 0.1, ww: 0.1, uw: 0 } });
const spec = plotTrajectory(sample(flow, [0, 1, 2]));
renderSvg(spec).then(
  (svg) => { if (!svg.startsWith("<svg") || !svg.includes("kernel")) throw new Error(svg.slice(0, 200)); console.log("drawn"); },
  (error) => { if (!(error instanceof FeatureLearningError) || !error.message.includes("npm install vega")) throw error; console.log("refused"); },
);
`;
const plotNames = ["{ exactFlow, FeatureLearningError, network, sample, taskFromMoments }", "{ plotTrajectory, renderSvg }"];
const plotEsm = plotting(`import ${plotNames[0]} from "feature-learning"; import ${plotNames[1]} from "feature-learning/plot";`);
const plotCjs = plotting(
  `const ${plotNames[0]} = require("feature-learning"); const ${plotNames[1]} = require("feature-learning/plot");`,
);

function expectSaid(said, word) {
  if (said.trim() !== word) throw new Error(`said ${said}, not ${word}`);
}

/** Both copies of the package in one process: what one makes, the other takes. */
const copies = `
import * as esm from "feature-learning";
import { createRequire } from "node:module";
const cjs = createRequire(import.meta.url)("feature-learning");
for (const [a, b] of [[esm, cjs], [cjs, esm]]) {
  const task = a.taskFromMoments({ xx: 1, xy: 0.8, yy: 1 });
  const flow = a.exactFlow({ network: a.network(), task, initial: { uu: 0.1, ww: 0.1, uw: 0 } });
  const same = (what, x, y) => { if (JSON.stringify(x) !== JSON.stringify(y)) throw new Error(what + ": " + JSON.stringify([x, y])); };
  same("regime", b.regime(flow), a.regime(flow));
  same("times", Array.from(b.linearTimes(flow)), Array.from(a.linearTimes(flow)));
  same("half-life", b.halfLife(flow), a.halfLife(flow));
  same("mechanisms", b.mechanisms(flow), a.mechanisms(flow));
  try { a.network({ power: -1 }); } catch (error) { if (!(error instanceof b.FeatureLearningError)) throw new Error("errors of two classes"); }
}
console.log("right");
`;

/** The entries that a browser can use, as they are imported. */
const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const entries = Object.keys(exports)
  .filter((entry) => !/\.json$|parallel/.test(entry))
  .map((entry) => `feature-learning${entry.slice(1)}`);

const compilers = ["5.0.4", "5.4.5", "5.9.3", "6.0.3", "7.0.2"];
/** All that makes a compiler stricter than `strict`. */
const strictest = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noFallthroughCasesInSwitch: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  skipLibCheck: false,
};

function write(place, name, source) {
  mkdirSync(dirname(join(place, name)), { recursive: true });
  writeFileSync(join(place, name), source);
}

try {
  const pack = async (place) => JSON.parse(await run("npm", ["pack", "--json", "--pack-destination", place], root))[0].filename;
  const tarball = join(folder, await pack(folder));
  const aliases = compilers.map((compiler) => `typescript-${compiler}@npm:typescript@${compiler}`);
  // In the first folder nothing is installed but the package; the others have what some checks need besides.
  const [, withPeers, withOldPeers, withRunners, tools] = await Promise.all([
    install("", tarball),
    install("peers", tarball, "piscina@5", "vega@6", "vega-lite@6"),
    install("old-peers", tarball, "vega@5", "vega-lite@5"),
    install("runners", tarball, ...runners),
    install("tools", ...aliases, "node@26", ...bundlers.flatMap(({ packages }) => packages)),
  ]);
  const inTools = (...path) => join(tools, "node_modules", ...path);

  check("the same bytes when packed again", async () => {
    const again = join(folder, "again");
    mkdirSync(again);
    const digest = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");
    if (digest(join(again, await pack(again))) !== digest(tarball)) throw new Error("two tarballs differ");
  });
  check("dependencies: licences, and no scripts at installation", () => {
    for (const place of installed(join(folder, "node_modules"))) {
      const { name, license, scripts = {} } = JSON.parse(readFileSync(join(place, "package.json"), "utf8"));
      if (!LICENCES.includes(license)) throw new Error(`${name} is under ${license}`);
      for (const script of ["preinstall", "install", "postinstall"])
        if (script in scripts) throw new Error(`${name} runs ${scripts[script]} when it is installed`);
    }
  });
  check("publint --strict", () => run(bin("publint"), ["run", "--strict", tarball]));
  check("are the types wrong?", () => run(bin("attw"), [tarball, "--exclude-entrypoints", "./schemas"]));

  // Node, and engines that run what Node runs.
  for (const [file, source] of Object.entries({ "use.mjs": esm, "use.cjs": cjs, "copies.mjs": copies })) {
    write(folder, file, source);
    check(`${file} in Node`, async () => expectSaid(await run("node", [file]), "right"));
    check(`${file} in Node without code generation`, async () =>
      expectSaid(await run("node", ["--disallow-code-generation-from-strings", file]), "right"),
    );
    check(`${file} in Node 26`, async () => expectSaid(await run(inTools("node", "bin", "node"), [file]), "right"));
  }
  const deno = ["run", "--allow-read", "--allow-env", "--node-modules-dir=manual"];
  check("Deno", async () => expectSaid(await run(bin("deno"), [...deno, "use.mjs"]), "right"));
  check("Bun", async () => expectSaid(await run(bin("bun"), ["run", "use.mjs"]), "right"));
  for (const [file, source] of Object.entries({ "sweep.mjs": sweepEsm, "sweep.cjs": sweepCjs })) {
    for (const place of [folder, withPeers]) write(place, file, source);
    check(`${file} in Node, without piscina and code generation`, () =>
      run("node", ["--disallow-code-generation-from-strings", file]),
    );
    check(`${file} in Node, over threads`, () => run("node", [file], withPeers));
  }
  for (const [file, source] of Object.entries({ "plot.mjs": plotEsm, "plot.cjs": plotCjs })) {
    for (const place of [folder, withPeers, withOldPeers]) write(place, file, source);
    check(`${file} in Node, without vega and code generation`, async () =>
      expectSaid(await run("node", ["--disallow-code-generation-from-strings", file]), "refused"),
    );
    check(`${file} in Node, with vega 6`, async () => expectSaid(await run("node", [file], withPeers), "drawn"));
    check(`${file} in Node, with vega 5`, async () => expectSaid(await run("node", [file], withOldPeers), "drawn"));
  }
  write(
    folder,
    "deep.cjs",
    'const { layerOverlap } = require("feature-learning/deep"); if (layerOverlap([[3, 4]], [[1], [2]]).uw !== 11) throw new Error();',
  );
  check("deep.cjs in Node without code generation", () => run("node", ["--disallow-code-generation-from-strings", "deep.cjs"]));

  // The command, and what comes with it.
  const steps = ["0", "10", "20"].map((step) => join(root, "test", "networks", "fixtures", `step-${step}.npz`));
  check("the command feature-learning analyze", async () => {
    if (!(await run("npx", ["feature-learning", "analyze", ...steps])).includes("alignment")) throw new Error("no alignment");
  });
  write(folder, "problem.json", JSON.stringify({ task: { xx: 1, xy: 0.8, yy: 1 }, initial: { uu: 0.1, ww: 0.1, uw: 0 } }));
  check("the command feature-learning solve, and its schemas", async () => {
    const { end } = JSON.parse(await run("npx", ["feature-learning", "solve", "problem.json", "--json"]));
    if (end.output !== 0.8) throw new Error(`output ${end.output}`);
    for (const name of ["problem", "result", "job", "job-result"]) {
      const path = `import.meta.resolve("feature-learning/schemas/${name}.json")`;
      const program = `import { readFileSync } from "node:fs"; console.log(JSON.parse(readFileSync(new URL(${path}), "utf8")).$id)`;
      expectSaid(await run("node", ["--input-type=module", "-e", program]), `feature-learning/schemas/${name}.json`);
    }
  });

  // Test runners, each of which has realms and module systems of its own.
  for (const { name, file, source, command } of testing()) {
    write(withRunners, file, source);
    check(name, () => run("node", command, withRunners));
  }

  // Bundlers, every entry without optional packages, and Chromium.
  const pages = { use: esm };
  for (const entry of entries) {
    const name = entry.replace("/", "-");
    pages[name] =
      `import * as entry from "${entry}";\nconsole.log(Object.keys(entry).length > 0 ? "${name} imported" : "nothing");\n`;
  }
  for (const [name, source] of Object.entries(pages)) write(join(folder, "pages"), `${name}.mjs`, source);
  if (!existsSync(CHROMIUM)) console.log("  not tried: Chromium, which is not installed");
  for (const bundler of bundlers) {
    for (const name of Object.keys(pages)) {
      const out = join(folder, "bundles", bundler.name, name);
      // ndarray and ndarray-ops make code when they are imported.
      const unsafe = name === "feature-learning-ndarray";
      const where = existsSync(CHROMIUM) ? `, in Chromium ${unsafe ? "with" : "under a policy without"} unsafe-eval` : "";
      check(`${name} bundled by ${bundler.name}${where}`, async () => {
        await bundle(bundler, { root: folder, input: join(folder, "pages", `${name}.mjs`), out, tools, run });
        if (existsSync(CHROMIUM)) expectSaid(await saidInChromium(out, unsafe), name === "use" ? "right" : `${name} imported`);
      });
    }
  }

  for (const [code, most, without] of [
    ['export { oneDirectionFlow } from "feature-learning"', 12.288, ["dopri5", "ml-matrix", "catapult", "decouple"]],
    ['export { phase } from "feature-learning"', 4, ["exactFlow", "weightDecay"]],
    ['export { gaussianWeights } from "feature-learning"', 3, ["dopri5", "weightDecay"]],
    ['export { plotTrajectory } from "feature-learning/plot"', 8, ["phaseDiagram:", "renderSvg"]],
  ])
    check(`no more than ${most} kB: ${code}`, async () => {
      const size = await kilobytes(code);
      if (size > most) throw new Error(`${size} kB`);
      const text = new TextDecoder()
        .decode(await bundled(code))
        .replaceAll(/import ?"[^"]*";|import\{[^}]*\}from"[^"]*";|import \w+ ?from ?"[^"]*";/g, "");
      for (const word of without) if (text.includes(word)) throw new Error(`it has ${word} in it`);
    });

  for (const module of ["NodeNext", "Bundler"]) {
    for (const compiler of compilers) {
      const project = join(folder, `typescript-${compiler}-${module}`);
      write(project, "index.ts", typed);
      write(project, "package.json", JSON.stringify({ type: "module" }));
      const compilerOptions = {
        ...strictest,
        noEmit: true,
        target: "ES2022",
        module: module === "Bundler" ? "ESNext" : module,
        moduleResolution: module,
        types: [],
      };
      write(project, "tsconfig.json", JSON.stringify({ compilerOptions, include: ["index.ts"] }));
      check(`TypeScript ${compiler} consumer, ${module}, strictest`, () =>
        run("node", [inTools(`typescript-${compiler}`, "bin", "tsc"), "-p", project]),
      );
    }
  }
  check("types name Float64Array without parameters", () => {
    for (const file of readdirSync(join(root, "dist")).filter((name) => /\.d\.c?ts$/.test(name))) {
      if (/Float64Array</.test(readFileSync(join(root, "dist", file), "utf8"))) throw new Error(file);
    }
  });
  await runChecks();
} finally {
  await closeChromium();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`package: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
