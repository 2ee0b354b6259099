/**
 * A problem of several inputs and outputs about to be descended, as its data see it: the objective, and the
 * layers in the coordinates of the inputs' span and in those hidden directions that they use, of which there
 * are at most as many as outputs and inputs.
 */
import type { Matrix } from "ml-matrix";
import { overflows, unmet } from "../door/arguments.ts";
import { inTheirSpan, type SpannedLayers } from "../matrix/hiddenSpan.ts";
import { layersOf } from "../matrix/layersOf.ts";
import { alongInputs, type MatrixState, matrixState, outsideOf, spansAll } from "../matrix/matrixState.ts";
import { isMatrixLayers, type MatrixLayers } from "../model/matrixLayers.ts";
import type { MatrixObjective } from "../model/matrixObjective.ts";
import type { MatrixProblem } from "../model/readProblem.ts";
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
  readonly problem: MatrixProblem;
}

export function beginLayers(problem: MatrixProblem): LayersBegun {
  const { network, initial } = problem;
  if (network.power !== 1)
    unmet(`a power activation (${network.power}) is for inputs along one direction`, "pass weights { u, w }");
  const state = matrixState(problem);
  const start = state.layers ?? layersOf(state);
  const reduced = inTheirSpan(start);
  requireRange(reduced);
  const layers = isMatrixLayers(initial) ? initial : undefined;
  const offSpan =
    layers === undefined || spansAll(state.support) ? undefined : outsideOf(layers.W1, alongInputs(state.support, start.W1));
  return { state, objective: state.objective, reduced, initial: layers, offSpan, problem };
}

/** Refuses layers whose squares overflow. */
function requireRange({ W2, W1 }: MatrixLayers): void {
  if (Math.max(frobeniusNorm(W2), frobeniusNorm(W1)) ** 2 === Infinity) overflows("‖W₂‖² or ‖W₁‖² of the initial layers");
}
