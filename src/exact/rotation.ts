/**
 * The flow of the weights: a hyperbolic rotation of every neuron's (uᵢ, wᵢ) by the same angle θ = ½ ln ξ, with no division by a rate,
 *
 *     u = u₀ cosh θ + η_u (sinh θ/h) w₀      cosh θ = (N + D)/2√(ND)
 *     w = w₀ cosh θ + η_w (sinh θ/h) u₀      sinh θ/h = 4kγg₀ (y/ρ)/√(ND)
 *
 * or, where nearly all the weight is in the mode that shrinks, by the modes p = √η_w u + √η_u w and q = √η_w u − √η_u w:
 *
 *     u = (p√ξ + q/√ξ)/2√η_w      w = (p√ξ − q/√ξ)/2√η_u
 *
 * [XuZiyin2025, §3]
 */
import { modesOf, type ScaledLayers } from "../model/layerSums.ts";
import type { Weights } from "../model/weights.ts";
import { product, quotient, scale, squareRoot, sum, toNumber, type Wide, wide } from "../numerics/wide.ts";
import { readClock } from "./clock.ts";
import type { Solution } from "./solution.ts";

export interface Rotation {
  readonly cosh: Wide;
  /** sinh θ/h. */
  readonly sinhOverH: Wide;
  /** √ξ = e^θ. */
  readonly stretch: Wide;
}

export const identity: Rotation = { cosh: wide(1), sinhOverH: wide(0), stretch: wide(1) };

/** The rotation from the start to time t; undefined where it shrinks every weight to zero: at t = ∞ on a saddle or power law. */
export function rotationAt(solution: Solution, t: number): Rotation | undefined {
  const { riccati, plain, reading } = solution;
  if (t === 0 || riccati.still) return identity;
  if (t === Infinity && (riccati.saddle || riccati.rho.m === 0)) return undefined;
  readClock(riccati, plain, t, reading);
  const N = wide(reading.N, reading.NExp);
  const D = wide(reading.D, reading.DExp);
  const mean = squareRoot(product(N, D));
  return {
    cosh: quotient(sum(N, D), product(2, mean)),
    sinhOverH: quotient(product(Math.sign(t), riccati.push, wide(reading.y, reading.yExp)), mean),
    stretch: squareRoot(quotient(N, D)),
  };
}

/** First `a`, then `b`. */
export function compose(a: Rotation, b: Rotation, h: Wide): Rotation {
  return {
    cosh: sum(product(a.cosh, b.cosh), product(h, h, a.sinhOverH, b.sinhOverH)),
    sinhOverH: sum(product(a.cosh, b.sinhOverH), product(a.sinhOverH, b.cosh)),
    stretch: product(a.stretch, b.stretch),
  };
}

/** The modes of layers that need them: those with nearly all the weight in one mode. */
export type Modes = ReturnType<typeof modesOf>;

export function modesIfNeeded(layers: ScaledLayers, P: Wide, Q: Wide): Modes | undefined {
  const share = toNumber(quotient(P, Q));
  const lopsided = P.m > 0 || Q.m > 0 ? !(share > 2 ** -6 && share < 2 ** 6) : false;
  return lopsided && layers.etaU > 0 && layers.etaW > 0 ? modesOf(layers) : undefined;
}

/** Fills `out` with the rotated weights. */
export function rotate(
  { cosh, sinhOverH, stretch }: Rotation,
  layers: ScaledLayers,
  modes: Modes | undefined,
  out: Weights,
): void {
  const { u, w, uExp, wExp, etaU, etaW, modeExp } = layers;
  const far = stretch.e !== 0 || stretch.m > Math.E || stretch.m < 1 / Math.E;
  if (far && modes !== undefined) {
    const forU = quotient(wide(0.5, modeExp), squareRoot(wide(etaW)));
    const forW = quotient(wide(0.5, modeExp), squareRoot(wide(etaU)));
    combine(out.u, modes.p, product(forU, stretch), modes.q, quotient(forU, stretch));
    combine(out.w, modes.p, product(forW, stretch), modes.q, product(-1, quotient(forW, stretch)));
    return;
  }
  const keepU = product(cosh, wide(1, uExp));
  const keepW = product(cosh, wide(1, wExp));
  combine(out.u, u, keepU, w, product(etaU, sinhOverH, wide(1, wExp)));
  combine(out.w, w, keepW, u, product(etaW, sinhOverH, wide(1, uExp)));
}

/** out = a·x + b·y. */
function combine(out: Float64Array, x: Float64Array, a: Wide, y: Float64Array, b: Wide): void {
  const exp = a.m === 0 ? b.e : b.m === 0 ? a.e : Math.max(a.e, b.e);
  const ca = scale(a.m, a.e - exp);
  const cb = scale(b.m, b.e - exp);
  for (let i = 0; i < out.length; i++) out[i] = ca * x[i]! + cb * y[i]!;
  if (exp !== 0) for (let i = 0; i < out.length; i++) out[i] = scale(out[i]!, exp);
}
