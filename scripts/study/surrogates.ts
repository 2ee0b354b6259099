/** Forecasts of the runs by surrogates, from the second moments of the data alone. */
import type { ForecastCourse } from "../../src/design/forecast/course.ts";
import type { LeadingData } from "../../src/design/forecast/data.ts";
import { readDescription } from "../../src/design/forecast/description.ts";
import { mechanismsOf } from "../../src/design/forecast/forecast.ts";
import { type Passed, trainedCourse } from "../../src/design/forecast/trained.ts";
import type { ExactForecast } from "./exactRuns.ts";
import { PROBES } from "./images.ts";
import type { Run } from "./runs.ts";

/** A forecast without and with the random change of single neurons. */
export function surrogateForecast(
  run: Run,
  data: LeadingData,
  passed: Passed = "linear fit",
): { readonly plain: ExactForecast; readonly scattered: ExactForecast } {
  const { points, status, floor } = surrogateOf(run, data, {}, passed);
  const common = {
    loss: points.map(({ excessLoss }) => floor + excessLoss),
    mechanisms: mechanismsOf({ points, status, floor }).map(({ present }) => present),
    status,
  };
  const all = points.map(({ kernelDistance }) => kernelDistance);
  const plain = points.map(({ kernelDistance, scatter }) =>
    Math.sqrt(Math.max(0, (kernelDistance - scatter) * (kernelDistance + scatter))),
  );
  return { plain: { kernelDistance: plain, ...common }, scattered: { kernelDistance: all, ...common } };
}

export function surrogateOf(run: Run, data: LeadingData, more: object = {}, passed: Passed = "linear fit"): ForecastCourse {
  const described = readDescription({
    task: { xx: 1, xy: 0, yy: 1 },
    width: run.width,
    depth: run.depth,
    activation: run.activation,
    outputScale: run.alpha,
    centred: run.centred,
    scale: run.scales,
    multipliers: run.multipliers,
    stepSize: run.stepSize,
    times: run.rows.map(({ step }) => step * run.stepSize),
    changes: false,
    ...more,
  });
  return trainedCourse(described, data, { passed });
}

/** The data along E[xy] alone, as the solvable network of one direction has them. */
export function oneDirection({ variances, correlation, probe, ...rest }: LeadingData): LeadingData {
  const k = variances.length;
  const length = Math.hypot(...correlation);
  const direction = correlation.map((xy) => xy / length);
  const variance = direction.reduce((sum, x, a) => sum + x * x * variances[a]!, 0);
  return {
    ...rest,
    variances: Float64Array.of(variance),
    correlation: Float64Array.of(length),
    probe: Float64Array.from({ length: PROBES }, (_, i) => direction.reduce((sum, x, a) => sum + x * probe[i * k + a]!, 0)),
    explained: (length * length) / variance,
    kept: variance / rest.size,
  };
}
