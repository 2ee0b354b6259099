/**
 * The numbers of a run: for each pair of layers ‖W₂‖²_F, ‖W₁‖²_F and ‖W₂W₁‖_F at each checkpoint, for each
 * layer ‖W‖₂, ‖W − W₀‖₂ and ‖W‖²_F. At most two layers, and a layer of the first checkpoint, are in memory at
 * a time. Results for unchanged layers are not computed again.
 */
import { reject } from "../door/arguments.ts";
import type { Layer, LayerPair } from "./architecture/pairs.ts";
import type { View } from "./architecture/view.ts";
import type { Checkpoint, TensorEntry } from "./formats/checkpoint.ts";
import { type LayerOverlap, overlapOf } from "./layerOverlap.ts";
import type { Floats } from "./product/factor.ts";
import { hashOf } from "./product/hash.ts";
import { spectralNormOf } from "./product/spectralNorm.ts";

/** A checkpoint of a run, which is opened when needed. */
export interface RunCheckpoint {
  readonly file: string;
  readonly step: number;
  open(): Checkpoint;
}

/** The pairs and layers to measure. */
interface Measured {
  readonly pairs: readonly LayerPair[];
  readonly layers: readonly Layer[];
}

/**
 * The values per checkpoint for each pair and layer, in the order of the lists; undefined for a pair or layer
 * that was given up.
 */
interface RunNumbers {
  readonly pairs: readonly (PairNumbers | undefined)[];
  readonly layers: readonly (LayerNumbers | undefined)[];
  /** Tensors with NaN or infinite values, with the reason why they were given up. */
  readonly broken: readonly { readonly name: string; readonly because: string }[];
}

interface PairNumbers {
  readonly overlaps: readonly LayerOverlap[];
  /** The values of the pair in the other reading, if the layout of its tensors is unknown. */
  readonly transposed?: readonly LayerOverlap[];
}

interface LayerNumbers {
  readonly norm: readonly number[];
  readonly change: readonly number[];
  readonly squares: readonly number[];
}

/** Called after each tensor with the progress from 0 to 1. */
export type OnProgress = (done: number) => void;

/** Measures a run, checkpoint by checkpoint. */
export function measureRun(
  checkpoints: readonly RunCheckpoint[],
  { pairs, layers }: Measured,
  onProgress: OnProgress = () => {},
): RunNumbers {
  const names = new Set([
    ...pairs.flatMap(({ outer, inner }) => [inner.tensor, outer.tensor]),
    ...layers.map(({ name }) => name),
  ]);
  const broken = new Map<string, string>();
  const layerAt = new Map(layers.map((layer, i) => [layer.name, i]));
  const ofPairs = pairs.map(({ transposed }) => ({
    own: [] as LayerOverlap[],
    other: transposed ? ([] as LayerOverlap[]) : undefined,
  }));
  const ofLayers = layers.map(() => ({ norm: [] as number[], change: [] as number[], squares: [] as number[] }));
  const hashes = new Map<string, string>();
  const steps = pairs.length + names.size;
  const first = checkpoints[0]!.open();
  try {
    const start = tensorsOf(first, names);
    for (const [n, { file, open }] of checkpoints.entries()) {
      const checkpoint = n === 0 ? first : open();
      try {
        const current = n === 0 ? start : tensorsOf(checkpoint, names);
        for (const name of names) checkShape(name, start.get(name)!, current.get(name)!, checkpoints[0]!.file, file);
        let done = 0;
        const advance = (): void => onProgress((n + ++done / steps) / checkpoints.length);
        const before = new Map(hashes);
        const seen = new Set<string>();
        const cache = new Recent();
        const load = (name: string): Floats | undefined => {
          if (broken.has(name)) return undefined;
          const data = cache.get(name) ?? cache.put(name, current.get(name)!.read());
          if (seen.has(name)) return data;
          seen.add(name);
          const at = firstBroken(data);
          if (at >= 0) {
            broken.set(name, `has ${data[at]} in ${file}: the training diverged, or the file is damaged`);
            return undefined;
          }
          hashes.set(name, hashOf(data));
          const place = layerAt.get(name);
          if (place === undefined) return data;
          const { norm, change, squares } = ofLayers[place]!;
          if (n > 0 && before.get(name) === hashes.get(name)) {
            for (const column of [norm, change, squares]) column.push(column.at(-1)!);
            return data;
          }
          const { rows, columns } = matrixShape(layers[place]!);
          norm.push(spectralNormOf(data, rows, columns));
          squares.push(sumOfSquares(data));
          change.push(n === 0 ? 0 : spectralNormOf(subtracted(data, start.get(name)!.read()), rows, columns));
          return data;
        };
        for (const [i, { outer, inner, transposed }] of pairs.entries()) {
          const [u, w] = [load(outer.tensor), load(inner.tensor)];
          if (u !== undefined && w !== undefined) {
            const same = (name: string): boolean => before.get(name) === hashes.get(name);
            const { own, other } = ofPairs[i]!;
            const unchanged = n > 0 && same(outer.tensor) && same(inner.tensor);
            own.push(unchanged ? own.at(-1)! : overlapOf(read(outer, u), read(inner, w)));
            if (transposed !== undefined) other!.push(unchanged ? other!.at(-1)! : transposedOverlap(transposed, u, w));
          }
          advance();
        }
        for (const name of names) {
          if (!seen.has(name)) load(name);
          advance();
        }
      } finally {
        if (checkpoint !== first) checkpoint.close();
      }
    }
  } finally {
    first.close();
  }
  const isIntact = (name: string): boolean => !broken.has(name);
  return {
    pairs: pairs.map(({ outer, inner }, i) => {
      const { own, other } = ofPairs[i]!;
      if (!isIntact(outer.tensor) || !isIntact(inner.tensor)) return undefined;
      return { overlaps: own, ...(other === undefined ? {} : { transposed: other }) };
    }),
    layers: layers.map(({ name }, i) => (isIntact(name) ? ofLayers[i]! : undefined)),
    broken: Array.from(broken, ([name, because]) => ({ name, because })),
  };
}

function read({ outputs, inputs, taps, offset }: View, data: Floats) {
  return { outputs, inputs, taps, offset, data };
}

/** In the other reading the tensors and their order are the same. */
function transposedOverlap({ outer, inner }: NonNullable<LayerPair["transposed"]>, u: Floats, w: Floats): LayerOverlap {
  return overlapOf(read(outer, u), read(inner, w));
}

/** The tensors that are read, by name. */
function tensorsOf({ file, tensors }: Checkpoint, names: ReadonlySet<string>): Map<string, TensorEntry> {
  const entries = new Map(tensors.filter(({ name }) => names.has(name)).map((entry) => [entry.name, entry]));
  for (const name of names) if (!entries.has(name)) reject(`${file} has no tensor ${name}, which the first checkpoint has`);
  return entries;
}

function checkShape(name: string, before: TensorEntry, current: TensorEntry, first: string, file: string): void {
  if (`${before.shape}` !== `${current.shape}`)
    reject(
      `${name} has the shape [${current.shape}] in ${file} and [${before.shape}] in ${first}; pass checkpoints of one network`,
    );
}

/** The tensors that were read last, those of the current pair. */
class Recent {
  private readonly kept = new Map<string, Floats>();

  get(name: string): Floats | undefined {
    const data = this.kept.get(name);
    if (data !== undefined) {
      this.kept.delete(name);
      this.kept.set(name, data);
    }
    return data;
  }

  put(name: string, data: Floats): Floats {
    for (const old of this.kept.keys()) {
      if (this.kept.size < 2) break;
      this.kept.delete(old);
    }
    this.kept.set(name, data);
    return data;
  }
}

function firstBroken(data: Floats): number {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i]!)) return i;
  return -1;
}

/** W − W₀, in place of W₀. */
function subtracted(current: Floats, before: Floats): Floats {
  for (let i = 0; i < before.length; i++) before[i] = current[i]! - before[i]!;
  return before;
}

function sumOfSquares(data: Floats): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! * data[i]!;
  return sum;
}

/** The shape of a layer as a matrix in the file's memory order: the sizes of the first and the last axes. */
export function matrixShape({ shape, layout, leaf }: Layer): {
  readonly rows: number;
  readonly columns: number;
  readonly fanOut: number;
  readonly fanIn: number;
} {
  const product = (sizes: readonly number[]): number => sizes.reduce((all, n) => all * n, 1);
  const last = layout === "in-out";
  // Flax keeps the heads of queries, keys and values as an axis of their outputs.
  const leading = last && !(shape.length === 3 && /^(query|key|value)$/.test(leaf)) ? shape.length - 1 : 1;
  const [rows, columns] = [product(shape.slice(0, leading)), product(shape.slice(leading))];
  const [fanOut, fanIn] = last || layout === "in-out-taps" ? [columns, rows] : [rows, columns];
  return { rows, columns, fanOut, fanIn };
}
