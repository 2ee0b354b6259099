import { differenceOfProducts } from "../numerics/exactProduct.ts";
import { exponentOf, scale, toNumber, wide } from "../numerics/wide.ts";
import type { Moments } from "./task.ts";

/**
 * yy − xy²/xx, the mean square that no linear function of x explains; 0 if rounding would make it negative.
 */
export function unexplained({ xx, xy, yy }: Moments): number {
  if (xx === 0 || yy === 0) return yy;
  const x = 2 * Math.round(exponentOf(xx) / 2);
  const y = 2 * Math.round(exponentOf(yy) / 2);
  const r = toNumber(wide(xy, -(x + y) / 2));
  const [a, b] = [scale(xx, -x), scale(yy, -y)];
  return scale(Math.max(0, differenceOfProducts(a, b, r, r)) / a, y);
}
