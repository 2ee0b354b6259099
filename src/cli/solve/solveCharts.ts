/** The pictures of a solution: loss, output, kernel and alignment against time. */
import { type Chart, svgOfCharts } from "../chart.ts";
import type { SolveResult } from "./solveFile.ts";

/** The picture as an SVG file. `spacing` is the spacing of the times. */
export function svgOfResult({ trajectory, method, family, regime }: SolveResult, spacing: "linear" | "log"): string {
  const { t, loss, kernelSize, alignment, outputSize } = trajectory!;
  const { output } = trajectory as { readonly output?: unknown };
  const size = ArrayBuffer.isView(output)
    ? { title: "Output", y: output as Float64Array }
    : { title: "Output size", y: outputSize };
  const x = Array.from(t as Float64Array);
  const chart = (title: string, values: Float64Array, least: number, most: number): Chart => ({
    title,
    xTitle: "time",
    x: spacing,
    series: [{ name: "", x, y: Array.from(values) }],
    y: { log: false, ...rangeOf(values, least, most) },
  });
  const title = [family ?? method, regime?.regime].filter((word) => word !== undefined).join(", ");
  return svgOfCharts(`Solution: ${title}`, [
    chart("Loss", loss, 0, 0),
    chart(size.title, size.y, 0, 0),
    chart("Kernel size", kernelSize, 0, 0),
    chart("Alignment", alignment, 0, 1),
  ]);
}

/** The range from the smallest to the largest finite value, which includes at least `least` to `most`. */
function rangeOf(values: Float64Array, least: number, most: number): { readonly from: number; readonly to: number } {
  let [from, to] = [least, most];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    from = Math.min(from, value);
    to = Math.max(to, value);
  }
  return from === to ? { from: from - 1, to: to + 1 } : { from, to };
}
