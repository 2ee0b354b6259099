/**
 * Draws line charts as SVG without dependencies, so that the command draws after a plain install (vega is an
 * optional peer of the library). Colours follow the reader's light or dark scheme.
 */

/** A line: a value for each x. */
interface Series {
  /** The text of the legend; empty if the title says it. */
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

export interface Chart {
  readonly title: string;
  readonly series: readonly Series[];
  /** The titles of the axes. */
  readonly xTitle: string;
  /** The scale of x (default: for steps over several decades, the logarithm of 1 + x). */
  readonly x?: "linear" | "log";
  readonly y: { readonly log: boolean; readonly from: number; readonly to: number };
}

export const WIDTH = 360;
const PLOT = { left: 46, right: 12, top: 30, height: 170 };
/**
 * More lines than this are coloured by a gradient from the first to the last, instead of by separate colours.
 */
const DISTINCT = 8;
const ROW = 17;

export const chartStyle = `
.fl-chart text { font: 12px system-ui, sans-serif; fill: var(--fl-text, #24292f); }
.fl-chart .fl-title { font-weight: 600; font-size: 13px; }
.fl-chart .fl-grid { stroke: var(--fl-grid, #d0d7de); stroke-width: 1; }
.fl-chart .fl-tick { fill: var(--fl-dim, #57606a); font-size: 11px; }
.fl-chart polyline { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
.fl-chart polyline.fl-many { stroke-width: 1.1; stroke-opacity: 0.75; }
`;
export const lightColours = "--fl-text: #24292f; --fl-dim: #57606a; --fl-grid: #d8dee4; --fl-back: #ffffff;";
export const darkColours = "--fl-text: #e6edf3; --fl-dim: #9aa4af; --fl-grid: #30363d; --fl-back: #0d1117;";

const PALETTE = ["#2f81f7", "#e5812b", "#2da44e", "#d1478f", "#8a63d2", "#0fa3a3", "#b58900", "#e5534b"];

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** From blue to orange. */
function ramp(share: number): string {
  const mix = (a: number, b: number): number => Math.round(a + (b - a) * share);
  return `rgb(${mix(47, 229)},${mix(129, 129)},${mix(247, 43)})`;
}

function colourOf(i: number, count: number): string {
  return count <= DISTINCT ? PALETTE[i]! : ramp(i / (count - 1));
}

/** Whether steps span decades, so that their logarithm is drawn; 0 may be included. */
function wantsLogarithm(x: readonly number[]): boolean {
  const positive = x.filter((value) => value > 0);
  return positive.length > 2 && Math.max(...positive) / Math.min(...positive) > 30;
}

export function heightOf({ series }: Chart): number {
  return PLOT.top + PLOT.height + 40 + ROW * legendRows(series);
}

function legendRows(series: readonly Series[]): number {
  if (series.every(({ name }) => name === "")) return 0;
  return series.length === 1 || series.length > DISTINCT ? 1 : series.length;
}

/** The content of a chart, WIDTH × heightOf, for an svg element of class fl-chart. */
export function chartBody(chart: Chart): string {
  const { title, series, xTitle, y } = chart;
  const shown = (value: number): boolean => Number.isFinite(value) && (chart.x !== "log" || value > 0);
  const all = series.flatMap(({ x }) => x).filter(shown);
  const logX = chart.x === undefined ? wantsLogarithm(all) : chart.x === "log";
  const shift = chart.x === "log" ? 0 : 1;
  const [left, right] = [PLOT.left, WIDTH - PLOT.right];
  const [top, bottom] = [PLOT.top, PLOT.top + PLOT.height];
  const levelX = (value: number): number => (logX ? Math.log10(shift + Math.max(0, value)) : value);
  const toX = scale(all.map(levelX), left, right);
  const atX = (value: number): number => toX(levelX(value));
  const level = (value: number): number => (y.log ? Math.log10(value) : value);
  const atY = (value: number): number => {
    const clipped = Math.max(y.from, Math.min(y.to, value));
    return bottom - ((level(clipped) - level(y.from)) / (level(y.to) - level(y.from))) * (bottom - top);
  };
  const out = [`<text class="fl-title" x="${left}" y="16">${escaped(title)}</text>`];
  for (const tick of y.log ? logTicks(y.from, y.to) : linearTicks(y.from, y.to)) {
    out.push(`<line class="fl-grid" x1="${left}" x2="${right}" y1="${fixed(atY(tick))}" y2="${fixed(atY(tick))}"/>`);
    out.push(`<text class="fl-tick" text-anchor="end" x="${left - 6}" y="${fixed(atY(tick) + 4)}">${tickText(tick)}</text>`);
  }
  for (const tick of xTicks(all, logX, atX)) {
    out.push(`<text class="fl-tick" text-anchor="middle" x="${fixed(atX(tick))}" y="${bottom + 16}">${tickText(tick)}</text>`);
  }
  out.push(`<text class="fl-tick" text-anchor="end" x="${right}" y="${bottom + 32}">${escaped(xTitle)}</text>`);
  for (const [i, line] of series.entries()) {
    const points = line.x.flatMap((x, k) => {
      const value = line.y[k]!;
      return shown(x) && Number.isFinite(value) && (!y.log || value > 0) ? [`${fixed(atX(x))},${fixed(atY(value))}`] : [];
    });
    const many = series.length > DISTINCT ? ' class="fl-many"' : "";
    const name = line.name === "" ? "" : `<title>${escaped(line.name)}</title>`;
    out.push(`<polyline${many} stroke="${colourOf(i, series.length)}" points="${points.join(" ")}">${name}</polyline>`);
  }
  return [...out, ...legend(series, left, bottom + 52)].join("\n");
}

function legend(series: readonly Series[], left: number, from: number): string[] {
  if (legendRows(series) === 0) return [];
  if (series.length <= DISTINCT)
    return series.map(({ name }, i) => {
      const y = from + i * ROW;
      const short = [...name].length > 46 ? `…${[...name].slice(-45).join("")}` : name;
      return `<line stroke="${colourOf(i, series.length)}" stroke-width="3" x1="${left}" x2="${left + 16}" y1="${y - 4}" y2="${y - 4}"/><text class="fl-tick" x="${left + 22}" y="${y}">${escaped(short)}</text>`;
    });
  const swatches = Array.from({ length: 24 }, (_, i) => {
    return `<rect x="${left + 34 + i * 4}" y="${from - 10}" width="4" height="8" fill="${ramp(i / 23)}"/>`;
  });
  return [
    `<text class="fl-tick" x="${left}" y="${from - 2}">first</text>`,
    ...swatches,
    `<text class="fl-tick" x="${left + 34 + 24 * 4 + 6}" y="${from - 2}">last of ${series.length} pairs</text>`,
  ];
}

/** All charts in one file, two in a row. */
export function svgOfCharts(heading: string, charts: readonly Chart[]): string {
  const across = Math.min(2, charts.length);
  const rows = Array.from({ length: Math.ceil(charts.length / across) }, (_, r) => charts.slice(r * across, (r + 1) * across));
  let top = 44;
  const body = rows.map((row) => {
    const parts = row.map((chart, i) => `<g transform="translate(${8 + i * (WIDTH + 16)},${top})">\n${chartBody(chart)}\n</g>`);
    top += Math.max(...row.map(heightOf)) + 12;
    return parts.join("\n");
  });
  const width = across * (WIDTH + 16);
  const title = escaped(heading);
  const style = `${chartStyle}svg { ${lightColours} }\n@media (prefers-color-scheme: dark) { svg { ${darkColours} } }`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="fl-chart" width="${width}" height="${top}" viewBox="0 0 ${width} ${top}" role="img">`,
    `<title>${title}</title>`,
    `<style>${style}</style>`,
    `<rect width="${width}" height="${top}" style="fill: var(--fl-back)"/>`,
    `<text x="16" y="26" style="font-size: 14px; font-weight: 600">${title}</text>`,
    ...body,
    "</svg>",
    "",
  ].join("\n");
}

function scale(values: readonly number[], from: number, to: number): (value: number) => number {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return (value) => (most === least ? (from + to) / 2 : from + ((value - least) / (most - least)) * (to - from));
}

function fixed(value: number): string {
  return Number(value.toFixed(2)).toString();
}

function linearTicks(from: number, to: number): number[] {
  const rough = (to - from) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough)!;
  const out: number[] = [];
  for (let n = Math.ceil(from / step - 1e-9); n * step <= to + 1e-9 * step; n++) out.push(n * step);
  return out;
}

function logTicks(from: number, to: number): number[] {
  const decades = Math.log10(to / from);
  const steps = decades > 2 ? [1] : decades > 1 ? [1, 3] : [1, 1.5, 2, 3, 5, 7];
  const every = Math.max(1, Math.ceil(decades / 6));
  const out: number[] = [];
  for (let e = Math.floor(Math.log10(from)); e <= Math.ceil(Math.log10(to)); e++)
    if (e % every === 0)
      for (const n of steps) if (n * 10 ** e >= from * 0.999 && n * 10 ** e <= to * 1.001) out.push(n * 10 ** e);
  return out;
}

/** The powers of ten between two numbers, from 1 on if the first is 0. */
function decadesBetween(least: number, most: number): number[] {
  const first = least > 0 ? Math.floor(Math.log10(least)) + 1 : 0;
  const count = Math.max(0, Math.ceil(Math.log10(most)) - first);
  return Array.from({ length: count }, (_, i) => 10 ** (first + i)).filter((n) => n > least && n < most);
}

/** Ticks must not be closer than their labels are wide. */
function xTicks(values: readonly number[], logarithmic: boolean, atX: (value: number) => number): number[] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const wished = logarithmic
    ? [least, ...decadesBetween(least, most), most]
    : linearTicks(least, most === least ? least + 1 : most).filter((n) => n >= least && n <= most);
  const out: number[] = [];
  for (const tick of wished) {
    const near = out.at(-1);
    if (near !== undefined && atX(tick) - atX(near) < 40) {
      if (tick === most && out.length > 1) out.pop();
      else continue;
    }
    out.push(tick);
  }
  return out;
}

function tickText(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return Number(value.toPrecision(2)).toExponential().replace("e+", "e");
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(4))}M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(4))}k`;
  if (size !== 0 && size < 1e-3) return value.toExponential(0);
  return Number(value.toPrecision(4)).toString();
}
