/**
 * Exact forecasts of the runs of two linear layers, from the initial weights that their seeds give: gradient
 * descent, and gradient flow at the times step × rate. It needs the images, and takes about half an hour.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { forecast, matrixTaskFromSamples } from "feature-learning";
import { Matrix } from "ml-matrix";
import { imageFolder, PIXELS, PROBES, readImages } from "./images.ts";
import { initialLayers, type Run, readRuns } from "./runs.ts";

export const EXACT_FILE = new URL("../../test/design/fixtures/fashion-mnist-exact.json.gz", import.meta.url);

/** What was forecast of a run: a value for each recorded step, or as many as there were before it diverged. */
export interface ExactForecast {
  readonly kernelDistance: number[];
  readonly loss: number[];
  readonly mechanisms: readonly (readonly string[])[];
  readonly status: string;
}

/** Forecasts by the run's id: descent and flow from the run's own weights, and descent from another draw. */
export type ExactForecasts = Record<
  string,
  { readonly descent: ExactForecast; readonly flow?: ExactForecast; readonly drawn: ExactForecast }
>;

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
  const {
    samples: _,
    notes: __,
    ...task
  } = matrixTaskFromSamples(
    x,
    Array.from(y, (value) => [value]),
  );
  const forecasts: ExactForecasts = {};
  const runs = readRuns().filter(
    ({ depth, activation, id }) => depth === 2 && activation === "linear" && !id.includes("meanfield"),
  );
  for (const run of runs.sort((a, b) => a.width - b.width)) {
    const [m1, m2] = run.multipliers as [number, number];
    const [w1, w2] = initialLayers(run) as [Float64Array, Float64Array];
    const times = run.rows.map(({ step }) => step * run.stepSize);
    const common = {
      task,
      width: run.width,
      outputScale: run.alpha,
      centred: run.centred,
      scale: run.scales,
      multipliers: run.multipliers,
      times,
      probe: new Matrix(x.slice(0, PROBES).map((row) => Array.from(row))),
      changes: false,
    };
    const initial = {
      u: w2.map((value) => value * m2),
      W: Matrix.from1DArray(
        run.width,
        PIXELS,
        w1.map((value) => value * m1),
      ),
    };
    const of = (more: object): ExactForecast => {
      const { kernelDistance, loss, mechanisms, status } = forecast({ ...common, ...more });
      const short = (values: Float64Array): number[] => Array.from(values, (value) => Number(value.toPrecision(5)));
      return { kernelDistance: short(kernelDistance), loss: short(loss), mechanisms, status };
    };
    const began = performance.now();
    const descent = of({ initial, stepSize: run.stepSize });
    const drawn = of({ stepSize: run.stepSize });
    // The flow of a run that diverged has nothing to be compared with.
    const flow = run.finite ? { flow: of({ initial }) } : {};
    forecasts[run.id] = { descent, drawn, ...flow };
    const last = run.rows.at(-1)!;
    log(
      `${run.id.padEnd(32)} measured ${last.kernelDistance} descent ${descent.kernelDistance.at(-1)} flow ${flow.flow?.kernelDistance.at(-1)} drawn ${drawn.kernelDistance.at(-1)} in ${((performance.now() - began) / 1000).toFixed(0)} s`,
    );
    writeFileSync(EXACT_FILE, gzipSync(JSON.stringify(forecasts), { level: 9 }));
  }
}
