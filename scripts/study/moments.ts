/**
 * The second moments of the data along their leading directions, which are all that the surrogates need:
 * written by `npm run study -- --moments` where the images are, and read without them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { matrixTaskFromSamples } from "feature-learning";
import { EigenvalueDecomposition } from "ml-matrix";
import type { LeadingData } from "../../src/design/forecast/data.ts";
import { imageFolder, PIXELS, PROBES, readImages } from "./images.ts";

const FILE = new URL("../../test/design/fixtures/fashion-mnist-moments.json.gz", import.meta.url);
const KEPT = 256;

interface Moments {
  readonly variances: number[];
  /** E[xy] along the same directions. */
  readonly correlation: number[];
  /** The first 48 images along them: single precision, in base 64. */
  readonly probe: string;
  readonly yy: number;
  /** E|x|² along all directions. */
  readonly size: number;
  /** Along a = x·E[xy]/|E[xy]|: E[a²] and E[ay] of the images with a > 0, and of those with a < 0. */
  readonly halves: Halves;
}

export type Halves = Readonly<Record<"positive" | "negative", { readonly xx: number; readonly xy: number }>>;

export function writeMoments(): void {
  const folder = imageFolder();
  if (folder === undefined)
    throw new Error("there are no images; install dataset-fashion-mnist, or set FASHION_MNIST to its folder");
  const { x, y } = readImages(folder);
  const { xx, yx, yy } = matrixTaskFromSamples(
    x,
    Array.from(y, (value) => [value]),
  );
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(xx, { assumeSymmetric: true });
  const order = Array.from(realEigenvalues.keys())
    .sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!)
    .slice(0, KEPT);
  const along = (row: ArrayLike<number>, a: number): number => {
    let sum = 0;
    for (let p = 0; p < PIXELS; p++) sum += row[p]! * eigenvectorMatrix.get(p, a);
    return sum;
  };
  const short = (value: number): number => Number(value.toPrecision(9));
  const moments: Moments = {
    variances: order.map((a) => short(realEigenvalues[a]!)),
    correlation: order.map((a) => short(along(yx.to1DArray(), a))),
    probe: Buffer.from(Float32Array.from(x.slice(0, PROBES).flatMap((row) => order.map((a) => along(row, a)))).buffer).toString(
      "base64",
    ),
    yy,
    size: short(realEigenvalues.reduce((sum, value) => sum + value, 0)),
    halves: halvesOf(x, y, yx.to1DArray()),
  };
  writeFileSync(FILE, gzipSync(JSON.stringify(moments), { level: 9 }));
}

function halvesOf(x: readonly Float64Array[], y: Float64Array, direction: readonly number[]): Halves {
  const length = Math.hypot(...direction);
  const sums = { positive: { xx: 0, xy: 0 }, negative: { xx: 0, xy: 0 } };
  for (const [i, row] of x.entries()) {
    const a = row.reduce((sum, value, p) => sum + value * direction[p]!, 0) / length;
    const half = a > 0 ? sums.positive : sums.negative;
    half.xx += (a * a) / x.length;
    half.xy += (a * y[i]!) / x.length;
  }
  return sums;
}

/** The leading directions, at most `directions` of them, and the halves. */
export function readMoments(directions = 256): { readonly data: LeadingData; readonly halves: Halves } {
  const read = JSON.parse(gunzipSync(readFileSync(FILE)).toString()) as Moments;
  const all = read.variances.length;
  const images = new Float32Array(Uint8Array.from(Buffer.from(read.probe, "base64")).buffer);
  const variances = Float64Array.from(read.variances.slice(0, directions));
  const correlation = Float64Array.from(read.correlation.slice(0, directions));
  const data = {
    variances,
    correlation,
    probe: Float64Array.from({ length: PROBES * variances.length }, (_, i) => {
      const [row, a] = [Math.floor(i / variances.length), i % variances.length];
      return images[row * all + a]!;
    }),
    yy: read.yy,
    explained: correlation.reduce((sum, xy, a) => sum + (xy * xy) / variances[a]!, 0),
    size: read.size,
    kept: variances.reduce((sum, variance) => sum + variance, 0) / read.size,
    whole: false,
    inputs: PIXELS,
  };
  return { data, halves: read.halves };
}
