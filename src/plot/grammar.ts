/**
 * Types for the part of Vega-Lite that the plots use: plain JSON, assignable to Vega-Lite's types without
 * importing them.
 */

/** One row of data. */
export interface Datum {
  [field: string]: number | string | null;
}

/** A scale: how values of the data become positions or colours. */
export interface ScaleDef {
  type?: "linear" | "log";
  domain?: number[] | string[];
  range?: string[] | number[][];
  scheme?: "viridis";
  zero?: boolean;
  nice?: boolean;
}

/** An axis, or the legend of a colour or dash. */
export interface GuideDef {
  title?: string | null;
  orient?: "top" | "bottom" | "left" | "right";
  grid?: boolean;
  tickCount?: number;
  values?: number[];
  labelOverlap?: "greedy";
  labelExpr?: string;
  format?: string;
  gradientLength?: number;
  columns?: number;
  labelLimit?: number;
  symbolOpacity?: number;
  symbolType?: string;
}

/** A channel that shows a field. */
export interface ChannelDef {
  field: string;
  type: "quantitative" | "nominal" | "ordinal";
  title?: string | null;
  scale?: ScaleDef;
  axis?: GuideDef;
  legend?: GuideDef | null;
  stack?: "zero" | null;
  sort?: string[] | null;
  format?: string;
}

/** A second position. */
export interface SecondaryDef {
  field: string;
}

/** The channels and their fields. */
export interface Encoding {
  x?: ChannelDef;
  x2?: SecondaryDef;
  y?: ChannelDef;
  y2?: SecondaryDef;
  color?: ChannelDef;
  stroke?: ChannelDef;
  strokeDash?: ChannelDef;
  order?: { field: string; type: "quantitative" };
  opacity?: { condition: { param: string; empty: boolean; value: number }; value: number };
  angle?: { field: string; type: "quantitative"; scale: null };
  detail?: { field: string; type: "nominal" };
  text?: { field: string; type: "nominal" };
  tooltip?: { field: string; type: "quantitative" | "nominal"; title?: string; format?: string }[];
}

/** A mark and its style. */
export interface MarkDef {
  type: "line" | "area" | "point" | "rect" | "rule" | "text";
  clip?: boolean;
  opacity?: number;
  color?: string;
  fill?: string;
  stroke?: string;
  filled?: boolean;
  size?: number;
  strokeWidth?: number;
  strokeDash?: number[];
  strokeJoin?: "round";
  shape?: string;
  /** In pixels. */
  x?: number;
  orient?: "horizontal";
  align?: "left" | "right" | "center";
  baseline?: "top" | "middle" | "bottom";
  dx?: number;
  dy?: number;
  fontSize?: number;
  lineBreak?: string;
}

/** One layer of a panel. */
export interface Layer {
  /** The name of a layer to which a parameter refers. */
  name?: string;
  data?: { name: string };
  mark: MarkDef;
  encoding: Encoding;
}

/** One panel: a quantity against another. */
export interface Panel {
  title?: string;
  width: number;
  height: number;
  layer: Layer[];
  resolve?: { scale?: { color?: "independent" }; legend?: { color?: "independent" } };
}

/** The common style of all plots; see `theme.ts`. */
export interface ConfigDef {
  font: string;
  view: { stroke: null };
  title: { color: string; subtitleColor: string; fontSize: number; anchor: "start"; offset: number };
  axisY: { titleAngle: 0; titleAlign: "left"; titleBaseline: "bottom"; titleX: number; titleY: number };
  axis: {
    labelColor: string;
    titleColor: string;
    domainColor: string;
    tickColor: string;
    gridColor: string;
    labelFontSize: number;
    titleFontSize: number;
    titleFontWeight: "normal";
  };
  legend: {
    labelColor: string;
    titleColor: string;
    labelFontSize: number;
    titleFontSize: number;
    titleFontWeight: "normal";
    labelLimit: number;
    titleLimit: number;
    symbolSize: number;
  };
  mark: { aria: false };
  line: { strokeWidth: number; strokeJoin: "round" };
  text: { color: string; fontSize: number };
}

/**
 * A parameter that follows the pointer: all named layers show the row with the nearest value of the field.
 */
export interface ParameterDef {
  name: string;
  select: { type: "point"; fields: string[]; on: "pointerover"; clear: "pointerout"; nearest: boolean };
  views: string[];
}

/**
 * A plot as a Vega-Lite 6 specification: plain JSON, for `vega-embed`, `vega-lite`, notebooks, or
 * `renderSvg`. All data are in `datasets`, by name. To update a plot on screen, pass the datasets of a later
 * plot to its view.
 */
export interface PlotSpec {
  $schema: "https://vega.github.io/schema/vega-lite/v6.json";
  title?: string;
  /** A description of the picture, for screen readers. */
  description: string;
  params?: ParameterDef[];
  background: string;
  padding: number;
  config: ConfigDef;
  datasets: { [name: string]: Datum[] };
  columns: number;
  concat: Panel[];
}
