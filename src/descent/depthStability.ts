/**
 * Stability of descent at a minimum of a network of any depth along one direction. The Hessian there, with
 * each layer in units of the square root of its learning rate, has one nonzero eigenvalue,
 *
 *     ρ = L″(f∞) K     K = f∞² Σ η_l/a_l²
 *
 * Among all minima, K is smallest if all η_l/a_l² are equal: n trained layers with f = c Π a_l then have
 * K = n f² (c² Π η_l/f²)^{1/n}.
 */
import { unmet } from "../door/arguments.ts";
import { solveProblem } from "../flow/solve.ts";
import { internalOptions } from "../integrate/options.ts";
import { isWholeDepth, layerRatesOf } from "../model/depth.ts";
import type { AnyFlow, DepthFlow } from "../model/flow.ts";
import { objectiveOf } from "../model/objective.ts";
import type { DepthProblem } from "../model/readProblem.ts";

export function depthStability(
  problem: DepthProblem,
  flow: AnyFlow | undefined,
): { readonly rate: number; readonly flattest: number } {
  const { network, task } = problem;
  const { depth = 2 } = network;
  if (network.weightDecay > 0) unmet("with weight decay the minimum depends on the course of training", "call descentOutcome");
  const { curvature, best, residual } = objectiveOf(network, task);
  if (curvature === undefined) unmet("the loss has no secondDerivative", "pass one with it, or call descentOutcome");
  const solved = (flow ?? solveProblem({ kind: "depth", problem }, internalOptions())) as DepthFlow;
  if (!Number.isFinite(best) || network.outputScale === 0) return { rate: 0, flattest: 0 };
  const end = solved.at(Infinity);
  // The kernel of small layers underflows, although they learn.
  const start = solved.at(0);
  if (start.kernel === 0 && end.kernel === 0 && start.output === end.output) return { rate: 0, flattest: 0 };
  if (Math.abs(residual(end.output)) > 1e-6 * Math.abs(residual(0)))
    unmet("the flow ends in the saddle at 0", "pass a start on the other side of the saddle, whose flow ends in a minimum");
  const bend = curvature(best);
  return { rate: bend * end.kernel, flattest: bend * flattestKernel(best) };

  function flattestKernel(f: number): number {
    if (!isWholeDepth(depth)) return end.kernel;
    const rates = layerRatesOf(network);
    const trained = rates.filter((rate) => rate > 0);
    const n = trained.length;
    const c = problem.initial.layers.reduce((total, a, l) => (rates[l] === 0 ? total * a : total), network.outputScale);
    const mean = trained.reduce((total, rate) => total * rate ** (1 / n), Math.abs(c) ** (2 / n));
    return n * mean * Math.abs(f) ** (2 - 2 / n);
  }
}
