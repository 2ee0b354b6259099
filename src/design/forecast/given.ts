/** Two layers that are given, as a forecast trains them. */
import { Matrix } from "ml-matrix";
import { inTheirSpan } from "../../matrix/hiddenSpan.ts";
import type { MatrixLayers } from "../../model/matrixLayers.ts";
import type { Support } from "../../numerics/support.ts";
import { leadingOrder, rowsAlong } from "./data.ts";
import type { DrawnNetwork } from "./start.ts";

/** The layers along the directions of the support, in the hidden directions that they use. */
export function givenStart({ W2, W1 }: MatrixLayers, support: Support): DrawnNetwork {
  const order = leadingOrder(support);
  const along = Matrix.from1DArray(W1.rows, order.length, rowsAlong(support, order, W1));
  const used = inTheirSpan({ W2, W1: along });
  return {
    sizes: [order.length, used.W1.rows, 1],
    weights: [Float64Array.from(used.W1.to1DArray()), Float64Array.from(used.W2.to1DArray())],
  };
}
