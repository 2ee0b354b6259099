/**
 * Finds which layer feeds which, by recognising the architecture from names and shapes, or as the user says.
 */

import type { Orientation } from "../formats/checkpoint.ts";
import { attention } from "./attention.ts";
import { chain } from "./chain.ts";
import { convolutions } from "./convolutions.ts";
import { type NamedPair, namedPairs } from "./explicit.ts";
import { plainNetworks } from "./independent.ts";
import { type Layer, layersOf, type Skipped, type TensorShape } from "./layer.ts";
import { lora } from "./lora.ts";
import { mlp } from "./mlp.ts";
import { type Found, type LayerPair, NetworkLayers } from "./recogniser.ts";
import { recurrent } from "./recurrent.ts";

export type { NamedPair } from "./explicit.ts";
export type { Layer, Skipped, TensorShape } from "./layer.ts";
export type { LayerPair } from "./recogniser.ts";

/** Facts about the network, and choices of the user. */
export interface ArchitectureOptions {
  readonly orientation: Orientation;
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  readonly layers?: RegExp | undefined;
  readonly transpose?: RegExp | undefined;
  readonly pairs?: readonly NamedPair[] | undefined;
  readonly heads?: number | undefined;
}

/**
 * The layers of a network, the pairs in which one feeds the other, and the layers that were left out, with
 * the reason.
 */
export interface Architecture {
  readonly layers: readonly Layer[];
  readonly pairs: readonly LayerPair[];
  readonly skipped: readonly Skipped[];
}

const STREAM = "reads or writes a sum of several layers' outputs (the residual stream); no single layer feeds it";

/** The architecture of a network with these tensors, in the file's order. */
export function architectureOf(tensors: readonly TensorShape[], options: ArchitectureOptions): Architecture {
  const { layers, skipped } = layersOf(tensors, options);
  const network = new NetworkLayers(layers, { tensors, config: options.config, heads: options.heads });
  const found = recognised(network);
  if (options.pairs !== undefined) {
    const named = namedPairs(options.pairs, layers, tensors, found.pairs);
    return { layers: asRead(layers, named.pairs), pairs: named.pairs, skipped: named.skipped };
  }
  return { layers: asRead(layers, found.pairs), pairs: found.pairs, skipped: once([...found.skipped, ...skipped]) };
}

/**
 * Sets the layout of layers with unknown layout to that of their pairs; layers in no pair get the layout of
 * most others.
 */
function asRead(layers: readonly Layer[], pairs: readonly LayerPair[]): Layer[] {
  const read = new Map(pairs.flatMap(({ outer, inner }) => [outer, inner]).map((view) => [view.tensor, view.outputs.count]));
  const transposed = ({ name, shape }: Layer): boolean => read.has(name) && read.get(name) !== shape[0];
  const unknown = layers.filter(({ layout }) => layout === "unknown");
  const others = unknown.filter(transposed).length > 0 ? "in-out" : "out-in";
  return layers.map((layer) => {
    if (layer.layout !== "unknown") return layer;
    const known = read.has(layer.name) && layer.shape[0] !== layer.shape.at(-1);
    return { ...layer, layout: known ? (transposed(layer) ? "in-out" : "out-in") : others };
  });
}

function recognised(network: NetworkLayers): { readonly pairs: LayerPair[]; readonly skipped: Skipped[] } {
  const ofSequences = recurrent(network);
  const first = [lora(network), attention(network), convolutions(network)];
  const withBlocks = first.some(({ pairs, claimed }, i) => i > 0 && (pairs.length > 0 || claimed.size > 0));
  const claimed = new Set([...first, ofSequences].flatMap((found) => [...found.claimed]));
  const unclaimed = (): Layer[] => network.layers.filter(({ name }) => !claimed.has(name));
  const blocks = mlp(new NetworkLayers(unclaimed(), network.facts), withBlocks);
  for (const name of blocks.claimed) claimed.add(name);
  const all: Found[] = [...first, ofSequences, blocks];
  const pairs = byBlock(all.flatMap((found) => found.pairs));
  const skipped = all.flatMap((found) => found.skipped);
  if (!withBlocks && blocks.claimed.size === 0) {
    const plain = plainNetworks(
      network.layers.filter(({ name }) => !claimed.has(name) || ofSequences.claimed.has(name)),
      ofSequences.claimed,
    );
    return { pairs: [...pairs, ...plain.pairs], skipped: [...skipped, ...plain.skipped] };
  }
  const { joined, left } = besideBlocks(unclaimed());
  return {
    pairs: [...pairs, ...joined.flatMap((found) => found.pairs)],
    skipped: [...skipped, ...joined.flatMap((found) => found.skipped), ...left.map(({ name }) => ({ name, because: STREAM }))],
  };
}

/**
 * Heads and projectors outside a network's blocks: the numbered layers of a Sequential, and a few known
 * pairs.
 */
function besideBlocks(layers: readonly Layer[]): { readonly joined: ReturnType<typeof chain>[]; readonly left: Layer[] } {
  const joined: ReturnType<typeof chain>[] = [];
  const used = new Set<string>();
  const put = (group: readonly Layer[]): void => {
    const made = chain(group);
    if (made.pairs.length === 0) return;
    joined.push({ pairs: made.pairs, skipped: made.skipped });
    for (const { name } of group) used.add(name);
  };
  for (const parent of new Set(layers.map((layer) => layer.parent))) {
    const numbered = layers.filter((layer) => layer.parent === parent && parent !== "" && /^\d+$/.test(layer.leaf));
    if (numbered.length > 1 && !/(^|\.)(downsample|shortcut)$/.test(parent)) put(numbered);
  }
  for (const [inner, outer] of HEADS) {
    const from = layers.find(({ module, name }) => inner.test(module) && !used.has(name));
    const to = from && layers.find(({ module, name }) => outer.test(module) && !used.has(name) && module !== from.module);
    if (to !== undefined) put([from!, to]);
  }
  return { joined, left: layers.filter(({ name }) => !used.has(name)) };
}

const HEADS: readonly (readonly [RegExp, RegExp])[] = [
  [/(^|\.)pooler\.dense$/, /(^|\.)classifier$/],
  [/(^|\.)classifier\.dense$/, /(^|\.)classifier\.out_proj$/],
  [/(^|\.)pre_classifier$/, /(^|\.)classifier$/],
  [/(^|\.)predictions\.transform\.dense$/, /(^|\.)predictions\.decoder$/],
  [/(^|\.)lm_head\.dense$/, /(^|\.)lm_head\.decoder$/],
];

/** Block by block, in the order of the numbers in their names; heads in their own order. */
function byBlock(pairs: readonly LayerPair[]): LayerPair[] {
  const natural = new Intl.Collator("en", { numeric: true });
  return [...pairs].sort((a, b) => natural.compare(a.inner.tensor, b.inner.tensor));
}

/** Each name once, with the first reason. */
function once(skipped: readonly Skipped[]): Skipped[] {
  return [...new Map([...skipped].reverse().map((entry) => [entry.name, entry])).values()].reverse();
}
