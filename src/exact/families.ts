/**
 * The exact families, in the order in which they are tried. A new family is a folder and a line of this list.
 *
 * A problem in two families has one answer; the earlier family knows more of it.
 */
import { readRecord } from "../door/arguments.ts";
import { type MatrixState, matrixState } from "../matrix/matrixState.ts";
import type { MultiInputFlow } from "../matrix/multiInputFlow.ts";
import { asMatrixProblem, type ReadMultiInputProblem, readMultiInputProblem } from "../matrix/multiInputProblem.ts";
import type { ExactFlow } from "../model/flow.ts";
import { areLayers } from "../model/layers.ts";
import type { ExactMatrixFlow, MatrixProblem, MatrixSnapshot } from "../model/matrixFlow.ts";
import { areMatrices, type MatrixLayers, type MatrixOrderParameters } from "../model/matrixLayers.ts";
import type { Problem } from "../model/problem.ts";
import { readMatrixProblem } from "../model/readMatrixProblem.ts";
import { readProblem } from "../model/readProblem.ts";
import type { OrderParameters, Weights } from "../model/weights.ts";
import { balancedFlow, balanceOf } from "./balanced/balancedFlow.ts";
import { exactLayersFlow } from "./exactLayersFlow.ts";
import { decouple } from "./modes/decouple.ts";
import { inModes } from "./modes/inModes.ts";
import { modesFlow } from "./modes/modesFlow.ts";
import { failedOfOneDirection } from "./oneDirection/applicability.ts";
import { failedAssumptions } from "./oneDirection/failedAssumptions.ts";
import { flowOfProblem } from "./oneDirection/oneDirectionFlow.ts";

/** A problem as it was read, by what its initial state is. */
export type ReadProblem =
  | { readonly kind: "one direction"; readonly problem: Problem<Weights | OrderParameters> }
  | {
      readonly kind: "matrices";
      readonly problem: MatrixProblem<MatrixLayers | MatrixOrderParameters>;
      /** The problem of layers { u, W } that it was read from. */
      readonly layers: ReadMultiInputProblem | undefined;
      readonly state: () => MatrixState;
      readonly decoupled: () => ReturnType<typeof decouple>;
    };

/** The flow of a family, or the assumptions that fail, each in a sentence. */
export type Attempt<F> = { readonly flow: F } | { readonly failed: readonly string[] };

/** Any flow in closed form. */
export type AnyExactFlow = ExactFlow | ExactMatrixFlow | MultiInputFlow;

/** The name of a family. */
export type ExactFamily = "one-direction" | "modes" | "balanced";

interface Family {
  readonly name: ExactFamily;
  /** Undefined for problems of a kind that the family does not know. */
  readonly solve: (read: ReadProblem) => Attempt<AnyExactFlow> | undefined;
}

export const families: readonly Family[] = [
  {
    name: "one-direction",
    solve(read) {
      if (read.kind !== "one direction") return undefined;
      const failed = failedOfOneDirection(read.problem.network, read.problem.task);
      return failed.length > 0 ? { failed } : { flow: flowOfProblem(read.problem) };
    },
  },
  {
    name: "modes",
    solve(read) {
      if (read.kind !== "matrices") return undefined;
      const decoupled = read.decoupled();
      if (!("modes" in decoupled)) return { failed: [decoupled.coupled] };
      return ofLayers(read.layers, inRange(modesFlow(read.problem, read.state(), decoupled.modes)));
    },
  },
  {
    name: "balanced",
    solve(read) {
      if (read.kind !== "matrices") return undefined;
      const { u, w } = read.problem.network.learningRates;
      const [state, decoupled] = [read.state(), read.decoupled()];
      // Where the problem decouples, the modes say what is rounding of its starts, so that both families
      // agree for ever.
      const known = "modes" in decoupled && u > 0 && w > 0;
      const frame = known ? inModes(state, decoupled.modes) : { state, inputs: undefined, outputs: undefined };
      const balance = balanceOf(frame.state);
      if ("unbalanced" in balance) return { failed: [balance.unbalanced] };
      return ofLayers(read.layers, inRange(balancedFlow(read.problem, state, balance, frame)));
    },
  },
];

/** Reads a problem of any kind. A task of one direction is projected on it where `project` is set. */
export function readExactProblem(value: unknown, project = false): ReadProblem {
  const { initial } = readRecord("problem", value) as { readonly initial?: unknown };
  if (areMatrices(initial)) return ofMatrices(readMatrixProblem(value), undefined);
  if (areLayers(initial)) {
    const layers = readMultiInputProblem(value);
    return ofMatrices(asMatrixProblem(layers), layers);
  }
  const problem = readProblem(value);
  return { kind: "one direction", problem: project ? { ...problem, task: { ...problem.task, projected: true } } : problem };
}

function ofMatrices(
  problem: MatrixProblem<MatrixLayers | MatrixOrderParameters>,
  layers: ReadMultiInputProblem | undefined,
): ReadProblem {
  const state = once(() => matrixState(problem));
  return { kind: "matrices", problem, layers, state, decoupled: once(() => decouple(state())) };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** The flow of the first family that applies, among those that are wanted, or what each of them misses. */
export function firstFamily(read: ReadProblem, wanted: ExactFamily | "any" = "any"): Attempt<AnyExactFlow> {
  const failed = read.kind === "matrices" ? failedAssumptions(read.problem.network) : [];
  if (failed.length > 0) return { failed };
  for (const { name, solve } of families) {
    if (wanted !== "any" && wanted !== name) continue;
    const found = solve(read);
    if (found !== undefined && "flow" in found) return found;
    failed.push(...(found?.failed ?? []));
  }
  return { failed: failed.length > 0 ? failed : [`the family "${wanted}" does not know problems of this kind`] };
}

/**
 * A flow whose order parameters and residual are in range where it begins and where it ends, between which
 * they stay.
 */
function inRange<F extends ExactMatrixFlow>(flow: F): Attempt<F> {
  const fits = ({ normProduct, residual, loss }: MatrixSnapshot): boolean =>
    Number.isFinite(normProduct) && residual.to1DArray().every(Number.isFinite) && Number.isFinite(loss);
  return fits(flow.at(0)) && fits(flow.limit)
    ? { flow }
    : { failed: ["its layers or residual overflow double precision: rescale the problem"] };
}

/** The flow as one of layers { u, W }, where the problem came as such; these must be known at every time. */
function ofLayers(layers: ReadMultiInputProblem | undefined, found: Attempt<ExactMatrixFlow>): Attempt<AnyExactFlow> {
  if (layers === undefined || "failed" in found) return found;
  const { weights, because } = found.flow;
  return weights === undefined
    ? { failed: [`${because}, up to a rotation of the hidden layer: pass { W2, W1 } to do without the layers`] }
    : { flow: exactLayersFlow(layers, { ...found.flow, weights }) };
}
