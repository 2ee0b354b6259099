/**
 * Gradient descent of several inputs and outputs. The reduced layers are trained, and the result is computed
 * from them.
 */

import { Matrix } from "ml-matrix";
import { refuse } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { withMethods } from "../door/json.ts";
import { inNeurons } from "../matrix/hiddenSpan.ts";
import { alongInputs } from "../matrix/matrixState.ts";
import { columnsInWords } from "../model/columnsInWords.ts";
import type { Layers } from "../model/layers.ts";
import { weightsInForm } from "../model/matrixForm.ts";
import type { MatrixLayers, MatrixOrderParameters } from "../model/matrixLayers.ts";
import { notesOf } from "../model/notes.ts";
import { printing } from "../model/printing.ts";
import type { Problem } from "../model/problem.ts";
import type { MatrixProblem } from "../model/readProblem.ts";
import type { AnySnapshot } from "../model/snapshot.ts";
import type { Strided } from "../model/strided.ts";
import type { Plan } from "./descentOptions.ts";
import { beginLayers, type LayersBegun } from "./layersBegin.ts";
import { layersGradient } from "./layersGradient.ts";
import { gramsOf } from "./layersGrams.ts";
import { columnNames, type LayersColumns, recordOf } from "./layersRows.ts";
import { type LayersShape, layersWalk, stateOfLayers } from "./layersWalk.ts";
import { type Run, runOf, stateOf } from "./run.ts";

/** The numbers of one recorded step of a {@link LayersDescent}, without its matrices. */
export interface LayersDescentRow extends Omit<AnySnapshot, "sharpness"> {
  /** The number of the step; `t` is step·stepSize. */
  readonly step: number;
}

/**
 * A training run of several inputs and outputs in discrete steps, on the span of the inputs: one column per
 * field of {@link LayersDescentRow}, and matrices. Row 0 is the start, the last row the end.
 */
export type LayersDescent = { readonly [Field in keyof LayersDescentRow]: Float64Array } & {
  /** γW₂W₁, of shape [rows, outputs, inputs]: f(x) = output·x. */
  readonly output: Strided;
  /**
   * W₂W₂ᵀ, [rows, outputs, outputs]; left out, like `ww` and `uw`, if the three have more than 2²⁵ numbers
   * together.
   */
  readonly uu?: Strided;
  /** W₁ᵀW₁, [rows, inputs, inputs]. */
  readonly ww?: Strided;
  /** W₂W₁, [rows, outputs, inputs]. */
  readonly uw?: Strided;
  /** `"diverged"`: the last row is the last step at which the network was finite. */
  readonly status: "completed" | "diverged" | "aborted";
  /** The problem that was trained. */
  readonly problem: Problem<Layers | MatrixLayers | MatrixOrderParameters>;
  /** Remarks on the data, one sentence each; absent if there are none. */
  readonly notes?: readonly string[];
  /** The rows' numbers, for JSON and for the tables of notebooks. */
  toRows(): LayersDescentRow[];
};

/** A descent that started from layers. */
export type LayersWeightDescent<L = MatrixLayers> = LayersDescent & {
  /** The layers at a recorded row, in the form in which they were passed. */
  weights(row: number): L;
};

/** The methods of a descent. */
const methods = {
  toRows(this: LayersDescent): LayersDescentRow[] {
    return Array.from(this.step, (_, n) => {
      const numbers = ["step", "t", ...columnNames].map((name) => [name, this[name as keyof LayersDescentRow][n]!]);
      return Object.fromEntries(numbers) as LayersDescentRow;
    });
  },
};

/** The recorded states of a descent, and how to read them. */
export function runLayers(
  problem: MatrixProblem,
  plan: Plan,
): { readonly begun: LayersBegun; readonly shape: LayersShape; readonly run: Run } {
  const begun = beginLayers(problem);
  const { reduced, state, objective } = begun;
  const shape = { m: objective.outputs, r: objective.inputs, d: reduced.W2.columns };
  const gradient = layersGradient(begun, plan);
  const walk = layersWalk(state.network, stateOfLayers(reduced), shape, state.support.variances, gradient, plan);
  const run = runOf(walk, plan);
  return { begun, shape, run };
}

export function layersDescent(problem: MatrixProblem, plan: Plan): LayersDescent {
  const { begun, shape, run } = runLayers(problem, plan);
  const columns: LayersColumns & { readonly output: Strided } = recordOf(begun, run, shape);
  const descent: LayersDescent = withMethods(
    { ...methods, ...printing(columnsInWords) },
    {
      step: run.steps,
      t: run.steps.map((step) => step * plan.stepSize),
      ...columns,
      ...gramsOf(begun, run, shape),
      status: run.status,
      problem: problem.given,
      ...notesOf(problem.task),
    },
  );
  if (begun.initial === undefined) return descent;
  const weights = weightsInForm(problem, (row) => layersAt(begun, run, shape, row));
  return Object.defineProperty(descent, "weights", { value: weights });
}

/** The layers at a recorded row, of all neurons and along all inputs. */
function layersAt(
  { initial, reduced, state, offSpan }: LayersBegun,
  run: Run,
  { m, r, d }: LayersShape,
  row: number,
): MatrixLayers {
  const last = run.steps.length - 1;
  if (!Number.isInteger(row) || row < 0 || row > last)
    named("weights", () => refuse("row", row, `pass an integer from 0 to ${last}`));
  if (row === 0) return { W2: initial!.W2.clone(), W1: initial!.W1.clone() };
  const numbers = stateOf(run, row);
  const W2 = Matrix.from1DArray(d, m, numbers.subarray(0, d * m)).transpose();
  const W1 = alongInputs(state.support, Matrix.from1DArray(d, r, numbers.subarray(d * m, d * (m + r))));
  const layers = inNeurons(reduced.basis, { W2, W1 });
  if (offSpan !== undefined) layers.W1.add(Matrix.mul(offSpan, numbers[numbers.length - 1]!));
  return layers;
}
