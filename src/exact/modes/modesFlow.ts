/**
 * A problem that decouples, solved mode by mode: with W₂ = Σₐ oₐuₐᵀ and W₁ = Σₐ wₐvₐᵀ every (uₐ, wₐ) trains
 * as a network of one direction on (xxₐ, sₐ), and
 *
 *     W₂W₁ = Σₐ uwₐ oₐvₐᵀ      W₂W₂ᵀ = Σₐ uuₐ oₐoₐᵀ      W₁ᵀW₁ = Σₐ wwₐ vₐvₐᵀ      G = Σₐ gₐ oₐvₐᵀ
 *
 * with what is in no mode staying as it is, or decaying where the weights decay. [SaxeEtAl2014; XuZiyin2025,
 * §3]
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
import { hasDecay, shrinkage } from "../../model/weightDecay.ts";
import type { OrderParameters, Weights } from "../../model/weights.ts";
import { checkDecayTime, decayFlow } from "../decay/decayFlow.ts";
import { checkTime, flowOfProblem } from "../oneDirection/oneDirectionFlow.ts";
import type { Modes } from "./decouple.ts";

export function modesFlow(problem: MatrixProblem, state: MatrixState, { inputs, outputs, starts }: Modes): ModesFlow {
  const along = alongInputs(state.support, inputs.transpose());
  const modes: Mode[] = Array.from({ length: inputs.columns }, (_, a) => ({
    input: Float64Array.from(along.getRow(a)),
    output: Float64Array.from(outputs.getColumn(a)),
    flow: modeOf(state, inputs.getColumnVector(a), outputs.getColumnVector(a), starts[a]!),
  }));
  const decays = hasDecay(state.network);
  const from = modes.reduce((latest, { flow }) => Math.max(latest, flow.from), Number.NEGATIVE_INFINITY);
  const others = { uu: outside(state.start.uu, outputs), ww: outside(state.start.ww, inputs) };
  const at = (t: number): MatrixSnapshot => {
    if (decays) checkDecayTime("at", t);
    else checkTime("at", from, t);
    const left = leftAt(state, t);
    const snapshots = modes.map(({ flow }) => flow.at(t));
    const sum = (field: keyof Snapshot, left: Matrix, right: Matrix): Matrix =>
      left
        .clone()
        .mulRowVector(snapshots.map((snapshot) => snapshot[field]!))
        .mmul(right.transpose());
    const now = {
      uu: sum("uu", outputs, outputs).add(Matrix.mul(others.uu, left.u * left.u)),
      ww: sum("ww", inputs, inputs).add(Matrix.mul(others.ww, left.w * left.w)),
      uw: sum("uw", outputs, inputs),
    };
    const excessLoss = snapshots.reduce((total, snapshot) => total + snapshot.excessLoss, 0);
    const residual = sum("residual", outputs, inputs);
    return matrixSnapshot(state, t, t === 0 ? state.start : now, residual, squareLosses(state, residual, excessLoss));
  };
  const flow = {
    method: "exact" as const,
    family: "modes" as const,
    because: reasonOf(modes.length, decays),
    problem: problem.given,
    ...notesOf(problem.task),
    from,
    until: Infinity,
    modes,
    rates: Float64Array.from(
      modes,
      ({
        flow: {
          rates: [rate = 0],
        },
      }) => rate,
    )
      .sort()
      .reverse(),
    limit: at(Infinity),
    at,
    [matrices]: problem,
  };
  const { initial } = problem;
  if (!isMatrixLayers(initial)) return flow as ModesFlow;
  return {
    ...flow,
    weights: weightsInForm(
      problem,
      weightsOf(initial, modes, along.transpose(), outputs, (t) => {
        if (decays) checkDecayTime("weights", t);
        else checkTime("weights", from, t);
        return leftAt(state, t);
      }),
    ),
  } as ModesFlow;
}

function reasonOf(count: number, decays: boolean): string {
  if (count === 0) return "no input is correlated with a target or seen at an output: nothing moves";
  const said = count === 1 ? "are one mode," : `decouple into ${count} modes, each`;
  const form = decays ? "that decays at one pace in both layers" : "with the closed form of Xu and Ziyin";
  return `data and layers ${said} a network of one direction ${form}`;
}

/** What decay leaves of the weights that are in no mode. */
function leftAt({ network }: MatrixState, t: number): { readonly u: number; readonly w: number } {
  if (!hasDecay(network)) return { u: 1, w: 1 };
  const { u, w } = shrinkage(network);
  return { u: u > 0 ? Math.exp(-u * t) : 1, w: w > 0 ? Math.exp(-w * t) : 1 };
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
  const problem = { network, task, initial: readInitial("mode", initial) };
  return hasDecay(network) ? decayFlow(problem) : flowOfProblem(problem);
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
  leftOf: (t: number) => { readonly u: number; readonly w: number },
): (t: number) => MatrixLayers {
  const full = (columns: Matrix): boolean => columns.rows === columns.columns;
  // Rounding is told neuron by neuron.
  const inNeurons = outsideOf(W2.transpose(), W2.transpose().mmul(outputs).mmul(outputs.transpose()));
  const restOfW2 = full(outputs) ? Matrix.zeros(W2.rows, W2.columns) : inNeurons.transpose();
  const restOfW1 = full(inputs) ? Matrix.zeros(W1.rows, W1.columns) : outsideOf(W1, W1.mmul(inputs).mmul(inputs.transpose()));
  return (t) => {
    const left = leftOf(t);
    if (t === 0) return { W2: W2.clone(), W1: W1.clone() };
    const u = Matrix.zeros(modes.length, W2.columns);
    const w = Matrix.zeros(W1.rows, modes.length);
    for (const [a, { flow }] of modes.entries()) {
      const weights = flow.weights!(t);
      u.setRow(a, Array.from(weights.u));
      w.setColumn(a, Array.from(weights.w));
    }
    return {
      W2: outputs.mmul(u).add(Matrix.mul(restOfW2, left.u)),
      W1: w.mmul(inputs.transpose()).add(Matrix.mul(restOfW1, left.w)),
    };
  };
}
