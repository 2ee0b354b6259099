/** The classical method of order 4 at a fixed step, on all weights: shares nothing with the library. */
export function rungeKutta4(
  derivative: (t: number, y: readonly number[]) => number[],
  initial: readonly number[],
  until: number,
  steps: number,
): number[] {
  const h = until / steps;
  let y = [...initial];
  const shifted = (slope: readonly number[], by: number): number[] => y.map((value, i) => value + by * slope[i]!);
  for (let n = 0; n < steps; n++) {
    const t = n * h;
    const k1 = derivative(t, y);
    const k2 = derivative(t + h / 2, shifted(k1, h / 2));
    const k3 = derivative(t + h / 2, shifted(k2, h / 2));
    const k4 = derivative(t + h, shifted(k3, h));
    y = y.map((value, i) => value + (h / 6) * (k1[i]! + 2 * k2[i]! + 2 * k3[i]! + k4[i]!));
  }
  return y;
}
