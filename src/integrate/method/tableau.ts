/**
 * An explicit Runge–Kutta method as data:
 *
 *     kₛ = f(t + cₛh, y + h Σⱼ aₛⱼkⱼ)     y' = y + h Σ bⱼkⱼ     k_last = f(t + h, y')
 *
 * with error estimates h Σ eⱼkⱼ and, at t + xh within a step, the nested polynomial
 *
 *     y + x(F₀ + (1 − x)(F₁ + x(F₂ + (1 − x)(F₃ + …)))) F₀ = y' − y, F₁ = hk₀ − F₀, F₂ = F₀ − hk_last − F₁,
 *     F₃… = h Σ dⱼkⱼ
 *
 * [HairerNorsettWanner1993]
 */
export interface Tableau {
  readonly name: string;
  /** The order p of the method: the error of a step is O(h^{p+1}). */
  readonly order: number;
  /** The error estimate is O(h^q). */
  readonly errorOrder: number;
  /** cₛ, for all stages except the last. */
  readonly nodes: readonly number[];
  /** aₛⱼ, row by row. */
  readonly stages: readonly (readonly number[])[];
  /** bⱼ. */
  readonly weights: readonly number[];
  /**
   * eⱼ, over the stages and the last one: one estimate, or two, n₁ and n₂, that make n₁²/√(n₁² + n₂²/100).
   */
  readonly errors: readonly (readonly number[])[];
  /** Additional stages for the polynomial, numbered after the last one, and the rows dⱼ. */
  readonly dense: {
    readonly nodes: readonly number[];
    readonly stages: readonly (readonly number[])[];
    readonly rows: readonly (readonly number[])[];
  };
}
