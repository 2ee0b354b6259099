/** The order parameters of every recorded row, W₂W₂ᵀ, W₁ᵀW₁ and W₂W₁, restricted to the inputs' span. */
import { alongInputs } from "../matrix/matrixState.ts";
import type { Strided } from "../model/strided.ts";
import type { LayersBegun } from "./layersBegin.ts";
import { alongAll, strided } from "./layersRows.ts";
import { type LayersShape, outputOf } from "./layersWalk.ts";
import { type Run, stateOf } from "./run.ts";

export interface Grams {
  readonly uu: Strided;
  readonly ww: Strided;
  readonly uw: Strided;
}

/** The largest total of numbers that are kept: 256 MiB. */
const MOST = 2 ** 25;

/** The order parameters of every row; undefined if they would be more than 2²⁵ numbers. */
export function gramsOf(begun: LayersBegun, run: Run, shape: LayersShape): Grams | undefined {
  const { m, r, d } = shape;
  const { start, support, task } = begun.state;
  const k = task.xx.rows;
  const count = run.steps.length;
  if (count * (m * m + k * k + m * k) > MOST) return undefined;
  const uu = strided([count, m, m]);
  const ww = strided([count, k, k]);
  const uw = strided([count, m, k]);
  const along = alongAll(support.directions, r, k);
  const product = new Float64Array(m * r);
  const inputs = new Float64Array(d * k);
  for (let n = 0; n < count; n++) {
    const layers = stateOf(run, n);
    outputOf(1, layers, shape, product);
    along(product, uw.row(n));
    gram(layers, d, m, uu.row(n));
    along(layers.subarray(d * m, d * (m + r)), inputs);
    gram(inputs, d, k, ww.row(n));
  }
  // Row 0 has the original order parameters, not those of layers made from them.
  uu.data.set(start.uu.to1DArray());
  ww.data.set(alongInputs(support, alongInputs(support, start.ww).transpose()).to1DArray());
  uw.data.set(alongInputs(support, start.uw).to1DArray());
  return { uu, ww, uw };
}

/** MᵀM of d rows. */
function gram(M: Float64Array, d: number, columns: number, out: Float64Array): void {
  out.fill(0);
  for (let i = 0; i < d; i++) {
    const from = i * columns;
    for (let a = 0; a < columns; a++) for (let b = 0; b <= a; b++) out[a * columns + b]! += M[from + a]! * M[from + b]!;
  }
  for (let a = 0; a < columns; a++) for (let b = 0; b < a; b++) out[b * columns + a] = out[a * columns + b]!;
}
