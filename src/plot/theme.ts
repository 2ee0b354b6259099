/**
 * The common style of all plots. Each phase and mechanism has the same colour everywhere. The colours can be
 * distinguished with any colour vision, and have a contrast of at least 3 to 1 against both backgrounds; text
 * has 4.5 to 1.
 */

import { readChoice, readNumber, readRecord, refuse } from "../door/arguments.ts";
import type { Mechanism } from "../mechanisms/report.ts";
import type { ConfigDef, Datum, Panel, ParameterDef, PlotSpec } from "./grammar.ts";

/** The colours of the mechanisms. */
export const mechanismColours: { readonly [Name in Mechanism]: string } = {
  alignment: "#0068ab",
  disalignment: "#d55e00",
  rescaling: "#009e73",
};

/** The colours of the phases and regimes. */
export const phaseColours: { readonly [Name in "kernel" | "feature-learning" | "static"]: string } = {
  kernel: "#8f949c",
  "feature-learning": "#a43d95",
  static: "#a08a2c",
};

/** The colours of other lines: several trajectories, pairs of layers. */
export const seriesColours: readonly string[] = ["#4258cc", "#b07d1f", "#2a9aa6", "#c4506f", "#7a8b3a", "#8f63c9"];

/** A phase's colour for an area, mixed with the background, so that lines and text are visible on it. */
export function tint(colour: string, { background }: Surface): string {
  const part = (hex: string, i: number): number => Number.parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16);
  const mixed = [0, 1, 2].map((i) => Math.round(0.45 * part(colour, i) + 0.55 * part(background, i)));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** The options of every plot. */
export interface PlotOptions {
  /** The theme of the surrounding page, light (default) or dark. The plot has its own background. */
  readonly theme?: "light" | "dark" | undefined;
  /** The title of the plot. */
  readonly title?: string | undefined;
  /** The width of a panel in pixels (default 320). */
  readonly width?: number | undefined;
  /** The height of a panel in pixels (default 220). */
  readonly height?: number | undefined;
}

/** The options of plots against time. */
export interface PointerOptions {
  /**
   * Whether a line follows the pointer and shows the values there (default true). It is not part of exported
   * pictures.
   */
  readonly tooltips?: boolean | undefined;
}

/** The colours around the data. */
export interface Surface {
  readonly background: string;
  readonly text: string;
  readonly quiet: string;
  readonly grid: string;
}

export const surfaces: { readonly [Theme in "light" | "dark"]: Surface } = {
  light: { background: "#ffffff", text: "#1b1f24", quiet: "#57606a", grid: "#d8dee4" },
  dark: { background: "#0d1117", text: "#e6edf3", quiet: "#9198a1", grid: "#2d333b" },
};

/** Checked options. */
export interface ReadOptions {
  readonly surface: Surface;
  readonly title: string | undefined;
  readonly width: number;
  readonly height: number;
}

export const optionNames = ["theme", "title", "width", "height"] as const;

export function readPlotOptions(
  { theme, title, width, height }: { readonly [Name in (typeof optionNames)[number]]?: unknown },
  size: { readonly width: number; readonly height: number } = { width: 320, height: 220 },
): ReadOptions {
  if (title !== undefined && typeof title !== "string") refuse("title", title, "pass text");
  return {
    surface: surfaces[readChoice("theme", theme ?? "light", ["light", "dark"])],
    title: title as string | undefined,
    width: readNumber("width", width ?? size.width, { min: 40, max: 10_000 }),
    height: readNumber("height", height ?? size.height, { min: 40, max: 10_000 }),
  };
}

/** Reads the options of a plot that has no others. */
export function readPlain(options: unknown, size?: { readonly width: number; readonly height: number }): ReadOptions {
  return readPlotOptions(readRecord("options", options, optionNames), size);
}

export function specOf(
  { surface, title }: ReadOptions,
  description: string,
  datasets: { [name: string]: Datum[] },
  concat: Panel[],
  columns: number = columnsOf(concat.length),
): PlotSpec {
  const views = concat.flatMap(({ layer }) => layer.flatMap(({ name }) => name ?? []));
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    ...(title === undefined ? {} : { title }),
    description,
    ...(views.length === 0 ? {} : { params: [pointer(views)] }),
    background: surface.background,
    padding: 12,
    config: configOf(surface),
    datasets,
    columns,
    concat,
  };
}

/** The panels in a row. */
export const columnsOf = (panels: number): number => (panels === 4 ? 2 : Math.min(3, panels));

/** The width in pixels of a picture with this number of panels, including their axes. */
export function pictureWidth({ width }: { readonly width: number }, panels: number): number {
  return columnsOf(panels) * (width + 70);
}

/** Selects the row nearest to the pointer in any panel. */
function pointer(views: string[]): ParameterDef {
  const select = { type: "point", fields: ["t"], on: "pointerover", clear: "pointerout", nearest: true } as const;
  return { name: "pointer", select: { ...select, fields: [...select.fields] }, views };
}

function configOf({ text, quiet, grid }: Surface): ConfigDef {
  const sizes = { labelFontSize: 12, titleFontSize: 13, titleFontWeight: "normal" as const };
  return {
    font: "system-ui, DejaVu Sans, sans-serif",
    view: { stroke: null },
    title: { color: text, subtitleColor: quiet, fontSize: 15, anchor: "start", offset: 12 },
    // Without a canvas, Vega overestimates the length of a vertical title, and adds space above and below.
    axisY: { titleAngle: 0, titleAlign: "left", titleBaseline: "bottom", titleX: -28, titleY: -8 },
    axis: { labelColor: quiet, titleColor: text, domainColor: quiet, tickColor: quiet, gridColor: grid, ...sizes },
    legend: { labelColor: text, titleColor: quiet, labelLimit: 400, titleLimit: 600, symbolSize: 180, ...sizes },
    // The picture has one description, and its points have none.
    mark: { aria: false },
    line: { strokeWidth: 2.5, strokeJoin: "round" },
    text: { color: text, fontSize: 12 },
  };
}
