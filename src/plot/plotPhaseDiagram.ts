import { attempt, readChoice, readRecord, refuse, reject } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { AbcParameter, Axis, Parameter } from "../sweep/axis.ts";
import { phaseNames, presenceNames, regimeNames, stabilityNames } from "../sweep/codes.ts";
import type { PhaseDiagram } from "../sweep/phaseDiagram.ts";
import { entryAt } from "./entryAt.ts";
import type { ChannelDef, Datum, Layer, PlotSpec } from "./grammar.ts";
import { labelled } from "./labelled.ts";
import { numberAxis } from "./numberAxis.ts";
import { finite } from "./quantities.ts";
import {
  mechanismColours,
  optionNames,
  type PlotOptions,
  phaseColours,
  readPlotOptions,
  type Surface,
  specOf,
  tint,
} from "./theme.ts";

/** What {@link plotPhaseDiagram} takes. */
export interface PhaseDiagramPlotOptions extends PlotOptions {
  /** Which field fills the plane (default the phase, of networks the regime). */
  readonly field?: string | undefined;
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
  abc,
};

/** Phases of scalings that learn nothing, or diverge. */
const otherPhases = { trivial: phaseColours.static, unstable: "#c4506f" };

/** The fields that are codes of names, with the names' colours. */
const codes: { readonly [field: string]: { readonly names: readonly string[]; readonly colours: readonly string[] } } = {
  phase: { names: phaseNames, colours: phaseNames.map((name) => ({ ...phaseColours, ...otherPhases })[name]) },
  regime: { names: regimeNames, colours: regimeNames.map((name) => phaseColours[name]) },
  stability: { names: stabilityNames, colours: ["#4258cc", "#8a8f98", "#c4506f"] },
  mechanisms: { names: presenceNames, colours: ["#8a8f98", mechanismColours.alignment] },
};

/** The largest number of cells with a continuous colour. */
const MOST_CELLS = 90_000;

/**
 * A phase diagram: the phases as areas, their exact boundaries as lines, and, over exponents, the
 * parametrizations that the literature names. Neighbouring cells of one phase are drawn as one; the lines are
 * those of the diagram, not of its cells.
 *
 * @param diagram - What `phaseDiagram` or `assembleDiagram` returns.
 * @throws FeatureLearningError `"invalid-argument"`: no diagram, a field that it does not have, more than
 * 90,000 cells of a field of numbers.
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
    const given = readRecord("options", options, [...optionNames, "field"]);
    const look = readPlotOptions(given, { width: 460, height: 380 });
    const isDiagram = attempt(
      () => diagram.x.length > 1 && diagram.y.length > 0 && diagram.boundaries.length >= 0 && diagram.named.length >= 0,
      false,
    );
    if (!isDiagram) refuse("diagram", diagram, "pass what phaseDiagram returns");
    const { grid } = diagram;
    const field = readChoice("field", given.field ?? (grid.of === "networks" ? "regime" : "phase"), Object.keys(diagram.fields));
    const cells = field in codes ? codeCells(diagram, field) : numberCells(diagram, field);
    const lines = diagram.boundaries.flatMap(({ condition, points }, line) =>
      points.map(([x, y], order): Datum => ({ condition, line: String(line), order, x, y })),
    );
    const on = Object.fromEntries(
      diagram.boundaries.flatMap(({ on: phase }) =>
        phase === undefined ? [] : [[`on ${phase}`, lines.filter(({ line }) => diagram.boundaries[Number(line)]!.on === phase)]],
      ),
    );
    const middle = (diagram.x[0]! + diagram.x.at(-1)!) / 2;
    const named = diagram.named.map(({ names, x, y }): Datum => ({ name: names.join("\n"), x, y }));
    const [x, y] = [axisChannel("x", grid.x, titles[grid.of]), axisChannel("y", grid.y, titles[grid.of])];
    const labels = labelled(look.surface, { x, y }, "named", named, middle);
    const layer: Layer[] = [
      {
        data: { name: "cells" },
        mark: { type: "rect" },
        encoding: {
          x: { ...x, field: "x0" },
          x2: { field: "x1" },
          y: { ...y, field: "y0" },
          y2: { field: "y1" },
          color: fillOf(field, diagram, cells, look.surface),
        },
      },
      ...onLines(x, y, diagram),
      ...(lines.length > 0 ? [lineLayer(x, y, look.surface, diagram)] : []),
      ...(named.length > 0 ? labels.layers : []),
    ];
    const described = `${field} over ${x.title} and ${y.title}${lines.length > 0 ? ", with its exact boundaries" : ""}`;
    const panel = { width: look.width, height: look.height, layer };
    return specOf(look, described, { cells, boundaries: lines, ...on, ...labels.datasets }, [panel]);
  });
}

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

function lineLayer(x: ChannelDef, y: ChannelDef, { text }: Surface, { boundaries }: PhaseDiagram): Layer {
  const conditions = [...new Set(boundaries.map(({ condition }) => condition))];
  const dashes = [
    [1, 0],
    [7, 4],
    [2, 3],
    [10, 3, 2, 3],
  ];
  return {
    data: { name: "boundaries" },
    mark: { type: "line", color: text, strokeWidth: 2 },
    encoding: {
      x,
      y,
      order: { field: "order", type: "quantitative" },
      detail: { field: "line", type: "nominal" },
      strokeDash: {
        field: "condition",
        type: "nominal",
        title: null,
        sort: null,
        scale: { domain: conditions, range: conditions.map((_, i) => dashes[i % dashes.length]!) },
        legend: { orient: "bottom", title: null, columns: 4 },
      },
    },
  };
}

/** Phases that hold on a line alone, as bands of their colour along it. */
function onLines(x: ChannelDef, y: ChannelDef, { boundaries }: PhaseDiagram): Layer[] {
  const phases = [...new Set(boundaries.flatMap(({ on }) => on ?? []))];
  return phases.map((phase): Layer => {
    const color = codes["phase"]!.colours[codes["phase"]!.names.indexOf(phase)]!;
    return {
      data: { name: `on ${phase}` },
      mark: { type: "line", clip: true, color, strokeWidth: 9, opacity: 0.8 },
      encoding: { x, y, detail: { field: "line", type: "nominal" }, order: { field: "order", type: "quantitative" } },
    };
  });
}

function fillOf(field: string, diagram: PhaseDiagram, cells: readonly Datum[], surface: Surface): ChannelDef {
  const code = codes[field];
  const title = diagram.titles[field] ?? field;
  if (code === undefined) {
    const above = cells.every(({ value }) => typeof value === "number" && value > 0);
    return {
      field: "value",
      type: "quantitative",
      title,
      scale: { ...(above ? { type: "log" as const } : {}), scheme: "viridis" },
      legend: { orient: "right", title, labelExpr: "format(datum.value, '~g')" },
    };
  }
  const isThere = (name: string): boolean =>
    cells.some(({ value }) => value === name) || (field === "phase" && diagram.boundaries.some(({ on }) => on === name));
  const present = code.names.filter(isThere);
  return {
    field: "value",
    type: "nominal",
    title: null,
    sort: null,
    scale: { domain: present, range: present.map((name) => tint(code.colours[code.names.indexOf(name)]!, surface)) },
    legend: { orient: "top", title: null, symbolType: "square" },
  };
}

/**
 * Where cells begin and end: halfway between their values, geometrically on a logarithmic axis; the first and
 * the last with the axis. Each reaches to the next one's value, which is drawn over it, so that there are no
 * seams.
 */
function borders(
  values: Float64Array,
  { spacing }: Axis<string>,
): { readonly start: readonly number[]; readonly end: (i: number) => number } {
  const between = (a: number, b: number): number => (spacing === "logarithmic" ? Math.sqrt(a) * Math.sqrt(b) : (a + b) / 2);
  const start = Array.from(values, (value, i) => (i === 0 ? value : between(values[i - 1]!, value)));
  return { start, end: (i) => values[Math.min(i + 1, values.length - 1)]! };
}

/** Row by row, neighbours of one code as one. */
function codeCells({ grid, x, y, fields }: PhaseDiagram, field: string): Datum[] {
  const { start: bx, end: x1 } = borders(x, grid.x);
  const { start: by, end: y1 } = borders(y, grid.y);
  const { names } = codes[field]!;
  const cells: Datum[] = [];
  for (const row of y.keys()) {
    let first = 0;
    for (let column = 1; column <= x.length; column++) {
      const code = entryAt(fields[field]!, row, first);
      if (column < x.length && entryAt(fields[field]!, row, column) === code) continue;
      cells.push({ x0: bx[first]!, x1: x1(column - 1), y0: by[row]!, y1: y1(row), value: names[code]! });
      first = column;
    }
  }
  return cells;
}

function numberCells({ grid, x, y, fields }: PhaseDiagram, field: string): Datum[] {
  if (x.length * y.length > MOST_CELLS)
    reject(`field "${field}" has ${x.length} × ${y.length} cells; draw a diagram of at most ${MOST_CELLS}`);
  const { start: bx, end: x1 } = borders(x, grid.x);
  const { start: by, end: y1 } = borders(y, grid.y);
  return Array.from(y.keys()).flatMap((row) =>
    Array.from(x.keys(), (column): Datum => {
      const value = finite(entryAt(fields[field]!, row, column));
      return { x0: bx[column]!, x1: x1(column), y0: by[row]!, y1: y1(row), value };
    }),
  );
}
