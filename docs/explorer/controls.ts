/** The controls: what can be chosen, and what excludes what. */
import { activations, depthOf, hasDecay, hasKink, INFINITE, isShallow, isSquared, NO_DECAY, type State } from "./state.ts";

/** The parts of the panel of controls. */
export const groups = ["network", "start", "learning", "data", "steps"] as const;

/** One slider. */
export interface Slider {
  readonly group: (typeof groups)[number];
  readonly name: Exclude<keyof State, "activation" | "decayEach" | "start" | "loss" | "data">;
  /** What it is called; of two names the second for a network of more than two layers, or with a kink. */
  readonly label: string;
  readonly labelWithKink?: string;
  readonly labelAtDepth?: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly logarithmic: boolean;
  /** Whether the network has such a number; always by default. */
  readonly isFor?: (state: State) => boolean;
}

export const sliders: readonly Slider[] = [
  {
    group: "network",
    name: "leak",
    label: "slope below 0, α",
    min: -0.9,
    max: 0.9,
    step: 0.05,
    logarithmic: false,
    isFor: (state) => state.activation === "leaky",
  },
  { group: "network", name: "depth", label: "layers L", min: 2, max: INFINITE, step: 1, logarithmic: false },
  { group: "network", name: "width", label: "width d", min: 0, max: 12, step: 0.1, logarithmic: true, isFor: isShallow },
  { group: "network", name: "outputScale", label: "output scale γ", min: -6, max: 3, step: 0.05, logarithmic: true },
  {
    group: "start",
    name: "scaleU",
    label: "initial scale σ_u",
    min: -8,
    max: 2,
    step: 0.05,
    logarithmic: true,
    isFor: isShallow,
  },
  {
    group: "start",
    name: "scaleW",
    label: "initial scale σ_w",
    min: -8,
    max: 2,
    step: 0.05,
    logarithmic: true,
    isFor: isShallow,
  },
  {
    group: "start",
    name: "startOutput",
    label: "initial output f(1)",
    min: -8,
    max: 1,
    step: 0.05,
    logarithmic: true,
    isFor: (state) => !isShallow(state),
  },
  {
    group: "start",
    name: "angle",
    label: "initial angle ζ₀ (°)",
    min: 0,
    max: 180,
    step: 1,
    logarithmic: false,
    isFor: (state) => isShallow(state) && state.start === "angle",
  },
  {
    group: "start",
    name: "seed",
    label: "seed",
    min: 1,
    max: 100,
    step: 1,
    logarithmic: false,
    isFor: (state) => state.start === "seed",
  },
  {
    group: "learning",
    name: "rateU",
    label: "learning rate η_u",
    labelAtDepth: "learning rate, sum over layers",
    min: -6,
    max: 6,
    step: 0.05,
    logarithmic: true,
  },
  {
    group: "learning",
    name: "rateW",
    label: "learning rate η_w",
    min: -6,
    max: 6,
    step: 0.05,
    logarithmic: true,
    isFor: isShallow,
  },
  { group: "learning", name: "decayU", label: "weight decay μ", min: NO_DECAY, max: 1, step: 0.05, logarithmic: true },
  {
    group: "learning",
    name: "decayW",
    label: "weight decay μ_w",
    min: NO_DECAY,
    max: 1,
    step: 0.05,
    logarithmic: true,
    isFor: (state) => state.decayEach,
  },
  {
    group: "data",
    name: "strength",
    label: "data strength E[xy]",
    labelWithKink: "slope of the data, x > 0",
    min: -2,
    max: 2,
    step: 0.05,
    logarithmic: false,
    isFor: (state) => state.data === "",
  },
  {
    group: "data",
    name: "strengthBelow",
    label: "slope of the data, x < 0",
    min: -2,
    max: 2,
    step: 0.05,
    logarithmic: false,
    isFor: (state) => state.data === "" && hasKink(state),
  },
  { group: "steps", name: "step", label: "step size", min: -3, max: 0.8, step: 0.02, logarithmic: true },
  { group: "steps", name: "momentum", label: "momentum", min: 0, max: 0.95, step: 0.05, logarithmic: false },
];

/** What a slider is called for this network. */
export function labelOf({ name, label, labelWithKink, labelAtDepth }: Slider, state: State): string {
  if (name === "decayU" && state.decayEach) return "weight decay μ_u";
  if (hasKink(state)) return labelWithKink ?? label;
  return isShallow(state) ? label : (labelAtDepth ?? label);
}

/** Why a control, or one of its values, cannot be used now: in a few words beside it, and in a sentence. */
export interface Reason {
  readonly short: string;
  readonly sentence: string;
}

const withKink = (what: string): Reason => ({
  short: "not with a kink",
  sentence: `A network with a kink at 0 is solved with ${what}.`,
});
const endless = (sentence: string): Reason => ({ short: "not at L = ∞", sentence });
const alike: Reason = { short: "not with more than two layers", sentence: "More than two layers decay alike." };
const atOnce = endless("Infinitely many layers would decay at once.");
const drawn: Reason = { short: "not with a kink", sentence: "Neurons with a kink are followed one by one, so they are drawn." };

/** What cannot be chosen now, by control ("depth") or by control and value ("loss:huber"). */
export function excluded(state: State): ReadonlyMap<string, Reason> {
  const reasons = new Map<string, Reason>();
  const exclude = (reason: Reason, ...names: readonly string[]): void => {
    for (const name of names) reasons.set(name, reason);
  };
  if (!isShallow(state)) exclude(alike, "decayEach");
  if (hasKink(state)) {
    exclude(withKink("two layers"), "depth");
    exclude(withKink("no weight decay"), "decayU", "decayW", "decayEach");
    exclude(withKink("squared losses"), "loss:huber", "loss:logistic");
    exclude(drawn, "start:angle");
  } else if (depthOf(state) === Infinity) {
    exclude(atOnce, "decayU", "decayW", "decayEach");
    exclude(endless("Infinitely many layers are equal here."), "start:seed");
    exclude(endless("A step of infinitely many layers is not defined."), "step", "momentum");
  } else if (hasDecay(state)) exclude(atOnce, `depth:${INFINITE}`);
  const needs = [
    ...(isShallow(state) ? [] : ["two layers"]),
    ...(hasDecay(state) ? ["no weight decay"] : []),
    ...(isSquared(state) ? [] : ["a squared loss"]),
  ].join(", ");
  const needed = { short: `needs ${needs}`, sentence: `A network with a kink at 0 needs ${needs}.` };
  if (needs !== "") exclude(needed, ...activations.slice(1).map((name) => `activation:${name}`));
  return reasons;
}

/** The nearest state without what is excluded. The activation counts first, then the depth. */
export function allowed(state: State): State {
  const noDecay = { decayU: NO_DECAY, decayW: NO_DECAY, decayEach: false };
  if (hasKink(state)) return { ...state, ...noDecay, depth: 2, start: "seed", loss: isSquared(state) ? state.loss : "mse" };
  if (depthOf(state) === Infinity) return { ...state, ...noDecay, start: "angle" };
  return isShallow(state) ? state : { ...state, decayEach: false };
}
