/**
 * a·b = p + e exactly, p = fl(a·b), for |a|, |b| < 2^500: Dekker's product with Veltkamp's splitting. [Dekker1971]
 */
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

/** a·b − c·d with the error of one rounding of the result: nothing is lost where the products cancel. */
export function differenceOfProducts(a: number, b: number, c: number, d: number): number {
  return a * b - c * d + (productError(a, b) - productError(c, d));
}
