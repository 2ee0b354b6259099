/**
 * Low-rank adapters: ΔW = B·A, and the down and up projections of adapters with a nonlinearity in between.
 */
import type { Layer } from "./layer.ts";
import { type Found, type NetworkLayers, nothing, whole } from "./recogniser.ts";
import { fits, misfit } from "./view.ts";

const INNER = /(^|[._])(lora_A|lora_down|adapter_down|down_sampler)(?=$|[._])/;
const OUTER: Readonly<Record<string, string>> = {
  lora_A: "lora_B",
  lora_down: "lora_up",
  adapter_down: "adapter_up",
  down_sampler: "up_sampler",
};
const ADAPTER = /(^|\.)\w*adapters?\w*(\.\w+)*\.(down|down_proj)$/;

export function lora(network: NetworkLayers): Found {
  const found = nothing();
  const byModule = new Map(network.layers.map((layer) => [layer.module, layer]));
  for (const inner of network.layers) {
    const partner = partnerOf(inner);
    const outer = partner === undefined ? undefined : byModule.get(partner);
    if (outer === undefined) continue;
    found.claimed.add(inner.name).add(outer.name);
    const [to, from] = [whole(outer), whole(inner)];
    if (fits(to, from)) found.pairs.push({ outer: to, inner: from });
    else found.skipped.push({ name: outer.name, because: misfit(to, from) });
  }
  return found;
}

function partnerOf({ module }: Layer): string | undefined {
  const name = INNER.exec(module)?.[2];
  if (name !== undefined) return module.replace(INNER, (_, before: string) => `${before}${OUTER[name]}`);
  return ADAPTER.test(module) ? module.replace(/down(_proj)?$/, "up$1") : undefined;
}
