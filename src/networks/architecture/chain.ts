/**
 * Plain networks, in which each layer feeds the next. The order is that of the file, if it has one, otherwise
 * that of the names. Layers are joined if one has as many outputs as the next has inputs.
 */
import { type Layer, type Skipped, wholeOf } from "./layer.ts";
import { orderedByName, sortedByName } from "./order.ts";
import type { LayerPair } from "./recogniser.ts";
import { fits, type Layout, misfit, unflattened, type View, viewOf } from "./view.ts";

export interface Chain {
  readonly pairs: LayerPair[];
  readonly skipped: Skipped[];
}

/** The pairs of a plain network. */
export function chain(layers: readonly Layer[]): Chain {
  if (layers.length < 2) return { pairs: [], skipped: [] };
  const unknown = layers.some(({ layout }) => layout === "unknown");
  const readings: Layout[] = unknown ? ["out-in", "in-out"] : ["out-in"];
  const orders = candidates(layers);
  // The reading and the order in which most layers fit; the first of equals.
  const tried = readings.flatMap((reading) => orders.map((order) => ({ reading, order, ...joined(order, reading) })));
  const best = tried.reduce((most, one) => (one.pairs.length > most.pairs.length ? one : most));
  const byShape = best.skipped.length === 0 || layers.length > 12 ? undefined : onlyPath(layers, readings);
  const chosen = byShape ?? best;
  if (!unknown) return chosen;
  const other = chosen.reading === "out-in" ? "in-out" : "out-in";
  const isUnknown = new Set(layers.filter(({ layout }) => layout === "unknown").map(({ name }) => name));
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const pairs = chosen.pairs.map((pair) => withOther(pair, other, isUnknown, byName));
  return { pairs, skipped: chosen.skipped };
}

/** The pair in the other reading, if that fits, too, and nothing determines which is right. */
function withOther(pair: LayerPair, other: Layout, unknown: ReadonlySet<string>, byName: ReadonlyMap<string, Layer>): LayerPair {
  if (!unknown.has(pair.outer.tensor) || !unknown.has(pair.inner.tensor)) return pair;
  const read = (view: View): View => viewOf(view.tensor, byName.get(view.tensor)!.shape, other);
  const [outer, inner] = [read(pair.outer), read(pair.inner)];
  return fits(outer, inner) ? { ...pair, transposed: { outer, inner } } : pair;
}

function candidates(layers: readonly Layer[]): (readonly Layer[])[] {
  const named = orderedByName(layers);
  return sortedByName(layers) ? [named, layers] : [layers, named];
}

interface Joined extends Chain {
  readonly reading: Layout;
  readonly order: readonly Layer[];
}

function joined(order: readonly Layer[], reading: Layout): Chain {
  const found = walked(order, reading, new Set());
  // A decoder stores all its kernels in one way. If one fits only as a transposed convolution, square ones
  // are transposed, too.
  const turned = found.pairs.flatMap(({ outer }) => (isTurned(outer) ? [containerOf(outer.tensor)] : []));
  const straight = new Set(
    found.pairs.flatMap(({ outer }) => {
      const square = outer.inputs.count === outer.outputs.count;
      return outer.taps.count > 1 && !isTurned(outer) && !square ? [containerOf(outer.tensor)] : [];
    }),
  );
  const decoders = new Set(turned.filter((container) => container !== "" && !straight.has(container)));
  return decoders.size > 0 ? walked(order, reading, decoders) : found;
}

/** Whether a kernel is read as that of a transposed convolution, [inputs, outputs, …taps]. */
const isTurned = ({ inputs, outputs, taps }: View): boolean => taps.count > 1 && inputs.stride > outputs.stride;

/** The container in a layer's name: `decoder` of `decoder.0.weight`. */
const containerOf = (name: string): string => name.split(".").slice(0, -2).join(".");

/**
 * @param decoders - Containers in which every kernel is read as that of a transposed convolution, if it fits
 * as one.
 */
function walked(order: readonly Layer[], reading: Layout, decoders: ReadonlySet<string>): Chain {
  const pairs: LayerPair[] = [];
  const skipped: Skipped[] = [];
  let last = order[0]!;
  let before = wholeOf(last, reading);
  // The input of the last layer, for layers parallel to it.
  let beforeLast: { readonly view: View; readonly layer: Layer } | undefined;
  for (const layer of order.slice(1)) {
    const outer = reached(layer, before, last, reading, decoders.has(containerOf(layer.name)));
    const alike = `${layer.shape}` === `${last.shape}`;
    const readsTheSame =
      outer === undefined &&
      beforeLast !== undefined &&
      reached(layer, beforeLast.view, beforeLast.layer, reading, false) !== undefined;
    if (alike && (readsTheSame || (PARALLEL.test(layer.leaf) && PARALLEL.test(last.leaf)))) {
      skipped.push({ name: layer.name, because: `is parallel to ${last.name}, not after it` });
      continue;
    }
    if (outer === undefined) skipped.push({ name: layer.name, because: misfit(wholeOf(layer, reading), before) });
    else pairs.push({ outer, inner: before });
    beforeLast = { view: before, layer: last };
    // A transposed convolution keeps its layout as the inner layer of the next pair. A flattened layer is a
    // plain matrix again.
    before = outer !== undefined && layer.shape.length > 2 ? outer : wholeOf(layer, reading);
    last = layer;
  }
  return { pairs, skipped };
}

/** The means and variances of a variational autoencoder. */
const PARALLEL = /(^|_)(mu|mean|loc|log_?var|log_?std|var|sigma|std)$/i;

/**
 * The layer in the form that fits the layer before: as stored, as a transposed convolution, or flattened.
 * Undefined if nothing fits.
 */
function reached(layer: Layer, before: View, last: Layer, reading: Layout, turned: boolean): View | undefined {
  const plain = wholeOf(layer, reading);
  const pytorch = layer.layout === "out-in";
  if (turned && layer.shape.length > 2 && pytorch) {
    const transposed = viewOf(layer.name, layer.shape, "in-out-taps");
    if (fits(transposed, before)) return transposed;
  }
  if (fits(plain, before)) return plain;
  if (layer.shape.length > 2 && pytorch) {
    const transposed = viewOf(layer.name, layer.shape, "in-out-taps");
    return fits(transposed, before) ? transposed : undefined;
  }
  const channels = before.outputs.count;
  const afterImage = last.shape.length > 2 && layer.shape.length === 2;
  return afterImage && plain.inputs.count % channels === 0 ? unflattened(plain, channels, !pytorch) : undefined;
}

/** The order in which every layer fits the next, if there is exactly one. */
function onlyPath(layers: readonly Layer[], readings: readonly Layout[]): Joined | undefined {
  const found: Joined[] = [];
  for (const reading of readings) {
    const views = layers.map((layer) => wholeOf(layer, reading));
    const extend = (path: readonly number[]): void => {
      if (found.length > 1) return;
      if (path.length === layers.length) {
        const order = path.map((i) => layers[i]!);
        found.push({ reading, order, ...joined(order, reading) });
        return;
      }
      const end = path.at(-1);
      for (const [i, view] of views.entries())
        if (!path.includes(i) && (end === undefined || fits(view, views[end]!))) extend([...path, i]);
    };
    extend([]);
  }
  if (found.length !== 1) return undefined;
  const note = "the order of the layers is the only one in which their shapes fit";
  return { ...found[0]!, pairs: found[0]!.pairs.map((pair) => ({ ...pair, notes: [note] })) };
}
