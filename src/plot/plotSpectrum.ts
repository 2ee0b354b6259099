/**
 * The learned modes of a network of several inputs and outputs over time, and the spectrum of its neural
 * tangent kernel. On inputs of unit covariance the kernel is γ²(η_w W₂W₂ᵀ ⊗ 1 + η_u 1 ⊗ W₁ᵀW₁), so that its
 * eigenvalues are γ²(η_w λ + η_u μ) for every eigenvalue λ of W₂W₂ᵀ and μ of W₁ᵀW₁.
 */
import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from "ml-matrix";
import { readBoolean, readNumber, readRecord, reject } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { readNetwork } from "../model/network.ts";
import type { Strided } from "../model/strided.ts";
import { type AxisOptions, isLogarithmic, onAxis, readAxes, withDomain } from "./axes.ts";
import type { ChannelDef, Datum, Panel, PlotSpec } from "./grammar.ts";
import { numberAxis } from "./numberAxis.ts";
import { seriesChannel } from "./plotTrajectory.ts";
import { finite, type PlottableLike, readTrajectory } from "./quantities.ts";
import { decades, linesOf, pointerOf } from "./shown.ts";
import { optionNames, type PlotOptions, type PointerOptions, pictureWidth, readPlotOptions, specOf } from "./theme.ts";
import { hasPlace, readTimeAxis, type TimeAxis, timeChannel } from "./time.ts";

/** The options of {@link plotSpectrum}. */
export interface SpectrumPlotOptions extends PlotOptions, PointerOptions {
  /** The number of modes and eigenvalues, the largest at each time first (default 6). */
  readonly count?: number | undefined;
  /** The network, such as `flow.problem.network`. If it is passed, the kernel's spectrum is drawn, too. */
  readonly network?: object | undefined;
  /** As in `plotTrajectory`. */
  readonly time?: TimeAxis | undefined;
  /** The domains and scales of the axes. */
  readonly axes?: Readonly<Partial<Record<"t" | "modes" | "kernel", AxisOptions>>> | undefined;
}

/** The largest number of times for which spectra are computed. */
const MOST_TIMES = 400;

/**
 * The modes of the output over time: the singular values of γW₂W₁, which grow one after the other in
 * saddle-to-saddle learning. If `network` is passed, also the largest eigenvalues of its neural tangent
 * kernel on inputs of unit covariance, relative to the largest one at the start.
 *
 * @param trajectory - The result of `sample` for a flow of several inputs and outputs, or of
 * `gradientDescent` for such a problem.
 * @throws FeatureLearningError `"invalid-argument"`: a trajectory without matrices, an invalid option.
 *
 * @example
 * ```ts
 * import { exactFlow, linearTimes, matrixTaskFromMoments, network, sample, saxeAlignedLayers } from "feature-learning";
 * import { plotSpectrum } from "feature-learning/plot";
 *
 * const task = matrixTaskFromMoments({ xx: [[1, 0], [0, 1]], yx: [[3, 0], [0, 1]], yy: 10 });
 * const initial = saxeAlignedLayers({ task, width: 4, scale: 0.01, seed: 1 });
 * const flow = exactFlow({ network: network(), task, initial });
 * const rows = plotSpectrum(sample(flow, linearTimes(flow)), { network: network() }).datasets["modes"]!;
 * const last = rows.filter(({ t }) => t === rows.at(-1)!["t"]);
 * console.log(last.map(({ value }) => Number(value).toFixed(2))); // [ '3.00', '1.00' ]
 * ```
 */
export function plotSpectrum(trajectory: PlottableLike, options: SpectrumPlotOptions = {}): PlotSpec {
  return named("plotSpectrum", () => {
    const fields = readRecord("options", options, [...optionNames, "count", "network", "time", "axes", "tooltips"]);
    const look = readPlotOptions(fields);
    const count = readNumber("count", fields.count ?? 6, { min: 1, max: 1000, integer: true });
    const axes = readAxes(fields.axes, ["t", "modes", "kernel"]);
    const withTooltips = fields.tooltips === undefined || readBoolean("tooltips", fields.tooltips);
    const read = readTrajectory("trajectory", trajectory);
    const time = readTimeAxis(fields.time, [read.t]);
    const places = Array.from(read.t.keys()).filter((i) => hasPlace(read.t[i]!, time));
    const step = Math.ceil(places.length / MOST_TIMES);
    const times = places.filter((_, i) => i % step === 0 || i === places.length - 1);
    const output =
      blockOf(read.output) ?? reject("trajectory has no matrices; pass the sample of a flow of several inputs and outputs");
    const modes = times.map((i) => new SingularValueDecomposition(matrixAt(output, i), { autoTranspose: true }).diagonal);
    const panels = [{ name: "modes", title: "singular values of the output γW₂W₁", values: modes }];
    if (fields.network !== undefined) {
      const { outputScale, learningRates: rates } = readNetwork("network", fields.network);
      const [uu, ww] = [blockOf(read.uu), blockOf(read.ww)];
      if (uu === undefined || ww === undefined)
        reject("trajectory has no uu and ww, from which the kernel is computed; leave network out");
      const values = times.map((i) => {
        const [outer, inner] = [eigenvalues(uu, i), eigenvalues(ww, i)];
        return outer.flatMap((outerValue) =>
          inner.map((innerValue) => outputScale ** 2 * (rates.w * outerValue + rates.u * innerValue)),
        );
      });
      const first = values.reduce((most, [...own]) => (most > 0 ? most : Math.max(0, ...own)), 0) || 1;
      const relative = values.map((row) => row.map((value) => value / first).sort((a, b) => b - a));
      panels.push({ name: "kernel", title: "kernel eigenvalues (largest at start: 1)", values: relative });
    }
    const x = timeChannel(time, { axes });
    const datasets: PlotSpec["datasets"] = {};
    const drawn = panels.map(({ name, title, values }, panel): Panel => {
      const shown = Math.min(count, values[0]?.length ?? 0);
      // The rows are ordered by series, so that neighbours on a line are neighbours in the rows.
      const rows = Array.from({ length: shown }, (_, n) =>
        times.map(
          (i, at): Datum => ({
            series: String(n + 1),
            t: read.t[i]!,
            value: finite(onAxis(values[at]![n]!, axes[name])),
          }),
        ),
      ).flat();
      datasets[name] = rows;
      const logarithmic = isLogarithmic(axes[name], name === "kernel" && decades(rows, "value") > 1.5);
      const scale = logarithmic ? { type: "log" as const, nice: false } : { zero: true };
      const axis = numberAxis({ logarithmic, grid: true });
      const y: ChannelDef = withDomain({ field: "value", type: "quantitative", title, scale, axis }, axes[name]);
      const labels = Array.from(
        { length: Math.min(count, Math.max(...panels.map((shownPanel) => shownPanel.values[0]?.length ?? 0))) },
        (_, n) => String(n + 1),
      );
      const lines = linesOf(name, rows, "value", { x, y, color: seriesChannel(labels, pictureWidth(look, panels.length)) });
      Object.assign(datasets, lines.datasets);
      const pointer = withTooltips ? [pointerOf(name, panel, x, look.surface, [{ field: "value", title: name }], true)] : [];
      return { width: look.width, height: look.height, layer: [...lines.layers, ...pointer] };
    });
    const described = `${panels.map(({ title }) => title).join(", ")} against time`;
    return specOf(look, described, datasets, drawn);
  });
}

/** A column of matrices, or undefined. */
function blockOf(column: Float64Array | Strided | undefined): Strided | undefined {
  return column !== undefined && !ArrayBuffer.isView(column) && column.shape.length === 3 ? column : undefined;
}

function matrixAt({ data, shape, stride, offset }: Strided, row: number): Matrix {
  const [, rows, columns] = shape as [number, number, number];
  const [along, down, across] = stride as [number, number, number];
  const entries = Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => data[offset + row * along + i * down + j * across]!),
  );
  return new Matrix(entries);
}

function eigenvalues(block: Strided, row: number): number[] {
  return new EigenvalueDecomposition(matrixAt(block, row), { assumeSymmetric: true }).realEigenvalues;
}
