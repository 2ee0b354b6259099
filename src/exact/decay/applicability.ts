import type { Network } from "../../model/network.ts";
import { shrinkage, shrinkTogether } from "../../model/weightDecay.ts";

/** What the closed form of decaying layers assumes of the decay, and fails, with what would make it hold. */
export function failedOfDecay(network: Network): string[] {
  const { u, w } = network.learningRates;
  if (u === 0 || w === 0) return ["the weights decay and a layer is frozen: only layers that both train have a closed form"];
  if (shrinkTogether(network)) return [];
  const paces = shrinkage(network);
  return [
    `the layers decay at different paces, rate times decay is ${short(paces.u)} for u and ${short(paces.w)} for w: a weightDecay of ` +
      "{ u: m/2/rate of u, w: m/2/rate of w } with any m has a closed form",
  ];
}

const short = (x: number): string => Number(x.toPrecision(4)).toString();
