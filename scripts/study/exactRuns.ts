/**
 * Exact forecasts of the runs of two linear layers, from the initial weights that their seeds give: gradient
 * descent, and gradient flow at the times step × rate. It needs the images, and takes about an hour for all.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { forecast, matrixTaskFromSamples } from "feature-learning";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { imageFolder, PIXELS, PROBES, readImages } from "./images.ts";
import { initialLayers, type Run, readRuns } from "./runs.ts";

export const EXACT_FILE = new URL("../../test/design/fixtures/fashion-mnist-exact.json.gz", import.meta.url);

/**
 * What was forecast of a run: a value for each recorded step, or as many as there were before it diverged.
 */
export interface ExactForecast {
  readonly kernelDistance: number[];
  readonly loss: number[];
  readonly mechanisms: readonly (readonly string[])[];
  readonly status: string;
}

/** Forecasts by the run's id: descent and flow from the run's own weights. */
export type ExactForecasts = Record<string, { readonly descent: ExactForecast; readonly flow?: ExactForecast }>;

/** Runs that are the same network twice have one forecast: mean field and μP of two layers. */
export function exactKey({ id }: Run): string {
  return id.replace("meanfield", "mup");
}

export function readExact(): ExactForecasts {
  return JSON.parse(gunzipSync(readFileSync(EXACT_FILE)).toString()) as ExactForecasts;
}

export function writeExact(log: (line: string) => void): void {
  const folder = imageFolder();
  if (folder === undefined)
    throw new Error("there are no images; install dataset-fashion-mnist, or set FASHION_MNIST to its folder");
  const { x, y } = readImages(folder);
  const { xx, yx, yy } = matrixTaskFromSamples(
    x,
    Array.from(y, (value) => [value]),
  );
  // In the coordinates of the principal directions nothing has to be diagonalised again.
  const { realEigenvalues: variances, eigenvectorMatrix: V } = new EigenvalueDecomposition(xx, { assumeSymmetric: true });
  const seen = variances.flatMap((value, a) => (value > 1e-12 * variances.at(-1)! ? [a] : []));
  const directions = V.subMatrixColumn(seen);
  const task = { xx: Matrix.diag(seen.map((a) => variances[a]!)), yx: yx.mmul(directions), yy };
  const probe = new Matrix(x.slice(0, PROBES).map((row) => Array.from(row))).mmul(directions);
  const forecasts: Record<string, Partial<Record<"descent" | "flow", ExactForecast>>> = existsSync(EXACT_FILE) ? readExact() : {};
  const runs = readRuns()
    .filter(({ depth, activation, id }) => depth === 2 && activation === "linear" && !id.includes("meanfield"))
    .sort((one, other) => one.width - other.width);
  for (const kind of ["descent", "flow"] as const)
    for (const run of runs) {
      // The flow of a run that diverged has nothing to be compared with.
      if ((kind === "flow" && !run.finite) || forecasts[run.id]?.[kind] !== undefined) continue;
      const began = performance.now();
      const found = forecastRun(run, kind);
      forecasts[run.id] = { ...forecasts[run.id], [kind]: found };
      const seconds = ((performance.now() - began) / 1000).toFixed(0);
      log(
        `${kind} ${run.id.padEnd(32)} measured ${run.rows.at(-1)!.kernelDistance} forecast ${found.kernelDistance.at(-1)} in ${seconds} s`,
      );
      writeFileSync(EXACT_FILE, gzipSync(JSON.stringify(forecasts), { level: 9 }));
    }

  function forecastRun(run: Run, kind: "descent" | "flow"): ExactForecast {
    const [m1, m2] = run.multipliers as [number, number];
    const [w1, w2] = initialLayers(run) as [Float64Array, Float64Array];
    const W = Matrix.from1DArray(
      run.width,
      PIXELS,
      w1.map((value) => value * m1),
    ).mmul(directions);
    const { kernelDistance, loss, mechanisms, status } = forecast({
      task,
      width: run.width,
      outputScale: run.alpha,
      centred: run.centred,
      scale: run.scales,
      multipliers: run.multipliers,
      times: run.rows.map(({ step }) => step * run.stepSize),
      probe,
      changes: false,
      initial: { u: w2.map((value) => value * m2), W },
      ...(kind === "flow" ? {} : { stepSize: run.stepSize }),
    });
    const short = (values: Float64Array): number[] => Array.from(values, (value) => Number(value.toPrecision(6)));
    return { kernelDistance: short(kernelDistance), loss: short(loss), mechanisms, status };
  }
}
