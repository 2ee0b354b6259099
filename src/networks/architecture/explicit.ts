/** Pairs that the user names. */
import { FeatureLearningError } from "../../door/error.ts";
import { type Layer, type Skipped, type TensorShape, wholeOf } from "./layer.ts";
import type { LayerPair } from "./recogniser.ts";
import { fits, misfit, unflattened, type View, viewOf } from "./view.ts";

/** A pair by names: `outer·inner`, or `outer@inner`. */
export interface NamedPair {
  readonly outer: string;
  readonly inner: string;
}

/**
 * The views of the named pairs. Pairs that do not fit are skipped with the reason. `parts` are the known
 * heads and halves.
 */
export function namedPairs(
  wanted: readonly NamedPair[],
  layers: readonly Layer[],
  tensors: readonly TensorShape[],
  parts: readonly LayerPair[],
): { readonly pairs: LayerPair[]; readonly skipped: Skipped[] } {
  const pairs: LayerPair[] = [];
  const skipped: Skipped[] = [];
  for (const { outer, inner } of wanted) {
    const [to, from] = [find(outer, layers, tensors, parts), find(inner, layers, tensors, parts)];
    const readings = [to, from].some(({ layer }) => layer?.layout === "unknown")
      ? (["out-in", "in-out"] as const)
      : (["out-in"] as const);
    const read = ({ layer, view }: Named, reading: "out-in" | "in-out"): View => view ?? wholeOf(layer!, reading);
    const fitting = readings
      .map((reading) => joinable(read(to, reading), read(from, reading), to.layer, from.layer))
      .filter((pair) => pair !== undefined);
    const [pair, transposed] = fitting;
    if (pair === undefined)
      skipped.push({
        name: `${outer}·${inner}`,
        because: `cannot be a pair: ${outer} ${misfit(read(to, "out-in"), read(from, "out-in"))}`,
      });
    else pairs.push(transposed === undefined ? pair : { ...pair, transposed });
  }
  return { pairs, skipped };
}

function joinable(outer: View, inner: View, to: Layer | undefined, from: Layer | undefined): LayerPair | undefined {
  if (fits(outer, inner)) return { outer, inner };
  const image = (from?.shape.length ?? 0) > 2 && to?.shape.length === 2 && outer.inputs.count % inner.outputs.count === 0;
  return image ? { outer: unflattened(outer, inner.outputs.count, to?.layout === "in-out"), inner } : undefined;
}

interface Named {
  readonly layer?: Layer;
  readonly view?: View;
}

/**
 * Finds a tensor by its name, with or without the parameter's name at its end, or a part of one, as in
 * `v_proj.weight[head 3]`.
 */
function find(name: string, layers: readonly Layer[], tensors: readonly TensorShape[], parts: readonly LayerPair[]): Named {
  const view = parts
    .flatMap(({ outer, inner }) => [outer, inner])
    .find(({ label, tensor }) => label === name && label !== tensor);
  if (view !== undefined) return { view };
  const layer =
    layers.find((one) => one.name === name) ?? only(layers.filter(({ module }) => module === name.replaceAll("/", ".")));
  if (layer !== undefined) return { layer };
  const tensor = tensors.find((one) => one.name === name && one.floating && one.shape.length >= 2);
  if (tensor !== undefined) return { view: viewOf(tensor.name, tensor.shape, "out-in") };
  const there = layers.slice(0, 20).map((one) => one.name);
  const list = `${there.join(", ")}${layers.length > there.length ? ", …" : ""}`;
  throw new FeatureLearningError("invalid-argument", `analyze: there is no layer ${name} for --pairs; there are ${list}.`);
}

function only<T>(list: readonly T[]): T | undefined {
  return list.length === 1 ? list[0] : undefined;
}
