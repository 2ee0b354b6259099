/** The split of one step, against quadrature along its straight line. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { splitStep } from "../../src/mechanisms/step.ts";
import { pinned } from "../support/problems.ts";

/** Nodes and weights of Gauss and Legendre's rule of eight points on [0, 1]. */
const rule = [
  [0.01985507175123188, 0.05061426814518813],
  [0.10166676129318664, 0.11119051722668724],
  [0.2372337950418355, 0.15685332293894363],
  [0.4082826787521751, 0.181341891689181],
].flatMap(([x, weight]) => [
  [x!, weight!],
  [1 - x!, weight!],
]) as [number, number][];

/** ∫ N d(cos ζ) = ∫ A (A dS − S dA)/N² along the line, in 4,096 pieces that are finer towards its ends. */
function byQuadrature(S1: number, A1: number, S2: number, A2: number): number {
  let sum = 0;
  const count = 4096;
  const at = (i: number): number => (1 - Math.cos((Math.PI * i) / count)) / 2;
  for (let i = 0; i < count; i++)
    for (const [x, weight] of rule) {
      const p = at(i) + x * (at(i + 1) - at(i));
      const [S, A] = [S1 + p * (S2 - S1), A1 + p * (A2 - A1)];
      sum += (weight * (at(i + 1) - at(i)) * A * (A * (S2 - S1) - S * (A2 - A1))) / (S * S + A * A);
    }
  return sum;
}

const coordinate = fc.integer({ min: 1, max: 1000 }).map((n) => 10 ** ((n - 500) / 250));

test("the turn of a step is ∫ N d(cos ζ) along its line, and the rest of the change is rescaling", () => {
  fc.assert(
    fc.property(coordinate, coordinate, coordinate, coordinate, fc.boolean(), (s1, A1, s2, A2, negative) => {
      const [S1, S2] = negative ? [-s1, -s2] : [s1, s2];
      const { turn, rescale } = splitStep(S1, A1, S2, A2);
      const way = Math.hypot(S2 - S1, A2 - A1);
      expect(Math.abs(turn - byQuadrature(S1, A1, S2, A2))).toBeLessThan(1e-12 * way + 1e-300);
      expect(Math.abs(turn + rescale - (S2 - S1))).toBeLessThanOrEqual(4e-16 * (Math.abs(turn) + Math.abs(rescale)));
    }),
    pinned(111, 200),
  );
});

test("a step is split as its pieces are", () => {
  let worst = 0;
  for (const cut of [1e-6, 0.1, 0.5, 0.999]) {
    const [S, A] = [0.3 + cut * 0.6, 1 - cut * 0.7];
    const pieces = splitStep(0.3, 1, S, A).turn + splitStep(S, A, 0.9, 0.3).turn;
    worst = Math.max(worst, Math.abs(pieces - splitStep(0.3, 1, 0.9, 0.3).turn));
  }
  expect(worst).toBeLessThan(4e-16);
});

test("it scales with its size, from 1e-300 to 1e300", () => {
  const { turn, rescale } = splitStep(0.3, 1, 0.9, 0.3);
  for (const size of [1e-300, 1e-150, 1e150, 1e300]) {
    const scaled = splitStep(0.3 * size, size, 0.9 * size, 0.3 * size);
    expect(Math.abs(scaled.turn / size - turn)).toBeLessThan(1e-15);
    expect(Math.abs(scaled.rescale / size - rescale)).toBeLessThan(1e-15);
  }
});

test("nothing turns where nothing moves, where the layers are parallel, and from or to a zero layer", () => {
  expect(splitStep(1, 2, 1, 2)).toEqual({ turn: 0, rescale: 0 });
  expect(splitStep(1, 0, 3, 0)).toEqual({ turn: 0, rescale: 2 });
  expect(splitStep(0, 0, 3, 1)).toEqual({ turn: 0, rescale: 3 });
  expect(splitStep(3, 1, 0, 0)).toEqual({ turn: 0, rescale: -3 });
});
