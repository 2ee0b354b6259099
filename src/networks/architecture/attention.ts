/** Attention: each head's values feed the columns of the output layer that belong to the head. */
import { headsOf } from "./heads.ts";
import type { Layer } from "./layer.ts";
import { type Found, type LayerPair, type NetworkLayers, nothing, whole } from "./recogniser.ts";
import { someInputs, someOutputs, type View } from "./view.ts";

/** Separate layers for queries, keys and values; the output layer has one of several names. */
const SEPARATE: readonly { readonly value: string; readonly others: readonly string[]; readonly output: readonly string[] }[] = [
  { value: "v_proj", others: ["q_proj", "k_proj"], output: ["o_proj", "out_proj", "dense"] },
  { value: "wv", others: ["wq", "wk"], output: ["wo"] },
  { value: "v", others: ["q", "k"], output: ["o", "out", "proj"] },
  { value: "value", others: ["query", "key"], output: ["^.output.dense", "out", "output", "output.dense"] },
  { value: "value_proj", others: ["query_proj", "key_proj"], output: ["^.output.dense", "output_proj"] },
  { value: "v_lin", others: ["q_lin", "k_lin"], output: ["out_lin"] },
  { value: "to_v", others: ["to_q", "to_k"], output: ["to_out.0", "to_out"] },
];

/** One layer for all three, one after the other or interleaved head by head. */
const FUSED: readonly { readonly all: string; readonly output: readonly string[]; readonly interleaved?: true }[] = [
  { all: "c_attn", output: ["c_proj"] },
  { all: "qkv", output: ["proj", "out", "out_proj"] },
  { all: "to_qkv", output: ["to_out.0", "to_out"] },
  { all: "in_proj_weight", output: ["out_proj"] },
  { all: "Wqkv", output: ["out_proj", "Wo"] },
  { all: "qkv_proj", output: ["o_proj", "out_proj"] },
  { all: "W_pack", output: ["o_proj"] },
  { all: "query_key_value", output: ["dense", "^.dense"], interleaved: true },
];

const READS_STREAM = "makes queries or keys, which meet in the softmax and feed no layer as a matrix product";

export function attention(network: NetworkLayers): Found {
  const found = nothing();
  for (const module of network.modules()) {
    for (const { value, others, output } of SEPARATE) {
      const v = network.at(module, value);
      const o = output.map((path) => network.at(module, path)).find((layer) => layer !== undefined);
      const rest = others.map((path) => network.at(module, path)).filter((layer) => layer !== undefined);
      if (v === undefined || o === undefined || rest.length === 0) continue;
      for (const layer of rest) found.skipped.push({ name: layer.name, because: READS_STREAM });
      claim(found, v, o, ...rest);
      if (v.shape.length === 3 && o.shape.length === 3 && v.layout === "in-out") flaxHeads(found, v, o);
      else split(network, found, module, whole(v), whole(o));
    }
    bySiblings(network, found, module);
    for (const { all, output, interleaved } of FUSED) {
      const fused = network.at(module, all);
      const o = output.map((path) => network.at(module, path)).find((layer) => layer !== undefined);
      if (fused === undefined || o === undefined) continue;
      claim(found, fused, o);
      const [view, out] = [whole(fused), whole(o)];
      const values = (view.outputs.count - out.inputs.count) / 2;
      if (interleaved && values === out.inputs.count) interleavedHeads(network, found, module, view, out);
      else if (Number.isInteger(values) && values > 0)
        split(network, found, module, someOutputs(view, view.outputs.count - values, values, "value"), out);
      else
        found.skipped.push({
          name: fused.name,
          because: `has ${view.outputs.count} outputs, which do not fit queries, keys and values for ${o.name} with ${out.inputs.count} inputs`,
        });
    }
  }
  return found;
}

const ROLES: readonly (readonly [role: Role, word: RegExp])[] = [
  ["q", /^(w?q|quer(y|ies))$/],
  ["k", /^(w?k|keys?)$/],
  ["v", /^(w?v|values?)$/],
  ["o", /^(w?o|out|output)$/],
];
type Role = "q" | "k" | "v" | "o";

/** The role of a layer according to its name, and the remaining words: attn_q and q_linear are both q. */
function roleOf(leaf: string): { readonly role: Role; readonly rest: string } | undefined {
  const words = leaf
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[_-]+/);
  for (const [role, pattern] of ROLES) {
    const at = words.findIndex((word) => pattern.test(word));
    if (at >= 0) return { role, rest: words.filter((_, i) => i !== at).join("_") };
  }
  return undefined;
}

/**
 * Queries, keys and values next to each other, under names of any form. Queries and keys are in no pair, even
 * if the output layer is unknown.
 */
function bySiblings(network: NetworkLayers, found: Found, module: string): void {
  const free = network.inside(module).filter(({ name }) => !found.claimed.has(name));
  const named = free.flatMap((layer) => {
    const known = roleOf(layer.leaf);
    return known === undefined ? [] : [{ layer, ...known }];
  });
  for (const rest of new Set(named.map((one) => one.rest))) {
    const of = (role: Role): Layer | undefined => named.find((one) => one.rest === rest && one.role === role)?.layer;
    const [q, k, v] = [of("q"), of("k"), of("v")];
    if (q === undefined || k === undefined) continue;
    claim(found, q, k);
    for (const { name } of [q, k]) found.skipped.push({ name, because: READS_STREAM });
    if (v === undefined) continue;
    claim(found, v);
    const outputs = free.filter(
      ({ leaf, name }) => !found.claimed.has(name) && /(^|_)(proj|projection|dense|out|output|o|fc)$/i.test(leaf),
    );
    const o = of("o") ?? (outputs.length === 1 ? outputs[0] : undefined);
    if (o === undefined) {
      found.skipped.push({ name: v.name, because: "makes the values of an attention whose output layer is not known" });
      continue;
    }
    claim(found, o);
    if (v.shape.length === 3 && o.shape.length === 3 && v.layout === "in-out") flaxHeads(found, v, o);
    else split(network, found, module, whole(v), whole(o));
  }
}

function claim(found: Found, ...layers: readonly Layer[]): void {
  for (const { name } of layers) found.claimed.add(name);
}

/** A pair for each head. Several heads share a value if there are fewer values than heads. */
function split(network: NetworkLayers, found: Found, module: string, value: View, output: View): void {
  const width = output.inputs.count;
  const heads = headsOf(network.facts, module, width);
  if (heads === undefined) {
    unknownHeads(found, output);
    return;
  }
  const size = width / heads;
  const values = value.outputs.count / size;
  if (!Number.isInteger(values) || heads % values !== 0) {
    found.skipped.push({
      name: value.tensor,
      because: `has ${value.outputs.count} outputs, which do not fit the values of ${heads} heads of size ${size} of ${output.tensor}`,
    });
    return;
  }
  for (let head = 0; head < heads; head++) {
    const shared = Math.floor((head * values) / heads);
    found.pairs.push({
      outer: someInputs(output, head * size, size, `head ${head}`),
      inner: someOutputs(value, shared * size, size, `head ${shared}`),
    });
  }
}

/** Queries, keys and values of head 0, then those of head 1, and so on. */
function interleavedHeads(network: NetworkLayers, found: Found, module: string, fused: View, output: View): void {
  const heads = headsOf(network.facts, module, output.inputs.count);
  if (heads === undefined) {
    unknownHeads(found, output);
    return;
  }
  const size = output.inputs.count / heads;
  for (let head = 0; head < heads; head++)
    found.pairs.push({
      outer: someInputs(output, head * size, size, `head ${head}`),
      inner: someOutputs(fused, (3 * head + 2) * size, size, `head ${head}`),
    });
}

/** Flax keeps heads as an axis: values [inputs, heads, size], output [heads, size, outputs]. */
function flaxHeads(found: Found, { name: value, shape }: Layer, { name: output, shape: back }: Layer): void {
  const [inputs, heads, size] = shape as [number, number, number];
  const outputs = back[2]!;
  if (back[0] !== heads || back[1] !== size) {
    found.skipped.push({
      name: output,
      because: `has the shape [${back}], which does not fit the heads of ${value}, [${shape}]`,
    });
    return;
  }
  const taps = { count: 1, stride: 0 };
  for (let head = 0; head < heads; head++) {
    const inner: View = {
      ...{ tensor: value, label: `${value}[head ${head}]`, taps, offset: head * size },
      ...{ inputs: { count: inputs, stride: heads * size }, outputs: { count: size, stride: 1 } },
    };
    const outer: View = {
      ...{ tensor: output, label: `${output}[head ${head}]`, taps, offset: head * size * outputs },
      ...{ inputs: { count: size, stride: outputs }, outputs: { count: outputs, stride: 1 } },
    };
    found.pairs.push({ outer, inner } satisfies LayerPair);
  }
}

function unknownHeads(found: Found, output: View): void {
  const because =
    "belongs to an attention layer whose number of heads is unknown; keep config.json next to the checkpoint, or pass --heads";
  found.skipped.push({ name: output.tensor, because });
}
