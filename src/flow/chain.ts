/**
 * Training on a sequence of tasks. Every stage starts where the stage before it ended. If all stages have the
 * closed form of one direction, so has the chain.
 */

import { isList, readRecord, refuse } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { failedOfOneDirection } from "../exact/oneDirection/applicability.ts";
import { rotationTo } from "../exact/oneDirection/rotation.ts";
import { type IntegratedOptions, readOptions } from "../integrate/options.ts";
import type { DeepMatrixLayers, DeepMatrixLayersLike, DeepMatrixSnapshot } from "../model/deepMatrices.ts";
import type { DepthInitial, DepthLayers, DepthSnapshot } from "../model/depth.ts";
import type { AnyLayers, Flow, HalfLineFlow, WithWeights } from "../model/flow.ts";
import type { HalfLineSnapshot } from "../model/halfLineSnapshot.ts";
import type { Layers, LayersLike } from "../model/layers.ts";
import type { MatrixLayers, MatrixLayersLike, MatrixOrderParametersLike } from "../model/matrixLayers.ts";
import type { MatrixSnapshot } from "../model/matrixSnapshot.ts";
import { type KinkedNetwork, type Network, readAnyNetwork } from "../model/network.ts";
import { printedFlow } from "../model/printedFlow.ts";
import type { AnyInitial, HalfLineInitial, ScalarInitial, TaskOf } from "../model/problem.ts";
import { isWeights } from "../model/readInitial.ts";
import { type ReadProblem, readProblem, type ScalarProblem } from "../model/readProblem.ts";
import type { AnySnapshot, Snapshot } from "../model/snapshot.ts";
import { readTask } from "../model/task.ts";
import { hasDecay } from "../model/weightDecay.ts";
import type { Weights, WeightsLike } from "../model/weights.ts";
import { wide } from "../numerics/wide.ts";
import { assembled, stageFinder } from "./chainAssembly.ts";
import { type ExactStage, exactStages, rotationIn } from "./chainExact.ts";
import { type AnyStage, type ReadStage, solveStages, turnsTogether } from "./chainStages.ts";
import { chainWeights, transferTo } from "./chainWeights.ts";

/** One task of a {@link chain} and its training time. */
export interface Stage<Initial extends AnyInitial = ScalarInitial> {
  /** The task that is trained. */
  readonly task: TaskOf<Initial>;
  /** Training time ≥ 0. The last stage may leave it out, and is then trained for ever. */
  readonly duration?: number | undefined;
  /** The network from this stage on, with other learning rates, loss or weight decay (default: as before). */
  readonly network?: Network | undefined;
}

/** The problem of {@link chain}. */
export interface ChainProblem<Initial extends AnyInitial = ScalarInitial> {
  /** The network of the first stage. */
  readonly network: Network;
  /** The start of the first stage. */
  readonly initial: Initial;
  /** The stages, in order; at least one. */
  readonly stages: readonly Stage<Initial>[];
}

/** A solved stage. */
export interface SolvedStage<S extends AnySnapshot = Snapshot, L extends AnyLayers = Weights> {
  /** The time at which the stage begins. */
  readonly from: number;
  /** The time at which the stage ends. */
  readonly until: number;
  /** The flow of the stage, in its own time, which starts at 0. */
  readonly flow: Flow<S, L>;
}

/**
 * A flow through several tasks. `problem` is the problem of the first stage. Loss and residual at a time are
 * those of the stage at that time. `method` is `"exact"` if every stage is.
 */
export interface ChainFlow<S extends AnySnapshot = Snapshot, L extends AnyLayers = Weights> extends Flow<S, L> {
  /** The solved stages, in order. */
  readonly stages: readonly SolvedStage<S, L>[];
  /** The network at the end. */
  readonly limit: S;
}

/**
 * A chain of a network with a kink at 0. Neurons at w = 0 after one task move again if the gradient of
 * another task is not zero there.
 */
export interface HalfLineChainFlow extends HalfLineFlow {
  /** The solved stages, in order. */
  readonly stages: readonly { readonly from: number; readonly until: number; readonly flow: HalfLineFlow }[];
  /** The network at the end. */
  readonly limit: HalfLineSnapshot;
}

/** A chain of any problem. */
export type AnyChainFlow =
  | ChainFlow
  | HalfLineChainFlow
  | ChainFlow<MatrixSnapshot, MatrixLayers>
  | ChainFlow<MatrixSnapshot, Layers>
  | ChainFlow<DepthSnapshot, DepthLayers>
  | ChainFlow<DeepMatrixSnapshot, DeepMatrixLayers>;

/**
 * Training on one task after another (a curriculum, a task switch). Each stage is solved in closed form if
 * there is one, and otherwise integrated. At the time between two stages, the task of the later stage
 * applies.
 *
 * `weights(t)` agrees with `at(t)` to rounding after any number of tasks. To continue training by hand, pass
 * a snapshot, `flow.at(t)`, as `initial`, not `flow.weights(t)`. Weights rounded to doubles lose the mode
 * that has shrunk, and the network would leave the next plateau at the wrong time.
 *
 * @param options - Options of `integratedFlow`, for stages that are integrated. Separate `schedules` of the
 * layers run in the chain's time, over all stages. For a schedule common to both layers, apply `withSchedule`
 * to the chain.
 * @throws FeatureLearningError `"invalid-argument"`: no stages, an invalid part, a stage before the last
 * without a finite duration; `"assumption"`: a task whose inputs have no single direction.
 *
 * @example
 * ```ts
 * import { chain, network, taskFromMoments } from "feature-learning";
 *
 * const flow = chain({
 *   network: network(),
 *   initial: { uu: 1, ww: 1, uw: 0 },
 *   stages: [
 *     { task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }), duration: 50 },
 *     { task: taskFromMoments({ xx: 1, xy: -1, yy: 1 }) },
 *   ],
 * });
 * console.log(flow.at(49).output.toFixed(6), flow.limit.output); // 1.000000 -1
 * ```
 */
export function chain(
  problem: ChainProblem<HalfLineInitial> & { readonly network: KinkedNetwork },
  options?: IntegratedOptions,
): HalfLineChainFlow;
export function chain(problem: ChainProblem<WeightsLike>, options?: IntegratedOptions): WithWeights<ChainFlow>;
export function chain(problem: ChainProblem, options?: IntegratedOptions): ChainFlow;
export function chain(
  problem: ChainProblem<DepthInitial>,
  options?: IntegratedOptions,
): WithWeights<ChainFlow<DepthSnapshot, DepthLayers>>;
export function chain(
  problem: ChainProblem<DeepMatrixLayersLike>,
  options?: IntegratedOptions,
): WithWeights<ChainFlow<DeepMatrixSnapshot, DeepMatrixLayers>>;
export function chain(problem: ChainProblem<LayersLike>, options?: IntegratedOptions): ChainFlow<MatrixSnapshot, Layers>;
export function chain(
  problem: ChainProblem<MatrixLayersLike | MatrixOrderParametersLike>,
  options?: IntegratedOptions,
): ChainFlow<MatrixSnapshot, MatrixLayers>;
export function chain(problem: ChainProblem<AnyInitial>, options: IntegratedOptions = {}): AnyChainFlow {
  return named("chain", () => {
    const { first, stages } = readChain(problem);
    const read = readOptions(options);
    const exact = read.schedules === undefined ? exactChain(first, stages) : undefined;
    if (exact !== undefined) return printedFlow(exact);
    const together = read.schedules === undefined && turnsTogether(stages.map(({ network }) => network));
    const { initial } = readRecord("problem", problem);
    return printedFlow(composed(first, solveStages(initial, stages, read, !together), together));
  });
}

function readChain(problem: unknown): { readonly first: ReadProblem; readonly stages: readonly ReadStage[] } {
  const record = readRecord("problem", problem, ["network", "initial", "stages"]);
  if (!isList(record.stages) || record.stages.length === 0)
    refuse("stages", record.stages, "pass at least one { task, duration }");
  const count = record.stages.length;
  let network = readAnyNetwork("network", record.network);
  const stages = record.stages.map((stage, i) => {
    const fields = readRecord(`stages[${i}]`, stage, ["task", "duration", "network"]);
    const { duration = Infinity } = fields;
    const endless = duration === Infinity && i === count - 1;
    const legal = typeof duration === "number" && duration >= 0 && (Number.isFinite(duration) || endless);
    if (!legal) refuse(`stages[${i}].duration`, duration, "pass a finite time ≥ 0; only the last stage may be endless");
    if (fields.network !== undefined) network = readAnyNetwork(`stages[${i}].network`, fields.network);
    return { network, task: fields.task, duration };
  });
  const first = readProblem({ network: stages[0]!.network, task: stages[0]!.task, initial: record.initial });
  return { first, stages };
}

/** The chain in closed form, if every stage has the closed form of one direction with the same network. */
function exactChain(read: ReadProblem, stages: readonly ReadStage[]): AnyChainFlow | undefined {
  if (read.kind !== "one direction") return undefined;
  const { network, initial } = read.problem;
  const tasks = stages.map(({ task }, i) => readTask(`stages[${i}].task`, task));
  const applies = stages.every(
    (stage, i) => stage.network === stages[0]!.network && failedOfOneDirection(stage.network, tasks[i]!).length === 0,
  );
  if (!applies) return undefined;
  const durations = stages.map(({ duration }) => duration);
  const solvedStages = exactStages(network, initial, tasks, durations);
  const first = solvedStages[0]!;
  const flow = assembled(solvedStages);
  if (!isWeights(initial)) return flow as AnyChainFlow;
  const stageAt = stageFinder(solvedStages, "weights");
  const weights = chainWeights(initial, network, first.flow.from, (t, start) =>
    rotationIn(stageAt(t) as ExactStage, t, first, start),
  );
  return { ...flow, weights } as AnyChainFlow;
}

/** The chain of separately solved stages. */
function composed(read: ReadProblem, stages: readonly AnyStage[], together: boolean): AnyChainFlow {
  const flow = assembled(stages);
  const stageAt = stageFinder(stages, "weights");
  if (read.kind === "one direction" && isWeights(read.problem.initial)) {
    const { network, initial } = read.problem as ScalarProblem & { initial: Weights };
    const [first] = stages as [AnyStage, ...AnyStage[]];
    const ofStage = (t: number, out?: Weights): Weights => {
      const stage = stageAt(t);
      return (stage.flow as WithWeights<Flow>).weights(t - stage.from, out);
    };
    if (!together) return { ...flow, weights: ofStage } as AnyChainFlow;
    const decays = stages.some((stage) => hasDecay(stage.flow.problem.network));
    const turned = chainWeights(initial, network, 0, (t, start) => {
      const stage = stageAt(t);
      const snapshot = (stage.flow as Flow).at(t - stage.from);
      return decays
        ? transferTo(snapshot, start, network.learningRates)
        : rotationTo(wide(snapshot.uw), start, network.learningRates);
    });
    return {
      ...flow,
      weights: (t: number, out?: Weights) => (stageAt(t) === first ? ofStage(t, out) : turned(t, out)),
    } as AnyChainFlow;
  }
  if (!stages.every((stage) => stage.flow.weights !== undefined)) return flow as AnyChainFlow;
  return {
    ...flow,
    weights(t: number, out?: never) {
      const stage = stageAt(t);
      return stage.flow.weights!(t - stage.from, out);
    },
  } as AnyChainFlow;
}
