/**
 * The weights of a chain at a time, computed from the initial weights and the overlap at that time, so that
 * rounding does not accumulate over the stages. This requires that both layers turn and shrink together.
 */
import { checkTime, turn } from "../exact/oneDirection/oneDirectionFlow.ts";
import { scaleLayers } from "../layers/layerSums.ts";
import { type Rates, type Start, startFrom, startFromOrderParameters } from "../layers/start.ts";
import { partsIfNeeded, type Transfer } from "../layers/transfer.ts";
import type { Network } from "../model/network.ts";
import { roomFor } from "../model/roomFor.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Weights } from "../model/weights.ts";
import { difference, product, quotient, squareRoot, sum, type Wide } from "../numerics/wide.ts";

/**
 * The method `weights` of a chain, from the rotation between its start and a time. The rotation is undefined
 * if all weights have shrunk to zero.
 */
export function chainWeights(
  initial: Weights,
  { learningRates: rates }: Network,
  from: number,
  rotationTo: (t: number, start: Start) => Transfer | undefined,
): (t: number, out?: Weights) => Weights {
  const start = startFrom(initial, rates);
  const layers = scaleLayers(initial, rates.u, rates.w);
  const parts = partsIfNeeded(layers, start.P, start.Q);
  return (t, out) => {
    checkTime("weights", from, t);
    const rotation = rotationTo(t, start);
    const target = roomFor(initial.u.length, out);
    turn(rotation, layers, parts, target);
    return target;
  };
}

/**
 * The transfer from a start to a snapshot of layers that have turned and decayed. The growth factors of the
 * parts p and q are the square roots of those of P and Q. sinh θ/h is computed from S, which is more accurate
 * than the difference of the factors. Undefined if all weights have shrunk to zero.
 */
export function transferTo(snapshot: Snapshot, start: Start, rates: Rates): Transfer | undefined {
  const { P, Q, S } = startFromOrderParameters(snapshot, rates);
  if (P.m === 0 && Q.m === 0) return undefined;
  const grown = (after: Wide, first: Wide): Wide | undefined => (first.m === 0 ? undefined : squareRoot(quotient(after, first)));
  const [p, q] = [grown(P, start.P), grown(Q, start.Q)];
  // A part that is zero may be given the growth factor of the other one.
  const rise = (p ?? q)!;
  const fall = (q ?? p)!;
  const cosh = product(0.5, sum(rise, fall));
  const kept = product(rise, fall);
  const kernels = product(0.5, sum(sum(P, Q), product(kept, sum(start.P, start.Q))));
  return { cosh, sinhOverH: quotient(product(2, cosh, difference(S, product(kept, start.S))), kernels), rise, fall };
}
