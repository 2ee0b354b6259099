/**
 * Residual networks of convolutions: within a block each layer feeds the next. The input and the output of a
 * block are sums with the shortcut, which no single layer computes. Only the first block has a single layer
 * as its input, the stem.
 */
import type { Layer } from "./layer.ts";
import { type Found, type NetworkLayers, nothing, whole } from "./recogniser.ts";
import { fits, misfit } from "./view.ts";

/** The layers of a block, in their order, by the names that they have in it. */
const IN_BLOCK: readonly RegExp[] = [
  /^conv_?(\d+)$/, // torchvision, timm
  /^Conv_(\d+)$/, // Flax
  /^(\d+)\.convolution$/, // Hugging Face, below `layer`
];
const KERAS = /^(\w+_block\d+)_(\d+)_conv$/;
const STEM = /(^|\.)(conv1|stem|stem_conv|conv_init|conv_stem|embedder\.embedder\.convolution|conv0)$/;

export function convolutions(network: NetworkLayers): Found {
  const found = nothing();
  const blocks = blocksOf(network);
  if (blocks.length < 2) return found;
  for (const block of blocks) {
    for (const [i, layer] of block.entries()) {
      found.claimed.add(layer.name);
      if (i > 0) join(found, layer, block[i - 1]!);
    }
  }
  const stem = network.layers.find(({ module, name }) => STEM.test(module) && !found.claimed.has(name));
  const first = blocks[0]![0]!;
  if (stem !== undefined && fits(whole(first), whole(stem))) {
    found.claimed.add(stem.name);
    found.pairs.unshift({ outer: whole(first), inner: whole(stem) });
  }
  return found;
}

function join(found: Found, outer: Layer, inner: Layer): void {
  const [to, from] = [whole(outer), whole(inner)];
  if (fits(to, from)) found.pairs.push({ outer: to, inner: from });
  else if (to.inputs.count === 1 || from.outputs.count % to.inputs.count === 0)
    found.skipped.push({
      name: outer.name,
      because: "is a grouped convolution, which reads only some of the channels before it",
    });
  else found.skipped.push({ name: outer.name, because: misfit(to, from) });
}

/** Convolutions by block: at least two of consecutive numbers in a module that has a number in its path. */
function blocksOf(network: NetworkLayers): Layer[][] {
  const blocks = new Map<string, [number, Layer][]>();
  for (const layer of network.layers) {
    if (layer.shape.length < 3) continue;
    const place = placeOf(layer);
    if (place === undefined) continue;
    blocks.set(place.block, [...(blocks.get(place.block) ?? []), [place.number, layer]]);
  }
  return [...blocks.values()]
    .filter((members) => members.length > 1)
    .map((members) => members.sort(([a], [b]) => a - b).map(([, layer]) => layer));
}

function placeOf({ module, parent, leaf }: Layer): { readonly block: string; readonly number: number } | undefined {
  const keras = KERAS.exec(leaf);
  // In Keras, number 0 is the shortcut.
  if (keras !== null) return keras[2] === "0" ? undefined : { block: keras[1]!, number: Number(keras[2]) };
  for (const pattern of IN_BLOCK) {
    const [own, around] = pattern.source.includes("convolution")
      ? [module.split(".").slice(-2).join("."), module.split(".").slice(0, -2).join(".")]
      : [leaf, parent];
    const number = pattern.exec(own)?.[1];
    if (number !== undefined && /\d/.test(around)) return { block: around, number: Number(number) };
  }
  return undefined;
}
