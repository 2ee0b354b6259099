/**
 * The network of a shape, a strength and a share, in chosen units: with H = |γ|h and T = uu/η_u + ww/η_w from
 * e and ρ,
 *
 *     uu = ½η_u T(1 + share)      ww = ½η_w T(1 − share)      uw = ±½s·hT      √Γ = ½hT·√(1 − s² − share²)
 *
 * and σ² = uu/d for Gaussian layers of width d.
 */

import { unmet } from "../door/arguments.ts";
import type { Hyperparameters } from "../model/hyperparameters.ts";
import type { OrderParameters } from "../model/weights.ts";
import type { Given } from "./brief.ts";
import type { Settled } from "./settle.ts";
import { third, type Units } from "./units.ts";

/** The other given values. Without an output scale, given scales may require different learning rates. */
export type Gauge = Omit<Given, "overlap" | "initial">;

export interface Member extends Omit<Hyperparameters, "width"> {
  readonly initial: Required<OrderParameters>;
}

export function memberOf(settled: Settled, gauge: Gauge, units: Units): Member {
  const { shape, strength: H, share } = settled;
  const { width } = gauge;
  const T = third(H * shape.end, units);
  const U = (T / 2) * (1 + share);
  const W = (T / 2) * (1 - share);
  const rates = gauge.learningRates ?? ratesOf();
  const h = Math.sqrt(rates.u) * Math.sqrt(rates.w);
  const outputScale = gauge.outputScale ?? H / h;
  const scale = gauge.scale ?? { u: Math.sqrt((rates.u * U) / width), w: Math.sqrt((rates.w * W) / width) };
  const [uu, ww] = [width * scale.u * scale.u, width * scale.w * scale.w];
  checkRange({
    outputScale,
    "learningRates.u": rates.u,
    "learningRates.w": rates.w,
    "scale.u": scale.u,
    "scale.w": scale.w,
  });
  const half = (h * T) / 2;
  const across = Math.sqrt((shape.across - share) * (shape.across + share));
  const sign = Math.sign(outputScale) * Math.sign(units.task.xy);
  return {
    outputScale,
    learningRates: rates,
    scale,
    initial: { uu, ww, uw: shape.start === 0 ? 0 : sign * shape.start * half, area: half * across, balance: share * T },
  };

  /** Equal learning rates, or those for which layers of the given scales have the share. */
  function ratesOf(): { readonly u: number; readonly w: number } {
    if (gauge.outputScale === undefined && gauge.scale !== undefined) {
      const { u, w } = gauge.scale;
      return { u: (width * u * u) / U, w: (width * w * w) / W };
    }
    const common = H / Math.abs(gauge.outputScale ?? 1);
    return { u: common, w: common };
  }
}

/** A layer may be zero, if the other one has all of the balance. */
function checkRange(numbers: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(numbers)) if (value !== 0 || !name.startsWith("scale")) checkSize(name, value);
}

/** Refuses a number of the answer that is 0, or whose square overflows or underflows. */
export function checkSize(name: string, value: number): void {
  const size = Math.abs(value);
  if (size > 1e-150 && size < 1e150) return;
  unmet(
    `the answer's ${name} is ${value}, whose square overflows or underflows double precision`,
    "pass less extreme targets or given values",
  );
}
