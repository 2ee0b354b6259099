/** What training will do to a network, before it is trained. */
import { refuse } from "../../door/arguments.ts";
import { named } from "../../door/error.ts";
import { courseOf, matrixPoint } from "../../mechanisms/course.ts";
import { type Dominance, type Mechanism, type Mechanisms, reportOf } from "../../mechanisms/report.ts";
import { supportOf } from "../../numerics/support.ts";
import { changesOf, type ForecastChange } from "./changes.ts";
import type { ForecastCourse, PairNorms } from "./course.ts";
import { type LeadingData, leadingData } from "./data.ts";
import { type Described, type NetworkDescription, readDescription } from "./description.ts";
import { givenStart } from "./given.ts";
import { roomOf } from "./start.ts";
import { isExact, LEAST_WIDTH, trainedCourse } from "./trained.ts";

/** What a network is expected to do. Arrays have one value a time. */
export interface Forecast {
  /** `"exact"` for linear networks of two layers, or of layers that are drawn whole; else by a surrogate. */
  readonly method: "exact" | "surrogate";
  /** What the forecast takes for granted, a sentence each. */
  readonly assumptions: readonly string[];
  /** The times; of descent, steps times `stepSize`. */
  readonly t: Float64Array;
  readonly loss: Float64Array;
  /** ‖K − K₀‖/‖K₀‖ (Frobenius norms) of the neural tangent kernel between the probe's inputs. */
  readonly kernelDistance: Float64Array;
  /** ‖K‖/‖K₀‖. */
  readonly kernelRatio: Float64Array;
  /** The largest kernel distance. */
  readonly kernelChange: number;
  /**
   * `"kernel"` where the kernel change stays below `kernelBelow`; `"undetermined"` of descent that diverges.
   */
  readonly verdict: "kernel" | "feature learning" | "undetermined";
  /**
   * The mechanisms that will act between adjacent layers, at a threshold of 0.1, the first two layers first.
   */
  readonly mechanisms: readonly (readonly Mechanism[])[];
  /** Which of them will do most, as `mechanisms` says of a log. */
  readonly dominant: readonly Dominance[];
  /**
   * When the excess loss will have fallen to these fractions of its first value; Infinity: not until the end.
   */
  readonly lossTimes: readonly { readonly fraction: number; readonly t: number }[];
  /** The largest step of descent that is stable at the start, and along the whole course. */
  readonly stableStep: { readonly start: number; readonly least: number };
  /** Whether descent with `stepSize` stays finite; `"completed"` for flows. */
  readonly status: "completed" | "diverged";
  /**
   * For each hyperparameter whose change would change the verdict, the smallest such change, the nearest
   * first.
   */
  readonly changes: readonly ForecastChange[];
}

const FRACTIONS = [0.5, 0.1, 0.01];
const THRESHOLD = 0.1;

/**
 * What training will do to a network, from its description and the second moments of its data: how far its
 * kernel will move, by which mechanisms its layers will learn, when the loss falls, and which change of the
 * output scale, the width or the learning rate is the smallest that changes the verdict.
 *
 * Two linear layers are solved exactly, from a draw of the initial layers or from `initial`. Every other
 * network is replaced by a deep linear one along the leading directions of the inputs, drawn and trained: its
 * activation by its linear fit and the random change of its slope in single neurons, its wide hidden layers
 * by the few neurons that training uses. `assumptions` lists these, and
 * docs/results/fashion-mnist.md measures their error on 180 trained networks.
 *
 * The time grows with the depth: for 2 inputs it is one or two seconds at depth 10 and about a minute at
 * depth 30. With `changes: false` it is a tenth of a second at depth 10, two seconds at depth 30, and more
 * than a minute at depth 100.
 *
 * @param description - Shape, scales and rates of the network, and the task. Times are those of gradient flow
 * with `learningRates`; with `stepSize` the forecast is of gradient descent.
 * @returns Plain data.
 * @throws FeatureLearningError `"invalid-argument"`: numbers out of range, several outputs, lists that are
 * not of one number a layer; `"assumption"`: initial layers whose kernel is 0.
 *
 * @example
 * ```ts
 * import { forecast, matrixTaskFromMoments } from "feature-learning";
 *
 * const task = matrixTaskFromMoments({ xx: [[1, 0], [0, 0.5]], yx: [[0.8, 0.1]], yy: 1 });
 * const abc = { a: [0, 0.5], b: [0, 0], c: 0 };
 * const lazy = forecast({ task, width: 4096, abc });
 * console.log(lazy.method, lazy.verdict, lazy.changes[0]!.parameter); // exact kernel outputScale
 * const ntk = { a: [0, 0.5, 0.5], b: 0, c: 0 };
 * const deep = forecast({ task, width: 64, depth: 3, activation: "tanh", outputScale: 0.1, abc: ntk });
 * console.log(deep.method, deep.verdict); // surrogate feature learning
 * ```
 */
export function forecast(description: NetworkDescription): Forecast {
  return named("forecast", () => forecastOf(readDescription(description)));
}

export function forecastOf(described: Described): Forecast {
  const support = supportOf(described.task.xx);
  const data = leadingData(described, support);
  const exact = isExact(described, data);
  if (described.activation !== "linear" && described.width < LEAST_WIDTH)
    refuse(
      "width",
      described.width,
      `pass at least ${LEAST_WIDTH}: an activation is replaced by its mean over neurons, which needs more of them`,
    );
  const { initial } = described;
  const course = trainedCourse(described, data, { start: initial === undefined ? undefined : givenStart(initial, support) });
  const { points, floor } = course;
  const status = isLost(described, course) ? "diverged" : course.status;
  const kernelDistance = Float64Array.from(points, (point) => point.kernelDistance);
  const kernelChange = kernelDistance.reduce((most, value) => Math.max(most, value), 0);
  const { kernelBelow } = described;
  const reports = mechanismsOf(course);
  return {
    method: exact ? "exact" : "surrogate",
    assumptions: assumptionsOf(described, data, exact),
    t: Float64Array.from(points, ({ t }) => t),
    loss: Float64Array.from(points, ({ excessLoss }) => floor + excessLoss),
    kernelDistance,
    kernelRatio: Float64Array.from(points, ({ kernelRatio }) => kernelRatio),
    kernelChange,
    verdict: status === "diverged" ? "undetermined" : kernelChange < kernelBelow ? "kernel" : "feature learning",
    mechanisms: reports.map(({ present }) => present),
    dominant: reports.map(({ dominant }) => dominant),
    lossTimes: FRACTIONS.map((fraction) => ({ fraction, t: timeOf(course, fraction) })),
    stableStep: {
      start: points[0]?.stableStep ?? 0,
      least: points.reduce((least, { stableStep }) => Math.min(least, stableStep), Infinity),
    },
    status,
    changes: described.changes && status !== "diverged" ? changesOf(described, data) : [],
  };
}

/**
 * Whether a step is too large for the course: at its end the loss is above its start, or it has no steps
 * between which to tell.
 */
function isLost({ stepSize }: Described, { points }: ForecastCourse): boolean {
  const [first, last] = [points[0], points.at(-1)];
  if (stepSize === undefined || first === undefined || last === undefined) return false;
  return points.length < 3 ? stepSize > 2 * first.stableStep : last.excessLoss > first.excessLoss;
}

/** The mechanisms of every pair of layers, of courses without noise. */
export function mechanismsOf({ points }: ForecastCourse): Pick<Mechanisms, "present" | "dominant">[] {
  const pairs = points[0]?.pairs.length ?? 0;
  return Array.from({ length: pairs }, (_, pair) => {
    const states = points.map(({ t, pairs: all }) => matrixPoint(t, anglesOf(all[pair]!)));
    const noise = { turn: 0, stretch: 0 };
    const judgement = { gamma: 1, threshold: THRESHOLD, rounding: 1e-12, noise, noisy: false, basis: "sampled" as const };
    return reportOf(courseOf(states, 0), judgement);
  });
}

function anglesOf({ uu, ww, uw }: PairNorms): { normProduct: number; alignment: number } {
  const normProduct = Math.sqrt(uu) * Math.sqrt(ww);
  return { normProduct, alignment: normProduct > 0 ? uw / normProduct : 0 };
}

/** When the excess loss first is at a fraction of its first value, between two points by its logarithm. */
function timeOf({ points }: ForecastCourse, fraction: number): number {
  const goal = Math.log(fraction * (points[0]?.excessLoss ?? 0));
  const i = points.findIndex(({ excessLoss }) => Math.log(excessLoss) <= goal);
  if (i <= 0) return i === 0 ? 0 : Infinity;
  const [before, after] = [points[i - 1]!, points[i]!];
  const [a, b] = [Math.log(before.excessLoss), Math.log(Math.max(after.excessLoss, Number.MIN_VALUE))];
  return before.t + ((after.t - before.t) * (a - goal)) / (a - b);
}

function assumptionsOf(
  { activation, depth, initial, seed, width }: Described,
  { kept, variances }: LeadingData,
  exact: boolean,
): string[] {
  const draw = `The initial layers are one draw of independent Gaussian ones, of seed ${JSON.stringify(seed)}.`;
  if (exact) return initial === undefined ? [draw] : [];
  const share = Number((100 * kept).toPrecision(3));
  return [
    draw,
    `The inputs keep their ${variances.length} leading directions, with ${share} % of their variance.`,
    ...(activation === "linear"
      ? []
      : [
          `${activation} is replaced by its linear fit to Gaussian pre-activations, of the variance that they have at the start.`,
        ]),
    ...(depth === 2 || width <= roomOf(variances.length, depth, 1)
      ? []
      : [
          "Hidden layers are drawn in the few neurons that training uses to first order in the random layers and their transposes.",
        ]),
  ];
}
