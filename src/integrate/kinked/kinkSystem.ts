/** The equations between two kinks, and where the next kink is. */
import { type KinkedSums, pullsOf } from "../../layers/kinkedLayers.ts";
import { slopeBelow } from "../../model/activation.ts";
import { lossPrefactor } from "../../model/network.ts";
import type { HalfLineProblem } from "../../model/readProblem.ts";
import type { StopEvent } from "../method/integrate.ts";
import type { System } from "../method/stepper.ts";
import { type Norms, turnScale } from "../reductions/turnScale.ts";
import { kinkOf, type Neurons, sumsAfter, turnBy, unsureOf } from "./neurons.ts";

/** Kinks that are as near as this are where the class is. */
const SAME = 1e-14;

/** No kernel counts as smaller than the larger one by more than this factor. */
const FAR = 1e100;

export function kinkSystem(
  problem: HalfLineProblem,
  neurons: Neurons,
  sums: KinkedSums,
  rtol: number,
): { readonly system: System; readonly kinks: readonly StopEvent[] } {
  const { network, halves } = problem;
  const { outputScale: gamma, learningRates: rates } = network;
  const h = Math.sqrt(rates.u) * Math.sqrt(rates.w);
  const r = h > 0 ? h : Math.max(rates.u, rates.w);
  const drive = 2 * lossPrefactor(network) * gamma * r;
  const kernelOf = ({ uu, ww }: { readonly uu: number; readonly ww: number }): number => rates.w * uu + rates.u * ww;
  const present = [kernelOf(sums.positive) > 0, kernelOf(sums.negative) > 0];
  const after = (y: Float64Array) =>
    [sumsAfter(sums.positive, turnBy(y[0]!, rates), rates), sumsAfter(sums.negative, turnBy(y[1]!, rates), rates)] as const;
  const pulls = (y: Float64Array) => {
    const [positive, negative] = after(y);
    return pullsOf(network, halves, { positive: positive.uw, negative: negative.uw });
  };
  const norms = (y: Float64Array): Norms => {
    const [a, b] = after(y);
    return { u: Math.sqrt(a.uu + b.uu), w: Math.sqrt(a.ww + b.ww) };
  };
  const slopes = [halves.positive, halves.negative].map(({ xx, xy }) => (xx > 0 ? Math.abs(xy) / xx : 0));
  const initial = [sums.positive, sums.negative].map(({ uw }) => Math.abs(gamma * uw));
  const scale = turnScale(network, Math.max(...slopes, ...initial));
  const system: System = {
    dimension: 2,
    derivative: (_t, y, out) => {
      const { positive, negative } = pulls(y);
      out[0] = present[0] ? drive * positive : 0;
      out[1] = present[1] ? drive * negative : 0;
    },
    // Near α = ±1 one direction is learned far more slowly than the other.
    mayBeStiff: true,
    jacobian: (y, out) => {
      const alpha = slopeBelow(network.activation);
      const { positive, negative } = halves;
      const cross = alpha * (positive.xx + negative.xx);
      const [a, b] = after(y).map((sums) => (drive * gamma * kernelOf(sums)) / (r || 1)) as [number, number];
      out[0] = present[0] ? -a * (positive.xx + alpha * alpha * negative.xx) : 0;
      out[1] = present[0] ? -b * cross : 0;
      out[2] = present[1] ? -a * cross : 0;
      out[3] = present[1] ? -b * (negative.xx + alpha * alpha * positive.xx) : 0;
    },
    ...(present[0] || present[1]
      ? {
          size: (y: Float64Array) => scale.size(norms(y), Math.max(Math.abs(y[0]!), Math.abs(y[1]!))),
          unit: (y: Float64Array) => scale.unit(norms(y)),
        }
      : {}),
    rest: {
      metric: (y, out) => {
        const kernels = after(y).map(kernelOf);
        const largest = Math.max(...kernels);
        for (const [c, kernel] of kernels.entries()) out[c] = present[c] && kernel > 0 ? Math.min(largest / kernel, FAR) : 0;
      },
    },
  };
  return { system, kinks: [...barriers(neurons, rates), ...releases()] };

  /** Sliding neurons are held for as long as both sides push them back. */
  function releases(): StopEvent[] {
    if (gamma === 0 || unsureOf(problem, sums, rtol) === 0) return [];
    return [1, -1].flatMap((sign) => {
      if (!neurons.side.some((side, i) => side === 2 && Math.sign(neurons.u[i]!) === sign)) return [];
      const way = sign * Math.sign(gamma);
      const value: StopEvent["value"] = (_t, y) => {
        const [own, other] = after(y);
        const slack = unsureOf(problem, { positive: own, negative: other, silent: 0 }, rtol);
        const { positive, negative } = pulls(y);
        return slack + Math.min(-way * positive, way * negative);
      };
      return [stop(value)];
    });
  }
}

/** The nearest kinks of either class, in both directions. */
function barriers({ u, w, side }: Neurons, rates: { readonly u: number; readonly w: number }): StopEvent[] {
  return [1, -1].flatMap((of, c) => {
    let [low, high] = [-Infinity, Infinity];
    for (let i = 0; i < u.length; i++) {
      if (side[i] !== of) continue;
      const kink = kinkOf(u[i]!, w[i]!, rates);
      if (kink === undefined) continue;
      // A neuron that has just come from its kink has it behind it: on the side of the angle that turns w
      // back.
      const ahead = w[i] === 0 ? -of * Math.sign(u[i]!) * SAME : kink;
      if (ahead > 0) high = Math.min(high, Math.max(ahead, SAME));
      else low = Math.max(low, Math.min(ahead, -SAME));
    }
    return [
      ...(high < Infinity ? [stop((_t, y) => high - y[c]!)] : []),
      ...(low > -Infinity ? [stop((_t, y) => y[c]! - low)] : []),
    ];
  });
}

/** A stop at a kink, after which another piece begins: a status that no flow has. */
function stop(value: StopEvent["value"]): StopEvent {
  return { status: "kink" as StopEvent["status"], value };
}
