/**
 * A start near its end, E₀ = Q₀Q₀ᵀ − (F + |F|) small: the solution in E itself, Ė = −|F|E − E|F| − E²,
 *
 *     N = √K E₀ √K,    E(t) = (e^{−|F|t}/√K) N(1 + N)⁻¹ (e^{−|F|t}/√K)
 *
 * with E₀ found at 32 digits. The general form has r(D − M)r, which of a small E₀ keeps only what is above
 * ε|F|: so a network that was trained before, or that starts at its target, would lose its distance from the
 * end.
 */
import { inverse, Matrix } from "ml-matrix";
import { multiply, quotient, toNumber, wide } from "../../numerics/wide.ts";
import type { EigenvalueClock } from "./matrixClock.ts";

/** ‖N‖ up to which this form is used: above it the general one has all digits but two bits. */
const NEAR = 0.25;

/** E in the basis of eigenvectors, or undefined where the start is not near. E₀ is counted in 2^exponent. */
export function nearEnd(excess: Matrix, exponent: number, clocks: readonly EigenvalueClock[]): Matrix | undefined {
  const n = clocks.length;
  const N = Matrix.zeros(n, n);
  for (const [i, one] of clocks.entries())
    for (const [j, other] of clocks.entries())
      N.set(i, j, toNumber(multiply(multiply(one.rootK, other.rootK), wide(excess.get(i, j), exponent))));
  if (n === 0 || !(N.norm() <= NEAR)) return undefined;
  // N(1 + N)⁻¹ as N − N(1 + N)⁻¹N: what a small entry loses is of second order.
  const solved = Matrix.sub(N, N.mmul(inverse(Matrix.add(Matrix.eye(n), N))).mmul(N));
  const factors = clocks.map(({ decay, rootK }) => quotient(decay, rootK));
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) solved.set(i, j, toNumber(multiply(multiply(factors[i]!, factors[j]!), wide(solved.get(i, j)))));
  return solved;
}
