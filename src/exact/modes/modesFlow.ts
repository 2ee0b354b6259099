/**
 * A problem that decouples, solved mode by mode: with W₂ = Σₐ oₐuₐᵀ and W₁ = Σₐ wₐvₐᵀ every (uₐ, wₐ) trains
 * as a network of one direction on (xxₐ, sₐ), and
 *
 *     W₂W₁ = Σₐ uwₐ oₐvₐᵀ      W₂W₂ᵀ = Σₐ uuₐ oₐoₐᵀ      W₁ᵀW₁ = Σₐ wwₐ vₐvₐᵀ      G = Σₐ gₐ oₐvₐᵀ
 *
 * with what is in no mode staying as it is. [SaxeEtAl2014; XuZiyin2025, §3]
 */
import { Matrix } from "ml-matrix";
import { alongInputs, type MatrixState, matrixSnapshot, outsideOf, squareLosses } from "../../matrix/matrixState.ts";
import type { Mode, ModesFlow, OneDirectionFlow } from "../../model/flow.ts";
import { weightsInForm } from "../../model/matrixForm.ts";
import { isMatrixLayers, type MatrixLayers } from "../../model/matrixLayers.ts";
import type { MatrixSnapshot } from "../../model/matrixSnapshot.ts";
import { notesOf } from "../../model/notes.ts";
import { matrices } from "../../model/protocol.ts";
import { readInitial } from "../../model/readInitial.ts";
import type { MatrixProblem } from "../../model/readProblem.ts";
import type { Snapshot } from "../../model/snapshot.ts";
import { readTask } from "../../model/task.ts";
import type { OrderParameters, Weights } from "../../model/weights.ts";
import { checkTime, flowOfProblem } from "../oneDirection/oneDirectionFlow.ts";
import type { Modes } from "./decouple.ts";

export function modesFlow(problem: MatrixProblem, state: MatrixState, { inputs, outputs, starts }: Modes): ModesFlow {
  const along = alongInputs(state.support, inputs.transpose());
  const modes: Mode[] = Array.from({ length: inputs.columns }, (_, a) => ({
    input: Float64Array.from(along.getRow(a)),
    output: Float64Array.from(outputs.getColumn(a)),
    flow: modeOf(state, inputs.getColumnVector(a), outputs.getColumnVector(a), starts[a]!),
  }));
  const from = modes.reduce((latest, { flow }) => Math.max(latest, flow.from), Number.NEGATIVE_INFINITY);
  const others = { uu: outside(state.start.uu, outputs), ww: outside(state.start.ww, inputs) };
  const at = (t: number): MatrixSnapshot => {
    checkTime("at", from, t);
    const snapshots = modes.map(({ flow }) => flow.at(t));
    const sum = (field: keyof Snapshot, left: Matrix, right: Matrix): Matrix =>
      left
        .clone()
        .mulRowVector(snapshots.map((snapshot) => snapshot[field]!))
        .mmul(right.transpose());
    const now = {
      uu: sum("uu", outputs, outputs).add(others.uu),
      ww: sum("ww", inputs, inputs).add(others.ww),
      uw: sum("uw", outputs, inputs),
    };
    const excessLoss = snapshots.reduce((total, snapshot) => total + snapshot.excessLoss, 0);
    const residual = sum("residual", outputs, inputs);
    return matrixSnapshot(state, t, t === 0 ? state.start : now, residual, squareLosses(state, residual, excessLoss));
  };
  const flow = {
    method: "exact" as const,
    family: "modes" as const,
    because: reasonOf(modes.length),
    problem: problem.given,
    ...notesOf(problem.task),
    from,
    until: Infinity,
    modes,
    rates: Float64Array.from(modes, ({ flow: { rate } }) => rate)
      .sort()
      .reverse(),
    limit: at(Infinity),
    at,
    [matrices]: problem,
  };
  const { initial } = problem;
  if (!isMatrixLayers(initial)) return flow as ModesFlow;
  return { ...flow, weights: weightsInForm(problem, weightsOf(initial, modes, along.transpose(), outputs, from)) } as ModesFlow;
}

function reasonOf(count: number): string {
  if (count === 0) return "no input is correlated with a target or seen at an output: nothing moves";
  const said = count === 1 ? "are one mode," : `decouple into ${count} modes, each`;
  return `data and layers ${said} a network of one direction with the closed form of Xu and Ziyin`;
}

/** A mode as a problem of one direction. */
function modeOf(
  { network, support, yx }: MatrixState,
  input: Matrix,
  output: Matrix,
  initial: Weights | OrderParameters,
): OneDirectionFlow {
  const xx = input.to1DArray().reduce((sum, component, a) => sum + component * component * support.variances[a]!, 0);
  // Not below 0 but by rounding.
  const xy = Math.max(0, output.dot(yx.mmul(input)));
  const task = readTask("mode", { xx, xy, yy: xy * (xy / xx) });
  return flowOfProblem({ network, task, initial: readInitial("mode", initial) });
}

/** (1 − VVᵀ) M (1 − VVᵀ): what a Gram matrix has outside of the modes. */
function outside(gram: Matrix, vectors: Matrix): Matrix {
  if (vectors.columns === vectors.rows) return Matrix.zeros(gram.rows, gram.columns);
  const without = (matrix: Matrix): Matrix => Matrix.sub(matrix, vectors.mmul(vectors.transpose().mmul(matrix)));
  return without(without(gram).transpose());
}

function weightsOf(
  { W2, W1 }: MatrixLayers,
  modes: readonly Mode[],
  inputs: Matrix,
  outputs: Matrix,
  from: number,
): (t: number) => MatrixLayers {
  const full = (columns: Matrix): boolean => columns.rows === columns.columns;
  // Rounding is told neuron by neuron.
  const inNeurons = outsideOf(W2.transpose(), W2.transpose().mmul(outputs).mmul(outputs.transpose()));
  const restOfW2 = full(outputs) ? Matrix.zeros(W2.rows, W2.columns) : inNeurons.transpose();
  const restOfW1 = full(inputs) ? Matrix.zeros(W1.rows, W1.columns) : outsideOf(W1, W1.mmul(inputs).mmul(inputs.transpose()));
  return (t) => {
    checkTime("weights", from, t);
    if (t === 0) return { W2: W2.clone(), W1: W1.clone() };
    const u = Matrix.zeros(modes.length, W2.columns);
    const w = Matrix.zeros(W1.rows, modes.length);
    for (const [a, { flow }] of modes.entries()) {
      const weights = flow.weights!(t);
      u.setRow(a, Array.from(weights.u));
      w.setColumn(a, Array.from(weights.w));
    }
    return { W2: outputs.mmul(u).add(restOfW2), W1: w.mmul(inputs.transpose()).add(restOfW1) };
  };
}
