/** Products of the layers of a deep linear network, layer by layer. */
import type { Matrix } from "ml-matrix";
import { timesMatrix } from "../numerics/products.ts";

/** B_0, W₁B_0, W₂W₁B_0, …: one more than there are layers. */
export function productsBefore(layers: readonly Matrix[], first: Matrix, of: typeof timesMatrix = timesMatrix): Matrix[] {
  const products = [first];
  for (const W of layers) products.push(of(W, products.at(-1)!));
  return products;
}

/** …, A_L W_L W_{L−1}, A_L W_L, A_L: one more than there are layers. */
export function productsAfter(layers: readonly Matrix[], last: Matrix, of: typeof timesMatrix = timesMatrix): Matrix[] {
  const products = [last];
  for (const W of [...layers].reverse()) products.push(of(products.at(-1)!, W));
  return products.reverse();
}
