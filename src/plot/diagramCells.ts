/** The cells of a phase diagram: codes with their names and colours, or numbers. */
import { reject } from "../door/arguments.ts";
import type { Axis } from "../sweep/axis.ts";
import type { Point } from "../sweep/boundaries.ts";
import { phaseNames, presenceNames, regimeNames, stabilityNames } from "../sweep/codes.ts";
import type { PhaseDiagram } from "../sweep/phaseDiagram.ts";
import { entryAt } from "./entryAt.ts";
import type { Datum } from "./grammar.ts";
import { finite } from "./quantities.ts";
import { mechanismColours, phaseColours } from "./theme.ts";

/** The colours of phases in which networks learn nothing, or diverge. */
const otherPhases = { trivial: phaseColours.static, unstable: "#c4506f" };

/** The fields of codes, with the names and colours of the codes. */
export const codes: { readonly [field: string]: { readonly names: readonly string[]; readonly colours: readonly string[] } } = {
  phase: { names: phaseNames, colours: phaseNames.map((name) => ({ ...phaseColours, ...otherPhases })[name]) },
  regime: { names: regimeNames, colours: regimeNames.map((name) => phaseColours[name]) },
  stability: { names: stabilityNames, colours: ["#4258cc", "#8a8f98", "#c4506f"] },
  mechanisms: { names: presenceNames, colours: ["#8a8f98", mechanismColours.alignment] },
};

/** The largest number of cells with a continuous colour. */
const MOST_CELLS = 90_000;

/**
 * The borders of cells: halfway between their values (the geometric mean on a logarithmic axis), and at the
 * ends of the axis. Each cell is extended to the value of the next one, which is drawn over it, so that there
 * are no gaps.
 */
function borders(
  values: Float64Array,
  { spacing }: Axis<string>,
): { readonly start: readonly number[]; readonly end: (i: number) => number } {
  const between = (a: number, b: number): number => (spacing === "logarithmic" ? Math.sqrt(a) * Math.sqrt(b) : (a + b) / 2);
  const start = Array.from(values, (value, i) => (i === 0 ? value : between(values[i - 1]!, value)));
  return { start, end: (i) => values[Math.min(i + 1, values.length - 1)]! };
}

/**
 * The cells row by row; neighbours with equal codes are merged. A cell on a line whose phase exists only on
 * the line is drawn like its neighbour, because the line shows that phase.
 */
export function codeCells(diagram: PhaseDiagram, field: string): Datum[] {
  const { grid, x, y, fields } = diagram;
  const { start: bx, end: x1 } = borders(x, grid.x);
  const { start: by, end: y1 } = borders(y, grid.y);
  const { names } = codes[field]!;
  const cells: Datum[] = [];
  const isOnLine = onLine(diagram, names);
  for (const row of y.keys()) {
    const shown = Array.from(x.keys(), (column) => {
      const code = entryAt(fields[field]!, row, column);
      if (!isOnLine(code, x[column]!, y[row]!)) return code;
      const around = [
        [row, column - 1],
        [row, column + 1],
        [row - 1, column],
        [row + 1, column],
      ] as const;
      const inside = around.filter(([r, c]) => r >= 0 && c >= 0 && r < y.length && c < x.length);
      return inside.map(([r, c]) => entryAt(fields[field]!, r, c)).find((other) => other !== code) ?? code;
    });
    let first = 0;
    for (let column = 1; column <= x.length; column++) {
      const code = shown[first]!;
      if (column < x.length && shown[column] === code) continue;
      cells.push({ x0: bx[first]!, x1: x1(column - 1), y0: by[row]!, y1: y1(row), value: names[code]! });
      first = column;
    }
  }
  return cells;
}

/** Whether a cell of this code lies on a line that is the only place of its phase. */
function onLine({ grid, boundaries }: PhaseDiagram, names: readonly string[]): (code: number, x: number, y: number) => boolean {
  const [wide, high] = [grid.x.to - grid.x.from, grid.y.to - grid.y.from];
  return (code, x, y) =>
    boundaries.some(
      ({ on, points }) =>
        on !== undefined &&
        on === names[code] &&
        points.some((end, i) => i > 0 && distance(points[i - 1]!, end, [x, y], [wide, high]) < 1e-9),
    );
}

/** The distance from a point to a segment, in units of the diagram's sides. */
function distance(from: Point, to: Point, point: Point, sides: Point): number {
  const [a, b, c] = [from, to, point].map(([x, y]) => [x / sides[0], y / sides[1]] as const) as [Point, Point, Point];
  const [along, across] = [[b[0] - a[0], b[1] - a[1]] as const, [c[0] - a[0], c[1] - a[1]] as const];
  const square = along[0] ** 2 + along[1] ** 2;
  const share = Math.min(1, Math.max(0, (along[0] * across[0] + along[1] * across[1]) / square));
  return Math.hypot(across[0] - share * along[0], across[1] - share * along[1]);
}

/** One datum per cell. With `exact`, cells do not overlap. */
export function numberCells({ grid, x, y, fields }: PhaseDiagram, field: string, exact = false): Datum[] {
  if (x.length * y.length > MOST_CELLS)
    reject(`field "${field}" has ${x.length} × ${y.length} cells; draw a diagram of at most ${MOST_CELLS}`);
  const { start: bx, end: reachX } = borders(x, grid.x);
  const { start: by, end: reachY } = borders(y, grid.y);
  const x1 = (column: number): number => (exact ? bx[column + 1] : undefined) ?? reachX(column);
  const y1 = (row: number): number => (exact ? by[row + 1] : undefined) ?? reachY(row);
  return Array.from(y.keys()).flatMap((row) =>
    Array.from(x.keys(), (column): Datum => {
      const value = finite(entryAt(fields[field]!, row, column));
      return { x0: bx[column]!, x1: x1(column), y0: by[row]!, y1: y1(row), value };
    }),
  );
}
