/**
 * A problem of several inputs and outputs about to be descended, as its data see it: the objective, and the
 * layers in the coordinates of the inputs' span and in those hidden directions that they use, of which there
 * are at most as many as outputs and inputs.
 */
import type { Matrix } from "ml-matrix";
import { overflows, readRecord, unmet } from "../door/arguments.ts";
import type { Rows } from "../door/arrays.ts";
import { inTheirSpan, type SpannedLayers } from "../matrix/hiddenSpan.ts";
import { layersOf } from "../matrix/layersOf.ts";
import { alongInputs, type MatrixState, matrixState, outsideOf } from "../matrix/matrixState.ts";
import { asMatrixProblem, readMultiInputProblem } from "../matrix/multiInputProblem.ts";
import { areLayers, type Layers } from "../model/layers.ts";
import type { MatrixProblem } from "../model/matrixFlow.ts";
import { isMatrixLayers, type MatrixLayers, type MatrixOrderParameters } from "../model/matrixLayers.ts";
import { type MatrixObjective, matrixObjectiveOf } from "../model/matrixObjective.ts";
import { readMatrixProblem } from "../model/readMatrixProblem.ts";
import type { Support } from "../numerics/support.ts";

export interface LayersBegun {
  readonly state: MatrixState;
  readonly objective: MatrixObjective;
  /** The layers that take the steps: W₂ is m×d, W₁ d×r. */
  readonly reduced: SpannedLayers;
  /** The layers that were given, with all inputs; undefined of a start from order parameters. */
  readonly initial: MatrixLayers | undefined;
  /** The part of W₁ along which there are no data; undefined where there is none. */
  readonly offSpan: Matrix | undefined;
  /** The problem in the form in which it was passed. */
  readonly problem: MatrixProblem<MatrixLayers | MatrixOrderParameters>;
  /** Layers in the form of those that were passed. */
  readonly formed: (layers: MatrixLayers) => MatrixLayers | Layers;
}

type ReadProblem = MatrixProblem<MatrixLayers | MatrixOrderParameters> & { readonly support?: Support };

export function beginLayers(problem: unknown): LayersBegun {
  const given = readRecord("problem", problem) as Record<string, unknown>;
  const vectors = areLayers(given["initial"]);
  const read: ReadProblem = vectors ? asMatrixProblem(readMultiInputProblem(given)) : readMatrixProblem(given);
  const { network, initial } = read;
  if (network.power !== 1)
    unmet(`a power activation (${network.power}) is for inputs along one direction`, "pass weights { u, w }");
  const state = matrixState(read);
  const objective = matrixObjectiveOf(network, read.task, state.support);
  const start = state.layers ?? layersOf(state);
  const reduced = inTheirSpan(start);
  requireRange(reduced);
  return {
    state,
    objective,
    reduced,
    initial: isMatrixLayers(initial) ? initial : undefined,
    offSpan:
      isMatrixLayers(initial) && state.support.directions !== undefined
        ? outsideOf(initial.W1, alongInputs(state.support, start.W1))
        : undefined,
    problem: read,
    formed: vectors ? ({ W2, W1 }) => ({ u: Float64Array.from(W2.getRow(0)), W: W1 }) : (layers) => layers,
  };
}

/** Refuses layers whose squares or product overflow. */
function requireRange({ W2, W1 }: MatrixLayers): void {
  const squares = (layer: Matrix): number => layer.to1DArray().reduce((sum, weight) => sum + weight * weight, 0);
  const product = squares(W2) * squares(W1);
  if (squares(W2) + squares(W1) + Math.sqrt(product) === Infinity) overflows("‖W₂‖², ‖W₁‖² or W₂W₁ of the initial layers");
}

/** The samples in the coordinates of the inputs' span, n×r. */
export function onSpan({ support: { directions } }: MatrixState, { rows, columns, data }: Rows): Rows {
  if (directions === undefined) return { rows, columns, data };
  const r = directions.columns;
  const coordinates = new Float64Array(rows * r);
  for (let a = 0; a < r; a++) {
    const direction = directions.getColumn(a);
    for (let j = 0; j < rows; j++) {
      let sum = 0;
      for (let i = 0; i < columns; i++) sum += data[j * columns + i]! * direction[i]!;
      coordinates[j * r + a] = sum;
    }
  }
  return { rows, columns: r, data: coordinates };
}
