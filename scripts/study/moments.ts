/**
 * The second moments of the data along their leading directions, which are all that the surrogates need:
 * written by `npm run study -- --moments` where the images are, and read without them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { matrixTaskFromSamples } from "feature-learning";
import { EigenvalueDecomposition } from "ml-matrix";
import type { LeadingData } from "../../src/design/forecast/data.ts";
import { IMAGES, imageFolder, PIXELS, PROBES, readImages } from "./images.ts";

const FILE = new URL("../../test/design/fixtures/fashion-mnist-moments.json", import.meta.url);
const KEPT = 64;

interface Moments {
  /** Variances of the 784 principal directions' leading ones, E[xy] along them, and the first 48 images. */
  readonly variances: number[];
  readonly correlation: number[];
  readonly probe: number[];
  readonly yy: number;
  readonly size: number;
}

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
    probe: x.slice(0, PROBES).flatMap((row) => order.map((a) => short(along(row, a)))),
    yy,
    size: short(realEigenvalues.reduce((sum, value) => sum + value, 0)),
  };
  writeFileSync(FILE, `${JSON.stringify({ source: `${IMAGES} images of Fashion-MNIST, see README.md`, ...moments })}\n`);
}

/** The leading directions, at most `directions` of them. */
export function readMoments(directions = KEPT): LeadingData {
  const read = JSON.parse(readFileSync(FILE, "utf8")) as Moments;
  const all = read.variances.length;
  const variances = Float64Array.from(read.variances.slice(0, directions));
  const correlation = Float64Array.from(read.correlation.slice(0, directions));
  return {
    variances,
    correlation,
    probe: Float64Array.from({ length: PROBES * variances.length }, (_, i) => {
      const [row, a] = [Math.floor(i / variances.length), i % variances.length];
      return read.probe[row * all + a]!;
    }),
    yy: read.yy,
    explained: correlation.reduce((sum, xy, a) => sum + (xy * xy) / variances[a]!, 0),
    size: read.size,
    kept: variances.reduce((sum, variance) => sum + variance, 0) / read.size,
    inputs: PIXELS,
  };
}
