import { readBoolean, readChoice, readRecord, unmet } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { DeepMatrixLayersLike } from "../model/deepMatrices.ts";
import type { DepthInitial } from "../model/depth.ts";
import type {
  BalancedFlow,
  DeepModesFlow,
  ExactDepthFlow,
  ExactFamily,
  ExactHalfLineFlow,
  ModesFlow,
  OneDirectionFlow,
  ReluFlow,
  WithWeights,
} from "../model/flow.ts";
import type { Layers, LayersLike } from "../model/layers.ts";
import type { MatrixLayersLike, MatrixOrderParametersLike } from "../model/matrixLayers.ts";
import type { KinkedNetwork, ReluNetwork } from "../model/network.ts";
import { withNotes } from "../model/notes.ts";
import { noteOnProjection } from "../model/notesOnSamples.ts";
import { printedFlow } from "../model/printedFlow.ts";
import type { HalfLineInitial, Problem, ScalarInitial } from "../model/problem.ts";
import { type ReadProblem, readProblem } from "../model/readProblem.ts";
import { hasDecay } from "../model/weightDecay.ts";
import type { WeightsLike } from "../model/weights.ts";
import { type AnyExactFlow, type ExactMatrixFlow, families, firstFamily } from "./families.ts";
import { requireExact } from "./oneDirection/applicability.ts";

/** How {@link exactFlow} chooses. */
export interface ExactOptions {
  /** The family to use (default `"any"`: the first that applies). */
  readonly family?: ExactFamily | "any" | undefined;
  /**
   * Solve for the inputs' projection on their leading direction (default false). For problems of one
   * direction.
   */
  readonly project?: boolean | undefined;
}

/**
 * The training trajectory in closed form, right to rounding at any width and any time, of every problem that
 * has one:
 *
 * - `"one-direction"`: inputs along one latent direction, from weights { u, w } or order parameters { uu, ww,
 *   uw }. `at(t)` gives the {@link Snapshot} at time t in O(1), `rate` is ρ, `limit` the network at t = ∞;
 *   negative times are legal back to `from`. From initial weights there is `weights(t)`.
 * - `"relu"`: a ReLU network on inputs along one direction, from weights { u, w }, or order parameters {
 *   positive, negative } of the neurons on either side, if none of them reaches its kink w = 0. `events` are the
 *   times at which neurons do, `halves` the two sides as flows of one direction.
 * - `"folded"`: |x|, `activation: "abs"`, from any weights; and leaky ReLU on odd data (E[x²] and E[xy] are
 *   equal on both sides of 0) from neurons in pairs (u, w), (−u, −w), or on even data (E[xy] has opposite
 *   signs) from pairs (u, w), (u, −w). Moments and pairs count as equal up to 10⁻¹². It has `events` and
 *   `halves` too.
 * - `"decay"`: one input direction with weight decay, where both layers shrink at one rate, η_uμ_u = η_wμ_w:
 *   at equal rates with one decay, else with a suitable pair. `rate` and `rates` are those of the approach to
 *   the limit.
 * - `"depth"`: layers that are numbers, { layers: [a_1, …, a_L] } or { output } of balanced ones, at any depth:
 *   a closed form where they are balanced, one quadrature where they are not. From t = 0 on.
 * - `"deep-modes"`: any number of layers that are matrices, { layers: [W_1, …, W_L] }, aligned with each
 *   other and with the data, as those of `alignedLayers` are. Each of its `modes` is a flow of `"depth"`.
 * - `"modes"`: layers { W2, W1 } or { u, W }, or matrix order parameters, whose data and layers decouple into
 *   problems of one direction, each with a flow of its own, at any width and balance.
 * - `"balanced"`: inputs whitened, E[xxᵀ] = σ²1 where there are inputs, and W₂ᵀW₂/η_u − W₁W₁ᵀ/η_w = λ1; with
 *   one hidden neuron any start. Function, kernel and order parameters are known; the layers themselves with
 *   one hidden neuron (with more they follow up to a rotation). With weight decay at one pace where λ = 0.
 *
 * Modes count as decoupled while no cosine between hidden vectors of two of them exceeds 10⁻¹⁰, layers as
 * λ-balanced while they are off λ1 by less than 10⁻¹⁰ of their size, inputs as whitened while their variances
 * agree to 10⁻¹²; rounding in the matrices themselves is forgiven.
 *
 * @param problem - Network, task, and the initial state.
 * @param options - `family` and `project`.
 * @throws FeatureLearningError `"invalid-argument"` for a part of the problem that cannot be; `"assumption"`
 * where no family applies, with what failed, which {@link exactApplies} tells beforehand. `at` and `weights`
 * throw `"out-of-range"` at a time before the flow exists.
 *
 * @example
 * ```ts
 * import { exactFlow, gaussianWeights, matrixTaskFromMoments, network, taskFromMoments } from "feature-learning";
 *
 * const initial = gaussianWeights({ width: 8, scale: 1e-3, seed: 1 });
 * const flow = exactFlow({ network: network(), task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }), initial });
 * console.log(flow.rate.toFixed(3), Math.abs(flow.at(0).output) < 1e-4, flow.limit.output); // 4.000 true 1
 *
 * const layers = { W2: [[1e-3, 0], [0, 1e-3]], W1: [[1e-3, 0], [0, 1e-3]] };
 * const task = matrixTaskFromMoments({ xx: [[1, 0], [0, 1]], yx: [[3, 0], [0, 1]], yy: 10 });
 * const modes = exactFlow({ network: network(), task, initial: layers });
 * console.log(modes.family, modes.at(1.5).output.get(0, 0).toFixed(3), modes.at(1.5).output.get(1, 1).toFixed(3)); // modes 2.869 0.000
 * ```
 */
export function exactFlow(
  problem: Problem<WeightsLike> & { readonly network: ReluNetwork },
  options?: ExactOptions,
): WithWeights<ReluFlow>;
export function exactFlow(
  problem: Problem<HalfLineInitial> & { readonly network: ReluNetwork },
  options?: ExactOptions,
): ReluFlow;
export function exactFlow(
  problem: Problem<WeightsLike> & { readonly network: KinkedNetwork },
  options?: ExactOptions,
): WithWeights<ExactHalfLineFlow>;
export function exactFlow(
  problem: Problem<HalfLineInitial> & { readonly network: KinkedNetwork },
  options?: ExactOptions,
): ExactHalfLineFlow;
export function exactFlow(problem: Problem<WeightsLike>, options?: ExactOptions): WithWeights<OneDirectionFlow>;
export function exactFlow(problem: Problem<ScalarInitial>, options?: ExactOptions): OneDirectionFlow;
export function exactFlow(
  problem: Problem<LayersLike>,
  options: ExactOptions & { readonly family: "modes" },
): WithWeights<ModesFlow<Layers>>;
export function exactFlow(
  problem: Problem<LayersLike>,
  options: ExactOptions & { readonly family: "balanced" },
): WithWeights<BalancedFlow<Layers>>;
export function exactFlow(problem: Problem<DepthInitial>, options?: ExactOptions): WithWeights<ExactDepthFlow>;
export function exactFlow(problem: Problem<DeepMatrixLayersLike>, options?: ExactOptions): DeepModesFlow;
export function exactFlow(problem: Problem<LayersLike>, options?: ExactOptions): WithWeights<ExactMatrixFlow<Layers>>;
export function exactFlow(
  problem: Problem<MatrixLayersLike | MatrixOrderParametersLike>,
  options: ExactOptions & { readonly family: "modes" },
): ModesFlow;
export function exactFlow(
  problem: Problem<MatrixLayersLike | MatrixOrderParametersLike>,
  options: ExactOptions & { readonly family: "balanced" },
): BalancedFlow;
export function exactFlow(
  problem: Problem<MatrixLayersLike | MatrixOrderParametersLike>,
  options?: ExactOptions,
): ExactMatrixFlow;
export function exactFlow(problem: Problem, options?: ExactOptions): AnyExactFlow;
export function exactFlow(problem: Problem, options: ExactOptions = {}): AnyExactFlow {
  return named("exactFlow", () => {
    const { family = "any", project = false } = readRecord("options", options, ["family", "project"]);
    const wanted = readChoice("family", family, ["any", ...families.map(({ name }) => name)]);
    const read = projected(readProblem(problem), readBoolean("project", project));
    if (read.kind !== "matrices" && read.kind !== "deep matrices" && !hasDecay(read.problem.network))
      requireExact(read.problem.network, read.problem.task);
    const found = firstFamily(read, wanted);
    return "failed" in found ? unmet(found.failed.join("; "), "call integratedFlow, or solve") : printedFlow(found.flow);
  });
}

/** The problem of the inputs' projection on their leading direction, where that is asked for. */
export function projected(read: ReadProblem, project: boolean): ReadProblem {
  if (!project || read.kind === "matrices" || read.kind === "deep matrices") return read;
  const { problem } = read;
  const { task } = problem;
  const notes = withNotes([...(task.notes ?? []), task.projected ? undefined : noteOnProjection(task.offDirection)]);
  return { ...read, problem: { ...problem, task: { ...task, projected: true, ...notes } } } as ReadProblem;
}
