/**
 * Compensated totals (Neumaier): the error of a sum does not grow with the number of its terms.
 * [Neumaier1974]
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
    this.low[k]! += Math.abs(a) >= Math.abs(x) ? a - s + x : x - s + a;
    this.high[k] = s;
  }

  /** The sum with index `k`. */
  of(k: number): number {
    return this.high[k]! + this.low[k]!;
  }
}
