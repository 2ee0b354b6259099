/**
 * The order of layers, if the file does not determine it, because many formats sort tensors by name. Names
 * are compared by their meaning (input before hidden before output, encoder before decoder, convolutions
 * before dense layers), then by their numbers.
 */
import type { Layer } from "./layer.ts";

/** The ranks of words. Words for the middle, and all other words, have rank 4. */
const RANKS: readonly (readonly [RegExp, number])[] = [
  [/^(in|inp|input\w*|stem\w*|embedder|patch_embed\w*|first\w*|fc_in|conv_in|proj_in|l?in|in_proj|from_\w+)$/i, 0],
  [/^(enc|encoder\w*|features?|feature_extractor|backbone|body|trunk|cnn|convs?|convolutions?|conv_layers)$/i, 1],
  [/^(conv\w*)$/i, 2],
  [/^(hid|hidden\w*|mid|middle|bottleneck|latent|z|fc_mu|mu|fc_logvar|fc_var|logvar)$/i, 3],
  [/^(dec|decoder\w*|generator)$/i, 5],
  [/^(fcs?|fully_connected|dense_layers|mlp)$/i, 6],
  [
    /^(classifier|cls|head\w*|\w*_head|out|output\w*|last\w*|final\w*|logits|readout|predict\w*|policy\w*|fc_out|out_proj|lm_head|score)$/i,
    7,
  ],
];

const ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth"];

type Key = readonly (readonly [rank: number, stem: string, number: number])[];

function keyOf({ module }: Layer): Key {
  return module.split(".").map((part) => {
    const ordinal = ORDINALS.findIndex((word) => part.toLowerCase().startsWith(word));
    const [, stem = part, digits = ""] = /^(.*?)_?(\d*)$/.exec(part) ?? [];
    const rank = (word: string): number => RANKS.find(([pattern]) => pattern.test(word))?.[1] ?? 4;
    if (ordinal >= 0) return [4, "", ordinal];
    // A numbered fc is a hidden layer; an fc without a number is the head.
    const numbered = digits !== "" && rank(stem) >= 6 ? 4 : rank(stem);
    return [numbered, stem, digits === "" ? -1 : Number(digits)];
  });
}

function compare(a: Key, b: Key): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [x, y] = [a[i], b[i]];
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1;
    if (x[0] !== y[0]) return x[0] - y[0];
    if (x[1] !== y[1]) return x[1] < y[1] ? -1 : 1;
    if (x[2] !== y[2]) return x[2] - y[2];
  }
  return 0;
}

/** Sorts layers by meaning and number of their names. */
export function orderedByName(layers: readonly Layer[]): Layer[] {
  return layers
    .map((layer, i) => ({ layer, i, key: keyOf(layer) }))
    .sort((a, b) => compare(a.key, b.key) || a.i - b.i)
    .map(({ layer }) => layer);
}

/** Whether some of the layers are ordered only alphabetically, neither by meaning nor by number. */
export function onlyAlphabetical(layers: readonly Layer[]): boolean {
  const keys = orderedByName(layers).map(keyOf);
  return keys.some((key, i) => {
    const before = keys[i - 1];
    const at = before?.findIndex((part, k) => `${part}` !== `${key[k]}`) ?? -1;
    const [x, y] = [before?.[at], key[at]];
    return x !== undefined && y !== undefined && x[0] === y[0] && x[1] !== y[1];
  });
}

/**
 * Whether the names are sorted, as some formats do. Their order then has no information about the network.
 */
export function sortedByName(layers: readonly Layer[]): boolean {
  const inOrder = (before: (a: string, b: string) => boolean): boolean =>
    layers.every((layer, i) => i === 0 || before(layers[i - 1]!.name, layer.name));
  const natural = new Intl.Collator("en", { numeric: true });
  return inOrder((a, b) => a < b) || inOrder((a, b) => natural.compare(a, b) <= 0);
}
