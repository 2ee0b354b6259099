/**
 * Whose work a change of S = |u||w| cos ζ is. The area √Γ = |u||w||sin ζ| is conserved, so on a way on which S does not cross 0
 *
 *     ∫ |u||w| d(cos ζ) = √Γ [arctan(S/√Γ)]      by turning: alignment where |S| grows, disalignment where it falls
 *     ∫ cos ζ d(|u||w|) = ΔS − that              by rescaling
 *
 * path-independent, and additive over ways. [XuZiyin2025, §5]
 */

/** The shares of a change, in units of what changes. */
export interface Shares {
  readonly alignment: number;
  readonly disalignment: number;
  readonly rescaling: number;
}

/** A way from one overlap to another on which |S| only grows or only falls. */
export interface Leg extends Shares {
  readonly from: number;
  readonly to: number;
  /** The change of |cos ζ|. */
  readonly turn: number;
  /** The change of ln(|u||w|); ±Infinity from or to layers of which one is zero. */
  readonly stretch: number;
}

/** The ways from S₀ to S₁, split where S crosses 0. */
export function legsOf(area: number, S0: number, S1: number): Leg[] {
  if (S0 === S1) return [];
  return S0 * S1 < 0 ? [leg(area, S0, 0), leg(area, 0, S1)] : [leg(area, S0, S1)];
}

function leg(area: number, from: number, to: number): Leg {
  const grows = Math.abs(to) > Math.abs(from);
  const turning = turned(area, from, to);
  const rescaling = rescaled(area, from, to);
  return {
    from,
    to,
    alignment: grows ? turning : 0,
    disalignment: grows ? 0 : turning,
    rescaling,
    turn: cosine(area, to) - cosine(area, from),
    stretch: Math.log(Math.hypot(area, to)) - Math.log(Math.hypot(area, from)),
  };
}

/** |cos ζ|; of parallel layers 1, also where they pass through zero. */
function cosine(area: number, S: number): number {
  return area === 0 ? 1 : Math.abs(S) / Math.hypot(area, S);
}

/** √Γ·Δarctan(S/√Γ), of two values of one sign. */
function turned(area: number, from: number, to: number): number {
  if (area === 0) return 0;
  const [a, b] = [from / area, to / area];
  // arctan b − arctan a in one, which keeps the digits of a small turn.
  return area * (Number.isFinite(a * b) ? Math.atan2(b - a, 1 + a * b) : Math.atan(b) - Math.atan(a));
}

/** ΔS − √Γ·Δarctan(S/√Γ): by s − arctan s at both ends where that keeps more digits. */
function rescaled(area: number, from: number, to: number): number {
  if (area === 0) return to - from;
  const [a, b] = [from / area, to / area];
  if (Math.abs(a) < 1 && Math.abs(b) < 1) return area * (excess(b) - excess(a));
  return to - from - turned(area, from, to);
}

/** s − arctan s = s³/3 − s⁵/5 + …, without cancelling for small s. */
export function excess(s: number): number {
  if (Math.abs(s) > 0.2) return s - Math.atan(s);
  const ss = s * s;
  let sum = 0;
  for (let n = 23; n >= 3; n -= 2) sum = ss * ((n % 4 === 3 ? 1 : -1) / n + sum);
  return s * sum;
}
