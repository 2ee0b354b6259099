/** The pictures of a report: |cos ζ|, the growth of the norms, and the loss, against the step. */
import type { PairReport, RunReport } from "../networks/runReport.ts";
import { type Chart, chartBody, escaped, heightOf, svgOfCharts, WIDTH } from "./chart.ts";
import { pairName } from "./names.ts";

/** Separates attention heads from other pairs, because there are many of them. */
function groupsOf(pairs: readonly PairReport[]): { readonly title: string; readonly pairs: readonly PairReport[] }[] {
  const isHead = ({ outer }: PairReport): boolean => /\[head \d+\]$/.test(outer);
  const groups = [
    { title: "layers", pairs: pairs.filter((pair) => !isHead(pair)) },
    { title: "attention heads", pairs: pairs.filter(isHead) },
  ].filter((group) => group.pairs.length > 0);
  return groups.length === 1 ? groups.map((group) => ({ ...group, title: "" })) : groups;
}

export function chartsOf({ pairs, loss }: RunReport): Chart[] {
  const charts = groupsOf(pairs).flatMap(({ title, pairs: group }) => {
    const of = title === "" ? "" : ` of ${title}`;
    const series = (value: (pair: PairReport) => readonly number[]): Chart["series"] =>
      group.map((pair) => ({ name: pairName(pair), x: pair.trajectory.step, y: value(pair) }));
    const growth = series(({ trajectory: { normProduct } }) => {
      const first = normProduct.find((value) => value > 0) ?? 1;
      return normProduct.map((value) => value / first);
    });
    const levels = growth.flatMap(({ y }) => y).filter((value) => value > 0);
    return [
      {
        ...{ title: `Alignment |cos ζ|${of}`, xTitle: "step", series: series(({ trajectory }) => trajectory.alignment) },
        y: { log: false, from: 0, to: 1 },
      },
      {
        ...{ title: `Growth of the norms${of}`, xTitle: "step", series: growth },
        y: { log: true, from: Math.min(0.5, ...levels), to: Math.max(2, ...levels) },
      },
    ];
  });
  if (loss === undefined) return charts;
  const values = loss.map((row) => row.loss).filter((value) => value > 0);
  if (values.length === 0) return charts;
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const x = loss.map(({ step }) => step);
  const y = loss.map((row) => row.loss);
  const range = { log: true, from: least === most ? least / 2 : least, to: least === most ? 2 * most : most };
  return [{ title: "Loss", xTitle: "step", series: [{ name: "loss", x, y }], y: range }, ...charts];
}

/** A chart as an svg element of its own, for a page. */
export function inlineChart(chart: Chart): string {
  const height = heightOf(chart);
  return `<svg class="fl-chart" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(chart.title)}">\n${chartBody(chart)}\n</svg>`;
}

/** All charts of a report in one file. */
export function svgOf(report: RunReport): string {
  return svgOfCharts(report.summary, chartsOf(report));
}
