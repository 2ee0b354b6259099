/** Decides which tensors of a checkpoint are layers, by name and shape, and how each is stored. */
import type { Orientation } from "../formats/checkpoint.ts";
import { type Layout, type View, viewOf } from "./view.ts";

/** The name and shape of a tensor. */
export interface TensorShape {
  readonly name: string;
  readonly shape: readonly number[];
  readonly floating: boolean;
}

/** The weights of a dense layer or a convolution. */
export interface Layer {
  readonly name: string;
  readonly shape: readonly number[];
  /** The module of the layer, without the parameter's name: `blocks.0.mlp.fc1`. */
  readonly module: string;
  /** The parent module, and the layer's name in it: `blocks.0.mlp` and `fc1`. */
  readonly parent: string;
  readonly leaf: string;
  /** If unknown, PyTorch's layout is assumed, unless shapes contradict it. */
  readonly layout: Layout | "unknown";
}

const PARAMETER = /^(weight|weights|kernel|w|W|value|kernel:0|embedding|weight_orig|weight_v|original0|original1|\d+)$/;

/** The parts of a name: tensors are named by dots in PyTorch and by slashes elsewhere. */
function partsOf(name: string): string[] {
  return name.split(/[./]/);
}

/** Names without the parameter at their end; `vars/0` of Keras too. */
function moduleOf(name: string): string {
  // A layer that a low-rank adapter wraps keeps its place.
  const parts = partsOf(name).filter((part) => part !== "base_layer");
  const last = parts.at(-1)!;
  if (parts.length > 2 && parts.at(-2) === "vars") return parts.slice(0, -2).join(".");
  return parts.length > 1 && PARAMETER.test(last) && !/^\d+$/.test(last) ? parts.slice(0, -1).join(".") : parts.join(".");
}

const BUFFER =
  /(^|_)(bias|biases|beta|gamma|scale|running_mean|running_var|mean|var|mask|masked_bias|inv_freq|freqs|freqs_cis|pe)(:0)?$/i;
const EMBEDDING =
  /^(wte|wpe|tok_embeddings|embed|embedding|embeddings|embed_tokens|embed_positions|embed_in|\w*_embeddings?|\w*_embed|relative_attention_bias|shared|pos_emb\w*|positional_encoding|pos_enc\w*|codebook|Embed_\d+)$/;
const TOKEN =
  /(^|_)(cls|class|mask|dist|reg|register)_tokens?$|^(query_tokens|probe|latents|relative_position_bias_table|class_embedding)$/;
const NORM = /^(ln|norm|bn|layer_?norm|batch_?norm|group_?norm|rms_?norm|LayerNorm|BatchNorm|GroupNorm|RMSNorm)(_?\w*)$/i;

/** The empirical tangent kernel of a few samples, or the gradients that form it, saved with the weights. */
export const KERNEL: RegExp = /(^|[./])(ntk|empirical_ntk|tangent_kernel)$/i;
export const JACOBIAN: RegExp = /(^|[./])jacobian$/i;

/** The reason why a tensor of two axes or more is not a layer; undefined if it is a layer. */
function notALayer(name: string, module: string): string | undefined {
  const last = partsOf(name).at(-1)!;
  const leaf = partsOf(module).at(-1)!;
  if (KERNEL.test(name) || JACOBIAN.test(name)) return "is not a layer: it shows how much the tangent kernel changes";
  if (BUFFER.test(last)) return "is a bias or a buffer, not a layer";
  if (last === "embedding" || EMBEDDING.test(leaf)) return "is an embedding, not a layer";
  if (TOKEN.test(last) || TOKEN.test(leaf)) return "is a token or a table of positions, not a layer";
  if (NORM.test(leaf)) return "belongs to a normalisation and is not a layer";
  return undefined;
}

/** The options of {@link layersOf}. */
interface LayerChoice {
  readonly orientation: Orientation;
  /** Only tensors whose names match. */
  readonly layers?: RegExp | undefined;
  /** Tensors stored as [inputs, outputs]. */
  readonly transpose?: RegExp | undefined;
  /** The content of config.json. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
}

export interface Skipped {
  readonly name: string;
  readonly because: string;
}

/**
 * The layers among the tensors, in the same order, and the other tensors of two axes or more, with the reason
 * why they are not layers.
 */
export function layersOf(
  tensors: readonly TensorShape[],
  { orientation, layers, transpose, config }: LayerChoice,
): { readonly layers: Layer[]; readonly skipped: Skipped[] } {
  const found: Layer[] = [];
  const skipped: Skipped[] = [];
  for (const { name, shape, floating } of tensors) {
    if (!floating || shape.length < 2 || shape.some((n) => n === 0)) continue;
    if (layers !== undefined && !layers.test(name)) continue;
    const module = moduleOf(name);
    const because = notALayer(name, module);
    if (because !== undefined) {
      skipped.push({ name, because });
      continue;
    }
    const parts = module.split(".");
    const layout = transpose?.test(name) ? "in-out" : layoutOf(name, orientation);
    found.push({ name, shape, module, parent: parts.slice(0, -1).join("."), leaf: parts.at(-1)!, layout });
  }
  return { layers: storedAsConv1D(toldByKernels(found), tensors, transpose, config), skipped };
}

/**
 * If the layout of layers is unknown, it is taken from convolutions, whose kernels are small and square: at
 * the end in PyTorch, at the beginning in Flax, Keras and TensorFlow. The other layers of the file have the
 * same layout.
 */
function toldByKernels(layers: readonly Layer[]): Layer[] {
  const small = (sizes: readonly number[]): boolean => sizes.every((n) => n === sizes[0] && n <= 11);
  const votes = layers
    .filter(({ shape, layout }) => layout === "unknown" && shape.length > 2)
    .map(({ shape }) => ({ first: small(shape.slice(0, -2)), last: small(shape.slice(2)) }))
    .filter(({ first, last }) => first !== last);
  if (votes.length === 0 || votes.some(({ first }) => first !== votes[0]!.first)) return [...layers];
  const layout = votes[0]!.first ? "in-out" : "out-in";
  return layers.map((layer) => (layer.layout === "unknown" ? { ...layer, layout } : layer));
}

function layoutOf(name: string, orientation: Orientation): Layer["layout"] {
  const last = partsOf(name).at(-1)!;
  if (/^kernel(:0)?$/.test(last)) return "in-out";
  if (orientation === "unknown" && last === "weight") return "out-in";
  return orientation;
}

/** Models of Hugging Face whose layers are Conv1D. */
const CONV1D_MODELS = /^(gpt2|openai-gpt|imagegpt|decision_transformer)$/;
const CONV1D = /^(c_fc|c_attn|c_proj|q_attn)$/;

/**
 * GPT-2's Conv1D stores [inputs, outputs] under the names that others use for [outputs, inputs]. The layout
 * follows from c_attn, which triples the width, or from the length of biases; otherwise from the
 * configuration, or from c_fc, which widens. c_proj has the layout of its block's other layers.
 */
function storedAsConv1D(
  layers: readonly Layer[],
  tensors: readonly TensorShape[],
  transpose: RegExp | undefined,
  config: LayerChoice["config"],
): Layer[] {
  const named = layers.filter(({ leaf, shape }) => CONV1D.test(leaf) && shape.length === 2);
  const lengths = new Map(tensors.map(({ name, shape }) => [name, shape.length === 1 ? shape[0] : undefined]));
  const widens = (leaf: string): boolean[] =>
    named.filter((layer) => layer.leaf === leaf && layer.shape[0] !== layer.shape[1]).map(({ shape }) => shape[1]! > shape[0]!);
  const triples = named
    .filter(({ leaf, shape: [a, b] }) => leaf === "c_attn" && (b === 3 * a! || a === 3 * b!))
    .map(({ shape: [a, b] }) => b! > a!);
  const byBias = named
    .filter(({ shape: [a, b] }) => a !== b)
    .map(({ name, shape }) => ({ shape, length: lengths.get(name.replace(/weight$/, "bias")) }))
    .filter(({ shape, length }) => length !== undefined && shape.includes(length))
    .map(({ shape, length }) => length === shape[1]);
  const byConfig = CONV1D_MODELS.test(String(config?.["model_type"])) ? [true] : [];
  const votes = [triples, byBias, byConfig, widens("c_attn"), widens("c_fc")].find(({ length }) => length > 0) ?? [];
  const conv1D = votes.length > 0 && votes.every(Boolean);
  return layers.map((layer) =>
    conv1D && named.includes(layer) && !transpose?.test(layer.name) ? { ...layer, layout: "in-out" as const } : layer,
  );
}

/** A view of a layer in its layout. If the layout is unknown, `unknown` is used, by default PyTorch's. */
export function wholeOf({ name, shape, layout }: Layer, unknown: Layout = "out-in"): View {
  return viewOf(name, shape, layout === "unknown" ? unknown : layout);
}
