import { isSquared, type Network } from "../../model/network.ts";
import { hasDecay } from "../../model/weightDecay.ts";

/** What of the network itself no closed form covers, each in a sentence. */
export function failedAssumptions(network: Network): string[] {
  const failed: string[] = [];
  if (network.power !== 1) failed.push(`the network is not linear: its activation is the power ${network.power}`);
  return [...failed, ...failedOfTraining(network)];
}

/** What of the way that a network is trained no closed form covers. */
export function failedOfTraining(network: Network): string[] {
  const failed: string[] = [];
  if (!isSquared(network)) failed.push("the loss is not a square");
  if (hasDecay(network)) failed.push("the weights decay");
  return failed;
}
