/**
 * The exact training trajectory of layers on one direction, at any depth: initial state → constants → course
 * → snapshot at any time.
 */
import { requireTime } from "../../door/arguments.ts";
import { FeatureLearningError } from "../../door/error.ts";
import { depthSnapshots } from "../../layers/depthSnapshots.ts";
import { type DepthSnapshot, isWholeDepth } from "../../model/depth.ts";
import type { ExactDepthFlow, Target } from "../../model/flow.ts";
import { notesOf } from "../../model/notes.ts";
import { crossings, depths, looks } from "../../model/protocol.ts";
import type { DepthProblem } from "../../model/readProblem.ts";
import { product, toNumber } from "../../numerics/wide.ts";
import { balancedCourse } from "./balanced.ts";
import { type DepthConstants, depthConstants } from "./constants.ts";
import type { DepthCourse, DepthState } from "./course.ts";
import { timesMet } from "./meets.ts";
import { singleCourse } from "./single.ts";
import { unbalancedCourse } from "./unbalanced.ts";

/** The flow of a problem that has been read, and has the closed form. */
export function depthFlow(problem: DepthProblem): ExactDepthFlow {
  const constants = depthConstants(problem);
  const { course, because } = courseOf(constants);
  const snapshot = depthSnapshots(problem);
  const balances = balancesOf(constants);
  const first: DepthState = {
    output: toNumber(constants.output),
    residual: toNumber(constants.residual),
    kernel: toNumber(constants.kernel),
    layers: constants.layers,
  };
  const stateAt = (where: string, t: number): DepthState => {
    requireTime(where, t);
    if (t < 0) throw new FeatureLearningError("out-of-range", `${where}: t is ${t}; a flow of layers begins at t = 0.`);
    return t === 0 || course === undefined ? first : course.at(t);
  };
  const at = (t: number): DepthSnapshot => snapshot(t, { ...stateAt("at", t), balances });
  const rate = course?.rate ?? 0;
  const flow = {
    method: "exact" as const,
    family: "depth" as const,
    because,
    problem: problem.given,
    ...notesOf(problem.task),
    from: 0,
    until: Infinity,
    rate,
    rates: Float64Array.of(rate),
    limit: at(Infinity),
    at,
    weights(t: number, out?: { readonly layers: Float64Array }) {
      const { layers } = stateAt("weights", t);
      if (out === undefined) return { layers: layers.slice() };
      out.layers.set(layers);
      return out;
    },
    [depths]: problem,
    [crossings]: (target: Target) => timesMet(at, target),
    [looks]: (count: number) => Float64Array.of(0, ...(course?.looks(count) ?? []), Infinity),
  };
  return flow;
}

function courseOf(constants: DepthConstants): { readonly course?: DepthCourse; readonly because: string } {
  const { still, trained, delta } = constants;
  if (still) return { because: "nothing moves: the residual or the kernel is 0" };
  if (trained === 1) return { course: singleCourse(constants), because: "one linear layer is trained, and learns exponentially" };
  if (delta.every(({ m }) => m === 0))
    return { course: balancedCourse(constants), because: "balanced layers of one direction have a closed form at any depth" };
  return {
    course: unbalancedCourse(constants),
    because: "what layers of one direction conserve leaves a single number, whose time is one quadrature",
  };
}

/** a_l² − η_l·(the smallest a²/η), from what is conserved. */
function balancesOf({ layers, rates, delta, problem }: DepthConstants): readonly number[] {
  if (!isWholeDepth(problem.network.depth ?? 2)) return [];
  return Array.from(layers, (a, l) => (rates[l] === 0 ? a * a : toNumber(product(rates[l]!, delta[l]!))));
}
