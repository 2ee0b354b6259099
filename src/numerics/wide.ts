/**
 * Numbers m·2^e with a separate exponent. Products of ten factors of 10^±150 neither overflow nor lose
 * digits.
 *
 * A mantissa is kept within [2^−200, 2^200], and e is 0 whenever the value itself lies there; so for numbers
 * of ordinary size all exponents are 0, and arithmetic on the mantissas is arithmetic on the values.
 */
export interface Wide {
  readonly m: number;
  readonly e: number;
}

const STEP = 1000;

const view = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(8));

/** The exponent n with 2^n ≤ |x| < 2^(n+1), for finite x ≠ 0. */
export function exponentOf(x: number): number {
  const normal = Math.abs(x) >= 2 ** -1022;
  view.setFloat64(0, normal ? x : x * 2 ** 60);
  return ((view.getUint32(0) >>> 20) & 0x7ff) - 1023 - (normal ? 0 : 60);
}

/** 2^n, exactly, for an integer n from −1022 to 1023. */
function powerOfTwo(n: number): number {
  view.setUint32(0, (n + 1023) << 20);
  view.setUint32(4, 0);
  return view.getFloat64(0);
}

/** x·2^n, rounded once (twice below 2^−1022); 0 and ±Infinity where the value overflows. */
export function scale(x: number, n: number): number {
  if (n === 0 || x === 0) return x;
  if (n >= -STEP && n <= STEP) return x * powerOfTwo(n);
  // After four steps every double has become 0 or infinite.
  const step = n > 0 ? STEP : -STEP;
  const y = x * powerOfTwo(step);
  return Number.isFinite(y) ? scale(y, n - step) : y;
}

function isOrdinary(m: number): boolean {
  const size = Math.abs(m);
  return size >= 2 ** -200 && size <= 2 ** 200;
}

function settle(m: number, e: number): Wide {
  if (e === 0 && isOrdinary(m)) return { m, e };
  if (m === 0 || !Number.isFinite(m)) return { m, e: 0 };
  const shift = exponentOf(m);
  const total = e + shift;
  const scaledMantissa = scale(m, -shift);
  return Math.abs(total) < 200 ? { m: scale(scaledMantissa, total), e: 0 } : { m: scaledMantissa, e: total };
}

/** m·2^e as a wide number. */
export function wide(m: number, e = 0): Wide {
  return settle(m, e);
}

export const ZERO: Wide = { m: 0, e: 0 };
export const ONE: Wide = { m: 1, e: 0 };

export function toNumber(a: Wide): number {
  return scale(a.m, a.e);
}

export function negate(a: Wide): Wide {
  return { m: -a.m, e: a.e };
}

export function absolute(a: Wide): Wide {
  return { m: Math.abs(a.m), e: a.e };
}

/** The product of all the factors. */
export function product(...factors: readonly (Wide | number)[]): Wide {
  let m = 1;
  let e = 0;
  for (let i = 0; i < factors.length; i++) {
    const factor = factors[i]!;
    // If all exponents are 0 and the numbers are of ordinary size, no renormalisation is needed.
    const plain = typeof factor === "number" ? factor : factor.e === 0 ? factor.m : NaN;
    const next = m * plain;
    if (e === 0 && isOrdinary(plain) && isOrdinary(next)) m = next;
    else ({ m, e } = multiply({ m, e }, typeof factor === "number" ? settle(factor, 0) : factor));
  }
  return { m, e };
}

/** a·b, faster than `product` in loops. */
export function multiply(a: Wide, b: Wide): Wide {
  return settle(a.m * b.m, a.e + b.e);
}

export function quotient(a: Wide, b: Wide): Wide {
  return settle(a.m / b.m, a.e - b.e);
}

export function sum(a: Wide, b: Wide): Wide {
  if (a.e === 0 && b.e === 0) return settle(a.m + b.m, 0);
  if (a.m === 0) return b;
  if (b.m === 0) return a;
  const e = Math.max(a.e, b.e);
  return settle(scale(a.m, a.e - e) + scale(b.m, b.e - e), e);
}

export function difference(a: Wide, b: Wide): Wide {
  return a.e === 0 && b.e === 0 ? settle(a.m - b.m, 0) : sum(a, negate(b));
}

/** −1, 0 or 1 as a < b, a = b, a > b. */
export function compare(a: Wide, b: Wide): number {
  return Math.sign(difference(a, b).m);
}

export function squareRoot(a: Wide): Wide {
  const odd = Math.abs(a.e % 2);
  return settle(Math.sqrt(odd === 1 ? a.m * 2 : a.m), (a.e - odd) / 2);
}

/** The exponent in which a·2^aExp and b·2^bExp can be added: the larger exponent of the nonzero terms. */
export function commonExponent(a: number, aExp: number, b: number, bExp: number): number {
  if (aExp === bExp || b === 0) return aExp;
  return a === 0 || bExp > aExp ? bExp : aExp;
}

/** √(a² + b²). */
export function wideHypot(a: Wide, b: Wide): Wide {
  if (a.m === 0 && b.m === 0) return ZERO;
  const e = commonExponent(a.m, a.e, b.m, b.e);
  return settle(hypot(scale(a.m, a.e - e), scale(b.m, b.e - e)), e);
}

/** ln a, for a > 0. */
export function logarithm(a: Wide): number {
  return Math.log(a.m) + a.e * Math.LN2;
}

/** √(a² + b²) without overflow or underflow; three times as fast as Math.hypot. */
export function hypot(a: number, b: number): number {
  const x = Math.abs(a);
  const y = Math.abs(b);
  const long = x > y ? x : y;
  if (long === 0) return 0;
  const ratio = (x > y ? y : x) / long;
  return long * Math.sqrt(1 + ratio * ratio);
}

// ln 2 in two parts, the first with 20 trailing zero bits: n·LN2_HIGH is exact.
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** e^x, also if it overflows or underflows double precision. */
export function wideExponential(x: number): Wide {
  const size = x < 0 ? -x : x;
  if (size < 600) return settle(Math.exp(x), 0);
  if (size > 2 ** 40) return settle(1, Math.round(Math.max(-(2 ** 52), Math.min(x / Math.LN2, 2 ** 52))));
  const n = Math.floor(x / Math.LN2);
  return settle(Math.exp(x - n * LN2_HIGH - n * LN2_LOW), n);
}
