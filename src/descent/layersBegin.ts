/**
 * A problem of several inputs and outputs about to be descended, as its data see it: the objective, and the
 * layers in the coordinates of the inputs' span and in those hidden directions that they use, of which there
 * are at most as many as outputs and inputs.
 */
import type { Matrix } from "ml-matrix";
import { overflows, readRecord, unmet } from "../door/arguments.ts";
import { inTheirSpan, type SpannedLayers } from "../matrix/hiddenSpan.ts";
import { layersOf } from "../matrix/layersOf.ts";
import { alongInputs, type MatrixState, matrixState, outsideOf } from "../matrix/matrixState.ts";
import { asMatrixProblem, type MultiInputProblem, readMultiInputProblem } from "../matrix/multiInputProblem.ts";
import { areLayers, type Layers } from "../model/layers.ts";
import type { MatrixProblem } from "../model/matrixFlow.ts";
import { isMatrixLayers, type MatrixLayers, type MatrixOrderParameters } from "../model/matrixLayers.ts";
import { type MatrixObjective, matrixObjectiveOf } from "../model/matrixObjective.ts";
import { matrixTaskOf } from "../model/matrixTaskOf.ts";
import { readMatrixProblem } from "../model/readMatrixProblem.ts";
import { frobeniusNorm, matrixFrom } from "../numerics/matrices.ts";
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
  readonly problem: MatrixProblem<MatrixLayers | MatrixOrderParameters> | MultiInputProblem<Layers>;
  /** Layers in the form of those that were passed. */
  readonly formed: (layers: MatrixLayers) => MatrixLayers | Layers;
}

type Read = Pick<LayersBegun, "problem" | "formed"> & {
  readonly matrices: MatrixProblem<MatrixLayers | MatrixOrderParameters> & { readonly support?: Support };
};

export function beginLayers(given: unknown): LayersBegun {
  const { matrices, problem, formed } = readLayersProblem(given);
  const { network, initial } = matrices;
  if (network.power !== 1)
    unmet(`a power activation (${network.power}) is for inputs along one direction`, "pass weights { u, w }");
  const state = matrixState(matrices);
  const objective = matrixObjectiveOf(network, matrices.task, state.support);
  const start = state.layers ?? layersOf(state);
  const reduced = inTheirSpan(start);
  requireRange(reduced);
  const layers = isMatrixLayers(initial) ? initial : undefined;
  const offSpan =
    layers === undefined || state.support.directions === undefined
      ? undefined
      : outsideOf(layers.W1, alongInputs(state.support, start.W1));
  return { state, objective, reduced, initial: layers, offSpan, problem, formed };
}

function readLayersProblem(given: unknown): Read {
  const { initial } = readRecord("problem", given) as Record<string, unknown>;
  if (!areLayers(initial)) {
    const matrices = readMatrixProblem(given);
    return { matrices, problem: matrices, formed: (layers) => layers };
  }
  const { network, task, initial: vectors } = readMultiInputProblem(given);
  const W = matrixFrom(vectors.W);
  return {
    // One output, on a task that keeps the samples.
    matrices: { ...asMatrixProblem({ network, task, initial: vectors }), task: matrixTaskOf(task, W.columns) },
    problem: { network, task, initial: { u: vectors.u, W } },
    formed: ({ W2, W1 }) => ({ u: Float64Array.from(W2.getRow(0)), W: W1 }),
  };
}

/** Refuses layers whose squares overflow. */
function requireRange({ W2, W1 }: MatrixLayers): void {
  if (Math.max(frobeniusNorm(W2), frobeniusNorm(W1)) ** 2 === Infinity) overflows("‖W₂‖² or ‖W₁‖² of the initial layers");
}
