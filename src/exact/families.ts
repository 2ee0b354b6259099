/**
 * The exact families, in the order in which they are tried. A new family is a folder and a line of this list.
 *
 * A problem in two families has one answer; the earlier family knows more of it.
 */
import { deepState } from "../matrix/deepState.ts";
import { type MatrixState, matrixState } from "../matrix/matrixState.ts";
import type {
  BalancedFlow,
  DeepModesFlow,
  ExactDepthFlow,
  ExactFamily,
  ExactHalfLineFlow,
  ModesFlow,
  OneDirectionFlow,
} from "../model/flow.ts";
import { areLayers, type Layers } from "../model/layers.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import type { MatrixSnapshot } from "../model/matrixSnapshot.ts";
import type { Network } from "../model/network.ts";
import type {
  DeepMatrixProblem,
  DepthProblem,
  HalfLineProblem,
  MatrixProblem,
  ReadProblem,
  ScalarProblem,
} from "../model/readProblem.ts";
import { hasDecay } from "../model/weightDecay.ts";
import { balancedFlow, balanceOf } from "./balanced/balancedFlow.ts";
import { failedOfDecay } from "./decay/applicability.ts";
import { decayFlow } from "./decay/decayFlow.ts";
import { alignedChains } from "./deepModes/alignedChains.ts";
import { deepModesFlow } from "./deepModes/deepModesFlow.ts";
import { depthFlow } from "./depth/depthFlow.ts";
import { foldedFlow } from "./folded/foldedFlow.ts";
import { symmetryOf } from "./folded/symmetry.ts";
import { decouple } from "./modes/decouple.ts";
import { inModes } from "./modes/inModes.ts";
import { modesFlow } from "./modes/modesFlow.ts";
import { failedOfOneDirection } from "./oneDirection/applicability.ts";
import { failedAssumptions } from "./oneDirection/failedAssumptions.ts";
import { flowOfProblem } from "./oneDirection/oneDirectionFlow.ts";
import { failedOfRelu } from "./relu/failedOfRelu.ts";
import { reluFlow } from "./relu/reluFlow.ts";

/** A problem, with what several families ask of it found once. */
type Candidate =
  | { readonly kind: "one direction"; readonly problem: ScalarProblem }
  | { readonly kind: "half lines"; readonly problem: HalfLineProblem }
  | { readonly kind: "depth"; readonly problem: DepthProblem }
  | { readonly kind: "deep matrices"; readonly problem: DeepMatrixProblem }
  | {
      readonly kind: "matrices";
      readonly problem: MatrixProblem;
      readonly state: () => MatrixState;
      readonly decoupled: () => ReturnType<typeof decouple>;
    };

/**
 * The flow of a family, or the assumptions that fail, each in a sentence; `isFirst` if they are to be named
 * first.
 */
export type Attempt<F> = { readonly flow: F } | { readonly failed: readonly string[]; readonly isFirst?: boolean };

/** Any flow of several inputs and outputs in closed form. */
export type ExactMatrixFlow<L extends Layers | MatrixLayers = MatrixLayers> = ModesFlow<L> | BalancedFlow<L>;

/** Any flow in closed form. */
export type AnyExactFlow =
  | OneDirectionFlow
  | ExactHalfLineFlow
  | ExactDepthFlow
  | DeepModesFlow
  | ExactMatrixFlow
  | ExactMatrixFlow<Layers>;

interface Family {
  readonly name: ExactFamily;
  /** Undefined for problems of a kind that the family does not know. */
  readonly solve: (read: Candidate) => Attempt<AnyExactFlow> | undefined;
}

export const families: readonly Family[] = [
  {
    name: "one-direction",
    solve(read) {
      if (read.kind !== "one direction" || hasDecay(read.problem.network)) return undefined;
      const failed = failedOfOneDirection(read.problem.network, read.problem.task);
      return failed.length > 0 ? { failed } : { flow: flowOfProblem(read.problem) };
    },
  },
  {
    name: "decay",
    solve(read) {
      if (read.kind !== "one direction" || !hasDecay(read.problem.network)) return undefined;
      const { network, task } = read.problem;
      const failed = [...failedOfOneDirection({ ...network, weightDecay: 0 }, task), ...failedOfDecay(network)];
      return failed.length > 0 ? { failed } : { flow: decayFlow(read.problem) };
    },
  },
  {
    name: "relu",
    solve(read) {
      if (read.kind !== "half lines" || read.problem.network.activation !== "relu") return undefined;
      const failed = failedOfRelu(read.problem);
      return failed.length > 0 ? { failed } : { flow: reluFlow(read.problem) };
    },
  },
  {
    name: "folded",
    solve(read) {
      if (read.kind !== "half lines" || read.problem.network.activation === "relu") return undefined;
      const symmetry = symmetryOf(read.problem);
      return "failed" in symmetry ? symmetry : { flow: foldedFlow(read.problem, symmetry.found) };
    },
  },
  {
    name: "depth",
    solve(read) {
      if (read.kind !== "depth") return undefined;
      const failed = failedOfOneDirection(read.problem.network, read.problem.task);
      return failed.length > 0 ? { failed } : { flow: depthFlow(read.problem) };
    },
  },
  {
    name: "deep-modes",
    solve(read) {
      if (read.kind !== "deep matrices") return undefined;
      const { network } = read.problem;
      const failed = failedAssumptions(network);
      if (failed.length > 0) return { failed };
      const state = deepState(read.problem);
      const chains = alignedChains(state);
      return "coupled" in chains
        ? { failed: [`${chains.coupled}: ${NOT_ALIGNED}`] }
        : { flow: deepModesFlow(read.problem, state, chains) };
    },
  },
  {
    name: "modes",
    solve(read) {
      if (read.kind !== "matrices") return undefined;
      const decoupled = read.decoupled();
      if (!("modes" in decoupled)) return { failed: [decoupled.coupled] };
      return inRange(modesFlow(read.problem, read.state(), decoupled.modes));
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
      if ("unbalanced" in balance) return { failed: [balance.unbalanced], isFirst: balance.overflows === true };
      return withLayers(inRange(balancedFlow(read.problem, state, balance, frame)));
    },
  },
];

/** Why layers of several modes have no closed form. */
const NOT_ALIGNED = "layers of more than rank one that are not aligned have no reduction known";

function candidate(read: ReadProblem): Candidate {
  if (read.kind !== "matrices") return read;
  const { problem } = read;
  const state = once(() => matrixState(problem));
  return { kind: "matrices", problem, state, decoupled: once(() => decouple(state())) };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** What no family of several inputs and outputs covers. Layers that decay at one pace are decaying modes. */
function failedOfMatrices(network: Network): string[] {
  return [...failedAssumptions({ ...network, weightDecay: 0 }), ...(hasDecay(network) ? failedOfDecay(network) : [])];
}

/** The flow of the first family that applies, among those that are wanted, or what each of them misses. */
export function firstFamily(problem: ReadProblem, wanted: ExactFamily | "any" = "any"): Attempt<AnyExactFlow> {
  const read = candidate(problem);
  const failed = read.kind === "matrices" ? failedOfMatrices(read.problem.network) : [];
  if (failed.length > 0) return { failed };
  for (const { name, solve } of families) {
    if (wanted !== "any" && wanted !== name) continue;
    const found = solve(read);
    if (found !== undefined && "flow" in found) return found;
    if (found?.isFirst === true) failed.unshift(...found.failed);
    else failed.push(...(found?.failed ?? []));
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

/** From layers { u, W } the layers are what is asked for: they must be known at every time. */
function withLayers(found: Attempt<BalancedFlow>): Attempt<BalancedFlow> {
  if ("failed" in found || !areLayers(found.flow.problem.initial) || found.flow.weights !== undefined) return found;
  const { because } = found.flow;
  return { failed: [`${because}, up to a rotation of the hidden layer: pass { W2, W1 } to do without the layers`] };
}
