/**
 * The mechanisms in deep nonlinear networks on real data: MLPs of 2 and 4 layers, tanh and ReLU, on MNIST digits (odd or even), trained in
 * float32 by full-batch gradient descent, read by the same detectors as the solvable network. The predictions were written before the runs.
 *
 *     node --import tsx examples/deep/mnist.ts [--short] [--figure file.svg]
 */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Mechanism, mechanisms } from "feature-learning";
import { recordLayers } from "feature-learning/deep";
import { seriesColours } from "feature-learning/plot";
import seedrandom from "seedrandom";

(globalThis as { navigator?: object }).navigator ??= {};
const { defaultDevice, init, jit, numpy: np, valueAndGrad } = await import("@jax-js/jax");
type Array_ = ReturnType<typeof np.zeros>;
await init();
defaultDevice("wasm");

const short = process.argv.includes("--short");
const SEED = "mnist";
const [SAMPLES, SIDE, WIDTH] = [short ? 128 : 512, 14, short ? 32 : 64];
const INPUTS = SIDE * SIDE;

type Activation = "tanh" | "relu";
type Setting =
  | "balanced random start"
  | "parallel start, too small"
  | "parallel start with noise, too large"
  | "lazy output scale";

/** What was predicted before any run: the mechanism that dominates, at any depth and activation. */
const predicted: Readonly<Record<Setting, Mechanism | "none">> = {
  "balanced random start": "alignment",
  "parallel start, too small": "rescaling",
  "parallel start with noise, too large": "disalignment",
  "lazy output scale": "none",
};

/** Digits in order, averaged to 14×14, centred, of mean square 1; the label is 1 for odd and −1 for even ones. */
function data(): { x: Float32Array; y: Float32Array } {
  const mnist = createRequire(import.meta.url)("mnist") as Record<number, { raw: number[] }>;
  const x = new Float32Array(SAMPLES * INPUTS);
  const y = new Float32Array(SAMPLES);
  for (let j = 0; j < SAMPLES; j++) {
    const digit = j % 10;
    const at = Math.floor(j / 10) * 784;
    y[j] = digit % 2 === 1 ? 1 : -1;
    for (let p = 0; p < 784; p++) {
      const cell = Math.floor(Math.floor(p / 28) / 2) * SIDE + Math.floor((p % 28) / 2);
      x[j * INPUTS + cell]! += mnist[digit]!.raw[at + p]! / 4;
    }
  }
  for (let c = 0; c < INPUTS; c++) {
    let mean = 0;
    for (let j = 0; j < SAMPLES; j++) mean += x[j * INPUTS + c]! / SAMPLES;
    for (let j = 0; j < SAMPLES; j++) x[j * INPUTS + c]! -= mean;
  }
  const size = Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / SAMPLES);
  return { x: x.map((value) => value / size), y };
}

const { x, y } = data();

/** E[xy], normalised: what a linear network would learn. */
function direction(): number[] {
  const v = Array.from({ length: INPUTS }, (_, c) => {
    let sum = 0;
    for (let j = 0; j < SAMPLES; j++) sum += x[j * INPUTS + c]! * y[j]!;
    return sum;
  });
  const size = Math.hypot(...v);
  return v.map((value) => value / size);
}

/** The layers of a setting, inner first, each outputs × inputs. */
function start(setting: Setting, depth: number, activation: Activation): number[][][] {
  const random = seedrandom(`${SEED}/${setting}/${depth}/${activation}`);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const sizes = [INPUTS, ...Array.from({ length: depth - 1 }, () => WIDTH), 1];
  // One direction through all hidden layers: signs for tanh, which is odd; all alike for ReLU.
  const hidden = Array.from({ length: depth - 1 }, () =>
    Array.from({ length: WIDTH }, () => (activation === "tanh" && random() < 0.5 ? -1 : 1) / Math.sqrt(WIDTH)),
  );
  const ends = [direction(), ...hidden, [1]];
  return sizes.slice(1).map((outputs, layer) => {
    const inputs = sizes[layer]!;
    const noise = Array.from({ length: outputs }, () =>
      Array.from({ length: inputs }, () => normal() / Math.sqrt(Math.max(inputs, outputs))),
    );
    const size = Math.hypot(...noise.flat());
    const along = (i: number, j: number): number => ends[layer + 1]![i]! * ends[layer]![j]!;
    const entry = (i: number, j: number): number => {
      if (setting === "parallel start, too small") return 0.8 * along(i, j);
      if (setting === "parallel start with noise, too large") return 2.5 * (along(i, j) + 0.35 * noise[i]![j]!);
      if (setting === "lazy output scale") return noise[i]![j]! * (activation === "relu" ? Math.SQRT2 : 1);
      return (2 * noise[i]![j]!) / size;
    };
    return Array.from({ length: outputs }, (_, i) => Array.from({ length: inputs }, (_, j) => entry(i, j)));
  });
}

/** What the figure shows: a row a recorded step of a pair of layers. */
interface Point {
  readonly run: string;
  readonly setting: string;
  readonly pair: string;
  readonly step: number;
  readonly quantity: string;
  readonly value: number;
}
const points: Point[] = [];

interface Result {
  readonly setting: Setting;
  readonly depth: number;
  readonly activation: Activation;
  readonly losses: readonly [number, number];
  readonly pairs: readonly {
    readonly pair: string;
    readonly dominant: string;
    readonly present: string;
    readonly rise: number;
    readonly fall: number;
    readonly stretch: number;
  }[];
  readonly verdict: Mechanism | "none" | "mixed";
}

async function run(setting: Setting, depth: number, activation: Activation): Promise<Result> {
  const lazy = setting === "lazy output scale";
  const alpha = lazy ? 50 : 1;
  const steps = short ? 60 : 600;
  const stepSize = (setting === "parallel start with noise, too large" ? 0.02 : 0.3) / alpha ** 2;
  // A task that the large start overshoots.
  const target = setting === "parallel start with noise, too large" ? 0.2 : 1;
  const layers = start(setting, depth, activation);
  const inputs = np.array(x).reshape([SAMPLES, INPUTS]);
  const targets = np.array(y.map((value) => value * target)).reshape([SAMPLES, 1]);
  const act = (z: Array_): Array_ => (activation === "tanh" ? np.tanh(z) : np.maximum(z, 0));
  const forward = (weights: Array_[], from: Array_): Array_ =>
    weights.reduce((z, W, layer) => {
      const next = np.matmul(z, np.transpose(W));
      return layer === weights.length - 1 ? next : act(next);
    }, from);
  let weights = layers.map((W) => np.array(W as never));
  // f = α(h − h₀): lazy training needs f(0) = 0.
  const offset = lazy
    ? forward(
        weights.map((W) => W.ref),
        inputs.ref,
      )
    : np.zeros([SAMPLES, 1]);
  const loss = (own: Array_[], from: Array_, wanted: Array_, before: Array_): Array_ => {
    const miss = forward(own, from).sub(before).mul(alpha).sub(wanted);
    return np.mean(miss.ref.mul(miss));
  };
  const step = jit(valueAndGrad(loss) as never) as unknown as (
    own: Array_[],
    a: Array_,
    b: Array_,
    c: Array_,
  ) => [Array_, Array_[]];
  const recorder = recordLayers();
  const names = layers.map((_, layer) => `layer${layer + 1}`);
  const losses: number[] = [];
  for (let n = 0; n <= steps; n++) {
    if (n % (steps / 30) === 0) {
      const now = await Promise.all(weights.map((W) => W.ref.data()));
      recorder.record(
        n,
        Object.fromEntries(
          names.map((name, layer) => [
            name,
            { shape: [layers[layer]!.length, layers[layer]![0]!.length], data: now[layer]! as Float32Array },
          ]),
        ),
      );
    }
    const [value, gradients] = step(
      weights.map((W) => W.ref),
      inputs.ref,
      targets.ref,
      offset.ref,
    );
    losses.push(value.js() as number);
    weights = weights.map((W, layer) => W.sub(gradients[layer]!.mul(stepSize)));
  }
  const pairs = Object.entries(recorder.trajectories()).map(([pair, log]) => {
    const norms = log.normProduct.map((value) => Math.log(value / log.normProduct[0]!));
    for (const [i, at] of log.t.entries()) {
      const where = { run: `${depth} layers, ${activation}`, setting, pair: pair.replaceAll("layer", ""), step: at };
      points.push(
        { ...where, quantity: "|cos ζ|", value: log.alignment[i]! },
        { ...where, quantity: "Δ ln |u||w|", value: norms[i]! },
      );
    }
    const { dominant, present, turn, stretch } = mechanisms(log);
    return { pair, dominant, present: present.join("+") || "none", rise: turn.rise, fall: turn.fall, stretch };
  });
  const count = (name: string): number => pairs.filter(({ dominant }) => dominant === name).length;
  const verdict = (["mixed", "alignment", "disalignment", "rescaling", "none"] as const).reduce((best, name) =>
    count(name) > count(best) ? name : best,
  );
  return { setting, depth, activation, losses: [losses[0]!, losses.at(-1)!], pairs, verdict };
}

let right = 0;
let all = 0;
const began = performance.now();
for (const setting of Object.keys(predicted) as Setting[]) {
  for (const depth of short ? [2] : [2, 4]) {
    for (const activation of ["tanh", "relu"] as const) {
      const { losses, pairs, verdict } = await run(setting, depth, activation);
      all++;
      if (verdict === predicted[setting]) right++;
      const mark = verdict === predicted[setting] ? "as predicted" : `NOT as predicted (${predicted[setting]})`;
      console.log(
        `${setting}, ${depth} layers, ${activation}: ${verdict}, ${mark}; loss ${losses[0].toFixed(3)} → ${losses[1].toFixed(3)}; ${((performance.now() - began) / 1000).toFixed(0)} s`,
      );
      for (const one of pairs)
        console.log(
          `    ${one.pair.padEnd(14)} ${one.dominant.padEnd(13)} of ${one.present.padEnd(34)} |cos ζ| +${one.rise.toFixed(3)} −${one.fall.toFixed(3)}  |Δ ln norms| ${one.stretch.toFixed(3)}`,
        );
    }
  }
}
console.log(`${right} of ${all} as predicted; seed "${SEED}"`);

const figure = process.argv[process.argv.indexOf("--figure") + 1];
if (process.argv.includes("--figure") && figure !== undefined) writeFileSync(figure, await draw());

/** |cos ζ| and the norms of every pair of layers against the step: a row a setting, a column a network. */
async function draw(): Promise<string> {
  const [vega, lite] = await Promise.all([import("vega"), import("vega-lite")]);
  const panel = (quantity: string): object => ({
    title: quantity,
    transform: [{ filter: { field: "quantity", equal: quantity } }],
    facet: {
      row: {
        field: "setting",
        type: "nominal",
        title: null,
        sort: Object.keys(predicted),
        header: { labelExpr: "split(datum.label, ', ')", labelFontSize: 9, labelLimit: 400 },
      },
      column: { field: "run", type: "nominal", title: null },
    },
    spec: {
      width: 120,
      height: 110,
      mark: { type: "line", clip: true },
      encoding: {
        x: { field: "step", type: "quantitative", title: "step", axis: { tickCount: 3, grid: false } },
        y: { field: "value", type: "quantitative", title: quantity, axis: { tickCount: 3 } },
        color: { field: "pair", type: "nominal", title: "layers", scale: { range: seriesColours.slice(0, 3) } },
      },
    },
  });
  const spec = { background: "white", data: { values: points }, vconcat: [panel("|cos ζ|"), panel("Δ ln |u||w|")] };
  const compiled = lite.compile(spec as Parameters<typeof lite.compile>[0]).spec;
  return new vega.View(vega.parse(compiled), { renderer: "none" }).toSVG();
}
