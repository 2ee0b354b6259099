/**
 * Compensated sums, whose error does not grow with the number of terms. [Neumaier1974] The error of each
 * addition is computed without a branch, which keeps compiled loops fast.
 */
export class Totals {
  private readonly high: Float64Array;
  private readonly low: Float64Array;

  constructor(count: number) {
    this.high = new Float64Array(count);
    this.low = new Float64Array(count);
  }

  /** Adds `x` to the sum with index `k`. */
  add(k: number, x: number): void {
    const a = this.high[k]!;
    const s = a + x;
    const added = s - a;
    this.low[k]! += a - (s - added) + (x - added);
    this.high[k] = s;
  }

  /** The sum with index `k`. */
  of(k: number): number {
    return this.high[k]! + this.low[k]!;
  }
}
