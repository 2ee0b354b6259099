/** Converts flows of every kind and trajectories to points of a course. */

import { overflows, reject, unmet } from "../door/arguments.ts";
import { lookTimes } from "../flow/lookTimes.ts";
import { isClosedForm, whenMet } from "../flow/whenMet.ts";
import { slopeBelow } from "../model/activation.ts";
import type { DeepMatrixFlow, DepthFlow, Flow, HalfLineFlow, MatrixFlow } from "../model/flow.ts";
import type { HalfLineTrajectory } from "../model/halfLineSnapshot.ts";
import type { Halves } from "../model/halves.ts";
import type { Network } from "../model/network.ts";
import { isStepped, turnsOf } from "../model/protocol.ts";
import { Strided } from "../model/strided.ts";
import type { DepthTrajectory, MatrixTrajectory, Trajectory } from "../model/trajectory.ts";
import { normOf } from "../numerics/norm.ts";
import { hypot } from "../numerics/wide.ts";
import { matrixPoint, type Point } from "./course.ts";
import type { LoggedColumns, LoggedTrajectory } from "./trajectoryOf.ts";

/**
 * The number of samples per step of an integrated flow, needed because its course is curved within a step.
 */
const PER_STEP = 8;

/**
 * Points that can be split, whose overlap and area are finite. If training has no verdict, the rows before
 * the first one that is not finite are kept.
 */
export function finitePoints(points: readonly Point[], hasVerdict: boolean): readonly Point[] {
  const overflow = points.findIndex(({ S, A }) => !(Number.isFinite(S) && Number.isFinite(A)));
  if (overflow === -1) return points;
  if (!hasVerdict && overflow > 0) return points.slice(0, overflow);
  if (Number.isNaN(points[overflow]!.S + points[overflow]!.A))
    reject(`there is NaN in row ${overflow}; a verdict needs numbers, so pass the rows before the training diverged`);
  return overflows(`the product of the layers at t = ${points[overflow]!.t}`);
}

/** A trajectory or a log, which can be read row by row. */
export type AnyTrajectory = Trajectory | LoggedTrajectory | LoggedColumns | DepthTrajectory;

/** Whether a trajectory has one direction, so that its overlap has a sign. */
function isOfOneDirection(trajectory: AnyTrajectory): trajectory is Trajectory | LoggedTrajectory {
  return "area" in trajectory;
}

/** Whether the layers of a trajectory are numbers, which have a signed output and no angle. */
function isOfDepth(trajectory: AnyTrajectory): trajectory is DepthTrajectory {
  return !isOfOneDirection(trajectory) && ArrayBuffer.isView(trajectory.output);
}

/** The rows of a trajectory. */
export function trajectoryPoints(trajectory: AnyTrajectory): Point[] {
  if ("slopes" in trajectory) return slopePoints(trajectory as unknown as HalfLineTrajectory);
  if (isOfDepth(trajectory)) return Array.from(trajectory.t, (time, i) => ({ t: time, S: trajectory.output[i]!, A: 0 }));
  if (!isOfOneDirection(trajectory)) {
    const { t, normProduct, alignment } = trajectory;
    return Array.from(t, (time, i) => matrixPoint(time, { normProduct: normProduct[i]!, alignment: alignment[i]! }));
  }
  const { t, uw, area } = trajectory;
  return Array.from(t, (time, i) => ({ t: time, S: uw[i]!, A: area[i]! }));
}

/**
 * The points of a flow of one direction from one time to another, and at the times `besides`. An exact flow
 * needs only its ends and the times at which it may turn back.
 */
export function flowPoints(flow: Flow, from: number, to: number, besides: ArrayLike<number> = []): Point[] {
  return within(flowTimes(flow), besides, from, to).map((t) => {
    const { uw, area } = flow.at(t);
    return { t, S: uw, A: area };
  });
}

function flowTimes(flow: Flow): readonly number[] {
  if (isClosedForm(flow)) return turnsOf(flow);
  return isStepped(flow) ? divided(lookTimes(flow)) : [...lookTimes(flow, 2000)];
}

/**
 * The points of a flow of layers that are numbers. They have no angle to each other, so that all change is
 * rescaling. The signed output is split.
 */
export function depthPoints(flow: DepthFlow, from: number, to: number, besides: ArrayLike<number> = []): Point[] {
  return within([...lookTimes(flow, 400)], besides, from, to).map((t) => ({ t, S: flow.at(t).output, A: 0 }));
}

/** The points of a flow of matrix layers. */
export function layersPoints(
  flow: MatrixFlow | DeepMatrixFlow,
  from: number,
  to: number,
  besides: ArrayLike<number> = [],
): Point[] {
  const times = lookTimes(flow, 2000);
  const all = isStepped(flow) && times.length < 2000 ? divided(times) : [...times];
  return within(all, besides, from, to).map((t) => matrixPoint(t, flow.at(t)));
}

/** The same for rows, if the output scale is known, as for a descent. */
function slopePoints({ t, slopes, normProduct, ...others }: HalfLineTrajectory): Point[] {
  const { problem } = others as { readonly problem?: HalfLineFlow["problem"] };
  if (problem === undefined)
    return unmet(
      "two slopes without the output scale do not determine mechanisms",
      "pass the flow, or sample flow.halves.positive",
    );
  const { positive, negative } = slopes;
  return Array.from(t, (time, i) =>
    slopePoint(time, { positive: positive[i]!, negative: negative[i]! }, normProduct[i]!, problem.network),
  );
}

/** The weight w of a neuron counts as w on its own side and αw on the other. */
function slopePoint(
  t: number,
  { positive, negative }: Halves<number>,
  norms: number,
  { outputScale: gamma, activation }: Network,
): Point {
  const N = norms * hypot(1, slopeBelow(activation));
  const S = gamma === 0 ? 0 : Math.min(N, hypot(positive, negative) / Math.abs(gamma));
  return { t, S, A: Math.sqrt(N - S) * Math.sqrt(N + S) };
}

/**
 * The points of a network with a kink at 0: S = √(S₊² + S₋²) of its two sides and N = √(1 + α²)|u||w| over
 * all neurons, as for a linear network with one input per side.
 */
export function halfLinePoints(flow: HalfLineFlow, from: number, to: number, besides: ArrayLike<number> = []): Point[] {
  const { network } = flow.problem;
  const times = isStepped(flow) ? divided(lookTimes(flow)) : [...lookTimes(flow, 2000)];
  // Where both slopes are 0 at once, as those of an odd or even function are, S touches 0 at an angle.
  const { positive, negative } = flow.halves;
  const zeros = [positive, negative].flatMap((half) => whenMet(half, { output: 0 }));
  return within([...times, ...zeros], besides, from, to).map((t) => {
    const { slopes, normProduct } = flow.at(t);
    return slopePoint(t, slopes, normProduct, network);
  });
}

function within(times: readonly number[], besides: ArrayLike<number>, from: number, to: number): number[] {
  const inside = [...times, ...Array.from(besides)].filter((t) => t > from && t < to);
  return from === to ? [from] : [...new Set([from, ...inside.sort((a, b) => a - b), to])];
}

function divided(times: ArrayLike<number>): number[] {
  return Array.from(times).flatMap((t, i) => {
    const next = times[i + 1] ?? t;
    return next > t ? Array.from({ length: PER_STEP }, (_, k) => t + ((next - t) * k) / PER_STEP) : [t];
  });
}

/** The ratio of output to S, if it is constant; otherwise 1, and S itself is split. */
export function scaleOf(trajectory: AnyTrajectory): number {
  const { problem } = trajectory as { readonly problem?: HalfLineFlow["problem"] };
  if ("slopes" in trajectory) return Math.abs(problem!.network.outputScale);
  if (isOfDepth(trajectory)) return 1;
  if (!isOfOneDirection(trajectory)) return scaleOfMatrices(trajectory);
  const { uw, output } = trajectory;
  const largest = uw.reduce((best, S, i) => (Math.abs(S) > Math.abs(uw[best]!) ? i : best), 0);
  if (!(Math.abs(uw[largest]!) > 0)) return 1;
  const gamma = output[largest]! / uw[largest]!;
  const slack = 1e-9 * Math.abs(output[largest]!);
  return uw.every((S, i) => Math.abs(output[i]! - gamma * S) <= slack) ? gamma : 1;
}

/** The same for matrices, |γ| = ‖output‖_F/‖W₂W₁‖_F; 1 for a log, which has no output. */
function scaleOfMatrices(trajectory: LoggedColumns): number {
  const { alignment, normProduct, output } = trajectory as LoggedColumns & Partial<Pick<MatrixTrajectory, "output">>;
  if (output === undefined) return 1;
  const S = normProduct.map((N, i) => N * alignment[i]!);
  const largest = S.reduce((best, size, i) => (size > S[best]! ? i : best), 0);
  return S[largest]! > 0 ? normOf(Strided.prototype.row.call(output, largest)) / S[largest]! : 1;
}

const isLog = (trajectory: AnyTrajectory): trajectory is LoggedTrajectory =>
  isOfOneDirection(trajectory) && !("residual" in trajectory);

const isSingle = ({ uu, ww, uw }: LoggedTrajectory): boolean =>
  [uu, ww, uw].every((column) => column.every((x) => Math.fround(x) === x));

/**
 * The effect of rounding on constant |cos ζ| and ln(|u||w|). If all numbers of a log are in single precision,
 * it is the rounding of single precision.
 */
export function roundingOf(trajectory: AnyTrajectory): number {
  return isLog(trajectory) && isSingle(trajectory) ? 1e-6 : 1e-13;
}

/**
 * The |sin ζ| up to which layers count as parallel. The area of a log is √(uu·ww − uw²), whose rounding error
 * is 10⁻⁹ of uu·ww for decimal digits and 5·10⁻⁷ for single precision.
 */
export function parallelBelow(trajectory: AnyTrajectory): number {
  if (!isOfOneDirection(trajectory)) return 0;
  if (!isLog(trajectory)) return 1e-9;
  return Math.sqrt(isSingle(trajectory) ? 5e-7 : 1e-9);
}
