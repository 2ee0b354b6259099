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

/** The names of the exact families; exact/families.ts lists the families. */
export type ExactFamily = "one-direction" | "decay" | "relu" | "folded" | "depth" | "modes" | "balanced" | "deep-modes";

/** Layers of any shape. A flow returns layers in the form in which they were passed. */
export type AnyLayers = Weights | Layers | MatrixLayers | DepthLayers | DeepMatrixLayers;

/** The initial state of a flow with layers of this type. */
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
 * A trajectory in continuous time, solved by any method. Problems of one input direction have
 * {@link Snapshot}s, problems of several inputs and outputs {@link MatrixSnapshot}s. `S` is the type of the
 * snapshots, `L` that of the layers.
 */
export interface Flow<S extends AnySnapshot = Snapshot, L extends AnyLayers = Weights> {
  /** How the flow is evaluated. */
  readonly method: "exact" | "integrated";
  /** Why this method applies, in one sentence. */
  readonly because: string;
  /** The problem that was solved. */
  readonly problem: Problem<InitialOf<L>>;
  /**
   * The first time at which the flow exists: 0, or for an exact flow the negative time at which it blows up
   * backwards in time.
   */
  readonly from: number;
  /** The last time at which the flow exists; Infinity when exact. */
  readonly until: number;
  /** The name of the closed form; absent when integrated. */
  readonly family?: ExactFamily;
  /** The rates of convergence (inverse time), the fastest first; absent when integrated. */
  readonly rates?: Float64Array;
  /** How the integration ended; absent for exact flows. */
  readonly status?: string;
  /** Remarks on the problem, one sentence each. */
  readonly notes?: readonly string[];
  /** The network at time `t`. */
  at(t: number): S;
  /**
   * The layers at time `t`. Present if the flow started from layers and can compute them. Fills `out` if it
   * is passed.
   */
  weights?(t: number, out?: L): L;
}

/** A flow that has the layers, too. */
export type WithWeights<F extends { weights?: unknown }> = F & { readonly weights: NonNullable<F["weights"]> };

/** A flow in closed form. */
export interface ExactFlow<S extends AnySnapshot = Snapshot, L extends AnyLayers = Weights> extends Flow<S, L> {
  readonly method: "exact";
  /** The closed form that applies. */
  readonly family: ExactFamily;
  /** The rates of convergence (inverse time), the fastest first. */
  readonly rates: Float64Array;
  /** The network at t = ∞. */
  readonly limit: S;
}

/** The closed form of one input direction, without weight decay or with it. */
export interface OneDirectionFlow extends ExactFlow {
  readonly family: "one-direction" | "decay";
  /**
   * The rate ρ (inverse time) at which the network converges, or leaves a saddle if it starts at one. With
   * weight decay see {@link DecayFlow}.
   */
  readonly rate: number;
}

/**
 * The closed form of one input direction with weight decay, for layers that decay at the same rate, η_uμ_u =
 * η_wμ_w. It begins at t = 0.
 */
export interface DecayFlow extends OneDirectionFlow {
  readonly family: "decay";
  /**
   * The slower of `rates` (inverse time), at which the network finally approaches its limit. Let a =
   * 4k|γ·xy|√(η_uη_w) and m = η_uμ_u + η_wμ_w. For m < a the rates are a − m, of the fit, and 2m, of the
   * balancing after it. For m > a the network collapses to zero, and the rates are m − a and m + a.
   */
  readonly rate: number;
}

/** The event that a neuron reaches its kink, w = 0. */
export interface NeuronEvent {
  readonly t: number;
  /** The index of the neuron. */
  readonly neuron: number;
  /**
   * `"crosses"`: w changes sign. `"dies"`: the neuron stays at w = 0, where no data activate it. `"returns"`:
   * the neuron leaves w = 0 again, as is possible with leaky ReLU and |x|.
   */
  readonly kind: "crosses" | "dies" | "returns";
}

/** A trajectory of a network with a kink at 0, solved by any method. */
export interface HalfLineFlow extends Omit<Flow<HalfLineSnapshot, Weights>, "problem"> {
  /** The problem that was solved. */
  readonly problem: Problem<Weights | HalfLineOrderParameters>;
  /**
   * The neurons with w > 0, which the data with x > 0 train, and the neurons with w < 0. Each is a flow of
   * one direction with {@link Snapshot}s, accepted by every function that takes such a flow. Its excess loss
   * is its side's part of the total excess loss. The yy of its task is the part that its slope can explain.
   */
  readonly halves: Halves<Flow>;
  /** The weights at time `t`; present if the flow started from weights. Fills `out` if it is passed. */
  weights?(t: number, out?: Weights): Weights;
  /** The times at which neurons reach their kink, in increasing order. */
  readonly events: readonly NeuronEvent[];
}

/** The closed form of a network with a kink at 0 on one input direction. */
export interface ExactHalfLineFlow extends HalfLineFlow {
  readonly method: "exact";
  readonly family: "relu" | "folded";
  /** The rates at which the two sides finally converge (inverse time), the faster first. */
  readonly rates: Float64Array;
  /** The network at t = ∞. */
  readonly limit: HalfLineSnapshot;
}

/** The closed form of a ReLU network on one input direction. */
export interface ReluFlow extends ExactHalfLineFlow {
  readonly family: "relu";
}

/** A mode of a problem that decouples. It is a problem of one direction with its own flow. */
export interface Mode {
  /** vₐ, a unit vector of k inputs. */
  readonly input: Float64Array;
  /** oₐ, a unit vector of m outputs. */
  readonly output: Float64Array;
  /**
   * The training of the mode, accepted by every function that takes a flow of one direction. Its task is {
   * xx: E[(vₐ·x)²], xy: E[(oₐ·y)(vₐ·x)] }, and its yy is the part of E[|y|²] that the mode can explain, so
   * that its loss equals its excess loss.
   */
  readonly flow: OneDirectionFlow;
}

/** A flow that is the direct sum of the flows of its modes. */
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
  /** The rate (inverse time) at which the network converges, or leaves its saddle; 0 for a power law. */
  readonly rate: number;
}

/** A flow of a network of any depth, whose layers are matrices. */
export type DeepMatrixFlow = Flow<DeepMatrixSnapshot, DeepMatrixLayers>;

/** One mode of aligned layers: a network of numbers on one direction, with its own flow. */
export interface DeepMode {
  /** vₐ, unit vector of k inputs. */
  readonly input: Float64Array;
  /** oₐ, unit vector of m outputs. */
  readonly output: Float64Array;
  /**
   * The training of the mode, a flow of any depth. Its task is { xx:
   * E[(vₐ·x)²], xy: E[(oₐ·y)(vₐ·x)] }, with as yy what the mode explains: its loss is its excess loss.
   */
  readonly flow: ExactDepthFlow;
}

/** A flow of aligned layers, any number of them: the direct sum of the flows of its modes. */
export interface DeepModesFlow extends ExactFlow<DeepMatrixSnapshot, DeepMatrixLayers> {
  readonly family: "deep-modes";
  /** The modes, the strongest correlation first. */
  readonly modes: readonly DeepMode[];
  weights(t: number, out?: DeepMatrixLayers): DeepMatrixLayers;
}

/** Any flow. Functions that evaluate flows accept this type. */
export type AnyFlow = Flow | MatrixFlow | DepthFlow | DeepMatrixFlow | HalfLineFlow;

/** The condition that defines a time; pass exactly one of these. */
export type Target =
  /** The coefficient γ·uw reaches this value; for several inputs or outputs, √E[|f(x)|²]. */
  | { readonly output: number }
  /** The loss reaches this value. */
  | { readonly loss: number }
  /** The excess loss reaches this fraction of the initial one. */
  | { readonly excessLossFraction: number }
  /** cos ζ, or ‖W₂W₁‖_F/(‖W₂‖_F‖W₁‖_F), reaches this value. */
  | { readonly alignment: number }
  /** γ²B reaches this value; for several inputs or outputs, the kernel's size E[tr K(x, x)]. */
  | { readonly kernel: number }
  /** |u||w|, or ‖W₂‖_F‖W₁‖_F, reaches this value. */
  | { readonly normProduct: number };
