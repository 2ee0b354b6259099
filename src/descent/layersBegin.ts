/**
 * A problem of several inputs and outputs about to be descended, as its data see it: the objective, and the
 * layers in the coordinates of the inputs' span and in those hidden directions that they use, of which there
 * are at most as many as outputs and inputs.
 */
import type { Matrix } from "ml-matrix";
import { overflows, readRecord, unmet } from "../door/arguments.ts";
import { inTheirSpan, type SpannedLayers } from "../matrix/hiddenSpan.ts";
import { layersOf } from "../matrix/layersOf.ts";
import { alongInputs, type MatrixState, matrixState, outsideOf, spansAll } from "../matrix/matrixState.ts";
import { areLayers, type Layers } from "../model/layers.ts";
import { areMatrices, isMatrixLayers, type MatrixLayers } from "../model/matrixLayers.ts";
import type { MatrixObjective } from "../model/matrixObjective.ts";
import { type MatrixProblem, readMatrixProblem } from "../model/readProblem.ts";
import { frobeniusNorm } from "../numerics/matrices.ts";

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
  readonly problem: MatrixProblem["given"];
  /** Layers in the form of those that were passed. */
  readonly formed: (layers: MatrixLayers) => MatrixLayers | Layers;
}

/** Whether a problem starts from layers of several inputs or outputs, or from matrix order parameters. */
export function isOfLayers(problem: unknown): boolean {
  const { initial } = readRecord("problem", problem) as Record<string, unknown>;
  return areLayers(initial) || areMatrices(initial);
}

export function beginLayers(value: unknown): LayersBegun {
  const problem = readMatrixProblem(value);
  const { network, initial, given } = problem;
  if (network.power !== 1)
    unmet(`a power activation (${network.power}) is for inputs along one direction`, "pass weights { u, w }");
  const state = matrixState(problem);
  const start = state.layers ?? layersOf(state);
  const reduced = inTheirSpan(start);
  requireRange(reduced);
  const layers = isMatrixLayers(initial) ? initial : undefined;
  const offSpan =
    layers === undefined || spansAll(state.support) ? undefined : outsideOf(layers.W1, alongInputs(state.support, start.W1));
  const formed: LayersBegun["formed"] = areLayers(given.initial)
    ? ({ W2, W1 }) => ({ u: Float64Array.from(W2.getRow(0)), W: W1 })
    : (matrices) => matrices;
  return { state, objective: state.objective, reduced, initial: layers, offSpan, problem: given, formed };
}

/** Refuses layers whose squares overflow. */
function requireRange({ W2, W1 }: MatrixLayers): void {
  if (Math.max(frobeniusNorm(W2), frobeniusNorm(W1)) ** 2 === Infinity) overflows("‖W₂‖² or ‖W₁‖² of the initial layers");
}
