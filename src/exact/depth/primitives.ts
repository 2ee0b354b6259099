/**
 * The two primitives that the time of balanced layers is made of, for −1 ≤ c ≤ 1,
 *
 *     I_c(v) = ∫ v^c/(1 − v) dv     0 < v < 1          A_c(x) = ∫ x^c/(1 + x) dx     0 < x ≤ 1
 *
 * Both are incomplete beta functions, or ₂F₁(1, 1 + c; 2 + c; ±v) v^{1+c}/(1 + c). The constant of each is
 * such that c = −1, where that form has a pole, is no special case. Every series has terms of one sign, or
 * terms that fall by a factor of two or more, so that nothing cancels.
 *
 * No package was taken: stdlib has a digamma function and no ₂F₁, which here is 15 lines, and general codes
 * for ₂F₁ lose digits at these integer differences of parameters, where their linear transformations have
 * poles.
 */

/** Terms below this share of the sum change nothing. */
const NEGLIGIBLE = Number.EPSILON / 8;

/** (e^{by} − 1)/b; y at b = 0. */
export function powerRise(b: number, y: number): number {
  return b === 0 ? y : Math.expm1(b * y) / b;
}

/** I_c at v, given ln v and ln(1 − v), each without cancellation. */
export function overOneMinus(c: number, logV: number, logOneMinus: number): number {
  const v = Math.exp(logV);
  if (v <= 0.5) {
    let term = Math.exp((2 + c) * logV);
    let sum = 0;
    for (let n = 1; n < 100; n++) {
      const next = term / (n + 1 + c);
      sum += next;
      if (next <= NEGLIGIBLE * sum) break;
      term *= v;
    }
    return powerRise(1 + c, logV) + sum;
  }
  // −ln d − Σ (−c)ₙ dⁿ/(n·n!) − ψ(2 + c) − γ_E with d = 1 − v.
  const oneMinus = Math.exp(logOneMinus);
  let sum = 0;
  let factor = 1;
  for (let n = 1; n < 100; n++) {
    factor *= ((n - 1 - c) / n) * oneMinus;
    const next = factor / n;
    sum += next;
    if (Math.abs(next) <= NEGLIGIBLE * Math.abs(sum)) break;
  }
  return -logOneMinus - sum - harmonic(1 + c);
}

/** A_c at x, given ln x ≤ 0. */
export function overOnePlus(c: number, logX: number): number {
  const x = Math.exp(logX);
  const z = x / (1 + x);
  let term = 1;
  let sum = 0;
  for (let n = 0; n < 200; n++) {
    sum += term;
    if (term <= NEGLIGIBLE * sum) break;
    term *= ((n + 1) / (n + 3 + c)) * z;
  }
  return powerRise(1 + c, logX) - (Math.exp((2 + c) * logX) / (2 + c) / (1 + x)) * sum;
}

/**
 * ψ(1 + x) + γ_E, the harmonic number of a real x ≥ 0: by recurrence to x + 10, and Stirling's series there.
 */
function harmonic(x: number): number {
  let below = 0;
  for (let n = 1; n <= 10; n++) below += x / (n * (n + x));
  const z = x + 11;
  const w = 1 / (z * z);
  const series = w * (1 / 12 - w * (1 / 120 - w * (1 / 252 - w * (1 / 240 - w * (1 / 132 - w * (691 / 32760))))));
  // ψ(1 + x) = ψ(11 + x) − Σ 1/(n + x), and Σ 1/n = ψ(11) + γ_E, so that what is left is ψ(11 + x) − ψ(11).
  const first = 1 / 121;
  const own =
    first * (1 / 12 - first * (1 / 120 - first * (1 / 252 - first * (1 / 240 - first * (1 / 132 - first * (691 / 32760))))));
  return below + Math.log1p(x / 11) + x / (2 * 11 * z) - (series - own);
}
