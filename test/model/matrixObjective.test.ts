/**
 * What loss and data mean to an output matrix: against differences, one output, and minimisers of their own.
 */
import {
  type Loss,
  type MatrixTask,
  matrixTaskFromMoments,
  matrixTaskFromSamples,
  network,
  taskFromSamples,
} from "feature-learning";
import { Matrix, solve } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { type Random, randomFrom } from "../../src/door/seeds.ts";
import { type MatrixObjective, matrixObjectiveOf } from "../../src/model/matrixObjective.ts";
import { readMatrixTask } from "../../src/model/matrixTask.ts";
import { matrixTaskOf } from "../../src/model/matrixTaskOf.ts";
import { objectiveOf } from "../../src/model/objective.ts";
import { supportOf } from "../../src/numerics/support.ts";

const quartic = {
  value: (f: number, y: number) => (f - y) ** 4 / 4,
  derivative: (f: number, y: number) => (f - y) ** 3,
  secondDerivative: (f: number, y: number) => 3 * (f - y) ** 2,
};
const absolute = { value: (f: number, y: number) => Math.abs(f - y), derivative: (f: number, y: number) => Math.sign(f - y) };
const losses: readonly [string, Loss][] = [
  ["mse", "mse"],
  ["half-mse", "half-mse"],
  ["logistic", "logistic"],
  ["huber", "huber"],
  ["cross-entropy", "cross-entropy"],
  ["a function", quartic],
];

const objective = (loss: Loss, task: MatrixTask): MatrixObjective =>
  matrixObjectiveOf(network({ loss }), task, supportOf(task.xx));
const integer = (random: Random, low: number, high: number): number => low + Math.floor(random.uniform() * (high - low + 1));
const normals = (count: number, random: Random): number[] => Array.from({ length: count }, () => random.normal());

/** Targets that the loss takes; labels that x does not separate as a rule. */
function targetsOf(loss: Loss, m: number, random: Random): number[] {
  if (loss === "logistic") return Array.from({ length: m }, () => (random.uniform() < 0.5 ? -1 : 1));
  if (loss !== "cross-entropy") return normals(m, random);
  if (random.uniform() < 0.5) {
    const label = integer(random, 0, m - 1);
    return Array.from({ length: m }, (_, c) => (c === label ? 1 : 0));
  }
  const shares = Array.from({ length: m }, () => random.uniform());
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

function drawn(loss: Loss, random: Random, samples = integer(random, 1, 20)): MatrixTask {
  const k = integer(random, 1, 4);
  const m = integer(random, loss === "cross-entropy" ? 2 : 1, 4);
  const x = Array.from({ length: samples }, () => normals(k, random));
  return matrixTaskFromSamples(
    x,
    x.map(() => targetsOf(loss, m, random)),
  );
}

const matrixOf = ({ outputs, inputs }: MatrixObjective, random: Random): Float64Array =>
  Float64Array.from(normals(outputs * inputs, random));
const along = (F: Float64Array, V: Float64Array, h: number): Float64Array => F.map((value, i) => value + h * V[i]!);
const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const largest = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

describe.each(losses)("%s", (name, loss) => {
  test("the residual and the Hessian are differences of the loss, at 50 random problems", () => {
    const random = randomFrom("test", `differences ${name}`);
    let curved = 0;
    for (let round = 0; round < 50; round++) {
      const L = objective(loss, drawn(loss, random));
      const F = matrixOf(L, random);
      const V = matrixOf(L, random);
      const [G, ahead, back, bent] = [0, 1, 2, 3].map(() => new Float64Array(F.length)) as Float64Array[];
      L.residual(F, G!);
      const slope = -2 * L.k * dot(G!, V);
      const h = 1e-5;
      // The error of a central difference is h²/6 times the third derivative, and rounding/h.
      expect(Math.abs((L.loss(along(F, V, h)) - L.loss(along(F, V, -h))) / (2 * h) - slope)).toBeLessThan(
        1e-8 * (1 + L.loss(F) + Math.abs(slope)),
      );
      L.curve!(F, V, bent!);
      L.residual(along(F, V, h), ahead!);
      L.residual(along(F, V, -h), back!);
      const error = bent!.map((value, i) => value + (2 * L.k * (ahead![i]! - back![i]!)) / (2 * h));
      // The slope of Huber's loss has kinks: where one lies between the two points, the difference is no
      // derivative.
      if (loss === "huber" && largest(error) > 1e-3) continue;
      curved++;
      expect(largest(error)).toBeLessThan(1e-8 * (1 + largest(bent!)));
    }
    expect(curved).toBeGreaterThanOrEqual(loss === "huber" ? 45 : 50);
  });

  test("the excess loss is the loss less the least one of a Newton's method in full, and 0 there", () => {
    const random = randomFrom("test", `least ${name}`);
    let compared = 0;
    for (let round = 0; round < 25; round++) {
      const L = objective(loss, drawn(loss, random, 60));
      const F = matrixOf(L, random);
      const best = minimiser(L);
      const floor = L.loss(best);
      expect(L.endless).toBe(false);
      // Rounding of a mean of 60 samples.
      expect(Math.abs(L.excess(F) - (L.loss(F) - floor))).toBeLessThan(2e-14 * (1 + L.loss(F)));
      expect(L.excess(best)).toBeGreaterThanOrEqual(0);
      expect(L.excess(best)).toBeLessThan(2e-14 * (1 + floor));
      compared++;
    }
    expect(compared).toBe(25);
  });

  test("one input and one output are the objective of one direction", () => {
    if (loss === "cross-entropy") {
      expect(() => objectiveOf(network({ loss }), taskFromSamples([1, 2], [1, 0]))).toThrow(/at least two outputs.*"logistic"/);
      return;
    }
    const random = randomFrom("test", `one ${name}`);
    for (let round = 0; round < 50; round++) {
      const x = normals(integer(random, 2, 20), random);
      const y = x.map(() => targetsOf(loss, 1, random)[0]!);
      const one = objectiveOf(network({ loss }), taskFromSamples(x, y));
      const many = objective(
        loss,
        matrixTaskFromSamples(
          x.map((value) => [value]),
          y,
        ),
      );
      const f = 3 * random.normal();
      const F = Float64Array.of(f);
      const out = new Float64Array(1);
      const near = (a: number, b: number): void =>
        expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-14 * (1 + Math.abs(b) + one.loss(f)));
      many.residual(F, out);
      near(out[0]!, one.residual(f));
      near(many.loss(F), one.loss(f));
      near(many.excess(F), one.excess(f));
      many.curve!(F, Float64Array.of(1), out);
      near(out[0]!, one.curvature!(f));
      expect(many.endless).toBe(!Number.isFinite(one.best));
    }
  });

  test("outputs of any size give no NaN", () => {
    const random = randomFrom("test", `large ${name}`);
    // The slope of a function of one's own may overflow in both directions at once.
    for (const size of loss === quartic ? [1e3, 1e75] : [1e3, 1e150, 1e300, Number.MAX_VALUE]) {
      for (let round = 0; round < 20; round++) {
        const L = objective(loss, drawn(loss, random));
        const F = matrixOf(L, random).map((value) => Math.max(-1, Math.min(1, value)) * size);
        const G = new Float64Array(F.length);
        L.residual(F, G);
        expect([L.loss(F), L.excess(F), ...G].some(Number.isNaN)).toBe(false);
        if (size === 1e3 && loss !== quartic) expect([L.loss(F), ...G].every(Number.isFinite)).toBe(true);
      }
    }
  });
});

/** Damped Newton steps on all entries of F at once, by the objective's own Hessian. */
function minimiser(L: MatrixObjective): Float64Array {
  let F: Float64Array = new Float64Array(L.outputs * L.inputs);
  const G = new Float64Array(F.length);
  for (let step = 0; step < 60; step++) {
    const columns = Array.from(F, (_, i) => {
      const bent = new Float64Array(F.length);
      L.curve!(
        F,
        F.map((_value, j) => (i === j ? 1 : 0)),
        bent,
      );
      return Array.from(bent);
    });
    L.residual(F, G);
    if (largest(G) < 1e-16) break;
    const direction = solve(
      new Matrix(columns),
      Matrix.columnVector(Array.from(G, (value) => 2 * L.k * value)),
      true,
    ).to1DArray();
    let size = 1;
    const next = (): Float64Array => F.map((value, i) => value + size * direction[i]!);
    while (size > 1e-4 && !(L.loss(next()) <= L.loss(F))) size /= 2;
    F = next();
  }
  return F;
}

describe("cross-entropy", () => {
  test("of two outputs it is the logistic loss of their difference", () => {
    const random = randomFrom("test", "two outputs");
    for (let round = 0; round < 50; round++) {
      const k = integer(random, 1, 3);
      const x = Array.from({ length: 12 }, () => normals(k, random));
      const labels = x.map(() => (random.uniform() < 0.5 ? 1 : -1));
      const one = objective("logistic", matrixTaskFromSamples(x, labels));
      const two = objective(
        "cross-entropy",
        matrixTaskFromSamples(
          x,
          labels.map((label) => (label > 0 ? [1, 0] : [0, 1])),
        ),
      );
      const F = matrixOf(two, random);
      const f = F.slice(0, k).map((value, a) => value - F[k + a]!);
      const [G, g] = [new Float64Array(2 * k), new Float64Array(k)];
      expect(two.loss(F)).toBeCloseTo(one.loss(f), 14);
      expect(two.excess(F)).toBeCloseTo(one.excess(f), 13);
      expect(two.endless).toBe(one.endless);
      two.residual(F, G);
      one.residual(f, g);
      for (let a = 0; a < k; a++) {
        expect(G[a]).toBeCloseTo(g[a]!, 14);
        expect(G[k + a]).toBeCloseTo(-g[a]!, 14);
      }
    }
  });

  test("the same function added to all outputs changes nothing", () => {
    const random = randomFrom("test", "shift");
    for (let round = 0; round < 20; round++) {
      const L = objective("cross-entropy", drawn("cross-entropy", random));
      const F = matrixOf(L, random);
      const shift = normals(L.inputs, random);
      const moved = F.map((value, i) => value + shift[i % L.inputs]!);
      expect(L.loss(moved)).toBeCloseTo(L.loss(F), 13);
      expect(L.excess(moved)).toBeCloseTo(L.excess(F), 13);
    }
  });

  test("a confident output keeps the digits of its small loss and slope", () => {
    const L = objective("cross-entropy", matrixTaskFromSamples([[1]], [[0, 1, 0]]));
    const F = Float64Array.of(0, 100, -1);
    const G = new Float64Array(3);
    L.residual(F, G);
    const [p, q] = [Math.exp(-100), Math.exp(-101)];
    expect(L.loss(F) / (p + q)).toBeCloseTo(1, 14);
    expect(L.excess(F)).toBe(L.loss(F));
    expect([G[0]! / (-p / 2), G[1]! / ((p + q) / 2), G[2]! / (-q / 2)].every((ratio) => Math.abs(ratio - 1) < 1e-13)).toBe(true);
  });

  test("targets are probabilities of at least two outputs", () => {
    const of = (y: number[][]): MatrixObjective => objective("cross-entropy", matrixTaskFromSamples([[1], [2]], y));
    expect(() => of([[1], [0]])).toThrow(/at least two outputs; use "logistic"/);
    expect(() =>
      of([
        [1, 0],
        [0.5, 0.4],
      ]),
    ).toThrow(/target row 1 has the sum 0.9/);
    expect(() =>
      of([
        [1.5, -0.5],
        [0.5, 0.5],
      ]),
    ).toThrow(/target row 0, entry 1 is -0.5/);
    expect(
      of([
        [1, 0],
        [0.333333333333, 0.666666666667],
      ]).outputs,
    ).toBe(2);
  });
});

describe("separable data", () => {
  test("a separated set has the infimum 0 exactly, at infinity", () => {
    const random = randomFrom("test", "separable");
    for (let round = 0; round < 30; round++) {
      const k = integer(random, 1, 3);
      const x = Array.from({ length: 15 }, () => normals(k, random));
      const V = [0, 1, 2].map(() => normals(k, random));
      const scores = x.map((row) => V.map((v) => v.reduce((sum, value, a) => sum + value * row[a]!, 0)));
      const labels = scores.map((row) => row.map((score) => Math.sign(score)));
      const shares = scores.map((row) => row.map((score) => (score === Math.max(...row) ? 1 : 0)));
      for (const L of [
        objective("logistic", matrixTaskFromSamples(x, labels)),
        objective("cross-entropy", matrixTaskFromSamples(x, shares)),
      ]) {
        const F = matrixOf(L, random);
        expect(L.endless).toBe(true);
        expect(L.excess(F)).toBe(L.loss(F));
      }
    }
  });

  test("a loss of one's own that falls for ever reaches its infimum too", () => {
    const exponential = {
      value: (f: number, y: number) => Math.exp(-y * f),
      derivative: (f: number, y: number) => -y * Math.exp(-y * f),
    };
    const algebraic = {
      value: (f: number, y: number) => (y * f > 0 ? 1 / (1 + y * f) : 1 - y * f),
      derivative: (f: number, y: number) => (y * f > 0 ? -y / (1 + y * f) ** 2 : -y),
    };
    const task = matrixTaskFromSamples(
      [
        [1, 2],
        [-1, 1],
        [2, 0],
        [1, -3],
      ],
      [1, -1, 1, 1],
    );
    for (const [loss, least] of [
      [exponential, 1e-40],
      [algebraic, 1e-15],
    ] as const) {
      const L = objective(loss, task);
      const F = Float64Array.of(0.3, -0.2);
      expect(L.endless).toBe(true);
      expect(L.loss(F) - L.excess(F)).toBeLessThanOrEqual(Math.max(least, Number.EPSILON * L.loss(F)));
    }
  });

  test("of partly separable data the infimum is that of the other part", () => {
    const random = randomFrom("test", "partly separable");
    for (let round = 0; round < 20; round++) {
      const other = Array.from({ length: 20 }, () => random.normal());
      const labels = other.map(() => (random.uniform() < 0.5 ? 1 : -1));
      const separated = [1, -2, 3];
      // The separated samples have a second input, along which they go to infinity whatever the first one is.
      const x = [...other.map((value) => [value, 0]), ...separated.map((value) => [random.normal(), value])];
      const y = [...labels, ...separated.map((value) => Math.sign(value))];
      const shares = y.map((label) => (label > 0 ? [1, 0] : [0, 1]));
      const rest = objective(
        "logistic",
        matrixTaskFromSamples(
          other.map((value) => [value]),
          labels,
        ),
      );
      const zero = Float64Array.of(0);
      const least = ((rest.loss(zero) - rest.excess(zero)) * other.length) / x.length;
      for (const L of [
        objective("logistic", matrixTaskFromSamples(x, y)),
        objective("cross-entropy", matrixTaskFromSamples(x, shares)),
      ]) {
        const F = matrixOf(L, random);
        expect(L.endless).toBe(true);
        expect(Math.abs(L.loss(F) - L.excess(F) - least)).toBeLessThan(1e-14 * (1 + L.loss(F)));
      }
    }
  });

  test("with soft targets only outputs without a share fall for ever", () => {
    const x = [[1], [2]];
    const of = (y: number[][]): MatrixObjective => objective("cross-entropy", matrixTaskFromSamples(x, y));
    const inner = of([
      [0.5, 0.3, 0.2],
      [0.5, 0.3, 0.2],
    ]);
    expect(inner.endless).toBe(false);
    const edge = of([
      [0.5, 0.5, 0],
      [0.5, 0.5, 0],
    ]);
    const F = Float64Array.of(0, 0, 0);
    expect(edge.endless).toBe(true);
    expect(edge.loss(F) - edge.excess(F)).toBeCloseTo(Math.LN2, 14);
    const across = of([
      [0.5, 0.5, 0],
      [0.5, 0, 0.5],
    ]);
    expect(across.endless).toBe(false);
  });

  test("labels of every output are ±1", () => {
    expect(() =>
      objective(
        "logistic",
        matrixTaskFromSamples(
          [[1], [2]],
          [
            [1, -1],
            [1, 0],
          ],
        ),
      ),
    ).toThrow(/target 3 is 0; the logistic loss/);
  });
});

test("a loss with jumps of its slope has the least value of the best vertex", () => {
  const random = randomFrom("test", "absolute");
  for (let round = 0; round < 30; round++) {
    const n = integer(random, 3, 12);
    const x = Array.from({ length: n }, () => normals(2, random));
    const y = x.map(() => normals(2, random));
    const L = objective(absolute, matrixTaskFromSamples(x, y));
    // Σ|fⱼ − yⱼ| of two inputs is least at a line through two samples.
    let least = 0;
    for (const o of [0, 1]) {
      let best = Infinity;
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < i; j++) {
          const [a, b] = solve(new Matrix([x[i]!, x[j]!]), Matrix.columnVector([y[i]![o]!, y[j]![o]!])).to1DArray();
          best = Math.min(best, x.reduce((sum, row, s) => sum + Math.abs(a! * row[0]! + b! * row[1]! - y[s]![o]!), 0) / n);
        }
      }
      least += best;
    }
    const zero = new Float64Array(4);
    expect(Math.abs(L.loss(zero) - L.excess(zero) - least)).toBeLessThan(1e-10 * L.loss(zero));
    expect(L.curve).toBeUndefined();
    expect(L.rough).toBe(true);
  }
});

test("inputs of any scale, and inputs that span less than their dimensions, keep the loss", () => {
  const random = randomFrom("test", "scale");
  for (const [, loss] of losses) {
    for (const size of [2 ** -400, 2 ** 400]) {
      const x = Array.from({ length: 12 }, () => normals(2, random));
      const y = x.map(() => targetsOf(loss, 2, random));
      const plain = objective(
        loss,
        matrixTaskFromSamples(
          x.map((row) => [...row, 0]),
          y,
        ),
      );
      const scaled = objective(
        loss,
        matrixTaskFromSamples(
          x.map((row) => [0, ...row.map((value) => value * size)]),
          y,
        ),
      );
      expect([plain.inputs, scaled.inputs]).toEqual([2, 2]);
      const F = matrixOf(plain, random);
      expect(plain.endless).toBe(scaled.endless);
      if (loss === "mse" || loss === "half-mse") continue; // their coordinates may have signs of their own
      // Coordinates differ by rotations: only the infimum is compared.
      const zero = new Float64Array(F.length);
      expect(scaled.loss(zero)).toBeCloseTo(plain.loss(zero), 13);
      expect(scaled.excess(zero)).toBeCloseTo(plain.excess(zero), 12);
    }
  }
});

describe("tasks", () => {
  test("a task of samples carries them, and is accepted back", () => {
    const task = matrixTaskFromSamples(
      [
        [1, 2],
        [3, 4],
        [0, 1],
      ],
      [
        [1, -1],
        [-1, 1],
        [1, 1],
      ],
    );
    expect(task.samples!.x).toEqual({ rows: 3, columns: 2, data: Float64Array.of(1, 2, 3, 4, 0, 1) });
    expect(readMatrixTask("task", task)).toEqual(task);
    const data = JSON.parse(JSON.stringify({ ...task, samples: { x: plain(task.samples!.x), y: plain(task.samples!.y) } }));
    expect(readMatrixTask("task", { ...task, samples: data.samples })).toEqual(task);
    const { x, y } = task.samples!;
    const refused =
      (samples: unknown): (() => unknown) =>
      () =>
        readMatrixTask("task", { ...task, samples });
    expect(refused({ x: y, y: { rows: 3, columns: 1, data: [1, 2, 3] } })).toThrow(/task.samples.y has 1 columns/);
    expect(refused({ x: { rows: 2, columns: 3, data: x.data }, y })).toThrow(/task.samples.x has 3 columns/);
    expect(refused({ x: { rows: 2, columns: 2, data: [1, 2, 3, 4] }, y })).toThrow(/2 rows and y has 3/);
    expect(refused({ x: { ...x, data: [1, 2, 3, 4, 0, NaN] }, y })).toThrow(/data\[5\] is NaN/);
  });

  test("a whitened task carries whitened inputs", () => {
    const x = [
      [2, 1],
      [0, 1],
      [1, -3],
    ];
    const { whitening, samples } = matrixTaskFromSamples(x, [1, 2, 3], { whiten: true });
    const expected = new Matrix(x).mmul(whitening!.transpose()).to1DArray();
    expect(samples!.x.data.every((value, i) => Math.abs(value - expected[i]!) < 1e-15)).toBe(true);
  });

  test("a task of moments has no other loss than squares", () => {
    const task = matrixTaskFromMoments({ xx: [[1]], yx: [[1], [0]], yy: 2 });
    expect(() => objective("logistic", task)).toThrow(
      /the loss "logistic" needs the samples themselves; pass a task from matrixTaskFromSamples/,
    );
    expect(objective("mse", task).outputs).toBe(2);
  });

  test("a task of one target has the same moments and samples in this form", () => {
    const x = [
      [1, 2],
      [3, 4],
      [0, 1],
    ];
    const y = [1, -1, 2];
    const several = matrixTaskOf(taskFromSamples(x, y), 2);
    expect(several).toEqual(matrixTaskFromSamples(x, y));
    const single = matrixTaskOf(taskFromSamples([1, 2, 3], y), 1);
    expect([single.xx.get(0, 0), single.samples!.x.data]).toEqual([taskFromSamples([1, 2, 3], y).xx, Float64Array.of(1, 2, 3)]);
    const projected = taskFromSamples(x, y, { project: true });
    const { xx, samples } = matrixTaskOf(projected, 2);
    expect(xx.trace()).toBeCloseTo(projected.xx, 12);
    expect(xx.get(0, 0) * xx.get(1, 1) - xx.get(0, 1) ** 2).toBeCloseTo(0, 12);
    expect(samples!.x.rows).toBe(3);
    expect(() => matrixTaskOf(projected, 3)).toThrow(/3 columns and the inputs of the task have 2 dimensions/);
  });
});

function plain({ rows, columns, data }: { rows: number; columns: number; data: Float64Array }): unknown {
  return { rows, columns, data: Array.from(data) };
}
