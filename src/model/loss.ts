/**
 * Named losses and user-defined losses. A new named loss of one output needs only this file: its name in
 * {@link NamedLoss} and in the list, and its formulas in the table. A loss that couples outputs gets its own
 * file, like crossEntropy.ts, and a line in outputLossOf.ts.
 */
import { reject, unmet } from "../door/arguments.ts";

/**
 * The named losses: mean squared error, or half of it; the logistic loss ln(1 + e^−yf), for labels y = ±1;
 * the Huber loss with threshold 1; and the cross-entropy ln Σ exp(f_c) − Σ y_c f_c, the softmax loss of at
 * least two outputs, whose targets are one-hot rows or probabilities. All but the cross-entropy are losses of
 * one output, and are summed over the outputs.
 */
export type NamedLoss = "mse" | "half-mse" | "logistic" | "huber" | "cross-entropy";

/** The names of losses. */
export const lossNames: readonly NamedLoss[] = ["mse", "half-mse", "logistic", "huber", "cross-entropy"];

/** A user-defined loss ℓ(f, y), convex in the prediction f. It is summed over several outputs. */
export interface LossFunction {
  /** ℓ(f, y). */
  readonly value: (prediction: number, target: number) => number;
  /** ∂ℓ/∂f. */
  readonly derivative: (prediction: number, target: number) => number;
  /** ∂²ℓ/∂f²; needed for the sharpness. */
  readonly secondDerivative?: (prediction: number, target: number) => number;
}

/** The loss that is trained, L = E[ℓ(f(x), y)]: a name, or a function with its derivative. */
export type Loss = NamedLoss | LossFunction;

/** The formulas of a named loss of one output. */
interface Formulas extends Required<LossFunction> {
  /** Whether the slope has kinks. */
  readonly kinks?: boolean;
  /** The targets that the loss accepts; absent if every number is accepted. */
  readonly labels?: readonly number[];
}

const squares = (k: number): Formulas => ({
  value: (f, y) => k * (f - y) ** 2,
  derivative: (f, y) => 2 * k * (f - y),
  secondDerivative: () => 2 * k,
});

/** The losses of one output. The cross-entropy is in crossEntropy.ts. */
const formulas: Readonly<Record<Exclude<NamedLoss, "cross-entropy">, Formulas>> = {
  mse: /* @__PURE__ */ squares(1),
  "half-mse": /* @__PURE__ */ squares(0.5),
  logistic: {
    value: (f, y) => Math.max(-y * f, 0) + Math.log1p(Math.exp(-Math.abs(y * f))),
    derivative: (f, y) => -y / (1 + Math.exp(y * f)),
    secondDerivative: (f, y) => (y * y) / (2 + 2 * Math.cosh(y * f)),
    labels: [1, -1],
  },
  huber: {
    value: (f, y) => (Math.abs(f - y) <= 1 ? (f - y) ** 2 / 2 : Math.abs(f - y) - 0.5),
    derivative: (f, y) => Math.max(-1, Math.min(1, f - y)),
    secondDerivative: (f, y) => (Math.abs(f - y) <= 1 ? 1 : 0),
    kinks: true,
  },
};

const formulasOf = (loss: Loss): Formulas | undefined =>
  typeof loss !== "string" || loss === "cross-entropy" ? undefined : formulas[loss];

/** ℓ and its derivatives, for a loss of one output. */
export function lossFunction(loss: Loss): LossFunction {
  if (typeof loss !== "string") return loss;
  return formulasOf(loss) ?? unmet('the loss "cross-entropy" needs at least two outputs', 'use "logistic" with labels 1 and -1');
}

/**
 * Whether the slope of a loss can have kinks. That of the Huber loss has; that of a user-defined loss may.
 */
export function hasKinks(loss: Loss): boolean {
  return typeof loss !== "string" || formulasOf(loss)?.kinks === true;
}

/** Refuses targets that the loss does not accept, such as logistic labels other than ±1. */
export function checkLabels(loss: Loss, y: Float64Array): void {
  const labels = formulasOf(loss)?.labels;
  const stray = labels === undefined ? -1 : y.findIndex((label) => !labels.includes(label));
  if (stray >= 0) reject(`target ${stray} is ${y[stray]}; the ${loss as string} loss takes labels ${labels!.join(" and ")}`);
}
