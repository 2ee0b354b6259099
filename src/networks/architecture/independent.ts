/**
 * Separates the plain networks of a file. Independent networks, such as an actor and a critic, are not joined
 * even if their widths fit. Neither are the layers before and after a recurrent layer.
 */
import { type Chain, chain } from "./chain.ts";
import type { Layer } from "./layer.ts";
import { orderedByName, sortedByName } from "./order.ts";

/** Names of containers that are a part of a network. */
const PART =
  /^(\w*(encoders?|decoders?|backbones?|heads?)|enc|dec|in|inp|input\w*|out|output\w*|stem\w*|embed\w*|features?\w*|feature_extractor|body|trunk|torso|tail|neck|top|bottom|base|core|root|shared\w*|common|front\w*|back\w*|pre\w*|post\w*|cnn|conv\w*|fcs?|fully_connected|dense\w*|linears?|lin\w*|mlp|ffn|seq\w*|layers?|blocks?|stages?|hidden\w*|mid|middle|bottleneck|latent|classifier|cls|last\w*|final\w*|first\w*|second\w*|third\w*|logits|readout|predict\w*|proj\w*|score)$/i;
/** Names of independent networks, numbered or not. */
const WHOLE =
  /^(q|qf|q_?net\w*|actor\w*|critic\w*|policy\w*|value\w*|vf|pi|online\w*|target\w*|generator\w*|discriminator\w*|teacher\w*|student\w*|net_?[gd])$/i;

/** The pairs of plain networks. `recurrent` marks the recurrent layers, in the order of the file. */
export function plainNetworks(layers: readonly Layer[], recurrent: ReadonlySet<string>): Chain {
  const pieces = betweenRecurrent(layers, recurrent).flatMap(independent);
  const done = new Set<string>();
  const chains = pieces.map((piece) => chain(piece));
  const key = ({ outer, inner }: Chain["pairs"][number]): string => `${outer.label}·${inner.label}`;
  const pairs = chains.flatMap((one) => one.pairs).filter((pair) => !done.has(key(pair)) && done.add(key(pair)));
  return { pairs, skipped: chains.flatMap(({ skipped }) => skipped) };
}

function betweenRecurrent(layers: readonly Layer[], recurrent: ReadonlySet<string>): Layer[][] {
  if (recurrent.size === 0) return [[...layers]];
  const pieces: Layer[][] = [[]];
  for (const layer of sortedByName(layers) ? orderedByName(layers) : layers) {
    if (recurrent.has(layer.name)) pieces.push([]);
    else pieces.at(-1)!.push(layer);
  }
  return pieces.filter(({ length }) => length > 0);
}

/** The independent networks among the layers, each with the shared parts. */
function independent(layers: readonly Layer[]): Layer[][] {
  if (layers.length < 2) return [[...layers]];
  const paths = layers.map(({ module }) => module.split("."));
  let depth = 0;
  while (paths.every((path) => path.length > depth + 2 && path[depth] === paths[0]![depth])) depth++;
  const groups = new Map<string, Layer[]>();
  for (const [i, layer] of layers.entries()) {
    const path = paths[i]!;
    const name = path.length > depth + 1 ? path[depth]! : "";
    groups.set(name, [...(groups.get(name) ?? []), layer]);
  }
  const stem = (name: string): string => name.replace(/[_-]?\d+$/, "");
  const stems = [...groups.keys()].map(stem);
  const complete = (name: string): boolean => {
    if (name === "" || stem(name) === "") return false;
    const known = WHOLE.test(name) || WHOLE.test(stem(name));
    const numbered = stems.filter((other) => other === stem(name)).length > 1;
    if (!known && (numbered || PART.test(stem(name)))) return false;
    const own = groups.get(name)!;
    const { pairs } = chain(own);
    return own.length > 1 && pairs.length === own.length - 1;
  };
  const whole = [...groups.keys()].filter(complete);
  if (whole.length < 2) return [[...layers]];
  const shared = layers.filter((layer) => !whole.some((name) => groups.get(name)!.includes(layer)));
  return whole.map((name) => layers.filter((layer) => shared.includes(layer) || groups.get(name)!.includes(layer)));
}
