/**
 * Stage-wise learning: the modes of a problem in the order in which they are learned, and the time of each.
 */

import { attempt, isList, readNumber, readRecord, unmet } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { withJson } from "../door/json.ts";
import { isSolved } from "../exact/oneDirection/whenMet.ts";
import type { AnyFlow, DeepMatrixFlow, DeepMode, DeepModesFlow, MatrixFlow, Mode, ModesFlow } from "../model/flow.ts";
import type { Layers } from "../model/layers.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import { isSquared } from "../model/network.ts";
import { deepMatrices, isDeepMatrixFlow, isDepthFlow, isHalfLineFlow, isMatrixFlow, matrices } from "../model/protocol.ts";
import { crossingsOfValue } from "./crossings.ts";
import { lookTimes } from "./lookTimes.ts";
import { plateauOf } from "./plateau.ts";
import { readFlow } from "./readFlow.ts";
import { type TargetMode, targetModes } from "./targetModes.ts";
import { halfLifeOf } from "./timesTo.ts";
import { whenMet } from "./whenMet.ts";

/** A mode of the target and the time at which it is learned. */
export interface LearningStage {
  /** The directions of the mode: vₐ, a unit vector of k inputs, and oₐ, a unit vector of m outputs. */
  readonly mode: Pick<Mode, "input" | "output">;
  /** sₐ = oₐᵀE[yxᵀ]vₐ, the correlation of the mode's input and target. */
  readonly strength: number;
  /**
   * The time at which the part of the output along the mode, oₐᵀF(t)vₐ, first reaches the fraction of its
   * target value; 0 if it does at the start, Infinity if it never does.
   */
  readonly time: number;
  /**
   * The time at which the mode's excess loss is half of its initial value. The excess loss is the squared
   * distance of that part from its target. Infinity for a mode that never learns, or starts at its target.
   */
  readonly halfLife: number;
}

/** A mode of a flow that decouples, and the time at which it is learned. */
export interface ModeStage extends LearningStage {
  readonly mode: Mode;
  /** The rate ρ of the mode (inverse time). */
  readonly rate: number;
  /**
   * The length of the mode's plateau, as returned by `plateau`: Infinity for a mode that converges to a
   * saddle, 0 for a mode at rest.
   */
  readonly plateau: number;
}

/** A mode of layers that are aligned, and when it is learned. */
export interface DeepModeStage extends LearningStage {
  readonly mode: DeepMode;
  /** The rate at which it converges, inverse time. */
  readonly rate: number;
  /** How long it waits before it learns, as `plateau` says. */
  readonly plateau: number;
}

/** The options of {@link learningStages}. */
export interface LearningStagesOptions {
  /**
   * The fraction of its target value at which a mode counts as learned, above 0 and at most 1 (default 0.5).
   */
  readonly fraction?: number;
}

/**
 * The stages in which a network of several inputs and outputs learns: its modes in the order of their
 * half-lives. From a small initialisation the strongest correlation is learned first, after a plateau that
 * grows with −log of the initial size. [SaxeEtAl2014]
 *
 * A flow that decouples (`exactFlow` with `family: "modes"` or `"deep-modes"`) has its own modes, whose times
 * are in closed form. For every other flow (balanced, integrated, a chain, a schedule, a kernel machine) the
 * modes are the singular vectors of the target E[yxᵀ]E[xxᵀ]⁻¹ on the inputs' span, and the times are as
 * accurate as the flow. Both agree if the flow decouples.
 *
 * Modes of equal singular value are not unique. The principal components of the inputs are used; among
 * components of equal variance the modes are arbitrary orthonormal directions, and their times depend on the
 * choice. Modes of singular value 0 have nothing to learn and are left out. The target of a chain is that of
 * its first task; for another task, pass `chain.stages[i].flow`.
 *
 * @param flow - A flow of several inputs and outputs under a squared loss.
 * @param options - `fraction`: the fraction of the target value that defines `time`.
 * @throws FeatureLearningError `"invalid-argument"`: another kind of flow, a fraction that is not in (0, 1];
 * `"assumption"`: a loss other than the squared loss.
 *
 * @example
 * ```ts
 * import { exactFlow, gaussianMatrixLayers, learningStages, matrixTaskFromMoments, network, saxeAlignedLayers, solve } from "feature-learning";
 *
 * const task = matrixTaskFromMoments({ xx: [[1, 0], [0, 1]], yx: [[1, 0], [0, 4]], yy: 20 });
 * const aligned = saxeAlignedLayers({ task, width: 2, scale: 1e-4, seed: 1 });
 * const stages = learningStages(exactFlow({ network: network(), task, initial: aligned }, { family: "modes" }));
 * console.log(stages.map(({ strength, halfLife }) => [strength, halfLife.toFixed(3)])); // [ [ 4, '1.183' ], [ 1, '4.385' ] ]
 *
 * const random = gaussianMatrixLayers({ task, width: 50, scale: 1e-4, seed: 1 });
 * const found = learningStages(solve({ network: network(), task, initial: random }), { fraction: 0.9 });
 * console.log(found.map(({ strength, time }) => [strength, time.toFixed(2)])); // [ [ 4, '1.15' ], [ 1, '4.36' ] ]
 * ```
 */
export function learningStages(flow: ModesFlow<MatrixLayers> | ModesFlow<Layers>, options?: LearningStagesOptions): ModeStage[];
export function learningStages(flow: DeepModesFlow, options?: LearningStagesOptions): DeepModeStage[];
export function learningStages(flow: AnyFlow, options?: LearningStagesOptions): LearningStage[];
export function learningStages(flow: AnyFlow, options: LearningStagesOptions = {}): LearningStage[] {
  return named("learningStages", () => {
    const fields = readRecord("options", options, ["fraction"]);
    const fraction = readNumber("fraction", fields.fraction ?? 0.5, { above: 0, max: 1 });
    const read = readFlow(flow, "pass solve(descent.problem)");
    const modes = attempt(() => (read as Partial<ModesFlow | DeepModesFlow>).modes, undefined);
    const decouples = isList(modes) && modes.every((mode) => attempt(() => isSolved(mode.flow) || isDepthFlow(mode.flow), false));
    const stages: LearningStage[] = decouples ? modes.map((mode) => stageOf(mode, fraction)) : stagesOf(read, fraction);
    // Modes that never learn come last, in the order of their strength.
    return stages.sort((a, b) => (a.halfLife === b.halfLife ? b.strength - a.strength : a.halfLife - b.halfLife));
  });
}

/** The stage of a mode that has its own flow. */
function stageOf({ input, output, flow }: Mode | DeepMode, fraction: number): ModeStage | DeepModeStage {
  const { xx, xy } = flow.problem.task;
  const level = fraction * (xy / xx);
  const timeTo = (output: number): number => (flow.at(0).output >= output ? 0 : (whenMet(flow, { output })[0] ?? Infinity));
  return withJson({
    // The flow is not enumerable, so that clones, comparisons and JSON leave it out.
    mode: Object.defineProperty({ input, output }, "flow", { value: flow }) as Mode & DeepMode,
    strength: xy,
    rate: flow.rate,
    plateau: plateauOf(flow),
    time: level > 0 ? timeTo(level) : Infinity,
    halfLife: halfLifeOf(flow),
  });
}

/** The number of times at which a closed form is sampled. Each sample is a snapshot. */
const LOOKS = 60;

/** The stages of the target's modes, from samples of the output. */
function stagesOf(flow: AnyFlow, fraction: number): LearningStage[] {
  if (isHalfLineFlow(flow))
    unmet("each side of 0 has a single mode", "call halfLife on flow.halves.positive and flow.halves.negative");
  if (!isMatrixFlow(flow) && !isDeepMatrixFlow(flow))
    unmet("a flow of one direction has a single mode", "call plateau and halfLife");
  if (!isSquared(flow.problem.network))
    unmet("the modes are those of the squared loss, and the loss is another one", "call timesTo");
  const modes = targetModes(isMatrixFlow(flow) ? flow[matrices] : flow[deepMatrices]);
  const partsAt = remembered((t) => partsOf(flow, modes, t));
  const times = lookTimes(flow, LOOKS).filter(Number.isFinite);
  return modes.map(({ input, output, strength, target }, a) => {
    /** The distance of the mode from its target, in units of the target. */
    const leftAt = (t: number): number => 1 - partsAt(t)[a]! / target;
    const first = leftAt(0);
    const share = (t: number): number => (leftAt(t) / first) ** 2;
    return withJson({
      mode: { input, output },
      strength,
      time: first <= 1 - fraction ? 0 : fallsTo(flow, leftAt, 1 - fraction, times),
      halfLife: first === 0 ? Infinity : fallsTo(flow, share, 0.5, times),
    });
  });
}

/** oₐᵀF(t)vₐ of every mode. */
function partsOf(flow: MatrixFlow | DeepMatrixFlow, modes: readonly TargetMode[], t: number): Float64Array {
  const { output: F } = flow.at(t);
  return Float64Array.from(modes, ({ input, output }) => {
    let part = 0;
    for (let o = 0; o < F.rows; o++) {
      let along = 0;
      for (let j = 0; j < F.columns; j++) along += F.get(o, j) * input[j]!;
      part += output[o]! * along;
    }
    return part;
  });
}

/** The same function with a cache of its values. */
function remembered(valueAt: (t: number) => Float64Array): (t: number) => Float64Array {
  const known = new Map<number, Float64Array>();
  return (t) => {
    const value = known.get(t) ?? valueAt(t);
    known.set(t, value);
    return value;
  };
}

/**
 * The first time at which a value has fallen to a level; Infinity if it never does. A mode may be learned
 * long after the loss seems to have converged.
 */
function fallsTo(flow: MatrixFlow | DeepMatrixFlow, valueAt: (t: number) => number, level: number, times: Float64Array): number {
  const [crossing] = crossingsOfValue(valueAt, level, times);
  if (crossing !== undefined) return crossing;
  if (flow.until < Infinity || !(valueAt(Infinity) < level)) return Infinity;
  const later = [times.at(-1)!];
  while (later.at(-1)! < Number.MAX_VALUE / 2 && !(valueAt(later.at(-1)!) < level)) later.push(2 * (later.at(-1)! || 1));
  return crossingsOfValue(valueAt, level, later)[0] ?? Infinity;
}
