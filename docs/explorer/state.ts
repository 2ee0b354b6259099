/** What the explorer shows: one network, as numbers that fit into a URL, and the program that makes it. */
import {
  type AnySolvedFlow,
  type Descent,
  gaussianOrderParameters,
  gradientDescent,
  type IntegratedFlow,
  network,
  type OneDirectionFlow,
  type OrderParameters,
  type Problem,
  solve,
  stability,
  type Task,
  taskFromMoments,
  taskFromSamples,
} from "feature-learning";
import { LONGEST_IN_ADDRESS, textToPairs } from "./data.ts";

export const losses = ["mse", "half-mse", "huber", "logistic"] as const;

/** Sliders' values: common logarithms of what spans decades. */
export interface State {
  readonly width: number;
  readonly scaleU: number;
  readonly scaleW: number;
  readonly outputScale: number;
  readonly rateU: number;
  readonly rateW: number;
  /** E[xy], at E[x²] = 1. */
  readonly strength: number;
  /** `"seed"`: drawn; `"angle"`: layers of typical norms at an angle. */
  readonly start: "seed" | "angle";
  /** Degrees. */
  readonly angle: number;
  readonly seed: number;
  readonly loss: (typeof losses)[number];
  /** Common logarithm of the step size over the largest that is stable at the minimum. */
  readonly step: number;
  readonly momentum: number;
  /** Data of the reader's own, "x,y;x,y"; none if empty. */
  readonly data: string;
}

export const initialState: State = {
  width: 2,
  scaleU: -2,
  scaleW: -2,
  outputScale: 0,
  rateU: 0,
  rateW: 0,
  strength: 1,
  start: "seed",
  angle: 80,
  seed: 1,
  loss: "mse",
  step: -1,
  momentum: 0,
  data: "",
};

/** One slider. */
export interface Slider {
  readonly name: Exclude<keyof State, "start" | "loss" | "data">;
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly logarithmic: boolean;
}

export const sliders: readonly Slider[] = [
  { name: "width", label: "width d", min: 0, max: 12, step: 0.1, logarithmic: true },
  { name: "scaleU", label: "initial scale σ_u", min: -8, max: 2, step: 0.05, logarithmic: true },
  { name: "scaleW", label: "initial scale σ_w", min: -8, max: 2, step: 0.05, logarithmic: true },
  { name: "angle", label: "initial angle ζ₀ (°)", min: 0, max: 180, step: 1, logarithmic: false },
  { name: "seed", label: "seed", min: 1, max: 100, step: 1, logarithmic: false },
  { name: "outputScale", label: "output scale γ", min: -6, max: 3, step: 0.05, logarithmic: true },
  { name: "rateU", label: "learning rate η_u", min: -6, max: 6, step: 0.05, logarithmic: true },
  { name: "rateW", label: "learning rate η_w", min: -6, max: 6, step: 0.05, logarithmic: true },
  { name: "strength", label: "data strength E[xy]", min: -2, max: 2, step: 0.05, logarithmic: false },
  { name: "step", label: "step size", min: -3, max: 0.8, step: 0.02, logarithmic: true },
  { name: "momentum", label: "momentum", min: 0, max: 0.95, step: 0.05, logarithmic: false },
];

/** A power of ten, in as few digits as the slider has steps. */
export const power = (exponent: number): number => Number((10 ** exponent).toPrecision(4));

export const widthOf = ({ width }: State): number => Math.max(1, Math.round(10 ** width));

/** Layers of width 1 are parallel or opposite. */
export function angleOf(state: State): number {
  if (widthOf(state) > 1) return state.angle;
  return state.angle > 90 ? 180 : 0;
}

function initialOf(state: State): OrderParameters {
  const [width, u, w] = [widthOf(state), power(state.scaleU), power(state.scaleW)];
  if (state.start === "seed") return gaussianOrderParameters({ width, scale: { u, w }, seed: state.seed });
  const cosine = Math.cos((angleOf(state) * Math.PI) / 180);
  const [uu, ww] = [Number((width * u * u).toPrecision(12)), Number((width * w * w).toPrecision(12))];
  // Not rounded: |u·w| may not exceed |u||w|, which it would at 0° and 180°.
  return { uu, ww, uw: Math.sqrt(uu) * Math.sqrt(ww) * cosine };
}

/** Moments of the data: what is left to explain is a tenth. */
function momentsOf({ strength: xy }: State): { readonly xx: number; readonly xy: number; readonly yy: number } {
  return { xx: 1, xy, yy: Number((xy * xy + 0.1).toPrecision(12)) };
}

let last: { readonly data: string; readonly task: Task } | undefined;

/** The task of the data, which need not be read again for every redraw. */
function taskOf(state: State): Task {
  if (state.data === "") {
    const { xx, xy, yy } = momentsOf(state);
    if (state.loss === "mse" || state.loss === "half-mse") return taskFromMoments({ xx, xy, yy });
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
function builtIn({ strength, loss }: State): readonly [number[], number[]] {
  const sign = Math.sign(strength) || 1;
  if (loss === "logistic") return [[1, 1, 1, 1, -1, -1, -1, -1], [1, 1, 1, -1, -1, -1, -1, 1].map((label) => label * sign)];
  const spread = Math.sqrt(0.1);
  return [
    [1, 1, -1, -1],
    [strength + spread, strength - spread, -strength + spread, -strength - spread],
  ];
}

export function problemOf(state: State): Problem<OrderParameters> {
  const learningRates = { u: power(state.rateU), w: power(state.rateW) };
  return {
    network: network({ outputScale: power(state.outputScale), learningRates, loss: state.loss }),
    task: taskOf(state),
    initial: initialOf(state),
  };
}

/** The flow of a state: in closed form for squared losses, else integrated as precisely as a picture needs. */
export function flowOf(state: State): OneDirectionFlow | IntegratedFlow {
  return solve(problemOf(state), { rtol: 1e-6, maxSteps: 5000 });
}

/** At most so many steps of descent a redraw. */
const MOST_STEPS = 20_000;

/** The steps of discrete training that go as far in time as the picture of the flow, as many as fit. */
export interface Plan {
  readonly stepSize: number;
  readonly steps: number;
  readonly recordEvery: number;
  readonly momentum: number;
}

export function planOf(flow: AnySolvedFlow, state: State, until: number): Plan {
  const { momentum } = state;
  const { largestStableStep } = stability(flow.problem as Problem<OrderParameters>, { momentum });
  const unit = largestStableStep > 0 && largestStableStep < Infinity ? largestStableStep : until / 10;
  const stepSize = Number((10 ** state.step * unit).toPrecision(4));
  // With momentum μ a step goes 1/(1 − μ) times as far.
  const wanted = (until * (1 - momentum)) / stepSize;
  const steps = Math.min(MOST_STEPS, Math.max(60, Math.ceil(wanted)));
  return { stepSize, steps, recordEvery: Math.ceil(steps / 120), momentum };
}

/** Training by steps of a size, at the times at which gradient flow is as far. */
export function descentOf(state: State, plan: Plan): Descent {
  return gradientDescent(problemOf(state), plan);
}

/** The program that reproduces what is on screen. */
export function programOf(state: State, plan: Plan): string {
  const drawn = state.start === "seed";
  const { uu, ww, uw } = initialOf(state);
  const initial = drawn
    ? `gaussianOrderParameters({ width: ${widthOf(state)}, scale: { u: ${power(state.scaleU)}, w: ${power(state.scaleW)} }, seed: ${state.seed} })`
    : `{ uu: ${uu}, ww: ${ww}, uw: ${uw} }`;
  const squared = state.loss === "mse" || state.loss === "half-mse";
  const moments = state.data === "" && squared;
  const names = [
    "gradientDescent",
    ...(drawn ? ["gaussianOrderParameters"] : []),
    "mechanisms",
    "network",
    "regime",
    "solve",
    moments ? "taskFromMoments" : "taskFromSamples",
  ].sort();
  const { stepSize, steps, recordEvery, momentum } = plan;
  return `import { ${names.join(", ")} } from "feature-learning";

const problem = {
  network: network({
    outputScale: ${power(state.outputScale)},
    learningRates: { u: ${power(state.rateU)}, w: ${power(state.rateW)} },
    loss: "${state.loss}",
  }),
  task: ${moments ? `taskFromMoments(${inWords(momentsOf(state))})` : samplesInWords(state)},
  initial: ${initial},
};
const flow = solve(problem);
console.log(regime(flow).regime, regime(flow).kernelChange);
console.log(mechanisms(flow).present, mechanisms(flow).dominant);
console.log(${squared ? "flow.rate, " : ""}flow.at(Infinity).output);
const descent = gradientDescent(problem, { stepSize: ${stepSize}, steps: ${steps}, momentum: ${momentum}, recordEvery: ${recordEvery} });
console.log(descent.status, descent.loss.at(-1));
`;
}

function inWords({ xx, xy, yy }: ReturnType<typeof momentsOf>): string {
  return `{ xx: ${xx}, xy: ${xy}, yy: ${yy} }`;
}

function samplesInWords(state: State): string {
  if (state.data === "") return `taskFromSamples(...${JSON.stringify(builtIn(state))})`;
  const { x, y } = textToPairs(state.data);
  const standardize = y.every((value) => Math.abs(value) === 1) ? '"inputs"' : "true";
  return `taskFromSamples(${JSON.stringify(x)}, ${JSON.stringify(y)}, { standardize: ${standardize} })`;
}

/** The state as the end of a URL: what differs from the first one. */
export function toHash(state: State): string {
  const changed = (Object.keys(initialState) as (keyof State)[])
    .filter((name) => state[name] !== initialState[name])
    .filter((name) => name !== "data" || state.data.length <= LONGEST_IN_ADDRESS);
  return new URLSearchParams(Object.fromEntries(changed.map((name) => [name, String(state[name])]))).toString();
}

/** A state from the end of a URL; what is missing or cannot be is that of the first one. */
export function fromHash(hash: string): State {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const numbers = sliders.map(({ name, min, max }) => {
    const text = given.get(name);
    const value = text === null || text.trim() === "" ? Number.NaN : Number(text);
    return [name, value >= min && value <= max ? value : initialState[name]];
  });
  const data = given.get("data") ?? "";
  return {
    ...initialState,
    ...Object.fromEntries(numbers),
    start: given.get("start") === "angle" ? "angle" : "seed",
    loss: losses.find((loss) => loss === given.get("loss")) ?? "mse",
    data: isReadable(data) ? data : "",
  };
}

function isReadable(data: string): boolean {
  try {
    textToPairs(data);
    return true;
  } catch {
    return false;
  }
}
