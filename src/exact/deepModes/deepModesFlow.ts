/**
 * Layers that are aligned with each other and with the data, solved mode by mode: with W_l = Σₐ a_{l,a}
 * h_{l,a}h_{l−1,a}ᵀ every mode trains as a network of numbers a_1 … a_L on (xxₐ, sₐ), and
 *
 *     γ W_L ⋯ W₁ = Σₐ fₐ oₐvₐᵀ     G = Σₐ gₐ oₐvₐᵀ     W_{l−1} ⋯ W₁ = Σₐ (Π_{i<l} a_{i,a}) h_{l−1,a}vₐᵀ
 *
 * with what is in no mode staying as it is. [SaxeEtAl2014; AroraEtAl2019]
 */
import { Matrix } from "ml-matrix";
import { type DeepState, deepSnapshot, layersAlongInputs } from "../../matrix/deepState.ts";
import { alongInputs } from "../../matrix/matrixState.ts";
import { type DeepMatrixLayers, type DeepMatrixSnapshot, filledLayers } from "../../model/deepMatrices.ts";
import type { DeepMode, DeepModesFlow } from "../../model/flow.ts";
import { notesOf } from "../../model/notes.ts";
import { deepMatrices, looks } from "../../model/protocol.ts";
import type { DeepMatrixProblem, DepthNetwork } from "../../model/readProblem.ts";
import { readTask } from "../../model/task.ts";
import { frobeniusNorm } from "../../numerics/matrices.ts";
import { gramOfColumns, gramOfRows, timesMatrix } from "../../numerics/products.ts";
import { hypot } from "../../numerics/wide.ts";
import { depthFlow } from "../depth/depthFlow.ts";
import type { AlignedChains } from "./alignedChains.ts";

export function deepModesFlow(problem: DeepMatrixProblem, state: DeepState, chains: AlignedChains): DeepModesFlow {
  const { rates, objective } = state;
  const { outputScale: gamma } = problem.network;
  const { vectors, rests, sizes } = chains;
  const [inputs, outputs] = [vectors[0]!, vectors.at(-1)!];
  const along = alongInputs(state.support, inputs.transpose());
  const modes: DeepMode[] = sizes.map((layers, a) => ({
    input: Float64Array.from(along.getRow(a)),
    output: Float64Array.from(outputs.getColumn(a)),
    flow: depthFlow(problemOf(state, inputs.getColumnVector(a), outputs.getColumnVector(a), layers)),
  }));
  const outside = outsideOfModes(state, chains);
  const norms = rests.map(frobeniusNorm);
  const at = (t: number): DeepMatrixSnapshot => {
    const now = modes.map(({ flow }) => flow.at(t));
    const sum = (left: Matrix, weights: readonly number[], right: Matrix): Matrix =>
      left
        .clone()
        .mulRowVector([...weights])
        .mmul(right.transpose());
    const excessLoss = now.reduce((total, snapshot) => total + snapshot.excessLoss, 0);
    const squares = now.map(({ layers }) => layers.map((a) => a * a));
    const productOf = (a: number, from: number, to: number): number => squares[a]!.slice(from, to).reduce((s, x) => s * x, 1);
    return deepSnapshot(state, t, {
      norms: norms.map((rest, l) => now.reduce((norm, { layers }) => hypot(norm, layers[l]!), rest)),
      output: sum(
        outputs,
        now.map(({ output }) => output),
        inputs,
      ),
      residual: sum(
        outputs,
        now.map(({ residual }) => residual),
        inputs,
      ),
      kernel: rests.map((_, l) => ({
        inputs: sum(
          inputs,
          now.map((_, a) => productOf(a, 0, l)),
          inputs,
        ).add(outside.inputs[l]!),
        outputs: sum(
          outputs,
          now.map((_, a) => productOf(a, l + 1, rests.length)),
          outputs,
        )
          .add(outside.outputs[l]!)
          .mul(gamma * gamma * rates[l]!),
      })),
      losses: { loss: objective.floor! + excessLoss, excessLoss },
    });
  };
  const layersAt = (t: number): Matrix[] => {
    const now = modes.map(({ flow }) => flow.weights!(t).layers);
    if (t === 0) return problem.initial.layers.map((layer) => layer.clone());
    const layers = rests.map((rest, l) =>
      vectors[l + 1]!.clone()
        .mulRowVector(now.map((numbers) => numbers[l]!))
        .mmul(vectors[l]!.transpose())
        .add(rest),
    );
    return layersAlongInputs(state, layers);
  };
  return {
    method: "exact" as const,
    family: "deep-modes" as const,
    because:
      modes.length === 0
        ? "no input is correlated with a target or seen at an output: nothing moves"
        : `all ${rests.length} layers are aligned with the data: ${modes.length === 1 ? "one mode is" : `${modes.length} modes are each`} a network of numbers`,
    problem: problem.given,
    ...notesOf(problem.task),
    from: 0,
    until: Infinity,
    modes,
    rates: Float64Array.from(modes, ({ flow }) => flow.rate)
      .sort()
      .reverse(),
    limit: at(Infinity),
    at,
    weights: (t: number, out?: DeepMatrixLayers): DeepMatrixLayers => filledLayers(layersAt(t), out),
    [deepMatrices]: problem,
    [looks]: (count: number) => looksOf(modes, count),
  } as DeepModesFlow;
}

/** A mode as a problem of layers that are numbers. */
function problemOf(
  { network, support, yx }: DeepState,
  input: Matrix,
  output: Matrix,
  layers: Float64Array,
): Parameters<typeof depthFlow>[0] {
  const xx = input.to1DArray().reduce((sum, component, a) => sum + component * component * support.variances[a]!, 0);
  // Not below 0 but by rounding.
  const xy = Math.max(0, output.dot(yx.mmul(input)));
  const task = readTask("mode", { xx, xy, yy: xy * (xy / xx) });
  const problem = { network: network as DepthNetwork, task, initial: { layers } };
  return { ...problem, given: problem };
}

/** What the products of the layers have outside of the modes; it stays as it is. */
function outsideOfModes(
  { objective: { inputs: r, outputs: m } }: DeepState,
  { vectors, rests }: AlignedChains,
): { readonly inputs: readonly Matrix[]; readonly outputs: readonly Matrix[] } {
  const without = (vectors: Matrix): Matrix => Matrix.sub(Matrix.eye(vectors.rows), vectors.mmul(vectors.transpose()));
  const before: Matrix[] = [without(vectors[0]!)];
  for (const rest of rests.slice(0, -1)) before.push(timesMatrix(rest, before.at(-1)!));
  const after: Matrix[] = [without(vectors.at(-1)!)];
  for (const rest of rests.slice(1).reverse()) after.unshift(timesMatrix(after[0]!, rest));
  return {
    inputs: before.map((B) => (B.rows === 0 ? Matrix.zeros(r, r) : gramOfColumns(B))),
    outputs: after.map((A) => (A.columns === 0 ? Matrix.zeros(m, m) : gramOfRows(A))),
  };
}

/** The times at which any of the modes is to be looked at. */
function looksOf(modes: readonly DeepMode[], count: number): Float64Array {
  const each = Math.ceil(count / Math.max(1, modes.length));
  const times = modes.flatMap(({ flow }) => {
    const { [looks]: own } = flow as unknown as { readonly [looks]: (count: number) => Float64Array };
    return [...own(each)];
  });
  return Float64Array.from(new Set([0, ...times, Infinity].sort((a, b) => a - b)));
}
