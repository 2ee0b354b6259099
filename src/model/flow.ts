import type { DeepMatrixLayers, DeepMatrixSnapshot } from "./deepMatrices.ts";
import type { DepthInitial, DepthLayers, DepthSnapshot } from "./depth.ts";
import type { HalfLineSnapshot } from "./halfLineSnapshot.ts";
import type { Halves } from "./halves.ts";
import type { Layers } from "./layers.ts";
import type { MatrixLayers, MatrixOrderParameters } from "./matrixLayers.ts";
import type { MatrixSnapshot } from "./matrixSnapshot.ts";
import type { Problem } from "./problem.ts";
import type { AnySnapshot, Snapshot } from "./snapshot.ts";
import type { HalfLineOrderParameters, OrderParameters, Weights } from "./weights.ts";

/** The names of the exact families, which exact/families.ts lists. */
export type ExactFamily = "one-direction" | "decay" | "relu" | "folded" | "depth" | "modes" | "balanced" | "deep-modes";

/** Layers of any shape, as a flow gives them: in the form in which they were passed. */
export type AnyLayers = Weights | Layers | MatrixLayers | DepthLayers | DeepMatrixLayers;

/** What a flow of such layers has started from. */
export type InitialOf<L> = L extends Weights
  ? Weights | OrderParameters
  : L extends Layers
    ? Layers
    : L extends DepthLayers
      ? DepthInitial
      : L extends DeepMatrixLayers
        ? DeepMatrixLayers
        : MatrixLayers | MatrixOrderParameters;

/**
 * A trajectory in continuous time, whichever way it was solved: of one input direction with
 * {@link Snapshot}s, of several inputs and outputs with {@link MatrixSnapshot}s. `S` is the type of a
 * snapshot, `L` that of the layers.
 */
export interface Flow<S extends AnySnapshot = Snapshot, L extends AnyLayers = Weights> {
  /** How the flow is evaluated. */
  readonly method: "exact" | "integrated";
  /** Why this method applies, in one sentence. */
  readonly because: string;
  /** What was solved. */
  readonly problem: Problem<InitialOf<L>>;
  /**
   * The first time at which the flow exists: 0, or for an exact flow the (negative) time at which it blows up
   * backwards.
   */
  readonly from: number;
  /** The last time at which the flow exists; Infinity when exact. */
  readonly until: number;
  /** Which closed form it is; absent when integrated. */
  readonly family?: ExactFamily;
  /** The rates of learning, inverse time, the fastest first; absent when integrated. */
  readonly rates?: Float64Array;
  /** How the flow ended, where it was integrated. */
  readonly status?: string;
  /** What a user should know about the problem, a sentence each. */
  readonly notes?: readonly string[];
  /** The network at time `t`. */
  at(t: number): S;
  /**
   * The layers at time `t`, where the flow started from layers and knows them; fills `out` where it is given.
   */
  weights?(t: number, out?: L): L;
}

/** The same flow, of which the layers are known. */
export type WithWeights<F extends { weights?: unknown }> = F & { readonly weights: NonNullable<F["weights"]> };

/** A flow in closed form. */
export interface ExactFlow<S extends AnySnapshot = Snapshot, L extends AnyLayers = Weights> extends Flow<S, L> {
  readonly method: "exact";
  /** The closed form that applies. */
  readonly family: ExactFamily;
  /** The rates of learning, inverse time, the fastest first. */
  readonly rates: Float64Array;
  /** The network at t = ∞. */
  readonly limit: S;
}

/** The closed form of one input direction, without weight decay or with it. */
export interface OneDirectionFlow extends ExactFlow {
  readonly family: "one-direction" | "decay";
  /**
   * Inverse time: without decay ρ, how fast the network converges (at a saddle: leaves it). With decay see
   * {@link DecayFlow}.
   */
  readonly rate: number;
}

/**
 * The closed form of one input direction under weight decay, of layers that shrink at one pace, η_uμ_u =
 * η_wμ_w. It begins at t = 0.
 */
export interface DecayFlow extends OneDirectionFlow {
  readonly family: "decay";
  /**
   * Inverse time: the slower one of `rates`, at which the network approaches its limit in the end. With a =
   * 4k|γ·xy|√(η_uη_w) and m = η_uμ_u + η_wμ_w these are a − m, of the fit, and 2m, of the balancing after it;
   * beyond m = a, where the network collapses to zero, m − a and m + a.
   */
  readonly rate: number;
}

/** A neuron reaches its kink, w = 0. */
export interface NeuronEvent {
  readonly t: number;
  /** Its number. */
  readonly neuron: number;
  /**
   * `"crosses"`: it goes on with w of the other sign. `"dies"`: it stays at w = 0, and no data reach it.
   * `"returns"`: it leaves w = 0 again, as it can under leaky ReLU and |x|.
   */
  readonly kind: "crosses" | "dies" | "returns";
}

/** A trajectory of a network with a kink at 0, whichever way it was solved. */
export interface HalfLineFlow extends Omit<Flow<HalfLineSnapshot, Weights>, "problem"> {
  readonly problem: Problem<Weights | HalfLineOrderParameters>;
  /**
   * The neurons with w > 0, which the data with x > 0 train, and those with w < 0: each a flow of one
   * direction with {@link Snapshot}s, to be asked for anything that such a flow can be. Its excess loss is
   * its side's part of the whole; its task has as yy what its slope can explain.
   */
  readonly halves: Halves<Flow>;
  /** The weights at time `t`, where the flow started from weights; fills `out` where it is given. */
  weights?(t: number, out?: Weights): Weights;
  /** When neurons reach their kink, in order of time. */
  readonly events: readonly NeuronEvent[];
}

/** The closed form of a network with a kink at 0 on one input direction. */
export interface ExactHalfLineFlow extends HalfLineFlow {
  readonly method: "exact";
  readonly family: "relu" | "folded";
  /** The rates at which the sides converge in the end, inverse time, the faster first. */
  readonly rates: Float64Array;
  /** The network at t = ∞. */
  readonly limit: HalfLineSnapshot;
}

/** The closed form of a ReLU network on one input direction. */
export interface ReluFlow extends ExactHalfLineFlow {
  readonly family: "relu";
}

/** One mode of a problem that decouples: a problem of one direction, solved by its own flow. */
export interface Mode {
  /** vₐ, unit vector of k inputs. */
  readonly input: Float64Array;
  /** oₐ, unit vector of m outputs. */
  readonly output: Float64Array;
  /**
   * The mode's training, to be asked for anything that a flow of one direction can be. Its task is { xx:
   * E[(vₐ·x)²], xy: E[(oₐ·y)(vₐ·x)] }, with as yy what the mode explains: its loss is its excess loss.
   */
  readonly flow: OneDirectionFlow;
}

/** A flow that is the direct sum of its modes'. */
export interface ModesFlow<L extends Layers | MatrixLayers = MatrixLayers> extends ExactFlow<MatrixSnapshot, L> {
  readonly family: "modes";
  /** The modes, the strongest correlation first. */
  readonly modes: readonly Mode[];
}

/** A flow of λ-balanced layers on whitened inputs. */
export interface BalancedFlow<L extends Layers | MatrixLayers = MatrixLayers> extends ExactFlow<MatrixSnapshot, L> {
  readonly family: "balanced";
  /** λ in W₂ᵀW₂/η_u − W₁W₁ᵀ/η_w = λ1, conserved; 0 under weight decay. */
  readonly lambda: number;
}

/** A flow of several inputs and outputs. */
export type MatrixFlow = Flow<MatrixSnapshot, MatrixLayers> | Flow<MatrixSnapshot, Layers>;

/** A flow of a network of any depth, whose layers are numbers. */
export type DepthFlow = Flow<DepthSnapshot, DepthLayers>;

/** A flow of a network of any depth in closed form. */
export interface ExactDepthFlow extends ExactFlow<DepthSnapshot, DepthLayers> {
  readonly family: "depth";
  /** The rate at which the network converges, or leaves its saddle, inverse time; 0 for a power law. */
  readonly rate: number;
}

/** A flow of a network of any depth, whose layers are matrices. */
export type DeepMatrixFlow = Flow<DeepMatrixSnapshot, DeepMatrixLayers>;

/** One mode of layers that are aligned: a network of numbers on one direction, solved by its own flow. */
export interface DeepMode {
  /** vₐ, unit vector of k inputs. */
  readonly input: Float64Array;
  /** oₐ, unit vector of m outputs. */
  readonly output: Float64Array;
  /**
   * The mode's training, to be asked for anything that a flow of any depth can be. Its task is { xx:
   * E[(vₐ·x)²], xy: E[(oₐ·y)(vₐ·x)] }, with as yy what the mode explains: its loss is its excess loss.
   */
  readonly flow: ExactDepthFlow;
}

/** A flow of aligned layers of any number, the direct sum of its modes'. */
export interface DeepModesFlow extends ExactFlow<DeepMatrixSnapshot, DeepMatrixLayers> {
  readonly family: "deep-modes";
  /** The modes, the strongest correlation first. */
  readonly modes: readonly DeepMode[];
  weights(t: number, out?: DeepMatrixLayers): DeepMatrixLayers;
}

/** Any flow: what the functions that look at flows take. */
export type AnyFlow = Flow | MatrixFlow | DepthFlow | DeepMatrixFlow | HalfLineFlow;

/** What a time can be asked for: exactly one of these. */
export type Target =
  /** The coefficient γ·uw reaches this value; of several inputs or outputs, √E[|f(x)|²]. */
  | { readonly output: number }
  /** The loss reaches this value. */
  | { readonly loss: number }
  /** The excess loss reaches this fraction of the initial one. */
  | { readonly excessLossFraction: number }
  /** cos ζ, or ‖W₂W₁‖_F/(‖W₂‖_F‖W₁‖_F), reaches this value. */
  | { readonly alignment: number }
  /** γ²B reaches this value; of several inputs or outputs, the kernel's size E[tr K(x, x)]. */
  | { readonly kernel: number }
  /** |u||w|, or ‖W₂‖_F‖W₁‖_F, reaches this value. */
  | { readonly normProduct: number };
