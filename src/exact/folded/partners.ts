/**
 * Neurons in pairs: to every neuron (u, w) belongs one with (−u, −w), or one with (u, −w). A partner may
 * differ by 10⁻¹² of the neuron's size, with each layer in units of its largest weight. Training keeps pairs,
 * and makes the differences within them smaller, so that results change by no more than that.
 */
import type { Weights } from "../../model/weights.ts";

/** How far a partner may be off, relative to the neuron. */
const OFF = 1e-12;

/**
 * The first neuron without a partner; undefined where there is none.
 *
 * @param parity - 1: the partner of (u, w) is (−u, −w). −1: it is (u, −w), and neurons with w = 0 need none.
 */
export function neuronWithoutPartner({ u, w }: Weights, parity: 1 | -1): number | undefined {
  const [unitU, unitW] = [largest(u), largest(w)];
  const x = (i: number): number => (unitU === 0 ? 0 : u[i]! / unitU);
  const y = (i: number): number => (unitW === 0 ? 0 : w[i]! / unitW);
  // Neurons with w > 0, and the reflections of the others onto them: equal sets where all have partners.
  const direct: Point[] = [];
  const reflected: Point[] = [];
  for (let i = 0; i < u.length; i++) {
    const above = w[i]! > 0 || (w[i] === 0 && parity === 1 && u[i]! > 0);
    const below = w[i]! < 0 || (w[i] === 0 && parity === 1 && u[i]! < 0);
    if (above) direct.push(pointOf(i, x(i), y(i)));
    else if (below) reflected.push(pointOf(i, -parity * x(i), -y(i)));
  }
  const unmatched = match(direct, reflected);
  return unmatched.length === 0 ? undefined : unmatched.reduce((least, { neuron }) => Math.min(least, neuron), Infinity);
}

interface Point {
  readonly neuron: number;
  readonly x: number;
  readonly y: number;
  /** How far its partner may be off in x and in y. */
  readonly off: number;
  /** A combination of x and y by which points are sorted: few are near each other by chance. */
  readonly key: number;
}

function pointOf(neuron: number, x: number, y: number): Point {
  return { neuron, x, y, off: OFF * Math.hypot(x, y), key: x + Math.SQRT2 * y };
}

/** The points of either list that have no point of the other one for themselves. */
function match(a: readonly Point[], b: readonly Point[]): Point[] {
  const [first, second] = [sorted(a), sorted(b)];
  const taken = new Uint8Array(second.length);
  const alone: Point[] = [];
  let begin = 0;
  for (const point of first) {
    // A partner has the same size, so that each point says itself how far it reaches.
    while (begin < second.length && (taken[begin] === 1 || second[begin]!.key < point.key - 4 * second[begin]!.off)) begin++;
    let j = begin;
    while (j < second.length && second[j]!.key <= point.key + 4 * point.off && !(taken[j] === 0 && isNear(point, second[j]!)))
      j++;
    if (j < second.length && taken[j] === 0 && isNear(point, second[j]!)) taken[j] = 1;
    else alone.push(point);
  }
  return [...alone, ...second.filter((_, j) => taken[j] === 0)];
}

function isNear(a: Point, b: Point): boolean {
  return Math.abs(a.x - b.x) <= a.off && Math.abs(a.y - b.y) <= a.off;
}

function sorted(points: readonly Point[]): Point[] {
  return [...points].sort((a, b) => a.key - b.key || a.x - b.x || a.neuron - b.neuron);
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
