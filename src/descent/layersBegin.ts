/**
 * A descent of several inputs and outputs before its first step: the objective, and the layers in coordinates
 * of the inputs' span and of the hidden directions that they use. There are at most as many hidden directions
 * as outputs and inputs together.
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
  /** The layers that are trained: W₂ is m×d, W₁ is d×r. */
  readonly reduced: SpannedLayers;
  /** The original layers, with all inputs; undefined for a start from order parameters. */
  readonly initial: MatrixLayers | undefined;
  /** The part of W₁ outside the inputs' span; undefined if there is none. */
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
