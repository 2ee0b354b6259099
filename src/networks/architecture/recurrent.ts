/** Recurrent layers. Their matrices act at every step of a sequence, so they form no pairs. */
import type { Layer } from "./layer.ts";
import { type Found, type NetworkLayers, nothing } from "./recogniser.ts";

const RECURRENT = /^(weight_(ih|hh|hr)(_l\d+)?(_reverse)?|recurrent_kernel(:0)?)$/;

function isRecurrent({ name }: Layer): boolean {
  return RECURRENT.test(name.split(/[./]/).at(-1)!);
}

/** Claims the matrices of LSTMs, GRUs and plain recurrent layers; Keras calls the one for inputs a kernel. */
export function recurrent(network: NetworkLayers): Found {
  const found = nothing();
  const modules = new Set(network.layers.filter(isRecurrent).map(({ name }) => around(name)));
  for (const layer of network.layers) {
    const kernel = /[./]kernel(:0)?$/.test(layer.name) && modules.has(around(layer.name));
    if (!isRecurrent(layer) && !kernel) continue;
    found.claimed.add(layer.name);
    found.skipped.push({ name: layer.name, because: "is recurrent: it acts at every step of a sequence, and is in no pair" });
  }
  return found;
}

function around(name: string): string {
  return name.split(/[./]/).slice(0, -1).join(".");
}
