/**
 * A network of Gaussian layers, drawn from its law in few neurons: those that training along k directions of
 * the inputs uses. A hidden layer needs the space of its forward signals hᵢ(x) = W_i…W₁x (k neurons), the
 * gradient of the output bᵢ = (W_L…W_{i+1})ᵀ (one), and what random layers add to both, because W_iᵀ is not
 * the inverse of W_i:
 *
 *     W_i…W_{j+1}bⱼ  for j < i,        (W_m…W_{i+1})ᵀ h_m(q)  for m > i and given inputs q.
 *
 * Products of a Gaussian matrix with some vectors say nothing about its products with vectors orthogonal to
 * them. So the products are drawn one by one, each in the basis so far and one new direction, along which its
 * length is a χ variable. Two layers, and layers no wider than that, are
 * drawn exactly; of others the products of higher order are left out.
 */
import type { Random } from "../../door/seeds.ts";
import type { LayerUnits } from "./description.ts";

/** The layers W_l, first layer first: `sizes[l]` rows of `sizes[l − 1]` numbers. */
export interface DrawnNetwork {
  /** k, the neurons of each hidden layer, 1. */
  readonly sizes: readonly number[];
  readonly weights: readonly Float64Array[];
}

export function drawNetwork(
  layers: readonly LayerUnits[],
  width: number,
  inputs: number,
  random: Random,
  signals: readonly Float64Array[] = [],
): DrawnNetwork {
  const hidden = layers.length - 1;
  const room = roomOf(inputs, layers.length, signals.length);
  if (width <= room) return drawAll(layers, width, inputs, random);
  // Neurons of hidden layer i that are in use.
  const used = Array.from({ length: hidden + 1 }, () => inputs);
  const first = forwardBlock(inputs, width, room, inputs, layers[0]!.deviation, random);
  const inner = Array.from({ length: Math.max(0, hidden - 1) }, (_, i) =>
    gaussian({ inputs, width, room, deviation: layers[i + 1]!.deviation, used, above: i + 2, random }),
  );
  const last = new Float64Array(room);
  const { deviation } = layers[hidden]!;
  for (let a = 0; a < inputs; a++) last[a] = deviation * random.normal();
  last[used[hidden]!++] = deviation * Math.sqrt(random.chiSquared(width - inputs));

  const back: Float64Array[] = [last];
  for (let i = hidden; i > 1; i--) back.unshift(inner[i - 2]!.back(back[0]!));
  for (let j = 1; j < hidden; j++)
    for (let i = j + 1, v: Float64Array = back[j - 1]!; i <= hidden; i++) v = inner[i - 2]!.forward(v);
  for (const signal of signals)
    for (let m = hidden; m > 1; m--) {
      let v: Float64Array = product(first, signal, room, inputs);
      for (let i = 2; i <= m; i++) v = inner[i - 2]!.forward(v);
      for (let i = m; i > 1; i--) v = inner[i - 2]!.back(v);
    }
  const sizes = [inputs, ...used.slice(1), 1];
  const weights = [
    first.slice(0, used[1]! * inputs),
    ...inner.map((matrix, i) => matrix.all(used[i + 2]!, used[i + 1]!)),
    last.slice(0, used[hidden]),
  ];
  return { sizes, weights };
}

/** How many neurons of a hidden layer training uses at most, with so many signals. */
export function roomOf(inputs: number, depth: number, signals: number): number {
  return inputs + 1 + (depth - 2) * Math.max(1, signals);
}

/** Every weight of a network. */
function drawAll(layers: readonly LayerUnits[], width: number, inputs: number, random: Random): DrawnNetwork {
  const sizes = [inputs, ...layers.slice(1).map(() => width), 1];
  const weights = layers.map(({ deviation }, l) =>
    Float64Array.from({ length: sizes[l + 1]! * sizes[l]! }, () => deviation * random.normal()),
  );
  return { sizes, weights };
}

/**
 * The images of the first `inputs` coordinates, in a basis that begins with them: a triangle of Bartlett's, χ
 * on the diagonal and normals above it.
 */
function forwardBlock(
  inputs: number,
  width: number,
  rows: number,
  columns: number,
  deviation: number,
  random: Random,
): Float64Array {
  const W = new Float64Array(rows * columns);
  for (let a = 0; a < inputs; a++) {
    for (let j = 0; j < a; j++) W[j * columns + a] = deviation * random.normal();
    W[a * columns + a] = deviation * Math.sqrt(random.chiSquared(width - a));
  }
  return W;
}

interface GaussianOptions {
  readonly inputs: number;
  readonly width: number;
  readonly room: number;
  readonly deviation: number;
  /** Neurons in use, by hidden layer; products add to them. */
  readonly used: number[];
  /** The hidden layer that the matrix leads to. */
  readonly above: number;
  readonly random: Random;
}

/** A Gaussian matrix between two hidden layers, of which only products are drawn. */
interface GaussianMatrix {
  /** Wv. */
  forward(v: Float64Array): Float64Array;
  /** Wᵀv. */
  back(v: Float64Array): Float64Array;
  /** W between the neurons in use. */
  all(rows: number, columns: number): Float64Array;
}

/** Orthonormal vectors, and their images. */
interface Known {
  readonly vectors: Float64Array[];
  readonly images: Float64Array[];
}

function gaussian({ inputs, width, room, deviation, used, above, random }: GaussianOptions): GaussianMatrix {
  const block = forwardBlock(inputs, width, room, room, deviation, random);
  // Vectors on the right have no part along the first coordinates, whose images are the block; images of
  // those on the left have none either.
  const right: Known = { vectors: [], images: [] };
  const left: Known = { vectors: [], images: [] };

  /**
   * The image of a vector that is orthogonal to the known ones of its side, in a layer from a coordinate on.
   */
  function fresh(vector: Float64Array, other: Known, layer: number, from: number, grow: boolean): Float64Array {
    const image = new Float64Array(room);
    const dimension = used[layer]!;
    for (let j = from; j < dimension; j++) image[j] = deviation * random.normal();
    for (const known of other.vectors) add(image, known, -dot(image, known));
    for (const [i, known] of other.vectors.entries()) add(image, known, dot(other.images[i]!, vector));
    if (grow) {
      image[dimension] = deviation * Math.sqrt(random.chiSquared(width - dimension));
      used[layer] = dimension + 1;
    }
    return image;
  }

  function through(rest: Float64Array, out: Float64Array, own: Known, other: Known, layer: number, from: number, grow = true) {
    const whole = Math.sqrt(dot(rest, rest));
    for (const [i, known] of own.vectors.entries()) {
      const part = dot(rest, known);
      add(out, own.images[i]!, part);
      add(rest, known, -part);
    }
    // Twice, for orthogonality to rounding.
    for (const known of own.vectors) add(rest, known, -dot(rest, known));
    const length = Math.sqrt(dot(rest, rest));
    if (!(length > 1e-9 * whole)) return out;
    const vector = rest.map((x) => x / length);
    const image = fresh(vector, other, layer, from, grow);
    own.vectors.push(vector);
    own.images.push(image);
    add(out, image, length);
    return out;
  }

  function forward(v: Float64Array, grow = true): Float64Array {
    const rest = v.slice().fill(0, 0, inputs);
    return through(rest, product(block, v, room, room), right, left, above, 0, grow);
  }

  return {
    forward,
    back(v) {
      const out = new Float64Array(room);
      for (let j = 0; j < inputs; j++) for (let a = j; a < inputs; a++) out[a]! += block[j * room + a]! * v[j]!;
      return through(v.slice(), out, left, right, above - 1, inputs);
    },
    all(rows, columns) {
      const W = new Float64Array(rows * columns);
      for (let j = 0; j < inputs; j++) W.set(block.subarray(j * room, j * room + inputs), j * columns);
      const unit = new Float64Array(room);
      for (let a = inputs; a < columns; a++) {
        unit[a] = 1;
        const image = forward(unit, false);
        unit[a] = 0;
        for (let j = 0; j < rows; j++) W[j * columns + a] = image[j]!;
      }
      return W;
    },
  };
}

function product(W: Float64Array, v: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(rows);
  for (let j = 0; j < rows; j++) for (let a = 0; a < columns; a++) out[j]! += W[j * columns + a]! * v[a]!;
  return out;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function add(to: Float64Array, v: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i]! += factor * v[i]!;
}
