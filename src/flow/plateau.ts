/**
 * The length of the initial plateau. The speed of the output, Ṡ = 2kγgB, is largest at S* and smallest at S°,
 *
 *     S* = ¼(S∞ + sgn(S∞)·√(S∞² − 2I/h²))       S° = I/(8h²S*)
 *
 * and the plateau is the lag of a growth curve: the tangent at the fastest point meets S° (or the start, if
 * that lies beyond it) at t = t(S*) − (S* − S°)/Ṡ(S*). [ZwieteringEtAl1990] for the lag; S*, S° from the
 * reduced equation of [XuZiyin2025, §3].
 */

import { unmet } from "../door/arguments.ts";
import { failure, named } from "../door/error.ts";
import { isSolved, whenSolvedMeets } from "../exact/oneDirection/whenMet.ts";
import type { AnyFlow, DepthFlow } from "../model/flow.ts";
import { lossPrefactor } from "../model/network.ts";
import { isDeepMatrixFlow, isHalfLineFlow, isMatrixFlow, oneSide } from "../model/protocol.ts";
import {
  absolute,
  compare,
  difference,
  product,
  quotient,
  squareRoot,
  sum,
  toNumber,
  type Wide,
  wide,
  wideHypot,
} from "../numerics/wide.ts";
import { depthPlateau } from "./depthPlateau.ts";
import { readFlow } from "./readFlow.ts";

/**
 * The length of the initial plateau, in the flow's time: 0 for a network that learns at once (as every kernel
 * machine does), Infinity for a network that converges to a saddle and never learns.
 *
 * @throws FeatureLearningError `"invalid-argument"`: not a flow; `"assumption"`: a descent, or a flow other
 * than a closed form of one task, of one direction or of layers that are numbers; `"out-of-range"`: data
 * whose fit xy/xx overflows or underflows.
 *
 * @example
 * ```ts
 * import { exactFlow, network, plateau, taskFromMoments } from "feature-learning";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const small = exactFlow({ network: network(), task, initial: { uu: 1e-12, ww: 1e-12, uw: 0 } });
 * const large = exactFlow({ network: network(), task, initial: { uu: 10, ww: 10, uw: 0 } });
 * console.log(plateau(small).toFixed(2), plateau(large)); // 6.58 0
 * ```
 */
export function plateau(flow: AnyFlow): number {
  return named("plateau", () =>
    plateauOf(readFlow(flow, "call plateau or learningStages of solve(descent.problem), or halfLife(descent)")),
  );
}

/** The plateau of a checked flow. */
export function plateauOf(flow: AnyFlow): number {
  if (flow.family === "depth") return depthPlateau(flow as DepthFlow);
  if (!isSolved(flow)) return refuseFlow(flow);
  const { network, task } = flow.problem;
  const start = flow.at(0);
  const { u, w } = network.learningRates;
  const hh = product(u, w);
  const gammaXX = product(network.outputScale, task.xx);
  if (start.residual === 0 || hh.m === 0 || gammaXX.m === 0 || task.xy === 0) return 0;
  const target = quotient(wide(task.xy), gammaXX);
  if (flow.limit.output === 0) return start.kernel === 0 ? 0 : Infinity;

  // √I/h
  const root = quotient(wideHypot(productOfBalance(start.balance, hh), product(2, squareRoot(hh), start.area)), squareRoot(hh));
  const size = absolute(target);
  const bound = product(Math.SQRT2, root);
  if (compare(size, bound) < 0) return 0;
  const spread = squareRoot(product(difference(size, bound), sum(size, bound)));
  const sign = Math.sign(target.m);
  const fastest = product(0.25 * sign, sum(size, spread));
  const slowest = quotient(product(root, root), product(8, fastest));
  // The output moves towards the target, so a later point has a larger sign·S.
  const begin = sign * start.uw > toNumber(product(sign, slowest)) ? wide(start.uw) : slowest;
  const reach = product(sign, difference(fastest, begin));
  if (reach.m <= 0) return 0;
  const [time] = whenSolvedMeets(flow, { output: outputAt(fastest) });
  if (time === undefined) return 0;
  return time === Infinity ? Infinity : Math.max(0, time - toNumber(quotient(reach, speed(fastest))));

  function outputAt(S: Wide): number {
    const output = toNumber(product(network.outputScale, S));
    if (output !== 0 && Number.isFinite(output)) return output;
    throw failure("out-of-range", `the target output xy/xx is ${output} in double precision; rescale the data.`);
  }

  function speed(S: Wide): Wide {
    const g = product(gammaXX, difference(target, S));
    const B = product(squareRoot(hh), wideHypot(root, product(2, S)));
    return absolute(product(2 * lossPrefactor(network), network.outputScale, g, B));
  }
}

/** Refuses a flow that has no single plateau. */
function refuseFlow(flow: AnyFlow): never {
  if (isMatrixFlow(flow) || isDeepMatrixFlow(flow)) unmet("each mode has its own plateau", "call learningStages");
  if (isHalfLineFlow(flow))
    unmet("each side of 0 has its own plateau", "call it on flow.halves.positive and flow.halves.negative");
  if (flow.family === "decay")
    unmet("the length of a plateau is not known under weight decay", "call timeTo with { excessLossFraction }");
  if (oneSide in flow)
    unmet(
      "neurons leave or join this side of 0, or count on both sides, so that its output is not a single curve of the closed form",
      "call halfLife, or timeTo with { excessLossFraction }",
    );
  const why = "the plateau is defined for the closed form of a single task without a schedule";
  return unmet(why, "call it on the exact flow of one stage, or timeTo with { excessLossFraction }");
}

/** δ' = h²δ. */
function productOfBalance(balance: number, hh: Wide): Wide {
  return Number.isFinite(balance) ? product(balance, hh) : wide(0);
}
