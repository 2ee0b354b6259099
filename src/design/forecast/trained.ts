/**
 * The course of a network: that of a deep linear one along the leading directions of the inputs, drawn or
 * given, and trained. An activation stands in front of every layer but the first as a factor, its linear fit.
 */
import { randomFrom } from "../../door/seeds.ts";
import { integrate } from "../../integrate/method/integrate.ts";
import { type ForecastCourse, type ForecastPoint, reportTimes, requireKernel, stepsAt } from "./course.ts";
import type { LeadingData } from "./data.ts";
import type { Described, LayerUnits } from "./description.ts";
import { type Gain, gainOf } from "./gains.ts";
import { type LinearNetwork, linearNetwork } from "./linearNetwork.ts";
import { measurerOf } from "./measure.ts";
import { type DrawnNetwork, drawNetwork, roomOf } from "./start.ts";

/** Whether layers pass on φ's linear fit E[φ'], or its whole slope √E[φ'²] as a gradient does. */
export type Passed = "linear fit" | "slope";

/** The layers of the linear network that stands for one with an activation, and the gains. */
function linearLayers(
  { activation, width }: Pick<Described, "activation" | "width">,
  layers: readonly LayerUnits[],
  size: number,
  passed: Passed,
): { readonly layers: readonly LayerUnits[]; readonly gains: readonly number[]; readonly activations: readonly Gain[] } {
  let q = layers[0]!.deviation ** 2 * size;
  const gains = [1];
  const activations: Gain[] = [];
  for (let l = 1; l < layers.length; l++) {
    const found = gainOf(activation, q);
    activations.push(found);
    gains.push(passed === "slope" ? Math.sqrt(found.slope) : found.gain);
    q = layers[l]!.deviation ** 2 * width * found.size;
  }
  return {
    gains,
    activations,
    layers: layers.map(({ deviation, rate }, l) => ({ deviation: deviation * gains[l]!, rate: rate * gains[l]! ** 2 })),
  };
}

/** Whether the linear network is the network itself: nothing is left out of the data or of the layers. */
export function isExact({ activation, depth, width }: Described, { whole, variances }: LeadingData): boolean {
  return activation === "linear" && whole && (depth === 2 || width <= roomOf(variances.length, depth, 1));
}

/** A loss that has grown by this factor has diverged. */
const FACTOR_OF_DIVERGENCE = 1e12;

/** The width from which on random layers are near enough to their mean. */
export const LEAST_WIDTH = 4;

export interface CourseOptions {
  readonly passed?: Passed;
  /** How many times, where the description has none. */
  readonly count?: number;
  /** The network, along the directions of the data, in place of a draw. */
  readonly start?: DrawnNetwork | undefined;
}

/** The course at the described times, or at so many logarithmic ones. */
export function trainedCourse(
  described: Described,
  data: LeadingData,
  { passed = "linear fit", count, start }: CourseOptions = {},
): ForecastCourse {
  const { outputScale, prefactor, width, stepSize, centred } = described;
  const k = data.variances.length;
  const { layers, gains, activations } = linearLayers(described, described.layers, data.size, passed);
  const { sizes, weights } = start ?? drawNetwork(layers, width, k, randomFrom(described.seed, "forecast"), [data.correlation]);
  const problem = { ...data, layers, sizes, pull: 2 * prefactor * outputScale, outputScale };
  const y = stateOf(weights);
  // f = α(h − h₀) learns y + αh₀ by αh.
  const beta = linearNetwork(problem).signals(y).back[0]!;
  const shift = centred ? outputScale : 0;
  const correlation = data.correlation.map((xy, a) => xy + shift * data.variances[a]! * beta[a]!);
  const net = linearNetwork({ ...problem, correlation });
  // Given layers have no weights along directions without data.
  const seen = start === undefined ? data : { ...data, inputs: k };
  const measure = measurerOf(net, { gains, activations }, seen, described, y.slice());
  const first = measure(y, 0);
  requireKernel(first);
  const floor = prefactor * Math.max(0, data.yy - data.explained);
  const until = described.times?.at(-1) ?? described.until ?? 250 * first.stableStep;
  const times = described.times ?? reportTimes(until, count);
  if (!(first.excessLoss > 0) || !(until > 0)) return { points: [first], status: "completed", floor };
  const bounded = ({ kernelDistance, excessLoss }: ForecastPoint): boolean =>
    Number.isFinite(kernelDistance) && excessLoss < FACTOR_OF_DIVERGENCE * first.excessLoss;
  const points: ForecastPoint[] = [];
  for (const { t, state } of stepSize === undefined
    ? flowing(net, y, times, isExact(described, data) ? EXACT : SURROGATE)
    : descending(net, y, times, stepSize)) {
    const point = measure(state, t);
    if (!bounded(point)) return { points, status: "diverged", floor };
    points.push(point);
  }
  return { points, status: "completed", floor };
}

/** All layers in one array, the first one first. */
function stateOf(weights: readonly Float64Array[]): Float64Array {
  const y = new Float64Array(weights.reduce((sum, W) => sum + W.length, 0));
  let at = 0;
  for (const W of weights) {
    y.set(W, at);
    at += W.length;
  }
  return y;
}

/** A state of the network at a time; the array is used again. */
interface StateAt {
  readonly t: number;
  readonly state: Float64Array;
}

function* descending(net: LinearNetwork, y: Float64Array, times: Float64Array, stepSize: number): Generator<StateAt> {
  let step = 0;
  for (const next of stepsAt(times, stepSize)) {
    for (; step < next; step++) net.step(y, stepSize);
    yield { t: step * stepSize, state: y };
  }
}

function* flowing(net: LinearNetwork, y: Float64Array, times: Float64Array, { rtol, method }: Accuracy): Generator<StateAt> {
  const integration = integrate({ dimension: y.length, derivative: (_, state, out) => net.derivative(state, out) }, y, {
    ...INTEGRATION,
    rtol,
    method,
    atol: 1e-3 * rtol * y.reduce((most, x) => Math.max(most, Math.abs(x)), 0),
    until: times.at(-1)!,
  });
  const state = new Float64Array(y.length);
  for (const t of times) {
    integration.read(t, state);
    // Where the integration could not go on, the state has no number.
    if (t > integration.end) state.fill(NaN);
    yield { t, state };
  }
}

interface Accuracy {
  readonly rtol: number;
  readonly method: "dop853" | "dopri5";
}

const EXACT: Accuracy = { rtol: 1e-9, method: "dop853" };
const SURROGATE: Accuracy = { rtol: 1e-6, method: "dopri5" };

const INTEGRATION = {
  maxSteps: 100_000,
  converge: false,
  breaks: [],
  events: [],
  onProgress: undefined,
  signal: undefined,
} as const;
