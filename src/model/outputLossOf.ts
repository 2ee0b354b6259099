/** The loss of several outputs, from its name or functions, and a check of its targets. */
import { refuse, reject, unmet } from "../door/arguments.ts";
import type { Rows } from "../door/arrays.ts";
import { DECIMAL_ROUNDING } from "../numerics/rounding.ts";
import { crossEntropy } from "./crossEntropy.ts";
import { checkLabels, hasKinks, type Loss, lossFunction } from "./loss.ts";
import { type OutputLoss, summedOverOutputs } from "./outputLoss.ts";

/** The loss with this name or these functions, for m outputs. */
export function outputLossOf(loss: Loss, m: number): OutputLoss {
  return loss === "cross-entropy" ? crossEntropy(m) : summedOverOutputs(lossFunction(loss), m, hasKinks(loss));
}

/**
 * Checks the targets: ±1 for the logistic loss; for the cross-entropy, probabilities ≥ 0 of at least two
 * outputs, each row divided by its sum, which must be 1 up to rounding.
 */
export function targetsFor(loss: Loss, targets: Rows): Float64Array {
  const { rows: n, columns: m, data } = targets;
  if (loss !== "cross-entropy") {
    checkLabels(loss, data);
    return data;
  }
  if (m === 1) unmet('the loss "cross-entropy" needs at least two outputs', 'use "logistic" with labels 1 and -1');
  const shares = new Float64Array(data.length);
  for (let j = 0; j < n; j++) {
    const row = data.subarray(j * m, (j + 1) * m);
    const negative = row.findIndex((share) => share < 0);
    if (negative >= 0) refuse(`target row ${j}, entry ${negative}`, row[negative], "pass probabilities ≥ 0");
    const sum = row.reduce((total, share) => total + share, 0);
    if (!(Math.abs(sum - 1) <= DECIMAL_ROUNDING))
      reject(`target row ${j} has the sum ${sum}; the loss "cross-entropy" takes one-hot rows or probabilities that sum to 1`);
    for (let c = 0; c < m; c++) shares[j * m + c] = row[c]! / sum;
  }
  return shares;
}
