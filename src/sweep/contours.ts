/**
 * The lines on which a condition changes in a rectangle, by marching squares. Every crossing of an edge is
 * found by bisection instead of interpolation. Lines end at the frame or are closed.
 */
import type { Point } from "./boundaries.ts";

/** The condition whose boundary is traced. */
export interface Traced {
  /** The x coordinates of the corners of the squares, increasing. */
  readonly xs: ArrayLike<number>;
  readonly ys: ArrayLike<number>;
  /** The condition at a corner, by column and row. */
  holdsAt(column: number, row: number): boolean;
  /**
   * The position at which the condition changes along the x axis at a given y, or along the y axis at a given
   * x. It differs at the two ends.
   */
  crossing(along: "x" | "y", across: number, from: number, to: number, holdsAtFrom: boolean): number;
  /** The condition at any point. At the middle of a square it decides how two lines pass each other. */
  holds(x: number, y: number): boolean;
}

/** The lines, each in order. */
export function contours({ xs, ys, holdsAt, crossing, holds }: Traced): Point[][] {
  const [columns, rows] = [xs.length, ys.length];
  const inside = Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_, column) => holdsAt(column, row)));
  const points = new Map<number, Point>();
  const links = new Map<number, number[]>();
  // Edges are numbered: each corner has the edge to its right and the edge above it.
  const right = (column: number, row: number): number => 2 * (row * columns + column);
  const above = (column: number, row: number): number => 2 * (row * columns + column) + 1;

  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const corner = inside[row]![column]!;
      if (column + 1 < columns && inside[row]![column + 1] !== corner)
        points.set(right(column, row), [crossing("x", ys[row]!, xs[column]!, xs[column + 1]!, corner), ys[row]!]);
      if (row + 1 < rows && inside[row + 1]![column] !== corner)
        points.set(above(column, row), [xs[column]!, crossing("y", xs[column]!, ys[row]!, ys[row + 1]!, corner)]);
    }
  const join = (a: number, b: number): void => {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const)
      links.set(from, [...(links.get(from) ?? []), to]);
  };
  for (let row = 0; row + 1 < rows; row++)
    for (let column = 0; column + 1 < columns; column++) {
      const [bottom, top] = [right(column, row), right(column, row + 1)];
      const [west, east] = [above(column, row), above(column + 1, row)];
      const crossed = [bottom, east, top, west].filter((edge) => points.has(edge));
      if (crossed.length === 2) join(crossed[0]!, crossed[1]!);
      if (crossed.length < 4) continue;
      // Two opposite corners differ from the other two. The middle decides which corners are connected.
      const middle = holds((xs[column]! + xs[column + 1]!) / 2, (ys[row]! + ys[row + 1]!) / 2);
      const isJoined = middle === inside[row]![column];
      join(bottom, isJoined ? east : west);
      join(top, isJoined ? west : east);
    }
  return linesOf(points, links);
}

/** Follows the links, first from ends at the frame, then along closed lines. */
function linesOf(points: ReadonlyMap<number, Point>, links: ReadonlyMap<number, readonly number[]>): Point[][] {
  const unvisited = new Set(points.keys());
  const follow = (start: number): Point[] => {
    const line: Point[] = [];
    for (let edge: number | undefined = start; edge !== undefined; ) {
      line.push(points.get(edge)!);
      unvisited.delete(edge);
      edge = links.get(edge)?.find((next) => unvisited.has(next));
    }
    return line;
  };
  const ends = Array.from(points.keys()).filter((edge) => (links.get(edge)?.length ?? 0) < 2);
  const open = ends.flatMap((end) => (unvisited.has(end) ? [follow(end)] : []));
  const closed: Point[][] = [];
  for (const edge of points.keys()) {
    if (!unvisited.has(edge)) continue;
    const loop = follow(edge);
    closed.push([...loop, loop[0]!]);
  }
  return [...open, ...closed];
}
