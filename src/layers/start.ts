/**
 * The start of a flow: S = u·w and the conserved quantities
 *
 *     √I = √(PQ),   δ' = η_w·uu − η_u·ww,   √Γ = |u||w||sin ζ|,
 *
 * with P, Q = B ± 2hS ≥ 0. The smaller of P and Q is computed as I over the larger, because it cannot be
 * recovered from the rounded uu, ww, uw of a trained network. [XuZiyin2025, §3]
 */

import { overflows } from "../door/arguments.ts";
import { type Initial, isWeights } from "../model/readInitial.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { OrderParameters, Weights } from "../model/weights.ts";
import { differenceOfProducts, wideDifferenceOfProducts } from "../numerics/exactProduct.ts";
import {
  absolute,
  difference,
  product,
  quotient,
  squareRoot,
  sum,
  toNumber,
  type Wide,
  wide,
  wideHypot,
  ZERO,
} from "../numerics/wide.ts";
import { sumLayers } from "./layerSums.ts";

export interface Start {
  /** uu, ww and uw as doubles, which `at(0)` returns. */
  readonly given: { readonly uu: number; readonly ww: number; readonly uw: number };
  readonly S: Wide;
  /** B + 2hS. */
  readonly P: Wide;
  /** B − 2hS. */
  readonly Q: Wide;
  /** √Γ. */
  readonly area: Wide;
  /** δ'. */
  readonly delta: Wide;
  /** g, if it is known more accurately than xy − γ·xx·S. */
  readonly residual?: Wide;
  /** The rounding error of S, if the start is weights. */
  readonly overlapTail?: () => Wide;
}

export interface Rates {
  readonly u: number;
  readonly w: number;
}

/** The start of weights or order parameters. */
export function startFrom(initial: Initial, rates: Rates): Start {
  return isWeights(initial) ? startFromWeights(initial, rates) : startFromOrderParameters(initial, rates);
}

export function startFromWeights(weights: Weights, rates: Rates): Start {
  const { uu, ww, ...sums } = sumLayers(weights, rates.u, rates.w);
  return { given: { uu: toNumber(uu), ww: toNumber(ww), uw: toNumber(sums.S) }, ...sums };
}

export function startFromOrderParameters(initial: OrderParameters & Partial<Snapshot>, rates: Rates): Start {
  const { uu, ww, uw } = initial;
  const h = squareRoot(product(rates.u, rates.w));
  const area = initial.area === undefined ? areaOf(initial) : wide(initial.area);
  const B = sum(product(rates.w, uu), product(rates.u, ww));
  const delta = deltaOf(initial, rates, B);
  const root = wideHypot(delta, product(2, h, area));
  const overlap = product(2, h, uw);
  const larger = sum(B, absolute(overlap));
  const smaller = larger.m === 0 ? ZERO : quotient(product(root, root), larger);
  const [P, Q] = uw >= 0 ? [larger, smaller] : [smaller, larger];
  return {
    given: { uu, ww, uw },
    S: wide(uw),
    P,
    Q,
    area,
    delta,
    ...(initial.residual === undefined ? {} : { residual: wide(initial.residual) }),
  };
}

/** √(uu·ww − uw²); 0 if rounding makes the difference negative. */
function areaOf({ uu, ww, uw }: OrderParameters): Wide {
  // Scaled to uu, ww ≈ 1, so that the products neither overflow nor underflow.
  const [a, b] = [squareRoot(wide(uu)), squareRoot(wide(ww))];
  if (a.m === 0 || b.m === 0) return ZERO;
  const [x, y] = [unit(uu), unit(ww)];
  const z = toNumber(quotient(wide(uw), product(x, y)));
  const square = differenceOfProducts(
    toNumber(quotient(wide(uu), product(x, x))),
    toNumber(quotient(wide(ww), product(y, y))),
    z,
    z,
  );
  return product(Math.sqrt(Math.max(0, square)), x, y);
}

/** A power of two near √x. */
function unit(x: number): Wide {
  return wide(1, Math.round(Math.log2(x) / 2));
}

/**
 * δ' = η_u·η_w·δ from the stored balance δ, if it belongs to these learning rates; otherwise from uu and ww.
 * For a snapshot, the kernel shows by which factor the learning rates have changed since, and δ is rescaled.
 */
function deltaOf(initial: OrderParameters & Partial<Snapshot>, rates: Rates, B: Wide): Wide {
  const { uu, ww, uw, balance, kernel, output } = initial;
  const measured = wideDifferenceOfProducts(rates.w, uu, rates.u, ww);
  if (balance === undefined || !Number.isFinite(balance)) return measured;
  let ratio: Wide = wide(1);
  if (kernel !== undefined && output !== undefined) {
    if (output === 0 || uw === 0 || kernel === 0) return measured;
    const gamma = quotient(wide(output), wide(uw));
    ratio = quotient(product(gamma, gamma, B), wide(kernel));
  }
  const carried = quotient(product(rates.u, rates.w, balance), ratio);
  const gap = absolute(difference(carried, measured));
  return toNumber(quotient(gap, B)) <= 1e-12 ? carried : measured;
}

/** Refuses a start whose |u|², |w|² or u·w overflows, for methods that need them as doubles. */
export function requireRange({ given: { uu, ww, uw } }: Start): void {
  if (Number.isFinite(uu) && Number.isFinite(ww) && Number.isFinite(uw)) return;
  overflows("|u|², |w|² or u·w of the initial layers");
}
