/** The problem that a state stands for, its solution, and its discrete training. */
import {
  type Activation,
  type AnySolvedFlow,
  gaussianOrderParameters,
  gaussianWeights,
  gradientDescent,
  type NetworkOptions,
  network,
  type OrderParameters,
  type Problem,
  sharpness,
  stability,
  type Task,
  taskFromMoments,
  taskFromSamples,
} from "feature-learning";
import { textToPairs } from "./data.ts";
import { angleOf, decayAt, depthOf, hasDecay, hasKink, isShallow, isSquared, power, type State, widthOf } from "./state.ts";

/** How far the logarithms of unequal layers spread. */
const SPREAD = 0.5;

/** The layers of a network of more than two, of this output. */
export function layersOf(state: State): { readonly layers: readonly number[] } | { readonly output: number } {
  const output = power(state.startOutput);
  if (state.start === "angle") return { output };
  const depth = depthOf(state);
  const drawn = Array.from(gaussianWeights({ width: depth, scale: SPREAD, seed: state.seed }).u);
  const mean = drawn.reduce((sum, value) => sum + value, 0) / depth;
  const common = Math.log(output / power(state.outputScale)) / depth;
  return { layers: drawn.map((value) => Number(Math.exp(common + value - mean).toPrecision(6))) };
}

export function momentsStart(state: State): OrderParameters {
  const [width, u, w] = [widthOf(state), power(state.scaleU), power(state.scaleW)];
  const cosine = Math.cos((angleOf(state) * Math.PI) / 180);
  const [uu, ww] = [Number((width * u * u).toPrecision(12)), Number((width * w * w).toPrecision(12))];
  // Not rounded: |u·w| may not exceed |u||w|, which it would at 0° and 180°.
  return { uu, ww, uw: Math.sqrt(uu) * Math.sqrt(ww) * cosine };
}

function initialOf(state: State): Problem["initial"] {
  if (!isShallow(state)) return layersOf(state);
  if (state.start === "angle") return momentsStart(state);
  const drawn = { width: widthOf(state), scale: { u: power(state.scaleU), w: power(state.scaleW) }, seed: state.seed };
  return hasKink(state) ? gaussianWeights(drawn) : gaussianOrderParameters(drawn);
}

/** Moments of the data: what no line explains is a tenth. */
export function momentsOf({ strength: xy }: State): { readonly xx: number; readonly xy: number; readonly yy: number } {
  return { xx: 1, xy, yy: Number((xy * xy + 0.1).toPrecision(12)) };
}

/** The same of data with a slope on either side of 0. */
export function halfMomentsOf({ strength: above, strengthBelow: below }: State) {
  const side = (slope: number) => ({ xx: 0.5, xy: 0.5 * slope });
  const yy = Number(((above * above + below * below) / 2 + 0.1).toPrecision(12));
  return { positive: side(above), negative: side(below), yy };
}

let last: { readonly data: string; readonly task: Task } | undefined;

/** The task of the data, which need not be read again for every redraw. */
function taskOf(state: State): Task {
  if (state.data === "") {
    if (hasKink(state)) return taskFromMoments(halfMomentsOf(state));
    if (isSquared(state)) return taskFromMoments(momentsOf(state));
    return taskFromSamples(...builtIn(state));
  }
  if (last?.data !== state.data) {
    const { x, y } = textToPairs(state.data);
    // Labels stay what they are; everything else is brought to mean 0 and variance 1.
    const standardize = y.every((value) => Math.abs(value) === 1) ? "inputs" : true;
    last = { data: state.data, task: taskFromSamples(x, y, { standardize }) };
  }
  return last!.task;
}

/** Samples with the moments of the built-in data; for the logistic loss, labels of which some contradict the input. */
export function builtIn({ strength, loss }: State): readonly [number[], number[]] {
  const sign = Math.sign(strength) || 1;
  if (loss === "logistic") return [[1, 1, 1, 1, -1, -1, -1, -1], [1, 1, 1, -1, -1, -1, -1, 1].map((label) => label * sign)];
  const spread = Math.sqrt(0.1);
  return [
    [1, 1, -1, -1],
    [strength + spread, strength - spread, -strength + spread, -strength - spread],
  ];
}

/** Inputs of mean square 1 to draw samples at. */
const INPUTS = [0.2, 0.5, 0.8, 1, 1.2, 1.5].flatMap((x) => [-1, 1].map((sign) => (sign * x) / Math.sqrt(5.62 / 6)));

/** Samples to draw: the reader's, or some with the moments of the built-in data. */
export function samplesOf(state: State): { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> } {
  const task = taskOf(state);
  if (task.samples !== undefined) return task.samples;
  const [above, below] = [state.strength, hasKink(state) ? state.strengthBelow : state.strength];
  const spread = Math.sqrt(0.1);
  const pairs = INPUTS.flatMap((x) => [-spread, spread].map((noise) => ({ x, y: (x < 0 ? below : above) * x + noise })));
  return { x: pairs.map(({ x }) => x), y: pairs.map(({ y }) => y) };
}

function activationOf({ activation, leak }: State): Activation {
  return activation === "leaky" ? { leaky: leak } : activation;
}

/** What `network` takes for the state, without what is as by default. */
export function optionsOf(state: State): NetworkOptions {
  const depth = depthOf(state);
  const [u, w] = [power(state.rateU), power(state.rateW)];
  const each = depth === Infinity ? u : Number((u / depth).toPrecision(12));
  const [decayU, decayW] = [decayAt(state.decayU), decayAt(state.decayW)];
  return {
    ...(hasKink(state) ? { activation: activationOf(state) } : {}),
    ...(depth === 2 ? {} : { depth }),
    outputScale: power(state.outputScale),
    learningRates: depth === 2 ? { u, w } : each,
    ...(hasDecay(state) ? { weightDecay: state.decayEach ? { u: decayU, w: decayW } : decayU } : {}),
    loss: state.loss,
  };
}

export function problemOf(state: State): Problem {
  return { network: network(optionsOf(state)), task: taskOf(state), initial: initialOf(state) } as Problem;
}

/** At most so many steps of descent a redraw; fewer where every neuron, or every layer, moves by itself. */
function mostSteps(state: State): number {
  const moving = hasKink(state) ? widthOf(state) : isShallow(state) ? 0 : depthOf(state);
  return Math.floor(20_000 / (1 + moving / 10));
}

/** The steps of discrete training that go as far in time as the picture of the flow, as many as fit. */
export interface Plan {
  readonly stepSize: number;
  readonly steps: number;
  readonly recordEvery: number;
  readonly momentum: number;
}

/** None of infinitely many layers, of which a step is not defined. */
export function planOf(flow: AnySolvedFlow, state: State, until: number): Plan | undefined {
  if (depthOf(state) === Infinity) return undefined;
  const { momentum } = state;
  const largest = largestStableStepOf(flow, problemOf(state), momentum);
  const unit = largest > 0 && largest < Infinity ? largest : until / 10;
  const stepSize = Number((10 ** state.step * unit).toPrecision(4));
  // With momentum μ a step goes 1/(1 − μ) times as far.
  const wanted = (until * (1 - momentum)) / stepSize;
  const steps = Math.min(mostSteps(state), Math.max(60, Math.ceil(wanted)));
  return { stepSize, steps, recordEvery: Math.ceil(steps / (isShallow(state) ? 120 : 60)), momentum };
}

/** The largest step that is stable at the minimum. */
function largestStableStepOf(flow: AnySolvedFlow, problem: Problem, momentum: number): number {
  // With a kink the flow is integrated, which need not be done again.
  if ("halves" in flow) return (2 * (1 + momentum)) / sharpness(flow, Number.POSITIVE_INFINITY);
  for (const similar of [problem, withoutDecay(problem), beyondSaddle(problem)]) {
    try {
      return stability(similar, { momentum }).largestStableStep;
    } catch {
      // Weight decay may leave no minimum that is known, and deep layers may end at their saddle.
    }
  }
  return Number.POSITIVE_INFINITY;
}

function withoutDecay(problem: Problem): Problem {
  return { ...problem, network: network({ ...problem.network, weightDecay: 0 }) };
}

/** The same data with the opposite sign. */
function beyondSaddle(problem: Problem): Problem {
  const { xx, xy, yy } = problem.task as Task;
  return withoutDecay({ ...problem, task: taskFromMoments({ xx, xy: -xy, yy }) });
}

/** Training by steps of a size, at the times at which gradient flow is as far. */
export function descentOf(problem: Problem, plan: Plan): ReturnType<typeof gradientDescent> {
  return gradientDescent(problem, plan);
}
