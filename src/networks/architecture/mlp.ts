/**
 * The MLP of a transformer's (or mixer's) block, by the names that its two layers have in common libraries.
 */
import { type Found, type NetworkLayers, nothing, whole } from "./recogniser.ts";
import { fits, misfit, someOutputs, type View } from "./view.ts";

interface Names {
  /** The layers whose output the outer one reads; if there are several, their product. */
  readonly inner: readonly string[];
  readonly outer: string;
  /** Whether plain networks use these names, too. They then count only if the network has blocks. */
  readonly common?: true;
}

const NAMES: readonly Names[] = [
  { inner: ["up_proj", "gate_proj"], outer: "down_proj" },
  { inner: ["gate_up_proj"], outer: "down_proj" },
  { inner: ["up_proj"], outer: "down_proj" },
  { inner: ["ffn_up", "ffn_gate"], outer: "ffn_down" },
  { inner: ["ffn_up"], outer: "ffn_down" },
  { inner: ["c_fc"], outer: "c_proj" },
  { inner: ["intermediate.dense"], outer: "output.dense" },
  { inner: ["dense_h_to_4h"], outer: "dense_4h_to_h" },
  { inner: ["wi"], outer: "wo" },
  { inner: ["wi_1", "wi_0"], outer: "wo" },
  { inner: ["fc_in"], outer: "fc_out" },
  { inner: ["pwconv1"], outer: "pwconv2" },
  { inner: ["w12"], outer: "w3" },
  { inner: ["net.0.proj"], outer: "net.2" },
  { inner: ["w3", "w1"], outer: "w2" },
  { inner: ["Wi"], outer: "Wo", common: true },
  { inner: ["fc1"], outer: "fc2", common: true },
  { inner: ["lin1"], outer: "lin2", common: true },
  { inner: ["linear1"], outer: "linear2", common: true },
  { inner: ["w1"], outer: "w2", common: true },
  { inner: ["up"], outer: "down", common: true },
  { inner: ["0"], outer: "2", common: true },
  { inner: ["0"], outer: "3", common: true },
  { inner: ["Dense_0"], outer: "Dense_1", common: true },
];

/** Names of modules whose up and down projections certainly form an MLP. */
const MLP = /mlp|ffn|ff|feed_?forward|experts?/i;
const MAYBE_ADAPTER =
  "read as an MLP, which widens and then narrows; if the block is an adapter, which narrows first, pass --pairs up_proj·down_proj";

/** The pairs of blocks. `blocks` is whether the network is known to have blocks. */
export function mlp(network: NetworkLayers, blocks: boolean): Found {
  const found = nothing();
  const common: { readonly module: string; readonly names: Names }[] = [];
  for (const module of network.modules()) {
    if (/adapter|lora/i.test(module.split(".").at(-1)!)) continue;
    for (const names of NAMES) {
      if (!isThere(network, module, names)) continue;
      if (names.common) common.push({ module, names });
      else join(network, found, module, names);
      break;
    }
  }
  // For common names, two similar blocks or an attention layer show that the network has blocks.
  const inBlocks = common.filter(({ module, names }) => network.inside(module).length === names.inner.length + 1 || blocks);
  const places = new Set(inBlocks.map(({ module }) => module.replaceAll(/\d+/g, "#")));
  if (blocks || found.pairs.length > 0 || inBlocks.length > places.size)
    for (const { module, names } of inBlocks) join(network, found, module, names);
  return found;
}

function isThere(network: NetworkLayers, module: string, { inner, outer }: Names): boolean {
  const claimedBefore = inner.every((path) => network.at(module, path) !== undefined);
  return claimedBefore && network.at(module, outer) !== undefined && (module !== "" || outer === "down_proj");
}

function join(network: NetworkLayers, found: Found, module: string, { inner, outer }: Names): void {
  const last = network.at(module, outer)!;
  found.claimed.add(last.name);
  const views: View[] = inner.flatMap((path) => {
    const layer = network.at(module, path)!;
    found.claimed.add(layer.name);
    const view = whole(layer);
    const half = whole(last).inputs.count;
    const fused = inner.length === 1 && !fits(whole(last), view) && view.outputs.count === 2 * half;
    return fused ? [someOutputs(view, half, half, "up"), someOutputs(view, 0, half, "gate")] : [view];
  });
  const notes =
    outer === "down_proj" && inner.join() === "up_proj" && !MLP.test(module.split(".").at(-1)!) ? [MAYBE_ADAPTER] : [];
  for (const view of views) {
    const to = whole(last);
    if (fits(to, view)) found.pairs.push({ outer: to, inner: view, ...(notes.length > 0 ? { notes } : {}) });
    else found.skipped.push({ name: last.name, because: misfit(to, view) });
  }
}
