/**
 * The weights of a chain at any time follow from the given weights and the overlap then, so that rounding
 * does not add up over the stages, as long as both layers go at one pace without weight decay.
 */
import { checkTime, turn } from "../exact/oneDirection/oneDirectionFlow.ts";
import { scaleLayers } from "../layers/layerSums.ts";
import { type Start, startFrom } from "../layers/start.ts";
import { partsIfNeeded, type Transfer } from "../layers/transfer.ts";
import type { Network } from "../model/network.ts";
import { roomFor } from "../model/roomFor.ts";
import type { Weights } from "../model/weights.ts";

/**
 * The method `weights` of a chain, from the rotation that leads from its start to a time: undefined where all
 * weights have shrunk to zero.
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
