import { productError } from "./exactProduct.ts";
import { exponentOf, scale, type Wide, wide, ZERO } from "./wide.ts";

/** a^b for a > 0, for any exponents, as accurate as `**` for ordinary numbers. */
export function widePower(a: Wide, b: number): Wide {
  const plain = a.e === 0 ? a.m ** b : 0;
  if (plain > 2 ** -1000 && plain < 2 ** 1000) return wide(plain);
  if (a.m === 0) return wide(b > 0 ? 0 : b === 0 ? 1 : Infinity);
  const shift = exponentOf(a.m);
  const exponent = (a.e + shift) * b;
  const integerPart = Math.floor(exponent);
  return wide(scale(a.m, -shift) ** b * 2 ** (exponent - integerPart), integerPart);
}

/** The L-th root of a > 0, for a real L ≥ 1: right to rounding, whatever the exponent. */
export function wideRoot(a: Wide, L: number): Wide {
  if (a.m === 0 || !Number.isFinite(a.m)) return wide(a.m);
  const shift = exponentOf(a.m);
  const exponent = a.e + shift;
  // The exponent is divided with a remainder: its quotient by L would be rounded before it is a power.
  const whole = Math.floor(exponent / L);
  const rest = exponent - whole * L - productError(whole, L);
  return wide(scale(a.m, -shift) ** (1 / L) * 2 ** (rest / L), whole);
}

/** e^y. */
export function exponential(y: number): Wide {
  if (Math.abs(y) < 700) return wide(Math.exp(y));
  if (Math.abs(y) > 1e9) return y > 0 ? wide(Infinity) : ZERO;
  const integerPart = Math.round(y / Math.LN2);
  return wide(Math.exp(y - integerPart * Math.LN2), integerPart);
}
