/**
 * What a forecast reports of a state of the linear network: the kernel K(x, x') = Σ ηₗ |bₗ|²
 * hₗ₋₁(x)·hₗ₋₁(x'), and the norms of adjacent layers.
 */
import { largestEigenvalue } from "../../numerics/largestEigenvalue.ts";
import { type ForecastPoint, kernelComparer, type PairNorms } from "./course.ts";
import type { LeadingData } from "./data.ts";
import type { Described } from "./description.ts";
import { type Gain, scatterOf } from "./gains.ts";
import { dotAt, type LinearNetwork, type Signals, times, timesTransposed } from "./linearNetwork.ts";

/** What the activation of the network that is forecast does at the start. */
export interface Activated {
  /** By which each layer's weights are multiplied. */
  readonly gains: readonly number[];
  /** One a hidden layer. */
  readonly activations: readonly Gain[];
}

export function measurerOf(
  { layers, sizes, layer, signals }: LinearNetwork,
  { gains, activations }: Activated,
  { variances, probe, inputs }: LeadingData,
  { prefactor, outputScale, width, depth, activation }: Described,
  start: Float64Array,
): (state: Float64Array, t: number) => ForecastPoint {
  const k = variances.length;
  const rows = probe.length / k;
  const compare = kernelComparer();
  const deviations = variances.map(Math.sqrt);
  const fans = [inputs, ...Array.from({ length: depth - 1 }, () => width), 1];
  // Of weights along directions that are not kept, the mean.
  const aside = (inputs - k) * layers[0]!.deviation ** 2;
  const first = featuresOf(start);
  // The probe's mean square beside that of the data.
  const probeShare = variances.reduce((sum, variance) => sum + variance, 0) / squareOf(probe);
  /** ‖W_l‖² of the whole layers at the start, and of what is drawn of them. */
  const startNorms = layers.map(({ deviation }, l) => {
    const drawn = squareOf(layer(start, l + 1));
    if (l === depth - 1) return { whole: drawn, drawn };
    return { whole: l === 0 ? width * aside + drawn : fans[l]! * fans[l + 1]! * deviation ** 2, drawn };
  });

  /** hᵢ(x) of every row x of the probe, i = 0 … L − 1. */
  function featuresOf(state: Float64Array): Float64Array[] {
    const found = [probe];
    for (let l = 1; l < depth; l++) {
      const [W, before] = [layer(state, l), found[l - 1]!];
      const [fanIn, fanOut] = [sizes[l - 1]!, sizes[l]!];
      const after = new Float64Array(rows * fanOut);
      for (let i = 0; i < rows; i++)
        times(W, before.subarray(i * fanIn, (i + 1) * fanIn), after.subarray(i * fanOut, (i + 1) * fanOut));
      found.push(after);
    }
    return found;
  }

  const inputGram = gramOfRows(probe, rows);
  function kernelOf(features: readonly Float64Array[], weights: readonly number[]): Float64Array {
    const K = inputGram.map((value) => weights[0]! * value);
    for (const [l, h] of features.entries()) {
      if (l === 0) continue;
      const gram = gramOfRows(h, rows);
      for (let i = 0; i < K.length; i++) K[i]! += weights[l]! * gram[i]!;
    }
    return K;
  }

  const above = sizes.map((size) => new Float64Array(size));
  const below = sizes.map((size) => new Float64Array(size));
  /** λ_max of the kernel over the data. */
  function largestRate(state: Float64Array, weights: readonly number[]): number {
    return largestEigenvalue((v, out) => {
      for (let a = 0; a < k; a++) above[0]![a] = deviations[a]! * v[a]!;
      for (let l = 1; l < depth; l++) times(layer(state, l), above[l - 1]!, above[l]!);
      for (let l = depth - 1; l >= 0; l--) {
        if (l === depth - 1) below[l]!.fill(0);
        else timesTransposed(layer(state, l + 1), below[l + 1]!, below[l]!);
        for (let a = 0; a < below[l]!.length; a++) below[l]![a]! += weights[l]! * above[l]![a]!;
      }
      for (let a = 0; a < k; a++) out[a] = deviations[a]! * below[0]![a]!;
    }, k).value;
  }

  function pairOf(state: Float64Array, { back, forward }: Signals, i: number): PairNorms {
    const [inner, outer] = [gains[i - 1]! ** 2, gains[i]! ** 2];
    const [below, above] = [i, i + 1].map((l) => {
      const { whole, drawn } = startNorms[l - 1]!;
      return whole + (squareOf(layer(state, l)) - drawn);
    });
    const overlap =
      depth === 2
        ? squareOf(back[0]!) + aside * squareOf(back[1]!)
        : productSquare(state, i, Math.abs(cosine(back[i]!, forward[i]!)));
    return { uu: above! / outer, ww: below! / inner, uw: Math.sqrt(Math.max(0, overlap) / inner / outer) };
  }

  /** ‖W_{i+1}W_i‖² of layers that were random and have each moved along one direction. */
  function productSquare(state: Float64Array, i: number, overlap: number): number {
    const [before, here, after] = [fans[i - 1]!, fans[i]!, fans[i + 1]!];
    const [inner, outer] = [layers[i - 1]!.deviation ** 2, layers[i]!.deviation ** 2];
    const [moved, movedOuter] = [i, i + 1].map((l) => distance(layer(state, l), layer(start, l)));
    return (
      before * here * after * inner * outer +
      movedOuter! ** 2 * inner * (here + before) +
      moved! ** 2 * outer * (here + after) +
      (moved! * movedOuter! * overlap) ** 2
    );
  }

  /** The kernel's random change, relative to it and squared: that of the layers below each activation. */
  function scattered(features: readonly Float64Array[], weights: readonly number[], back: readonly Float64Array[]): number {
    if (activation === "linear") return 0;
    const shares = features.map((h, l) => weights[l]! * squareOf(h));
    const whole = shares.reduce((sum, share) => sum + share, 0);
    let [below, total] = [0, 0];
    for (const [l, found] of activations.entries()) {
      below += shares[l]! / whole;
      const unit = Math.sqrt(probeShare / (width * found.q));
      const { along, across } = movement(features[l + 1]!, first[l + 1]!, back[l + 1]!);
      total += below * below * scatterOf(activation, found, { along: unit * along, across: unit * across }, width);
    }
    return total;
  }

  return (state, t) => {
    const seen = signals(state);
    const weights = layers.map(({ rate }, l) => rate * squareOf(seen.back[l + 1]!));
    const features = featuresOf(state);
    const { kernelDistance, kernelRatio } = compare(kernelOf(features, weights));
    const scatter = kernelRatio * Math.sqrt(scattered(features, weights, seen.back));
    const excess = seen.forward[0]!.reduce((sum, x, a) => sum + (x * x) / variances[a]!, 0);
    return {
      t,
      excessLoss: prefactor * excess,
      // Random changes of single neurons add in squares to what the layers do together.
      kernelDistance: Math.hypot(kernelDistance, scatter),
      kernelRatio,
      scatter,
      stableStep:
        Number.isFinite(excess) && Number.isFinite(squareOf(features.at(-1)!))
          ? 1 / (prefactor * outputScale * outputScale * largestRate(state, weights))
          : NaN,
      pairs: Array.from({ length: depth - 1 }, (_, l) => pairOf(state, seen, l + 1)),
    };
  };
}

/** The products of rows with each other. */
function gramOfRows(features: Float64Array, rows: number): Float64Array {
  const size = features.length / rows;
  const gram = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j <= i; j++) {
      const sum = dotAt(features, i * size, features, j * size, size);
      gram[i * rows + j] = sum;
      gram[j * rows + i] = sum;
    }
  return gram;
}

function squareOf(v: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i]! * v[i]!;
  return sum;
}

function distance(v: Float64Array, w: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += (v[i]! - w[i]!) ** 2;
  return Math.sqrt(sum);
}

/** How far features have moved along b and across it, over all rows. */
function movement(now: Float64Array, start: Float64Array, b: Float64Array): { along: number; across: number } {
  const size = b.length;
  const whole = distance(now, start);
  let square = 0;
  for (let from = 0; from < now.length; from += size) {
    let sum = 0;
    for (let a = 0; a < size; a++) sum += (now[from + a]! - start[from + a]!) * b[a]!;
    square += sum * sum;
  }
  const norm = squareOf(b);
  const along = norm > 0 ? Math.min(whole, Math.sqrt(square / norm)) : 0;
  return { along, across: Math.sqrt((whole - along) * (whole + along)) };
}

function cosine(v: Float64Array, w: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i]! * w[i]!;
  const norms = Math.sqrt(squareOf(v) * squareOf(w));
  return norms > 0 ? sum / norms : 0;
}
