import { absolute, logarithm, ONE, product, quotient, sum, toNumber, type Wide, wide } from "../../numerics/wide.ts";
import { exponential } from "../../numerics/widePower.ts";
import type { DepthConstants } from "./constants.ts";

/**
 * x_j² where f² is a given one above 0: the root Y of γ² Π η_l (Y + δ_l) = f², frozen layers as they are. Its
 * logarithm is convex in ln Y, and where all δ_l are 0 the root is largest, so that Newton's steps from there
 * fall to it; two steps in Y itself then make it right to rounding.
 */
export function squareAt({ problem, delta, layers, rates, trained }: DepthConstants, output: Wide): Wide {
  const f = absolute(output);
  const { outputScale } = problem.network;
  const frozen = product(outputScale, ...layers.filter((_, l) => rates[l] === 0));
  const constant = quotient(product(frozen, frozen, ...rates.filter((rate) => rate > 0)), product(f, f));
  const trains = delta.filter((_, l) => rates[l]! > 0);
  const ratioAt = (Y: Wide): Wide => trains.reduce((total, d) => product(total, sum(Y, d)), constant);
  const slopeAt = (Y: Wide): number => trains.reduce((total, d) => total + toNumber(quotient(Y, sum(Y, d))), 0);
  let z = -logarithm(constant) / trained;
  for (let n = 0; n < 60 + 4 * trained; n++) {
    const Y = exponential(z);
    const step = logarithm(ratioAt(Y)) / slopeAt(Y);
    z -= step;
    if (!(Math.abs(step) > 1e-9)) break;
  }
  let Y = exponential(z);
  for (let n = 0; n < 3; n++) {
    const away = toNumber(sum(ratioAt(Y), wide(-1))) / slopeAt(Y);
    Y = product(Y, sum(ONE, wide(-away)));
  }
  return Y;
}
