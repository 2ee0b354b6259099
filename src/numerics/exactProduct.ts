/**
 * a·b = p + e exactly, p = fl(a·b), for |a|, |b| < 2^500: Dekker's product with Veltkamp's splitting.
 * [Dekker1971]
 */
import { difference, product, type Wide, wide } from "./wide.ts";

const SPLITTER = 2 ** 27 + 1;

/** The rounding error e = a·b − fl(a·b). */
export function productError(a: number, b: number): number {
  const p = a * b;
  const ca = SPLITTER * a;
  const ah = ca - (ca - a);
  const al = a - ah;
  const cb = SPLITTER * b;
  const bh = cb - (cb - b);
  const bl = b - bh;
  return al * bl - (p - ah * bh - al * bh - ah * bl);
}

/** a·b − c·d, with the error of a single rounding even where the products cancel. */
export function differenceOfProducts(a: number, b: number, c: number, d: number): number {
  return a * b - c * d + (productError(a, b) - productError(c, d));
}

/**
 * a·b − c·d as a wide number, for factors of any size. If the exponents of the products differ, each product
 * is rounded first.
 */
export function wideDifferenceOfProducts(a: number, b: number, c: number, d: number): Wide {
  const [A, B, C, D] = [wide(a), wide(b), wide(c), wide(d)];
  const e = A.e + B.e;
  if (e !== C.e + D.e) return difference(product(A, B), product(C, D));
  return wide(differenceOfProducts(A.m, B.m, C.m, D.m), e);
}
