/**
 * Finds the groups of inputs and outputs that can share a mode, before any direction is computed. The
 * correlation E[yxᵀ] joins an input and an output. The layers join two groups with degenerate data (equal
 * variance and equal strength), because the directions of such modes are not unique.
 *
 * A group of one input and one output has coordinate axes as its directions, without rounding. Its layers are
 * kept however small they are relative to those of other groups.
 */
import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { frobeniusNorm } from "../numerics/matrices.ts";
import type { MatrixState } from "./matrixState.ts";

/** Indices of inputs (in coordinates of the inputs' span) and of outputs, in ascending order. */
export interface ModeBlock {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/**
 * Two strengths or variances count as equal if their relative difference is below this, which is rounding of
 * the data.
 */
const SAME = 1e-13;

/** Cosines between hidden vectors below this are rounding. */
const ORTHOGONAL = 1e-14;

/**
 * The pairs of variance and strength that a group of coordinates may share with another one. The variance is
 * undefined if any value fits.
 */
interface Group extends ModeBlock {
  readonly data: readonly { readonly variance: number | undefined; readonly strength: number }[];
}

export function modeBlocks(state: MatrixState): ModeBlock[] {
  const { yx } = state;
  const [m, r] = [yx.rows, yx.columns];
  // Node j < r is input j, node r + i is output i.
  const byData = components(r + m, (join) => {
    for (let i = 0; i < m; i++) for (let j = 0; j < r; j++) if (yx.get(i, j) !== 0) join(j, r + i);
  });
  const groups = byData.map((nodes) => groupOf(state, nodes));
  if (groups.length === 1) return groups;
  const size = frobeniusNorm(yx);
  const cosines = hiddenCosines(state);
  const merged = components(groups.length, (join) => {
    for (const [a, group] of groups.entries())
      for (const [b, other] of groups.entries())
        if (a < b && degenerate(group, other, size) && touch(byData[a]!, byData[b]!, cosines)) join(a, b);
  });
  return merged.map((members) => {
    const all = (side: "inputs" | "outputs"): number[] => members.flatMap((g) => [...groups[g]![side]]).sort((a, b) => a - b);
    return { inputs: all("inputs"), outputs: all("outputs") };
  });
}

function groupOf({ yx, support }: MatrixState, nodes: readonly number[]): Group {
  const r = yx.columns;
  const inputs = nodes.filter((node) => node < r);
  const outputs = nodes.filter((node) => node >= r).map((node) => node - r);
  const variances = inputs.map((j) => support.variances[j]!);
  if (inputs.length === 0) return { inputs, outputs, data: [{ variance: undefined, strength: 0 }] };
  const strengths =
    outputs.length === 0 ? [0] : new SingularValueDecomposition(yx.selection(outputs, inputs), { autoTranspose: true }).diagonal;
  const rest = inputs.length > outputs.length ? [0] : [];
  const data = [...strengths, ...rest].flatMap((strength) => variances.map((variance) => ({ variance, strength })));
  return { inputs, outputs, data: outputs.length > inputs.length ? [...data, { variance: undefined, strength: 0 }] : data };
}

function degenerate(first: Group, other: Group, size: number): boolean {
  return first.data.some((a) =>
    other.data.some(
      (b) =>
        Math.abs(a.strength - b.strength) <= SAME * size &&
        (a.variance === undefined ||
          b.variance === undefined ||
          Math.abs(a.variance - b.variance) <= SAME * Math.max(a.variance, b.variance)),
    ),
  );
}

function touch(first: readonly number[], other: readonly number[], cosines: Matrix): boolean {
  return first.some((a) => other.some((b) => Math.abs(cosines.get(a, b)) > ORTHOGONAL));
}

/** Cosines between the hidden vectors of inputs (columns of W₁) and of outputs (rows of W₂). */
function hiddenCosines({ layers, start, yx }: MatrixState): Matrix {
  const [m, r] = [yx.rows, yx.columns];
  const cosines = Matrix.zeros(r + m, r + m);
  if (layers !== undefined) {
    const rows = [
      ...Array.from({ length: r }, (_, j) => layers.W1.getColumnVector(j).transpose()),
      ...Array.from({ length: m }, (_, i) => layers.W2.getRowVector(i)),
    ].map((row) => row.div(frobeniusNorm(row) || 1));
    for (const [a, rowA] of rows.entries()) for (const [b, rowB] of rows.entries()) if (b < a) both(a, b, rowA.dot(rowB));
    return cosines;
  }
  const { uu, ww, uw } = start;
  const size = (square: number): number => Math.sqrt(Math.max(0, square)) || 1;
  const u = uu.diagonal().map(size);
  const w = ww.diagonal().map(size);
  for (let i = 0; i < m; i++) {
    for (let n = 0; n < i; n++) both(r + i, r + n, uu.get(i, n) / u[i]! / u[n]!);
    for (let j = 0; j < r; j++) both(r + i, j, uw.get(i, j) / u[i]! / w[j]!);
  }
  for (let j = 0; j < r; j++) for (let n = 0; n < j; n++) both(j, n, ww.get(j, n) / w[j]! / w[n]!);
  return cosines;

  function both(a: number, b: number, value: number): void {
    cosines.set(a, b, value);
    cosines.set(b, a, value);
  }
}

/** The connected components of a graph, each in ascending order. */
function components(count: number, edges: (join: (a: number, b: number) => void) => void): number[][] {
  const parent = Array.from({ length: count }, (_, node) => node);
  const root = (node: number): number => {
    let top = node;
    while (parent[top] !== top) top = parent[top]!;
    return top;
  };
  edges((a, b) => {
    parent[root(a)] = root(b);
  });
  const members = new Map<number, number[]>();
  for (let node = 0; node < count; node++) {
    const top = root(node);
    members.set(top, [...(members.get(top) ?? []), node]);
  }
  return [...members.values()];
}
