import { overflows, readNumber, readRecord, refuse } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { withJson } from "../door/json.ts";
import { isFloat64Array } from "../door/typedArrays.ts";
import { type SolvedFlow, solved } from "../exact/oneDirection/oneDirectionFlow.ts";
import { isSolved } from "../exact/oneDirection/whenMet.ts";
import { deepKernelDistance } from "../flow/deepKernelDistance.ts";
import { kernelDistance, layersRows } from "../flow/layersView.ts";
import { lookTimes } from "../flow/lookTimes.ts";
import { plateauOf } from "../flow/plateau.ts";
import { readFlow } from "../flow/readFlow.ts";
import { changesNetwork } from "../flow/stages.ts";
import { whenMet } from "../flow/whenMet.ts";
import type { AnyFlow, DeepMatrixFlow, DepthFlow, Flow, HalfLineFlow, MatrixFlow } from "../model/flow.ts";
import type { Halves } from "../model/halves.ts";
import { lossPrefactor } from "../model/network.ts";
import {
  deepMatrices,
  isDeepMatrixFlow,
  isDepthFlow,
  isHalfLineFlow,
  isMatrixFlow,
  lastFiniteTime,
  noVerdict,
  turnsOf,
} from "../model/protocol.ts";
import type { DeepMatrixProblem } from "../model/readProblem.ts";
import { hasColumn, readTrajectory } from "../model/readTrajectory.ts";

import type { Snapshot } from "../model/snapshot.ts";
import type { MatrixTrajectory, Trajectory } from "../model/trajectory.ts";
import { maximumOn } from "../numerics/maximum.ts";
import { hypot, product, sum, toNumber } from "../numerics/wide.ts";
import { halfLineKernels } from "./halfLineKernels.ts";
import { linearisedOutput } from "./kernelMachine.ts";
import { largestMovement } from "./largestMovement.ts";
import { linearisationGap } from "./linearisationGap.ts";
import { changeOf, placeOf } from "./place.ts";
import { type Movement, movementTo } from "./turn.ts";

/** The options of {@link regime}. */
export interface RegimeOptions {
  /** The relative kernel change below which the regime is `"kernel"` (default 0.1). */
  readonly kernelBelow?: number | undefined;
}

/**
 * The position of a finite network between kernel machine and feature learning: B∞/B₀ = √(1 − start² + end²).
 * As its size κ grows, |start| ~ κ^{e_s} and end ~ κ^{−e_k}; see `phase`.
 */
export interface RegimePlace {
  /**
   * 2hS₀/B₀ in [−1, 1], positive if S₀ and S∞ have the same sign: the part of the initial kernel that belongs
   * to the initial overlap.
   */
  readonly start: number;
  /** 2h|S∞|/B₀ ≥ 0: the smallest kernel that can fit the target, relative to the initial kernel. */
  readonly end: number;
}

/** The regime of a finite network. */
export interface Regime {
  /**
   * `"kernel"` iff `kernelChange` < `kernelBelow`; `"static"` if nothing moves; `"undetermined"` if training
   * diverged or was not finished.
   */
  readonly regime: "kernel" | "feature-learning" | "static" | "undetermined";
  /** The verdict in words. */
  readonly because: string;
  /** The kernel at the end divided by the initial one. */
  readonly kernelRatio: number;
  /** The largest |K(t) − K(0)|/K(0) during training. */
  readonly kernelChange: number;
  /**
   * |u − u₀|/|u₀| and |w − w₀|/|w₀| at the end; Infinity for a layer that is zero at the start. Absent for a
   * trajectory.
   */
  readonly weightMovement?: Movement;
  /** The largest values of the same during training, because a layer may return. */
  readonly largestMovement?: Movement;
  /**
   * The largest distance of the output from that of the kernel machine, relative to the total change of the
   * output. Only for exact flows.
   */
  readonly linearisationGap?: number;
  /**
   * The two numbers that decide the change of the kernel; absent if nothing can move. Only for exact flows.
   */
  readonly place?: RegimePlace;
  /** For a network with a kink at 0, the verdict on the kernel of each side. */
  readonly halves?: Halves<Regime>;
  /** The threshold of the verdict. */
  readonly kernelBelow: number;
  /**
   * `"exact"`: every number is a closed form or the maximum of one; `"sampled"`: the numbers are from the
   * flow's steps or the trajectory's rows.
   */
  readonly basis: "exact" | "sampled";
}

/**
 * Whether a concrete network learns features or stays a kernel machine, decided by the change of its neural
 * tangent kernel during training.
 *
 * @param subject - A flow, or a trajectory (of a descent, or sampled). With several inputs or outputs, the
 * kernel is the Gram matrix over all data, and its change the relative Frobenius distance; for one mode, pass
 * `mode.flow`. For a trajectory or a descent of several inputs and outputs only the trace of the kernel is
 * known, which may change less.
 * @throws FeatureLearningError `"invalid-argument"`: neither a flow nor a trajectory; a threshold that is not
 * above 0.
 *
 * @example
 * ```ts
 * import { exactFlow, gaussianOrderParameters, parametrizations, regime, scaleNetwork, taskFromMoments } from "feature-learning";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const [ntk, meanField] = [parametrizations.ntk, parametrizations.meanField].map((scaling) => {
 *   const { network, scale, width } = scaleNetwork(scaling, 1e6);
 *   return regime(exactFlow({ network, task, initial: gaussianOrderParameters({ width, scale, seed: 1 }) }));
 * });
 * console.log(ntk!.regime, ntk!.kernelChange < 1e-5); // kernel true
 * console.log(meanField!.regime, meanField!.kernelChange.toFixed(3)); // feature-learning 0.415
 * ```
 */
export function regime(subject: AnyFlow | KernelTrajectory | KernelTrajectoryLike, options: RegimeOptions = {}): Regime {
  return named("regime", () => {
    const fields = readRecord("options", options, ["kernelBelow"]);
    const kernelBelow = readNumber("kernelBelow", fields.kernelBelow ?? 0.1, { above: 0 });
    const isTrajectory = hasColumn(subject, "kernel") || hasColumn(subject, "kernelSize");
    const result = isTrajectory
      ? ofTrajectory(readTrajectory("trajectory", subject as KernelTrajectory), kernelBelow)
      : ofFlow(readFlow(subject as AnyFlow), kernelBelow);
    const undetermined = noVerdict(subject);
    return undetermined === undefined
      ? withJson({
          ...result,
          because: reasonOf(result, isTrajectory && !("kernel" in subject) ? "the kernel's trace" : "the kernel"),
        })
      : withJson({ ...result, regime: "undetermined", because: undetermined });
  });
}

/**
 * The columns that a trajectory needs: the kernel and the output, or with several inputs and outputs their
 * sizes.
 */
export type KernelTrajectory = Pick<Trajectory, "kernel" | "output"> | Pick<MatrixTrajectory, "kernelSize" | "outputSize">;

/** The same in arrays of any kind, also after structuredClone or JSON. */
export type KernelTrajectoryLike =
  | { readonly kernel: ArrayLike<number>; readonly output: ArrayLike<number> }
  | { readonly kernelSize: ArrayLike<number>; readonly outputSize: ArrayLike<number> };

/** A regime without its explanation. */
type Found = Omit<Regime, "because">;

/** The verdict on a kernel by its largest relative change. */
export function verdict(moves: boolean, largest: number, kernelBelow: number): Regime["regime"] {
  return !moves ? "static" : largest < kernelBelow ? "kernel" : "feature-learning";
}

function reasonOf({ regime, kernelChange, kernelBelow }: Found, subject: string): string {
  if (regime === "static") return "nothing moves";
  const most = Number.isFinite(kernelChange) ? Number(kernelChange.toPrecision(3)).toString() : "∞";
  return `${subject} changes by up to ${most} of its initial value; ${regime === "kernel" ? "below" : "at least"} ${kernelBelow}`;
}

function ofFlow(flow: AnyFlow, kernelBelow: number): Found {
  if (isMatrixFlow(flow)) return ofLayers(flow, kernelBelow);
  if (isHalfLineFlow(flow)) return ofHalfLines(flow, kernelBelow);
  if (isDeepMatrixFlow(flow)) return ofDeepMatrices(flow, kernelBelow);
  if (isDepthFlow(flow)) return ofDepth(flow, kernelBelow);
  return isSolved(flow) ? ofExact(flow, kernelBelow) : ofRowsOf(flow as Flow, kernelBelow);
}

function ofExact(flow: SolvedFlow, kernelBelow: number): Found {
  const start = flow.at(0);
  if (!Number.isFinite(start.uu + start.ww)) overflows("the initial kernel");
  const end = flow.limit;
  const { network } = flow.problem;
  const { u, w } = network.learningRates;
  // With a frozen layer the kernel is constant, also where the square of that layer underflows.
  const frozen = u === 0 || w === 0 ? { root: 1, before: 0, after: 0, lean: u === 0 ? 1 : -1 } : undefined;
  const place = placeOf(u, w, start, end.uw, start.balance) ?? frozen;
  if (start.uw === end.uw || place === undefined) {
    const none = { u: 0, w: 0 };
    const changes = { kernelRatio: 1, kernelChange: 0, kernelBelow, basis: "exact" as const };
    return { regime: "static", ...changes, weightMovement: none, largestMovement: none, linearisationGap: 0 };
  }
  const { before, after } = place;
  const change = changeOf(place);
  if (Number.isNaN(change.largest)) overflows("the change of the kernel");
  const weightMovement = movementTo(network, start, end.uw);
  if (Number.isNaN(weightMovement.u + weightMovement.w)) overflows("the movement of the weights");
  return {
    regime: verdict(true, change.largest, kernelBelow),
    kernelRatio: change.ratio,
    kernelChange: change.largest,
    weightMovement,
    largestMovement: largestMovement(network, start, end.uw),
    linearisationGap: gapOf(flow, start, end),
    place: { start: after < 0 ? 0 - before : before, end: Math.abs(after) },
    kernelBelow,
    basis: "exact",
  };
}

/** sup |f − f_lin| divided by |f(∞) − f(0)|: by the formula, or by search if the formula does not apply. */
function gapOf(flow: SolvedFlow, start: Snapshot, end: Snapshot): number {
  const { network, task } = flow.problem;
  const linearRate = 2 * lossPrefactor(network) * task.xx * start.kernel;
  const way = Math.abs(end.output - start.output);
  if (way === 0) return 0;
  const byFormula = linearisationGap(flow[solved]);
  if (byFormula !== undefined) return byFormula;
  const waits = [1 / flow.rate, 1 / linearRate, plateauOf(flow)].filter((time) => time > 0 && Number.isFinite(time));
  if (waits.length === 0) return 0;
  const [first, last] = [Math.log(1e-3 * Math.min(...waits)), Math.log(40 * Math.max(...waits))];
  const grid = Array.from({ length: 257 }, (_, i) => first + ((last - first) * i) / 256);
  const distance = (logT: number): number => {
    const t = Math.exp(logT);
    return Math.abs(flow.at(t).output - linearisedOutput(start, task, linearRate, t));
  };
  return (
    Math.max(maximumOn(distance, grid).value, Math.abs(flow.limit.output - linearisedOutput(start, task, linearRate, Infinity))) /
    way
  );
}

/**
 * The kernel with the learning rates and the output scale of the start, because a change of these at a stage
 * does not move the weights.
 */
function kernelOfStart(flow: Flow): (row: Snapshot) => number {
  const { outputScale: gamma, power, learningRates: rates } = flow.problem.network;
  if (power !== 1 || !changesNetwork(flow)) return ({ kernel }) => kernel;
  return ({ uu, ww }) => toNumber(product(gamma, gamma, sum(product(rates.w, uu), product(rates.u, ww))));
}

/**
 * Whether the output of decaying layers is on the target's side from the start, and so never passes 0: where
 * the layers are at right angles, they turn towards the target.
 */
function staysOnSide(flow: Flow): boolean {
  return flow.family === "decay" && Math.sign(flow.at(0).output) * Math.sign(flow.problem.task.xy) >= 0;
}

/**
 * An integrated flow, or a closed form of several tasks. The kernel has its extremes where a task begins, and
 * at S = 0.
 */
function ofRowsOf(flow: Flow, kernelBelow: number): Found {
  const between = lookTimes(flow, 400);
  const zeros = staysOnSide(flow) ? [] : whenMet(flow, { output: 0 });
  const inside = [...between, ...turnsOf(flow), ...zeros].filter((t) => t > 0 && t < flow.until);
  const times = [0, ...inside.sort((a, b) => a - b), flow.until];
  const rows = times.map((t) => flow.at(t));
  const found = ofRows(
    rows.map(kernelOfStart(flow)),
    rows.map((row) => row.output),
    kernelBelow,
  );
  const { weights } = flow;
  if (weights === undefined) return found;
  const first = weights(0);
  const { u, w } = flow.problem.network.learningRates;
  const lastFinite = lastFiniteTime(flow) ?? Infinity;
  const movements = times.map((t) => {
    // The trained layers grow for ever.
    if (t > lastFinite) return { u: u > 0 ? Infinity : 0, w: w > 0 ? Infinity : 0 };
    const current = weights(t);
    return { u: distance(first.u, current.u), w: distance(first.w, current.w) };
  });
  const largest = (layer: "u" | "w"): number => movements.reduce((most, moved) => Math.max(most, moved[layer]), 0);
  return { ...found, weightMovement: movements.at(-1)!, largestMovement: { u: largest("u"), w: largest("w") } };
}

/**
 * A flow of layers that are numbers. The kernel grows with the size of the smallest layer, and so has its
 * extremes at the ends and where the output is 0. For a closed form no other times are needed.
 */
function ofDepth(flow: DepthFlow, kernelBelow: number): Found {
  const exact = flow.family === "depth";
  const inside = [...(exact ? [] : lookTimes(flow, 400)), ...whenMet(flow, { output: 0 })].filter((t) => t > 0 && t < flow.until);
  const rows = [0, ...inside.sort((a, b) => a - b), flow.until].map((t) => flow.at(t));
  const found = ofRows(
    rows.map(({ kernel }) => kernel),
    rows.map(({ output }) => output),
    kernelBelow,
  );
  return exact ? { ...found, basis: "exact" } : found;
}

/** The relative change of constant matrices by rounding. */
const STILL = 1e-13;

/** A flow of layers that are matrices, with the kernel on all data. */
function ofLayers(flow: MatrixFlow, kernelBelow: number): Found {
  const rows = layersRows(flow, lookTimes(flow));
  const distance = kernelDistance(flow);
  const [first, last] = [rows[0]!, rows.at(-1)!];
  const size = distance(first);
  const relative = rows.map((row) => (size > 0 ? distance(row, first) / size : distance(row) > 0 ? Infinity : 0));
  const { u, w } = flow.problem.network.learningRates;
  // If one layer is frozen, the kernel is determined by that layer and is constant.
  const endless = lastFiniteTime(flow) !== undefined && u > 0 && w > 0;
  const largest = endless ? Infinity : relative.reduce((most, change) => Math.max(most, change), 0);
  const moves = largest > STILL || rows.some(({ output }) => Math.abs(output - first.output) > STILL * first.output);
  return {
    regime: verdict(moves, largest, kernelBelow),
    kernelRatio: endless ? Infinity : size > 0 ? distance(last) / size : largest > 0 ? Infinity : 1,
    kernelChange: largest,
    kernelBelow,
    basis: "sampled",
  };
}

/** A flow of layers that are matrices, of any number: the kernel as a whole, on the data. */
function ofDeepMatrices(flow: DeepMatrixFlow & { readonly [deepMatrices]: DeepMatrixProblem }, kernelBelow: number): Found {
  const last = lastFiniteTime(flow) ?? flow.until;
  const times = [...lookTimes(flow).filter((t) => t < last), last];
  const rows = times.map((t) => flow.at(t));
  const distance = deepKernelDistance(flow[deepMatrices]);
  const first = rows[0]!;
  const size = distance(first.kernel);
  const relative = rows.map(({ kernel }) => {
    const moved = distance(kernel, first.kernel);
    return size > 0 ? moved / size : moved > 0 ? Infinity : 0;
  });
  const largest = relative.reduce((most, one) => Math.max(most, one), 0);
  const moves =
    largest > STILL || rows.some(({ outputSize }) => Math.abs(outputSize - first.outputSize) > STILL * first.outputSize);
  const end = distance(rows.at(-1)!.kernel);
  return {
    regime: verdict(moves, largest, kernelBelow),
    kernelRatio: size > 0 ? end / size : largest > 0 ? Infinity : 1,
    kernelChange: largest,
    kernelBelow,
    basis: "sampled",
  };
}

/** A network with a kink at 0: its kernel on all data, and the kernel of each side. */
function ofHalfLines(flow: HalfLineFlow, kernelBelow: number): Found {
  const { positive, negative } = flow.halves;
  const side = (half: Flow): Regime => {
    const found = isSolved(half) ? ofExact(half, kernelBelow) : ofRowsOf(half, kernelBelow);
    return { ...found, because: reasonOf(found, "the kernel of this side") };
  };
  const zeros = [positive, negative].flatMap((half) => whenMet(half, { output: 0 }));
  const { ratio, largest } = halfLineKernels(flow, 400, zeros);
  const halves = { positive: side(positive), negative: side(negative) };
  const moves = halves.positive.regime !== "static" || halves.negative.regime !== "static";
  return {
    regime: verdict(moves, largest, kernelBelow),
    kernelRatio: ratio,
    kernelChange: largest,
    kernelBelow,
    basis: "sampled",
    halves,
  };
}

/** |x − x₀|/|x₀|. */
function distance(before: Float64Array, after: Float64Array): number {
  let moved = 0;
  let size = 0;
  for (let i = 0; i < before.length; i++) {
    moved = hypot(moved, after[i]! - before[i]!);
    size = hypot(size, before[i]!);
  }
  return moved === 0 ? 0 : moved / size;
}

function ofTrajectory(trajectory: KernelTrajectory, kernelBelow: number): Found {
  const [kernel, output] =
    "kernel" in trajectory ? [trajectory.kernel, trajectory.output] : [trajectory.kernelSize, trajectory.outputSize];
  if (!isFloat64Array(output)) refuse("trajectory.output", output, "pass a column, as sample returns it");
  if (kernel.length === 0) refuse("trajectory", kernel, "pass at least one row");
  if (kernel.some(Number.isNaN)) refuse("trajectory.kernel", NaN, "pass a trajectory whose kernel is known");
  return ofRows([...kernel], [...output], kernelBelow);
}

function ofRows(kernels: readonly number[], outputs: readonly number[], kernelBelow: number): Found {
  const first = kernels[0]!;
  if (!Number.isFinite(first)) overflows("the initial kernel");
  const relative = (kernel: number): number => (kernel === first ? 0 : Math.abs(kernel - first) / first);
  const largest = kernels.reduce((most, kernel) => Math.max(most, relative(kernel)), 0);
  const moves = largest > 0 || outputs.some((output) => output !== outputs[0]);
  const last = kernels.at(-1)!;
  return {
    regime: verdict(moves, largest, kernelBelow),
    kernelRatio: last === first ? 1 : last / first,
    kernelChange: largest,
    kernelBelow,
    basis: "sampled",
  };
}
