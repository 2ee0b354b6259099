/**
 * The largest eigenvalue of the Hessian of a network with a kink at 0, with each layer in units of the square
 * root of its learning rate,
 *
 *     H = Σ± 2kγ²xx± v±v±ᵀ − 2kγh Σᵢ cᵢJᵢ      v± = (√η_u σᵢ±wᵢ, √η_w σᵢ±uᵢ)      Jᵢ exchanges uᵢ and wᵢ
 *
 * with σ = 1 on the side on which a neuron is active and α on the other. For each class only the plane of u
 * and w matters, in which u = (|u|, 0) and w = (u·w, √Γ)/|u|. So the matrix has 8 rows at any width.
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { overflows } from "../door/arguments.ts";
import { slopeBelow } from "../model/activation.ts";
import type { Halves } from "../model/halves.ts";
import { lossPrefactor, type Network } from "../model/network.ts";
import type { HalfMoments } from "../model/task.ts";
import type { Weights } from "../model/weights.ts";
import { exponentOf, scale } from "../numerics/wide.ts";
import { type ClassSums, type KinkedSums, pullsOf, sumKinked } from "./kinkedLayers.ts";
import type { Rates } from "./start.ts";

export function kinkedCurvature(network: Network, halves: Halves<HalfMoments>, sums: KinkedSums, rates: Rates): number {
  return topOf(network, halves, sums, { u: Math.sqrt(rates.u), w: Math.sqrt(rates.w) });
}

/** `roots` are the square roots of the learning rates. */
function topOf(network: Network, halves: Halves<HalfMoments>, sums: KinkedSums, roots: Rates): number {
  const { outputScale: gamma } = network;
  const k = lossPrefactor(network);
  const alpha = slopeBelow(network.activation);
  const pulls = pullsOf(network, halves, { positive: sums.positive.uw, negative: sums.negative.uw });
  const planes = [planeOf(sums.positive), planeOf(sums.negative)] as const;
  const H = Matrix.zeros(8, 8);
  for (const [side, xx] of [halves.positive.xx, halves.negative.xx].entries()) {
    const v = planes.flatMap(({ u, w }, c) => {
      const slope = c === side ? 1 : alpha;
      const [ofU, ofW] = [gamma * roots.u * slope, gamma * roots.w * slope];
      return [...w.map((x) => ofU * x), ...u.map((x) => ofW * x)];
    });
    const a = 2 * k * xx;
    for (let i = 0; i < 8; i++) for (let j = 0; j < 8; j++) H.set(i, j, H.get(i, j) + a * v[i]! * v[j]!);
  }
  for (const [c, pull] of [pulls.positive, pulls.negative].entries()) {
    const turned = 2 * k * gamma * roots.u * roots.w * pull;
    // A class without neurons has no such directions.
    const plane = planes[c]!;
    if (plane.u[0] === 0 && plane.w[0] === 0) continue;
    for (const i of [0, 1]) {
      const [a, b] = [4 * c + i, 4 * c + 2 + i];
      H.set(a, b, H.get(a, b) - turned);
      H.set(b, a, H.get(b, a) - turned);
    }
  }
  const largest = H.to1DArray().reduce((most, x) => (Math.abs(x) <= most ? most : Math.abs(x)), 0);
  if (!Number.isFinite(largest)) overflows("the Hessian");
  if (largest === 0) return 0;
  const exponent = exponentOf(largest);
  for (let i = 0; i < 8; i++) for (let j = 0; j < 8; j++) H.set(i, j, scale(H.get(i, j), -exponent));
  return scale(Math.max(...new EigenvalueDecomposition(H, { assumeSymmetric: true }).realEigenvalues), exponent);
}

/** The same from the weights, in units of which the squares are in range. */
export function kinkedCurvatureAt(network: Network, halves: Halves<HalfMoments>, { u, w }: Weights, rates: Rates): number {
  const [a, b] = [exponentOfLargest(u), exponentOfLargest(w)];
  // In u/2^a and w/2^b the output scale is γ2^{a+b}, and the rates are η_u/4^a and η_w/4^b.
  const sums = sumKinked({ u: u.map((x) => scale(x, -a)), w: w.map((x) => scale(x, -b)) });
  const scaled = { ...network, outputScale: scale(network.outputScale, a + b) };
  return topOf(scaled, halves, sums, { u: scale(Math.sqrt(rates.u), -a), w: scale(Math.sqrt(rates.w), -b) });
}

function exponentOfLargest(x: Float64Array): number {
  const largest = x.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  return largest > 0 ? Math.max(-500, exponentOf(largest)) : 0;
}

function planeOf({ uu, ww, uw }: ClassSums): { readonly u: readonly number[]; readonly w: readonly number[] } {
  const [a, b] = [Math.sqrt(uu), Math.sqrt(ww)];
  if (a === 0) return { u: [0, 0], w: [b, 0] };
  const along = Math.max(-b, Math.min(b, uw / a));
  return { u: [a, 0], w: [along, Math.sqrt(b - Math.abs(along)) * Math.sqrt(b + Math.abs(along))] };
}
