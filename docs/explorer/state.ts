/** What the explorer shows: one network, as numbers that fit into a URL, and the program that makes it. */
import { gaussianOrderParameters, network, type OrderParameters, type Problem, taskFromMoments } from "feature-learning";

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
};

/** One slider. */
export interface Slider {
  readonly name: Exclude<keyof State, "start">;
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
  return { uu, ww, uw: Number((Math.sqrt(uu * ww) * cosine).toPrecision(12)) };
}

/** Moments of the data: what is left to explain is a tenth. */
function momentsOf({ strength: xy }: State): { readonly xx: number; readonly xy: number; readonly yy: number } {
  return { xx: 1, xy, yy: Number((xy * xy + 0.1).toPrecision(12)) };
}

export function problemOf(state: State): Problem<OrderParameters> {
  const learningRates = { u: power(state.rateU), w: power(state.rateW) };
  return {
    network: network({ outputScale: power(state.outputScale), learningRates }),
    task: taskFromMoments(momentsOf(state)),
    initial: initialOf(state),
  };
}

/** The program that reproduces what is on screen. */
export function programOf(state: State): string {
  const { xx, xy, yy } = momentsOf(state);
  const drawn = state.start === "seed";
  const { uu, ww, uw } = initialOf(state);
  const initial = drawn
    ? `gaussianOrderParameters({ width: ${widthOf(state)}, scale: { u: ${power(state.scaleU)}, w: ${power(state.scaleW)} }, seed: ${state.seed} })`
    : `{ uu: ${uu}, ww: ${ww}, uw: ${uw} }`;
  const names = [
    "exactFlow",
    ...(drawn ? ["gaussianOrderParameters"] : []),
    "mechanisms",
    "network",
    "regime",
    "taskFromMoments",
  ];
  return `import { ${names.join(", ")} } from "feature-learning";

const flow = exactFlow({
  network: network({ outputScale: ${power(state.outputScale)}, learningRates: { u: ${power(state.rateU)}, w: ${power(state.rateW)} } }),
  task: taskFromMoments({ xx: ${xx}, xy: ${xy}, yy: ${yy} }),
  initial: ${initial},
});
console.log(regime(flow).regime, regime(flow).kernelChange);
console.log(mechanisms(flow).present, mechanisms(flow).dominant);
console.log(flow.rate, flow.limit.output);
`;
}

/** The state as the end of a URL: what differs from the first one. */
export function toHash(state: State): string {
  const changed = (Object.keys(initialState) as (keyof State)[]).filter((name) => state[name] !== initialState[name]);
  return new URLSearchParams(Object.fromEntries(changed.map((name) => [name, String(state[name])]))).toString();
}

/** A state from the end of a URL; what is missing or cannot be is that of the first one. */
export function fromHash(hash: string): State {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const numbers = sliders.map(({ name, min, max }) => {
    const text = given.get(name);
    const value = text === null || text === "" ? Number.NaN : Number(text);
    return [name, value >= min && value <= max ? value : initialState[name]];
  });
  return { ...initialState, ...Object.fromEntries(numbers), start: given.get("start") === "angle" ? "angle" : "seed" };
}
