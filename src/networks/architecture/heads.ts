/** The number of attention heads of a network, from its configuration or its tensors. */
import type { TensorShape } from "./layer.ts";

/** The facts about the network besides its layers. */
export interface NetworkFacts {
  /** All tensors, including those that are not layers. */
  readonly tensors: readonly TensorShape[];
  /** The content of config.json. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  /** The number that the user passed. */
  readonly heads?: number | undefined;
}

const HEADS = ["num_attention_heads", "n_head", "num_heads", "n_heads", "attention_heads", "nhead", "encoder_attention_heads"];
const HEAD_SIZE = ["head_dim", "d_kv", "attention_head_dim", "kv_channels", "head_size"];

/**
 * The heads of the attention in module `parent`, whose output layer has `width` inputs; undefined if unknown.
 */
export function headsOf({ tensors, config, heads }: NetworkFacts, parent: string, width: number): number | undefined {
  const sure = (count: number | undefined): number | undefined =>
    count !== undefined && Number.isInteger(count) && count > 0 && width % count === 0 ? count : undefined;
  if (heads !== undefined) return sure(heads);
  const own = configFor(config, parent);
  const decoder = /(^|\.)decoder\./.test(parent) ? numberIn(own, ["decoder_attention_heads"]) : undefined;
  const size = numberIn(own, HEAD_SIZE) ?? sizeFromTensors(tensors, parent);
  return sure(decoder ?? numberIn(own, HEADS)) ?? sure(size && width / size) ?? sure(countFromTensors(tensors, parent));
}

/** The part of a configuration for this module. Multimodal models have one for each kind of data. */
function configFor(config: NetworkFacts["config"], parent: string): NetworkFacts["config"] {
  const part = ["vision", "text", "audio"].find((kind) => parent.includes(kind));
  const inside = part === undefined ? config?.["text_config"] : config?.[`${part}_config`];
  return typeof inside === "object" && inside !== null ? { ...config, ...inside } : config;
}

function numberIn(config: NetworkFacts["config"], names: readonly string[]): number | undefined {
  const found = names.map((name) => config?.[name]).find((value) => typeof value === "number" && Number.isInteger(value));
  return found as number | undefined;
}

/**
 * The size of a head, from the normalisation of queries, or from rotary frequencies, of which there are half
 * as many.
 */
function sizeFromTensors(tensors: readonly TensorShape[], parent: string): number | undefined {
  const inside = (ending: RegExp): TensorShape | undefined =>
    tensors.find(({ name, shape }) => shape.length === 1 && name.startsWith(`${parent}.`) && ending.test(name));
  const frequencies = inside(/inv_freq$/)?.shape[0];
  return inside(/(q_norm|q_layernorm|query_norm)\.weight$/)?.shape[0] ?? (frequencies && 2 * frequencies);
}

/** Tables of relative positions have a column for each head. */
function countFromTensors(tensors: readonly TensorShape[], parent: string): number | undefined {
  const table = tensors.find(
    ({ name, shape }) =>
      shape.length === 2 &&
      /relative_(attention_bias|position_bias_table)(\.weight)?$/.test(name) &&
      (name.startsWith(`${parent}.`) || /relative_attention_bias/.test(name)),
  );
  return table?.shape[1];
}
