/** What the explorer shows: one network, as numbers that fit into a URL. */

export const losses = ["mse", "half-mse", "huber", "logistic"] as const;
export const activations = ["linear", "relu", "leaky", "abs"] as const;

/** Sliders' values: common logarithms of what spans decades. */
export interface State {
  readonly activation: (typeof activations)[number];
  /** The slope of leaky ReLU below 0. */
  readonly leak: number;
  /** Number of layers; 21 is infinity. */
  readonly depth: number;
  readonly width: number;
  readonly scaleU: number;
  readonly scaleW: number;
  /** f(0) of layers that are numbers, where there are more than two. */
  readonly startOutput: number;
  readonly outputScale: number;
  readonly rateU: number;
  readonly rateW: number;
  /** Weight decay of both layers, or of u; none at the left end. */
  readonly decayU: number;
  readonly decayW: number;
  /** Whether each layer has a decay of its own. */
  readonly decayEach: boolean;
  /** E[xy], at E[x²] = 1; with a kink at 0 the slope of the data for x > 0. */
  readonly strength: number;
  /** The slope of the data for x < 0, with a kink at 0. */
  readonly strengthBelow: number;
  /**
   * `"seed"`: drawn; `"angle"`: layers of typical norms at an angle. Of more than two layers: unequal ones, or
   * equal ones.
   */
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

/** The slider's place of infinitely many layers. */
export const INFINITE = 21;

/** The slider's place at which there is no weight decay. */
export const NO_DECAY = -2.5;

export const initialState: State = {
  activation: "linear",
  leak: 0.2,
  depth: 2,
  width: 2,
  scaleU: -2,
  scaleW: -2,
  startOutput: -2,
  outputScale: 0,
  rateU: 0,
  rateW: 0,
  decayU: NO_DECAY,
  decayW: NO_DECAY,
  decayEach: false,
  strength: 1,
  strengthBelow: 0.5,
  start: "seed",
  angle: 80,
  seed: 1,
  loss: "mse",
  step: -1,
  momentum: 0,
  data: "",
};

/** A power of ten, in as few digits as the slider has steps. */
export const power = (exponent: number): number => Number((10 ** exponent).toPrecision(4));

export const isShallow = (state: State): boolean => state.depth === 2;

export const isSquared = ({ loss }: State): boolean => loss === "mse" || loss === "half-mse";

/** Whether the activation has a slope of its own on either side of 0. */
export const hasKink = ({ activation }: State): boolean => activation !== "linear";

export const depthOf = ({ depth }: State): number => (depth === INFINITE ? Infinity : depth);

/** The weight decay that a slider stands for. */
export const decayAt = (place: number): number => (place <= NO_DECAY ? 0 : power(place));

export const hasDecay = (state: State): boolean => decayAt(state.decayU) > 0 || (state.decayEach && decayAt(state.decayW) > 0);

/** The most neurons that are followed one by one, in powers of ten. */
const WIDEST_WITH_KINK = 2;

/** The end of the width's slider. */
export const widestOf = (state: State): number => (hasKink(state) ? WIDEST_WITH_KINK : 12);

export const widthOf = (state: State): number => Math.max(1, Math.round(10 ** Math.min(state.width, widestOf(state))));

/** Layers of width 1 are parallel or opposite. */
export function angleOf(state: State): number {
  if (widthOf(state) > 1) return state.angle;
  return state.angle > 90 ? 180 : 0;
}
