/**
 * The split of one step of S = |u||w| cos ζ into turning and rescaling. With A = |u||w||sin ζ|, the point (S,
 * A) has the polar coordinates N = |u||w| and ζ. Along the straight line between two points, with Δ = (ΔS,
 * ΔA), x = S₁ΔA − A₁ΔS and the foot of the perpendicular from the origin (S_f, A_f) = x (ΔA, −ΔS)/|Δ|²,
 *
 *     turn    = ∫ N d(cos ζ) = S_f ln(N₁/N₂) − A_f (ζ₂ − ζ₁)
 *     rescale = ∫ cos ζ dN   = ΔS − turn
 *
 * The flow of a linear network conserves A, so it follows the straight line, and the split is exact for any
 * sampling. [XuZiyin2025, §5]
 */
export interface Split {
  readonly turn: number;
  readonly rescale: number;
}

const NOTHING: Split = { turn: 0, rescale: 0 };

/** Splits the step from (S₁, A₁) to (S₂, A₂); S must not change its sign within it. */
export function splitStep(S1: number, A1: number, S2: number, A2: number): Split {
  const change = S2 - S1;
  if (change === 0 && A1 === A2) return NOTHING;
  const parallel = A1 === 0 && A2 === 0;
  const fromZero = S1 === 0 && A1 === 0;
  const toZero = S2 === 0 && A2 === 0;
  if (parallel || fromZero || toZero) return { turn: 0, rescale: change };
  if (A1 === A2) return { turn: turnAtArea(A1, S1, S2), rescale: rescaleAtArea(A1, S1, S2) };
  const turn = turnOfLine(S1, A1, S2, A2);
  return { turn, rescale: change - turn };
}

function turnOfLine(S1: number, A1: number, S2: number, A2: number): number {
  // In units of the largest coordinate, so that squares neither overflow nor underflow.
  const unit = Math.max(Math.abs(S1), A1, Math.abs(S2), A2);
  const [s1, a1, s2, a2] = [S1 / unit, A1 / unit, S2 / unit, A2 / unit];
  const [ds, da] = [s2 - s1, a2 - a1];
  const way = Math.hypot(ds, da);
  const [es, ea] = [ds / way, da / way];
  // s₁a₂ − a₁s₂ divided by the length of the step, without cancellation for a short step.
  const distance = s1 * ea - a1 * es;
  const angle = Math.atan2(distance * way, s1 * s2 + a1 * a2);
  const square = Math.hypot(s2, a2) ** 2;
  const shrunk = -(ds * (s1 + s2) + da * (a1 + a2)) / square;
  const logRatio = Math.abs(shrunk) < 0.5 ? Math.log1p(shrunk) / 2 : Math.log(Math.hypot(s1, a1) / Math.hypot(s2, a2));
  return unit * distance * (ea * logRatio + es * angle);
}

/** √Γ·Δarctan(S/√Γ), the turn if the area A = √Γ is conserved. */
function turnAtArea(area: number, from: number, to: number): number {
  const [a, b] = [from / area, to / area];
  // arctan b − arctan a as one angle, which is accurate for a small turn.
  return area * (Number.isFinite(a * b) ? Math.atan2(b - a, 1 + a * b) : Math.atan(b) - Math.atan(a));
}

/** ΔS − √Γ·Δarctan(S/√Γ), computed from s − arctan s at both ends if that is more accurate. */
function rescaleAtArea(area: number, from: number, to: number): number {
  const [a, b] = [from / area, to / area];
  if (Math.abs(a) < 1 && Math.abs(b) < 1) return area * (excess(b) - excess(a));
  return to - from - turnAtArea(area, from, to);
}

/** s − arctan s = s³/3 − s⁵/5 + …, without cancellation for small s. */
export function excess(s: number): number {
  if (Math.abs(s) > 0.2) return s - Math.atan(s);
  const ss = s * s;
  let sum = 0;
  for (let n = 23; n >= 3; n -= 2) sum = ss * ((n % 4 === 3 ? 1 : -1) / n + sum);
  return s * sum;
}
