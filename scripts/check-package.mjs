/**
 * The package as a user gets it: packed, installed in an empty folder, and used there as ESM, as CommonJS, without code generation, in Deno,
 * in Bun, in Chromium, in the long-term release of Node, and from TypeScript under two module resolutions and five compilers. And what comes with it: its
 * dependencies' licences and scripts, its size by function, the same bytes whenever it is packed.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { bundled, kilobytes } from "../bench/size.mjs";

const root = resolve(import.meta.dirname, "..");
const bin = (name) => join(root, "node_modules", ".bin", name);
const folder = mkdtempSync(join(tmpdir(), "feature-learning-"));
let failed = 0;
let passed = 0;

function run(command, args, cwd = folder) {
  return execFileSync(command, args, { cwd, encoding: "utf8", stdio: "pipe" });
}

function report(what, error) {
  failed++;
  console.error(
    `  FAILED  ${what}\n${error.stdout ?? ""}${error.stderr ?? ""}${error.stdout || error.stderr ? "" : error.stack}`,
  );
}

function check(what, body) {
  try {
    body();
    passed++;
    console.log(`  passed  ${what}`);
  } catch (error) {
    report(what, error);
  }
}

async function checkLater(what, body) {
  await body().then(
    () => check(what, () => undefined),
    (error) => report(what, error),
  );
}

/** A page with this program, under a policy that forbids making code from text, in Chromium; what it said. */
async function inChromium(program) {
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const page = await browser.newPage();
    const said = [];
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(error.message));
    const policy = "default-src 'none'; script-src http://localhost";
    await page.route("**/*", (route) => {
      const isScript = route.request().url().endsWith(".js");
      const body = isScript ? program : `<script type="module" src="use.js"></script>`;
      const contentType = isScript ? "text/javascript" : "text/html";
      return route.fulfill({ body, contentType, headers: { "content-security-policy": policy } });
    });
    await page.goto("http://localhost/");
    await page.waitForTimeout(1500);
    return said.join("\n");
  } finally {
    await browser.close();
  }
}
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

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
if (decaying.method !== "integrated" || Math.abs(decaying.at(Infinity).output - 0.75) > 1e-6) throw new Error("decay");
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
  (svg) => { if (!svg.startsWith("<svg") || !svg.includes("kernel γ²B")) throw new Error(svg.slice(0, 200)); console.log("drawn"); },
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

try {
  const [{ filename }] = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", folder], root));
  const tarball = join(folder, filename);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true }));
  run("npm", ["install", "--silent", "--no-audit", "--no-fund", tarball]);

  check("the same bytes when packed again", () => {
    const again = join(folder, "again");
    mkdirSync(again);
    run("npm", ["pack", "--json", "--pack-destination", again], root);
    const digest = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");
    if (digest(join(again, filename)) !== digest(tarball)) throw new Error("two tarballs differ");
  });
  check("dependencies: licences, and no scripts at installation", () => {
    for (const place of installed(join(folder, "node_modules"))) {
      const { name, license, scripts = {} } = JSON.parse(readFileSync(join(place, "package.json"), "utf8"));
      if (!LICENCES.includes(license)) throw new Error(`${name} is under ${license}`);
      for (const script of ["preinstall", "install", "postinstall"])
        if (script in scripts) throw new Error(`${name} runs ${scripts[script]} when it is installed`);
    }
  });

  for (const [file, source] of [
    ["use.mjs", esm],
    ["use.cjs", cjs],
  ]) {
    writeFileSync(join(folder, file), source);
    check(`${file} in Node`, () => run("node", [file]));
    check(`${file} in Node without code generation`, () => run("node", ["--disallow-code-generation-from-strings", file]));
  }
  for (const [file, source] of [
    ["sweep.mjs", sweepEsm],
    ["sweep.cjs", sweepCjs],
  ]) {
    writeFileSync(join(folder, file), source);
    check(`${file} in Node, without piscina and code generation`, () =>
      run("node", ["--disallow-code-generation-from-strings", file]),
    );
  }
  for (const [file, source] of [
    ["plot.mjs", plotEsm],
    ["plot.cjs", plotCjs],
  ]) {
    writeFileSync(join(folder, file), source);
    check(`${file} in Node, without vega and code generation`, () =>
      expectSaid(run("node", ["--disallow-code-generation-from-strings", file]), "refused"),
    );
  }
  check("Deno", () => run(bin("deno"), ["run", "--allow-read", "--allow-env", "--node-modules-dir=manual", "use.mjs"]));
  check("Bun", () => run(bin("bun"), ["run", "use.mjs"]));

  writeFileSync(
    join(folder, "deep.cjs"),
    'const { layerOverlap } = require("feature-learning/deep"); if (layerOverlap([[3, 4]], [[1], [2]]).uw !== 11) throw new Error();',
  );
  check("deep.cjs in Node without code generation", () => run("node", ["--disallow-code-generation-from-strings", "deep.cjs"]));
  check("the command feature-learning analyze", () => {
    const steps = ["0", "10", "20"].map((step) => join(root, "test", "networks", "fixtures", `step-${step}.npz`));
    if (!run("npx", ["feature-learning", "analyze", ...steps]).includes("alignment")) throw new Error("no alignment");
  });
  // One release of Node is an npm package too.
  run("npm", ["install", "--silent", "--no-audit", "--no-fund", "--prefix", join(folder, "lts"), "node@24"]);
  const lts = join(folder, "lts", "node_modules", "node", "bin", "node");
  for (const file of ["use.mjs", "use.cjs"])
    check(`${file} in Node ${run(lts, ["--version"]).trim()}`, () => expectSaid(run(lts, [file]), "right"));
  if (existsSync(CHROMIUM)) {
    const { outputFiles } = await build({ entryPoints: [join(folder, "use.mjs")], bundle: true, format: "esm", write: false });
    await checkLater("Chromium, bundled, under a policy without unsafe-eval", async () =>
      expectSaid(await inChromium(outputFiles[0].text), "right"),
    );
  } else console.log("  skipped Chromium, which is not installed");

  for (const [code, most, without] of [
    ['export { oneDirectionFlow } from "feature-learning"', 12.288, ["dopri5", "ml-matrix", "catapult", "decouple"]],
    ['export { phase } from "feature-learning"', 4, ["exactFlow", "weightDecay"]],
    ['export { gaussianWeights } from "feature-learning"', 3, ["dopri5", "weightDecay"]],
    ['export { plotTrajectory } from "feature-learning/plot"', 5.5, ["phaseDiagram:", "renderSvg"]],
  ])
    await checkLater(`no more than ${most} kB: ${code}`, async () => {
      const size = await kilobytes(code);
      if (size > most) throw new Error(`${size} kB`);
      const text = new TextDecoder()
        .decode(await bundled(code))
        .replaceAll(/import ?"[^"]*";|import\{[^}]*\}from"[^"]*";|import \w+ ?from ?"[^"]*";/g, "");
      for (const word of without) if (text.includes(word)) throw new Error(`it has ${word} in it`);
    });
  run("npm", ["install", "--silent", "--no-audit", "--no-fund", "piscina@5", "vega@6", "vega-lite@6"]);
  for (const file of ["plot.mjs", "plot.cjs"])
    check(`${file} in Node, with vega`, () => expectSaid(run("node", [file]), "drawn"));
  for (const file of ["sweep.mjs", "sweep.cjs"]) check(`${file} in Node, over threads`, () => run("node", [file]));
  check("publint --strict", () => run(bin("publint"), ["run", "--strict", tarball]));
  check("are the types wrong?", () => run(bin("attw"), [tarball]));

  const compilers = ["5.0.4", "5.4.5", "5.9.3", "6.0.3", "7.0.2"];
  const aliases = compilers.map((version) => `typescript-${version}@npm:typescript@${version}`);
  run("npm", ["install", "--silent", "--no-audit", "--no-fund", "--prefix", join(folder, "compilers"), ...aliases]);
  for (const module of ["NodeNext", "Bundler"]) {
    for (const version of compilers) {
      const project = join(folder, `typescript-${version}-${module}`);
      mkdirSync(project);
      writeFileSync(join(project, "index.ts"), typed);
      writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }));
      const compilerOptions = {
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        target: "ES2022",
        module: module === "Bundler" ? "ESNext" : module,
        moduleResolution: module,
        types: [],
      };
      writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["index.ts"] }));
      check(`TypeScript ${version} consumer, ${module}`, () =>
        run("node", [join(folder, "compilers", "node_modules", `typescript-${version}`, "bin", "tsc"), "-p", project]),
      );
    }
  }

  check("types name Float64Array without parameters", () => {
    for (const file of readdirSync(join(root, "dist")).filter((name) => /\.d\.c?ts$/.test(name))) {
      if (/Float64Array</.test(readFileSync(join(root, "dist", file), "utf8"))) throw new Error(file);
    }
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`package: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
