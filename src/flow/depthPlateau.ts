/**
 * The plateau of a network of any depth: the tangent to f(t) at the time t* of fastest change reaches f°, the
 * output at the slowest point before that or at the start, at t* − (f* − f°)/ḟ*, where ḟ = 2k g K.
 */
import type { DepthSnapshot } from "../model/depth.ts";
import type { DepthFlow } from "../model/flow.ts";
import { lossPrefactor } from "../model/network.ts";
import { maximumOn } from "../numerics/maximum.ts";
import { lookTimes } from "./lookTimes.ts";
import { whenMet } from "./whenMet.ts";

/**
 * Outputs are small below this share of the limit, and speeds below this share of its scale are not the
 * fastest.
 */
const SMALL = 1e-6;

/** The plateau of a flow in closed form. */
export function depthPlateau(flow: DepthFlow): number {
  const { xx, xy } = flow.problem.task;
  const [start, end] = [flow.at(0), flow.at(Infinity)];
  // The kernel of small layers underflows, although they learn.
  const isStill = start.kernel === 0 && start.output === end.output;
  if (start.residual === 0 || isStill || xx === 0 || xy === 0) return 0;
  if (end.output === 0) return Infinity;
  const k = lossPrefactor(flow.problem.network);
  const speed = ({ residual, kernel }: DepthSnapshot): number => 2 * k * Math.abs(residual) * kernel;
  const logs = lookTimes(flow)
    .filter((t) => t > 0 && Number.isFinite(t))
    .map(Math.log)
    .sort();
  const at = (log: number): DepthSnapshot => flow.at(Math.exp(log));
  // The speed of the output increases from its slowest point to its fastest one.
  const fastest = maximumOn((log) => speed(at(log)), Array.from(logs));
  // A flow that learns within the spacing of double-precision times has its plateau up to then.
  const natural = 2 * k * xx * Math.abs(end.output) * end.kernel;
  if (Math.abs(start.output) < SMALL * Math.abs(end.output) && fastest.value < SMALL * natural) {
    const [half] = whenMet(flow, { output: 0.5 * end.output });
    if (half !== undefined) return half;
  }
  const before = Array.from(logs.filter((log) => log < fastest.x));
  const slowest = before.length === 0 ? undefined : maximumOn((log) => -speed(at(log)), before);
  const begin = slowest !== undefined && -slowest.value < speed(start) ? at(slowest.x) : start;
  if (!(fastest.value > speed(begin))) return 0;
  return Math.max(0, Math.exp(fastest.x) - Math.abs(at(fastest.x).output - begin.output) / fastest.value);
}
