import { type Wide, wide } from "./wide.ts";

// ln 2 in two parts, the first with 20 trailing zero bits: n·LN2_HIGH is exact.
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** e^x for any finite x, as a wide number. */
export function wideExponential(x: number): Wide {
  if (Math.abs(x) < 100) return wide(Math.exp(x));
  if (Math.abs(x) > 2 ** 40) return wide(1, Math.round(Math.max(-(2 ** 52), Math.min(x / Math.LN2, 2 ** 52))));
  const n = Math.round(x / Math.LN2);
  return wide(Math.exp(x - n * LN2_HIGH - n * LN2_LOW), n);
}
