/**
 * The data of the 180 runs: the first 2,048 training images of Fashion-MNIST (Debian's package
 * dataset-fashion-mnist), centred by the mean of all 60,000, of mean square norm 784. The target is 1 for
 * even classes and −1 for odd ones.
 */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const FOLDERS = [process.env["FASHION_MNIST"], "/usr/share/datasets/fashion-mnist"].filter((folder) => folder !== undefined);
export const PIXELS = 784;
export const IMAGES = 2048;
/** The images on which the runs measured their kernels. */
export const PROBES = 48;

/** The folder with the four .gz files: $FASHION_MNIST, or where Debian puts them; undefined without them. */
export function imageFolder(): string | undefined {
  return FOLDERS.find((folder) => existsSync(`${folder}/train-images-idx3-ubyte.gz`));
}

/** Rows of pixels, and targets. */
export interface Images {
  readonly x: Float64Array[];
  readonly y: Float64Array;
}

export function readImages(folder: string): Images {
  const pixels = idx(`${folder}/train-images-idx3-ubyte.gz`);
  const labels = idx(`${folder}/train-labels-idx1-ubyte.gz`);
  const all = pixels.length / PIXELS;
  const mean = new Float64Array(PIXELS);
  for (let i = 0; i < pixels.length; i++) mean[i % PIXELS]! += pixels[i]! / all;
  const x = Array.from({ length: IMAGES }, (_, j) =>
    Float64Array.from({ length: PIXELS }, (_, p) => pixels[j * PIXELS + p]! - mean[p]!),
  );
  const square = x.reduce((sum, row) => sum + row.reduce((norm, value) => norm + value * value, 0), 0) / IMAGES;
  for (const row of x) for (let p = 0; p < PIXELS; p++) row[p]! *= Math.sqrt(PIXELS / square);
  return { x, y: Float64Array.from(labels.subarray(0, IMAGES), (label) => 1 - 2 * (label % 2)) };
}

/** The bytes of an IDX file. */
function idx(file: string): Uint8Array {
  const bytes = gunzipSync(readFileSync(file));
  return bytes.subarray(4 + 4 * bytes[3]!);
}
