import { attempt, readChoice, readNumber, readRecord, refuse } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { AbcParameter, Axis, Parameter } from "../sweep/axis.ts";
import type { PhaseDiagram } from "../sweep/phaseDiagram.ts";
import { codeCells, codes, numberCells } from "./diagramCells.ts";
import type { ChannelDef, Datum, Layer, PlotSpec } from "./grammar.ts";
import { labelled } from "./labelled.ts";
import { legendOf } from "./legend.ts";
import { numberAxis, numberLabel } from "./numberAxis.ts";
import { decades } from "./shown.ts";
import { optionNames, type PlotOptions, readPlotOptions, type Surface, specOf, tint } from "./theme.ts";

/** The options of {@link plotPhaseDiagram}. */
export interface PhaseDiagramPlotOptions extends PlotOptions {
  /** The field that is drawn (default: the phase; for networks, the regime). */
  readonly field?: string | undefined;
  /** Points to mark, by name, in the units of the axes, such as the position of a network. */
  readonly here?: Readonly<Record<string, { readonly x: number; readonly y: number }>> | undefined;
}

const exponents: { readonly [Name in Parameter]: string } = {
  width: "exponent of the width, c_d",
  outputScale: "exponent of the output scale, c_γ",
  scale: "exponent of the initial scales, c_u = c_w",
  "scale.u": "exponent of the initial scale of u, c_u",
  "scale.w": "exponent of the initial scale of w, c_w",
  learningRates: "exponent of the learning rates, c_ηu = c_ηw",
  "learningRates.u": "exponent of the learning rate of u, c_ηu",
  "learningRates.w": "exponent of the learning rate of w, c_ηw",
  xx: "",
  xy: "",
};

const hyperparameters: { readonly [Name in Parameter]: string } = {
  width: "width d",
  outputScale: "output scale γ",
  scale: "initial standard deviation σ",
  "scale.u": "initial standard deviation σ_u",
  "scale.w": "initial standard deviation σ_w",
  learningRates: "learning rate η",
  "learningRates.u": "learning rate η_u",
  "learningRates.w": "learning rate η_w",
  xx: "input moment E[x²]",
  xy: "data strength E[xy]",
};

const abc: { readonly [Name in AbcParameter]: string } = {
  "a.output": "exponent a of the output layer's multiplier, n^−a",
  "b.output": "exponent b of the output layer's initial weights, n^−b",
  c: "exponent c of the learning rates, n^−c",
  "c.hidden": "exponent c of the hidden layers' learning rates, n^−c",
  "c.output": "exponent c of the output layer's learning rate, n^−c",
};

const titles: { readonly [Of in PhaseDiagram["grid"]["of"]]: Readonly<Record<string, string>> } = {
  exponents,
  networks: hyperparameters,
  relu: hyperparameters,
  abc,
};

/**
 * A phase diagram: the phases as areas, their exact boundaries as lines, and, for exponents, the named
 * parametrizations. Neighbouring cells of the same phase are merged. The lines are the boundaries of the
 * diagram, not of its cells. A field of numbers is drawn as a heat map, which is logarithmic if the numbers
 * are not negative and span more than 1½ decades; cells of 0 are then grey, and infinite cells are blank.
 *
 * @param diagram - The result of `phaseDiagram` or `assembleDiagram`.
 * @throws FeatureLearningError `"invalid-argument"`: not a diagram, a field that it does not have, more than
 * 90,000 cells of a field of numbers, a point outside of the diagram.
 *
 * @example
 * ```ts
 * import { plotPhaseDiagram } from "feature-learning/plot";
 * import { phaseDiagram } from "feature-learning/sweep";
 *
 * const diagram = phaseDiagram({
 *   of: "exponents",
 *   x: { parameter: "outputScale", from: -1.5, to: 0, count: 31 },
 *   y: { parameter: "learningRates", from: -1, to: 1.5, count: 26 },
 * });
 * console.log(plotPhaseDiagram(diagram).datasets["named"]!.map(({ name }) => String(name).split("\n")[0])); // [ 'neural tangent kernel', 'mean field' ]
 * ```
 */
export function plotPhaseDiagram(diagram: PhaseDiagram, options: PhaseDiagramPlotOptions = {}): PlotSpec {
  return named("plotPhaseDiagram", () => {
    const fields = readRecord("options", options, [...optionNames, "field", "here"]);
    const look = readPlotOptions(fields, { width: 460, height: 380 });
    const isDiagram = attempt(
      () => diagram.x.length > 1 && diagram.y.length > 0 && diagram.boundaries.length >= 0 && diagram.named.length >= 0,
      false,
    );
    if (!isDiagram) refuse("diagram", diagram, "pass the result of phaseDiagram");
    const { grid } = diagram;
    const field = readChoice(
      "field",
      fields.field ?? (grid.of === "networks" || grid.of === "relu" ? "regime" : "phase"),
      Object.keys(diagram.fields),
    );
    const isCode = field in codes;
    const cells = isCode ? codeCells(diagram, field) : numberCells(diagram, field);
    const heat = isCode ? undefined : heatOf(cells);
    const zeros = heat === "log" ? numberCells(diagram, field, true).filter(({ value }) => value === 0) : [];
    const { boundaries } = diagram;
    const lines = boundaries.flatMap(({ condition, points }, line) =>
      points.map(([x, y], order): Datum => ({ condition, line: String(line), order, x, y })),
    );
    const alone = [...new Set(boundaries.flatMap(({ on }) => (on !== undefined && isLineOf(field, on) ? on : [])))];
    const on = Object.fromEntries(
      alone.map((phase) => [`on ${phase}`, lines.filter(({ line }) => boundaries[Number(line)]!.on === phase)]),
    );
    const marks = readPlaces(fields.here, grid);
    const points = [...diagram.named.map(({ names, x, y }): Datum => ({ name: names.join("\n"), x, y })), ...marks];
    const [x, y] = [axisChannel("x", grid.x, titles[grid.of]), axisChannel("y", grid.y, titles[grid.of])];
    const labels = labelled(look.surface, { x, y }, "named", points, look);
    const area = { x: { ...x, field: "x0" }, x2: { field: "x1" }, y: { ...y, field: "y0" }, y2: { field: "y1" } };
    const color = isCode
      ? codeColour(field, cells, alone, look.surface)
      : heatColour(diagram.titles[field] ?? field, heat!, zeros.length > 0, look.width);
    const value = { field: "value", title: diagram.titles[field] ?? field };
    const tooltip = [
      isCode ? { ...value, type: "nominal" as const } : { ...value, type: "quantitative" as const, format: ".6~g" },
    ];
    const filled = heat === "log" ? cells.filter((cell) => cell["value"] !== 0) : cells;
    const layer: Layer[] = [
      { data: { name: "cells" }, mark: { type: "rect" }, encoding: { ...area, color, tooltip } },
      ...(zeros.length > 0
        ? [{ data: { name: "zeros" }, mark: { type: "rect" as const, color: ZERO }, encoding: { ...area, tooltip } }]
        : []),
      ...(lines.length > 0 ? [haloLayer(x, y, look.surface)] : []),
      ...alone.map((phase) => aloneLayer(x, y, field, phase)),
      ...(lines.length > 0 ? [lineLayer(x, y, look.surface, lines, look.width)] : []),
      ...(points.length > 0 ? labels.layers : []),
      ...(marks.length > 0 ? [hereLayer(x, y, look.surface)] : []),
    ];
    const described = `${field} over ${x.title} and ${y.title}${lines.length > 0 ? ", with its exact boundaries" : ""}`;
    const marked = marks.length > 0 ? `, and the places of ${marks.map(({ name }) => name).join(", ")}` : "";
    const panel = { width: look.width, height: look.height, layer };
    const extra = { ...(zeros.length > 0 ? { zeros } : {}), ...(marks.length > 0 ? { here: marks } : {}) };
    const datasets = { cells: filled, boundaries: lines, ...on, ...extra, ...labels.datasets };
    return specOf(look, `${described}${marked}`, datasets, [panel]);
  });
}

/** Reads points to mark, which must be in the diagram. */
function readPlaces(value: unknown, { x, y }: PhaseDiagram["grid"]): Datum[] {
  return Object.entries(readRecord("here", value ?? {})).map(([name, point]): Datum => {
    const place = readRecord(`here.${name}`, point, ["x", "y"]);
    return {
      name,
      x: readNumber(`here.${name}.x`, place.x, { min: x.from, max: x.to }),
      y: readNumber(`here.${name}.y`, place.y, { min: y.from, max: y.to }),
    };
  });
}

/** Whether the verdict of a line belongs to this field. */
const isLineOf = (field: string, on: string): boolean => codes[field]?.names.includes(on) ?? false;

function axisChannel(
  field: string,
  { parameter, from, to, spacing }: Axis<string>,
  titles: Readonly<Record<string, string>>,
): ChannelDef {
  const logarithmic = spacing === "logarithmic";
  return {
    field,
    type: "quantitative",
    title: titles[parameter]!,
    scale: { ...(logarithmic ? { type: "log" as const } : { zero: false }), domain: [from, to], nice: false },
    axis: numberAxis({ logarithmic }),
  };
}

const DASHES = [
  [1, 0],
  [7, 4],
  [2, 3],
  [10, 3, 2, 3],
];

const alongLines = {
  order: { field: "order", type: "quantitative" },
  detail: { field: "line", type: "nominal" },
} as const;

/** A light border under the boundaries, so that they are visible on cells of any colour. */
function haloLayer(x: ChannelDef, y: ChannelDef, { background }: Surface): Layer {
  const mark = { type: "line", color: background, strokeWidth: 5, opacity: 0.7 } as const;
  return { data: { name: "boundaries" }, mark, encoding: { x, y, ...alongLines } };
}

function lineLayer(x: ChannelDef, y: ChannelDef, { text }: Surface, lines: readonly Datum[], width: number): Layer {
  const conditions = [...new Set(lines.map(({ condition }) => String(condition)))];
  const strokeDash: ChannelDef = {
    field: "condition",
    type: "nominal",
    title: null,
    sort: null,
    scale: { domain: conditions, range: conditions.map((_, i) => DASHES[i % DASHES.length]!) },
    legend: { orient: "bottom", title: null, ...legendOf(conditions, width) },
  };
  const mark = { type: "line", color: text, strokeWidth: 2 } as const;
  return { data: { name: "boundaries" }, mark, encoding: { x, y, ...alongLines, strokeDash } };
}

/** A phase that exists only on a line, as a coloured band along the line. */
function aloneLayer(x: ChannelDef, y: ChannelDef, field: string, name: string): Layer {
  const { names, colours } = codes[field]!;
  return {
    data: { name: `on ${name}` },
    mark: { type: "line", clip: true, color: colours[names.indexOf(name)]!, strokeWidth: 9, opacity: 0.8 },
    encoding: { x, y, ...alongLines },
  };
}

/** The mark of a point, over its ring. */
function hereLayer(x: ChannelDef, y: ChannelDef, { text, background }: Surface): Layer {
  const mark = {
    type: "point",
    shape: "diamond",
    fill: text,
    stroke: background,
    strokeWidth: 1.5,
    size: 190,
    opacity: 1,
  } as const;
  return { data: { name: "here" }, mark, encoding: { x, y } };
}

function codeColour(field: string, cells: readonly Datum[], alone: readonly string[], surface: Surface): ChannelDef {
  const { names, colours } = codes[field]!;
  const present = names.filter((name) => alone.includes(name) || cells.some(({ value }) => value === name));
  return {
    field: "value",
    type: "nominal",
    title: null,
    sort: null,
    scale: { domain: present, range: present.map((name) => tint(colours[names.indexOf(name)]!, surface)) },
    legend: { orient: "top", title: null, symbolType: "square" },
  };
}

/** Cells of 0 among logarithmic colours. */
const ZERO = "#8f949c";

/** Logarithmic if no value is negative and the positive values span more than 1½ decades. */
function heatOf(cells: readonly Datum[]): "linear" | "log" {
  const isNegative = cells.some(({ value }) => typeof value === "number" && value < 0);
  const above = cells.filter(({ value }) => typeof value === "number" && value > 0);
  return !isNegative && decades(above, "value") > 1.5 ? "log" : "linear";
}

function heatColour(title: string, type: "linear" | "log", hasZeros: boolean, width: number): ChannelDef {
  const named = hasZeros ? `${title} (grey: 0)` : title;
  return {
    field: "value",
    type: "quantitative",
    title: named,
    scale: { type, scheme: "viridis" },
    legend: { orient: "top", title: named, gradientLength: Math.min(300, width), labelExpr: numberLabel },
  };
}
