/** The figures of the study. */
import { writeFileSync } from "node:fs";
import { seriesColours } from "feature-learning/plot";
import { readDescription } from "../../src/design/forecast/description.ts";
import { trainedCourse } from "../../src/design/forecast/trained.ts";
import type { Comparison } from "./compare.ts";
import type { ExactForecasts } from "./exactRuns.ts";
import { readMoments } from "./moments.ts";
import { bestForecast, exponentGroups } from "./report.ts";
import { oneDirection } from "./surrogates.ts";

const folder = new URL("../../docs/results/", import.meta.url);

async function draw(name: string, spec: object): Promise<void> {
  const [vega, lite] = await Promise.all([import("vega"), import("vega-lite")]);
  const whole = { background: "white", config: { font: "sans-serif", view: { stroke: "#ddd" } }, ...spec };
  const compiled = lite.compile(whole as Parameters<typeof lite.compile>[0]).spec;
  writeFileSync(new URL(name, folder), `${await new vega.View(vega.parse(compiled), { renderer: "none" }).toSVG()}\n`);
}

const log = { type: "log" };
const powers = { format: "~e", tickCount: 5, grid: false };

/** Last kernel distance against width: points measured, lines forecast. */
export async function drawExponents(comparison: Comparison, exact: ExactForecasts): Promise<void> {
  const values = exponentGroups(comparison, exact)
    .filter(({ scaling }) => !scaling.startsWith("NTK, α"))
    .flatMap(({ depth, activation, scaling, ends }) =>
      ends.map((end) => ({
        ...end,
        expected: Number.isFinite(end.expected) ? end.expected : null,
        panel: `${depth} layers, ${activation}`,
        scaling,
      })),
    );
  const encoding = {
    x: {
      field: "width",
      type: "quantitative",
      scale: { ...log, domain: [50, 5000] },
      axis: { values: [64, 256, 1024, 4096], grid: false },
      title: "width",
    },
    color: {
      field: "scaling",
      type: "nominal",
      title: "scaling",
      scale: { domain: ["ntk", "standard-1/n", "mup", "meanfield"], range: seriesColours.slice(0, 4) },
    },
  };
  const y = (field: string): object => ({
    field,
    type: "quantitative",
    scale: log,
    axis: powers,
    title: "‖K − K₀‖/‖K₀‖ at the end",
  });
  await draw("fashion-mnist-exponents.svg", {
    description: "Kernel change against width, measured and forecast",
    data: { values },
    facet: { field: "panel", type: "nominal", title: null, columns: 3 },
    columns: 3,
    spec: {
      width: 190,
      height: 170,
      layer: [
        { mark: { type: "point", filled: true, size: 45 }, encoding: { ...encoding, y: y("measured") } },
        {
          transform: [{ filter: "datum.expected !== null" }],
          mark: { type: "line", strokeWidth: 1.5, clip: true },
          encoding: { ...encoding, y: y("expected") },
        },
      ],
    },
  });
}

/** Forecast against measurement, a point a run. */
export async function drawForecasts({ runs, forecasts, best }: Comparison, exact: ExactForecasts): Promise<void> {
  const values = runs.flatMap((run) => {
    const forecast = bestForecast(run, exact, forecasts[run.id]?.[best]);
    const measured = run.rows.at(-1)!.kernelDistance;
    if (!run.finite || measured === null || forecast?.status !== "completed") return [];
    return [{ measured, expected: forecast.kernelDistance.at(-1)!, activation: run.activation, depth: `${run.depth} layers` }];
  });
  const axis = (title: string, field: string): object => ({
    field,
    type: "quantitative",
    title,
    scale: { ...log, domain: [1e-6, 30] },
    axis: powers,
  });
  const panel = {
    width: 280,
    height: 280,
    layer: [
      {
        data: {
          values: [
            { measured: 1e-6, expected: 1e-6 },
            { measured: 30, expected: 30 },
          ],
        },
        mark: { type: "line", color: "#999", strokeWidth: 1 },
        encoding: { x: axis("measured", "measured"), y: axis("forecast", "expected") },
      },
      ...[0.1].map((at) => ({
        data: { values: [{ at }] },
        mark: { type: "rule", color: "#999", strokeDash: [3, 3] },
        encoding: { x: { field: "at", type: "quantitative" } },
      })),
      {
        mark: { type: "point", filled: true, size: 40, opacity: 0.8, clip: true },
        encoding: {
          x: axis("measured", "measured"),
          y: axis("forecast", "expected"),
          color: {
            field: "activation",
            type: "nominal",
            scale: { domain: ["linear", "tanh", "relu"], range: seriesColours.slice(0, 3) },
          },
        },
      },
    ],
  };
  await draw("fashion-mnist-forecasts.svg", {
    description: "Forecast kernel change against the measured one, a point a run",
    hconcat: ["2 layers", "4 layers"].map((depth) => ({
      title: depth,
      data: { values: values.filter((value) => value.depth === depth) },
      ...panel,
    })),
  });
}

/** The grid's kernel change against α√width, and the solvable network of one direction. */
export async function drawCollapse({ runs }: Comparison): Promise<void> {
  const values = runs.flatMap(({ part, finite, alpha, width, depth, activation, rows }) =>
    part === "grid" && finite
      ? [{ x: alpha * Math.sqrt(width), change: rows.at(-1)!.kernelDistance!, activation, depth: `${depth} layers` }]
      : [],
  );
  const curve = Array.from({ length: 80 }, (_, i) => 0.15 * 10 ** (i / 19.7)).map((x) => ({ x, change: collapseCurve(x) }));
  const wide = widthless();
  const x = { field: "x", type: "quantitative", scale: log, axis: powers, title: "α√width" };
  const y = {
    field: "change",
    type: "quantitative",
    scale: { ...log, domain: [1e-5, 100] },
    axis: powers,
    title: "‖K − K₀‖/‖K₀‖ at the end",
  };
  await draw("fashion-mnist-collapse.svg", {
    description: "Kernel change of the grid against output scale times root width, with the curve of the solvable network",
    hconcat: ["2 layers", "4 layers"].map((depth) => ({
      title: depth,
      width: 280,
      height: 240,
      layer: [
        { data: { values: curve }, mark: { type: "line", color: "#777", strokeWidth: 1.5, clip: true }, encoding: { x, y } },
        {
          data: { values: wide },
          mark: { type: "line", color: "#777", strokeWidth: 1.5, strokeDash: [5, 3], clip: true },
          encoding: { x, y },
        },
        {
          data: { values: values.filter((value) => value.depth === depth) },
          mark: { type: "point", filled: true, size: 40, opacity: 0.85, clip: true },
          encoding: {
            x,
            y,
            color: {
              field: "activation",
              type: "nominal",
              scale: { domain: ["linear", "tanh", "relu"], range: seriesColours.slice(0, 3) },
            },
          },
        },
      ],
    })),
  });
}

/**
 * √(1 + e²) − 1 of two linear layers of entries 1 and 1/28 in the direction of E[xy] = c·v: with variance s
 * along v, |u|² = n, |w|² = n, γ = α/√n·1/28 and equal rates, e = 2|S∞|/(2n) = 28c/(s·α√n).
 */
export function collapseCurve(x: number): number {
  const { variances, correlation } = oneDirection(readMoments().data);
  const e = (28 * correlation[0]!) / variances[0]! / x;
  return Math.hypot(1, e) - 1;
}

/**
 * Two linear layers of so many neurons that nothing is left to chance, on all kept directions of the data,
 * after 500 steps of 0.4/λ_max: what the runs did, at other α√n.
 */
function widthless(): { x: number; change: number }[] {
  const { data } = readMoments();
  const width = 1e10;
  const grid = Array.from({ length: 11 }, (_, i) => 0.6 * 10 ** (i * 0.3));
  return grid.map((x) => {
    const alpha = x / Math.sqrt(width);
    const description = {
      task: { xx: 1, xy: 0, yy: 1 },
      width,
      outputScale: alpha,
      centred: true,
      multipliers: [1 / 28, 1 / Math.sqrt(width)],
      changes: false,
    };
    const { stableStep } = trainedCourse(readDescription({ ...description, times: [0] }), data).points[0]!;
    const stepSize = 0.4 * stableStep;
    const { points } = trainedCourse(readDescription({ ...description, stepSize, times: [0, 500 * stepSize] }), data);
    return { x, change: points.at(-1)?.kernelDistance ?? NaN };
  });
}
