/**
 * The growth of the two parts of decaying layers, p(t) = p(0)·N/D and q(t) = q(0)·e^{−2M}·D/N, for a target
 * on the side of p. In units of the time t, C = at/2, M = mt, Ω = β√(PQ) t, p̂ = βPt, q̂ = βQt, κ = |C −
 * M/2|, and
 *
 *     ε(x) = (1 − e^{−Mx})/M     ζ(y) = Ω√(ε(1 + y) ε(1 − y))     J₀ = I₀(ζ)     J₁ = I₁(ζ)/ζ
 *
 *     N = e^C + Ω² e^{−M} ε(1) e^{M/2} ∫J₁ cosh(κy) + e^{−M/2} (Ω² ∫J₁ e^{My/2} ε(y) sinh(Cy) + q̂ ∫J₀ cosh((C + M/2)y))
 *     D = e^{M−C} + e^{M/2} (½Ω² ∫J₁ [e^{(C−M/2)y} ε(1 − y) + e^{−(C−M/2)y} ε(1 + y)] + p̂ ∫J₀ cosh(κy))
 *
 * with integrals over y from 0 to 1. Every term is positive. With G(0)t = 2C − p̂ + q̂, integration by parts
 * gives e^{2θ} − 1 without cancelling while the layers have hardly turned,
 *
 *     e^{M/2}(e^M N − D) = G(0)t ∫J₀ cosh(κy) + e^C (e^{M/2} − e^{−M/2}) − M ∫J₀ cosh(κy) + 2q̂ ∫J₀ sinh(Cy) sinh(My/2)
 *                          + Ω² M [ε(1) ∫J₁ e^{My/2} ε(y) sinh(Cy) + ∫J₁ e^{−M(1−y)} ε(y)² cosh(κy)]
 *
 * The integrands are e^{ζ(y) + νy} times slowly varying factors, with ν = κ or C + M/2, and ζ is concave:
 * where the exponents are large only a window around the largest counts. All exponents are differences from
 * the one largest of D, found without cancelling, so that a rounding error grows as the root of the exponents
 * and not as themselves. The distance v = 1 − y is the variable, because that is where windows become narrow.
 */
import { scaledBessel } from "../../numerics/bessel.ts";
import { type GaussRule, gaussLegendre } from "../../numerics/gaussLegendre.ts";
import { difference, product, quotient, sum, toNumber, type Wide, wide } from "../../numerics/wide.ts";
import { wideExponential } from "../../numerics/wideExponential.ts";

/** C, M, Ω, p̂ and q̂, all ≥ 0, and two differences that the caller knows to more digits. */
export interface GrowthArguments {
  /** G(0)t = 2C − p̂ + q̂. */
  readonly G: Wide;
  /** C − M/2. */
  readonly surplus: number;
  readonly C: number;
  readonly M: number;
  readonly omega: number;
  readonly p: Wide;
  readonly q: Wide;
}

/** N and D, over e^exponent. */
export interface Growth {
  readonly N: Wide;
  readonly D: Wide;
  readonly exponent: number;
  /**
   * e^M N/D − 1 = e^{2θ} − 1, to a relative rounding error also where it is small; Infinity if it overflows.
   */
  readonly apart: number;
}

/** Below these exponents one rule over the whole interval does. */
const SMALL = 10;
/** What lies so many e-foldings below the largest does not count. */
const DEEP = 42;
/** Over so many time constants of the decay one rule does. */
const DECAYED = 30;

export function growth({ G, surplus, C, M, omega, p, q }: GrowthArguments): Growth {
  const plus = C + M / 2;
  const kappa = Math.abs(surplus);
  const isFast = surplus >= 0;
  const setting: Setting = { C, M, omega, kappa, isFast };
  const small = plus + omega * epsilon(M, 1) <= SMALL;
  const low = small ? WHOLE : windowOf(setting, kappa);
  const high = small ? WHOLE : windowOf(setting, plus);
  const below = integrateLow(setting, low);
  const above = integrateHigh(setting, plus, high);
  const [vLow, vHigh] = [low.peak, high.peak];
  const zetaLow = zetaAt(setting, vLow);

  // Exponents relative to that of D's integrals, ζ + κ(1 − v) + M/2 at vLow.
  const end = kappa * vLow - zetaLow;
  const lift = isFast ? 0 : -2 * kappa;
  const shift = zetaDifference(setting, vHigh, vLow) - kappa * (vHigh - vLow) - (isFast ? M : 2 * C) * vHigh + lift;
  const square = product(omega, omega);
  const rising = wideExponential(shift);
  const seeded = product(q, above.plain, rising);
  const driven = product(square, above.bent, rising);
  const held = product(p, below.plain);
  const N = sum(
    sum(wideExponential(end + lift), product(square, epsilon(M, 1), below.plainBent, wideExponential(-M))),
    sum(driven, seeded),
  );
  const D = sum(wideExponential(isFast ? end - 2 * kappa : end), sum(product(0.5, square, below.bent), held));
  const exponent = zetaLow + kappa * (1 - vLow) + M / 2;
  // num − den, divided by e^{ζ + κ(1 − v)}, for ξ = num/den.
  const whole = wideExponential(M);
  const started = product(G, below.plain);
  const isSlow = M > 0 && C <= M / 4;
  const grown = isSlow
    ? difference(product(wideExponential(end), slowlyAhead(C, M)), wide(M * below.beyond))
    : small
      ? wide(M * below.ahead)
      : difference(product(wideExponential(end + (isFast ? M : 2 * C)), M * epsilon(M, 1)), wide(M * below.plain));
  const bent = product(square, M, sum(product(epsilon(M, 1), above.bent, rising, whole), wide(below.curved)));
  const tilted = product(q, above.tilted, rising, whole);
  const apart = toNumber(quotient(sum(sum(started, grown), sum(bent, tilted)), D));
  return { N, D, exponent, apart };
}

/**
 * e^C (e^{M/2} − e^{−M/2}) − M sinh(κ)/κ in units of e^κ, κ = M/2 − C, of layers that hardly feel the task
 * while they decay, so that both terms are nearly equal: with φ(x) = (1 − e^{−x})/x,
 *
 *     2C·M e^{2C} (φ(2C) − φ(M))/(M − 2C)
 */
function slowlyAhead(C: number, M: number): number {
  const decayed = (x: number): number => (x === 0 ? 1 : -Math.expm1(-x) / x);
  return (2 * C * M * Math.exp(2 * C) * (decayed(2 * C) - decayed(M))) / (M - 2 * C);
}

interface Setting {
  readonly C: number;
  readonly M: number;
  readonly omega: number;
  readonly kappa: number;
  /** C ≥ M/2. */
  readonly isFast: boolean;
}

/** Where an integrand counts, from v = `from` to v = `to`, with its largest exponent at `peak`. */
interface Window {
  readonly from: number;
  readonly peak: number;
  readonly to: number;
  readonly isWhole: boolean;
}

const WHOLE: Window = { from: 0, peak: 0, to: 1, isWhole: true };

/** (1 − e^{−Mx})/M. */
function epsilon(M: number, x: number): number {
  return M * x < 1e-17 ? x : -Math.expm1(-M * x) / M;
}

function zetaAt({ M, omega }: Setting, v: number): number {
  return omega * Math.sqrt(epsilon(M, v)) * Math.sqrt(epsilon(M, 2 - v));
}

/** ζ(v) − ζ(o), from ζ² whose difference is Ω² e^{−M·min} ε(2 − v − o) ε(|v − o|). */
function zetaDifference(setting: Setting, v: number, o: number): number {
  const { M, omega } = setting;
  if (v === o || omega === 0) return 0;
  const root = Math.sqrt(epsilon(M, v)) * Math.sqrt(epsilon(M, 2 - v)) + Math.sqrt(epsilon(M, o)) * Math.sqrt(epsilon(M, 2 - o));
  const apart = Math.abs(v - o);
  const lift = (Math.exp(-M * Math.min(v, o)) * epsilon(M, 2 - v - o) * epsilon(M, apart)) / root;
  return v > o ? omega * lift : -omega * lift;
}

function windowOf(setting: Setting, nu: number): Window {
  const peak = peakOf(setting, nu);
  const drop = (v: number): number => zetaDifference(setting, v, peak) - nu * (v - peak);
  return { from: edge(drop, peak, 0), peak, to: edge(drop, peak, 1), isWhole: false };
}

/** The v between the peak and an end of [0, 1] at which the exponent has dropped by DEEP, or that end. */
function edge(drop: (v: number) => number, peak: number, end: number): number {
  if (drop(end) >= -DEEP) return end;
  let [inside, outside] = [peak, end];
  for (let n = 0; n < 200; n++) {
    // Geometric, as the window may be tiny beside the interval.
    const middle =
      end === 0
        ? outside > 0
          ? Math.sqrt(inside * outside)
          : inside / 16
        : inside > 0
          ? Math.sqrt(inside * outside)
          : outside / 2 ** 40;
    const down = drop(middle);
    if (down >= -DEEP) inside = middle;
    else if (down < -1.25 * DEEP) outside = middle;
    else return middle;
    if (!(middle > 0)) return end === 0 ? 0 : outside;
  }
  return outside;
}

/** Where ζ + ν(1 − v) is largest, to within an e-folding. */
function peakOf(setting: Setting, nu: number): number {
  const { M, omega } = setting;
  if (omega === 0) return 0;
  const slope = (v: number): number => {
    const zeta = Math.sqrt(epsilon(M, v)) * Math.sqrt(epsilon(M, 2 - v));
    return (omega * Math.exp(-M * v) * epsilon(M, 2 - 2 * v)) / (2 * zeta) - nu;
  };
  let [low, high] = [2 ** -200, 1];
  if (slope(low) <= 0) return 0;
  for (let n = 0; n < 200; n++) {
    const middle = Math.sqrt(low * high);
    const rise = slope(middle);
    if (Math.abs(rise) * (high - low) < 0.25) return middle;
    if (rise > 0) low = middle;
    else high = middle;
    if (!(middle > low * (1 - 1e-15) || middle < high)) break;
  }
  return Math.sqrt(low * high);
}

/** The intervals over which one rule does: split at the peak, and where the decay has ended. */
function panelsOf({ M }: Setting, { from, peak, to, isWhole }: Window): readonly number[] {
  if (isWhole) return [0, 1];
  const marks = [from, peak, DECAYED / M, to].filter((v) => v >= from && v <= to).sort((a, b) => a - b);
  const panels: number[] = [];
  for (const mark of marks) {
    const last = panels.at(-1);
    if (last === undefined) panels.push(mark);
    else if (mark > last) {
      // While the weights decay the integrand bends on the scale of 1/M.
      if (last < DECAYED / M && (mark - last) * M > DECAYED / 2) panels.push((last + mark) / 2);
      panels.push(mark);
    }
  }
  return panels;
}

const bessel = /* @__PURE__ */ new Float64Array(2);

/**
 * Calls `add` at the nodes: y, v, weight times e^{ζ(v) − ζ(peak)}, with J₀e^{−ζ} and J₁e^{−ζ} in `bessel`.
 */
function overNodes(setting: Setting, window: Window, add: (y: number, v: number, gain: number) => void): void {
  const panels = panelsOf(setting, window);
  const rule: GaussRule = gaussLegendre(window.isWhole ? 28 : 36);
  for (let i = 0; i + 1 < panels.length; i++) {
    const [a, b] = [panels[i]!, panels[i + 1]!];
    for (let j = 0; j < rule.nodes.length; j++) {
      const v = a + (b - a) * rule.nodes[j]!;
      scaledBessel(zetaAt(setting, v), bessel);
      add(1 - v, v, (b - a) * rule.weights[j]!);
    }
  }
}

interface LowIntegrals {
  /** ∫J₀ cosh(κy). */
  readonly plain: number;
  /** ∫J₁ cosh(κy). */
  readonly plainBent: number;
  /** ∫J₁ e^{−M(1 − y)} ε(y)² cosh(κy). */
  readonly curved: number;
  /** ∫[e^{C + M(y − ½)} − J₀ cosh(κy)], where it is asked for. */
  readonly ahead: number;
  /** ∫(J₀ − 1) cosh(κy). */
  readonly beyond: number;
  /** ∫J₁ [e^{(C−M/2)y} ε(1 − y) + e^{−(C−M/2)y} ε(1 + y)]. */
  readonly bent: number;
}

/** In units of e^{ζ + κ(1 − v)} at the window's peak. */
function integrateLow(setting: Setting, window: Window): LowIntegrals {
  const { C, M, kappa, isFast } = setting;
  const { peak } = window;
  let [plain, plainBent, bent, curved, ahead, beyond] = [0, 0, 0, 0, 0, 0];
  overNodes(setting, window, (y, v, weight) => {
    const gain = weight * Math.exp(zetaDifference(setting, v, peak) - kappa * (v - peak));
    const back = Math.exp(-2 * kappa * y);
    const [near, far] = [epsilon(M, v), epsilon(M, 2 - v)];
    plain += (gain * bessel[0]! * (1 + back)) / 2;
    plainBent += (gain * bessel[1]! * (1 + back)) / 2;
    const zeta = zetaAt(setting, v);
    const more = zeta > 1 ? bessel[0]! - Math.exp(-zeta) : besselBeyondOne(zeta, bessel[0]!) * Math.exp(-zeta);
    beyond += (gain * more * (1 + back)) / 2;
    bent += gain * bessel[1]! * (isFast ? near + back * far : far + back * near);
    const tilt = epsilon(M, y);
    curved += (gain * bessel[1]! * Math.exp(-M * v) * tilt * tilt * (1 + back)) / 2;
    if (window.isWhole) {
      // Each difference from 1 on its own, so that short times keep their digits; in the same unit e^κ.
      const half = Math.sinh((kappa * y) / 2);
      const cosh = 1 + 2 * half * half;
      const raised = Math.expm1(C + M * (y - 0.5)) - 2 * half * half - besselBeyondOne(zeta, bessel[0]!) * cosh;
      ahead += weight * Math.exp(-kappa) * raised;
    }
  });
  return { plain, plainBent, bent, curved, ahead, beyond };
}

/** I₀(ζ) − 1, from I₀(ζ)e^{−ζ}. */
function besselBeyondOne(zeta: number, scaled: number): number {
  if (zeta > 1) return scaled * Math.exp(zeta) - 1;
  const x = (zeta * zeta) / 4;
  let [term, total] = [x, 0];
  for (let n = 2; n < 14; n++) {
    total += term;
    term *= x / (n * n);
  }
  return total;
}

interface HighIntegrals {
  /** ∫J₀ cosh((C + M/2)y). */
  readonly plain: number;
  /** ∫J₁ e^{My/2} ε(y) sinh(Cy). */
  readonly bent: number;
  /** 2∫J₀ sinh(Cy) sinh(My/2). */
  readonly tilted: number;
}

/** In units of e^{ζ + ν(1 − v)} at the window's peak. */
function integrateHigh(setting: Setting, nu: number, window: Window): HighIntegrals {
  const { C, M } = setting;
  const { peak } = window;
  let [plain, bent, tilted] = [0, 0, 0];
  overNodes(setting, window, (y, v, weight) => {
    const gain = weight * Math.exp(zetaDifference(setting, v, peak) - nu * (v - peak));
    plain += (gain * bessel[0]! * (1 + Math.exp(-2 * nu * y))) / 2;
    const turned = -Math.expm1(-2 * C * y);
    bent += (gain * bessel[1]! * epsilon(M, y) * turned) / 2;
    tilted += (gain * bessel[0]! * M * epsilon(M, y) * turned) / 2;
  });
  return { plain, bent, tilted };
}
