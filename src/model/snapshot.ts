import { withInfinities, withText } from "../door/json.ts";
import type { OrderParameters } from "./weights.ts";

/** The state of a network of any shape at one time, in the numbers that verdicts, times and plots use. */
export interface AnySnapshot {
  /** Time, in the flow's time: a discrete step of size s advances it by s. */
  readonly t: number;
  /** The loss L, without weight decay's penalty. */
  readonly loss: number;
  /**
   * L − inf L, where the infimum is over all linear functions of the inputs. It does not go to zero for a
   * network narrower than the target's rank, or with weight decay.
   */
  readonly excessLoss: number;
  /**
   * The alignment of the two layers: cos ζ in [−1, 1] for one direction, ‖W₂W₁‖_F/(‖W₂‖_F‖W₁‖_F) in [0, 1]
   * for several.
   */
  readonly alignment: number;
  /** |u||w|, or ‖W₂‖_F‖W₁‖_F. */
  readonly normProduct: number;
  /** E[tr K(x, x)], the neural tangent kernel's trace over outputs and data. */
  readonly kernelSize: number;
  /** √E[|f(x)|²]. */
  readonly outputSize: number;
  /**
   * The largest eigenvalue of the Hessian of the training objective with respect to all weights; absent if it
   * is not known. With several inputs or outputs, it is known for integrated flows of up to 64 weights in the
   * hidden directions that the layers use. It is then computed when first read, in 0.1 to 1 ms.
   */
  readonly sharpness?: number;
}

/**
 * The state of a network at one time: its order parameters and the observables that follow from them.
 *
 * If a layer is zero, `alignment` is the limit t → 0⁺, or 0 if nothing trains.
 */
export interface Snapshot extends AnySnapshot, OrderParameters {
  /** √Γ = √(uu·ww − uw²) = |u||w||sin ζ|; conserved by the flow. */
  readonly area: number;
  /** δ = uu/η_u − ww/η_w; conserved by the flow. ±Infinity if one layer is frozen and not zero. */
  readonly balance: number;
  /** The coefficient of the fitted function: f(x) = output·x, output = γ·uw. */
  readonly output: number;
  /** Residual correlation g = E[x(y − f(x))] = xy − γ·xx·uw. */
  readonly residual: number;
  /** γ²B = γ²(η_w·uu + η_u·ww): the neural tangent kernel is K(x, x') = kernel·x·x'. */
  readonly kernel: number;
  /** ζ, the angle between the two layers, in [0, π]. */
  readonly angle: number;
}

/** The name of a field. */
export type SnapshotField = keyof Snapshot;

/** The fields of a snapshot of one direction, in the order in which solvers write them. */
export const snapshotFields: readonly SnapshotField[] = [
  "t",
  "uu",
  "ww",
  "uw",
  "area",
  "balance",
  "output",
  "residual",
  "loss",
  "excessLoss",
  "kernel",
  "alignment",
  "angle",
  "normProduct",
  "kernelSize",
  "outputSize",
  "sharpness",
];

/**
 * The index of each field: field f of the snapshot at `offset` is values[offset + FIELD[f]·stride]. This is
 * an enum because bundlers inline its numbers.
 */
export enum FIELD {
  t,
  uu,
  ww,
  uw,
  area,
  balance,
  output,
  residual,
  loss,
  excessLoss,
  kernel,
  alignment,
  angle,
  normProduct,
  kernelSize,
  outputSize,
  sharpness,
}

/** The number of fields. */
export const FIELDS: number = FIELD.sharpness + 1;

/** The titles of a snapshot's fields on an axis: name, symbol, unit. */
export const fieldTitles: { readonly [Field in keyof Required<Snapshot>]: string } = {
  t: "time t",
  uu: "squared norm |u|²",
  ww: "squared norm |w|²",
  uw: "overlap u·w",
  area: "conserved area √Γ",
  balance: "balance δ",
  output: "output γ u·w",
  residual: "residual correlation g",
  loss: "loss L",
  excessLoss: "excess loss k g²/E[x²]",
  kernel: "kernel γ²B",
  alignment: "alignment cos ζ",
  angle: "angle ζ (rad)",
  normProduct: "product of norms |u||w|",
  kernelSize: "kernel size E[tr K(x, x)]",
  outputSize: "output size √E[f²]",
  sharpness: "sharpness (1/time)",
};

/** The snapshot whose fields lie in `values` from `offset`; the sharpness, if known, is a number. */
export function snapshotFrom(values: Float64Array, offset: number, stride: number): Snapshot {
  const sharpness = values[offset + FIELD.sharpness * stride]!;
  const snapshot = {
    t: values[offset + FIELD.t * stride]!,
    uu: values[offset + FIELD.uu * stride]!,
    ww: values[offset + FIELD.ww * stride]!,
    uw: values[offset + FIELD.uw * stride]!,
    area: values[offset + FIELD.area * stride]!,
    balance: values[offset + FIELD.balance * stride]!,
    output: values[offset + FIELD.output * stride]!,
    residual: values[offset + FIELD.residual * stride]!,
    loss: values[offset + FIELD.loss * stride]!,
    excessLoss: values[offset + FIELD.excessLoss * stride]!,
    kernel: values[offset + FIELD.kernel * stride]!,
    alignment: values[offset + FIELD.alignment * stride]!,
    angle: values[offset + FIELD.angle * stride]!,
    normProduct: values[offset + FIELD.normProduct * stride]!,
    kernelSize: values[offset + FIELD.kernelSize * stride]!,
    outputSize: values[offset + FIELD.outputSize * stride]!,
  };
  if (!Number.isNaN(sharpness)) Object.assign(snapshot, { sharpness });
  const { t, uu, ww, balance, loss, kernelSize } = snapshot;
  // Numbers are infinite at t = ∞, for a frozen layer, and for layers that grow without bound.
  return Number.isFinite(t + uu + ww + balance + loss + kernelSize) ? snapshot : withText(snapshot);
}

/** The snapshot with a sharpness that is computed when first read; without one if `find` is undefined. */
export function withSharpness<S extends AnySnapshot>(snapshot: S, find: (() => number) | undefined): S {
  if (find === undefined) return snapshot;
  return Object.defineProperty(snapshot, "sharpness", {
    enumerable: true,
    configurable: true,
    get(): number {
      const value = find();
      Object.defineProperty(this, "sharpness", { enumerable: true, configurable: true, writable: true, value });
      return value;
    },
  });
}

/**
 * The snapshot with another time. A sharpness that has not been computed yet stays uncomputed until it is
 * read.
 */
export function atTime<S extends AnySnapshot>(snapshot: S, t: number): S {
  const own = Object.getOwnPropertyDescriptor(snapshot, "sharpness");
  if (own?.get === undefined) return withInfinities({ ...snapshot, t });
  const { sharpness, ...others } = Object.getOwnPropertyDescriptors(snapshot);
  const moved = Object.defineProperties({}, { ...others, t: { ...others.t, value: t } }) as S;
  return withSharpness(withInfinities(moved), () => snapshot.sharpness!);
}

/** Writes these fields of a snapshot. A missing sharpness is written as NaN. */
export function writeFields(
  fields: Readonly<Partial<Record<SnapshotField, number>>>,
  values: Float64Array,
  offset: number,
  stride: number,
): void {
  for (const name of snapshotFields) {
    const value = fields[name];
    if (value !== undefined) values[offset + FIELD[name] * stride] = value;
  }
  if (!("sharpness" in fields)) values[offset + FIELD.sharpness * stride] = NaN;
}
