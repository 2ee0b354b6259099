/**
 * Chains of any stages: several inputs and outputs, other losses, weight decay, and rates of their own,
 * against each stage integrated by hand from where the one before it ended.
 */
import {
  chain,
  evaluate,
  exactFlow,
  exponentialSchedule,
  gaussianMatrixLayers,
  gaussianWeights,
  integratedFlow,
  matrixTaskFromMoments,
  matrixTaskFromSamples,
  mechanisms,
  network,
  orderParameters,
  piecewiseSchedule,
  regime,
  sample,
  sharpness,
  solve,
  taskFromMoments,
  taskFromSamples,
  timesTo,
  withSchedule,
} from "feature-learning";
import { Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";

const xx = [
  [1, 0.3],
  [0.3, 2],
];
const first = matrixTaskFromMoments({
  xx,
  yx: [
    [1, 0.2],
    [-0.5, 0.7],
  ],
  yy: 3,
});
const second = matrixTaskFromMoments({
  xx,
  yx: [
    [-0.4, 0.9],
    [0.6, 0.1],
  ],
  yy: 3,
});
const initial = gaussianMatrixLayers({ inputs: 2, outputs: 2, width: 5, scale: 0.4, seed: 1 });

const apart = (a: Matrix, b: Matrix): number => Matrix.sub(a, b).norm();

describe("a chain of matrices", () => {
  const net = network({ learningRates: { u: 1, w: 0.5 } });
  const flow = chain({ network: net, initial, stages: [{ task: first, duration: 2 }, { task: second }] }, { rtol: 1e-12 });

  test("is each stage from where the one before it ended", () => {
    const one = integratedFlow({ network: net, task: first, initial }, { until: 2, rtol: 1e-12 });
    const two = integratedFlow({ network: net, task: second, initial: one.weights(2) }, { until: 3, rtol: 1e-12 });
    for (const t of [0, 0.7, 1.9]) expect(apart(flow.at(t).output, one.at(t).output)).toBeLessThan(1e-10);
    for (const t of [2, 3.1, 5]) {
      expect(apart(flow.at(t).output, two.at(t - 2).output)).toBeLessThan(1e-10);
      expect(apart(flow.weights!(t).W1, two.weights(t - 2).W1)).toBeLessThan(1e-10);
    }
    expect(flow.method).toBe("integrated");
    expect(
      apart(
        flow.limit.output,
        second.yx.mmul(
          new Matrix([
            [2, -0.3],
            [-0.3, 1],
          ]).div(1.91),
        ),
      ),
    ).toBeLessThan(1e-8);
  });

  test("of one task twice is that task alone", () => {
    const twice = chain({ network: net, initial, stages: [{ task: first, duration: 1 }, { task: first }] }, { rtol: 1e-12 });
    const alone = solve({ network: net, task: first, initial }, { rtol: 1e-12 });
    for (const t of [0.5, 1, 2, 6]) expect(apart(twice.at(t).output, alone.at(t).output)).toBeLessThan(1e-9);
  });

  test("is evaluated as a whole by verdicts, times and samples", () => {
    const { loss, output, t } = sample(flow, [0, 1, 2.5, 4]);
    for (const [i, time] of t.entries()) {
      expect(loss[i]).toBe(flow.at(time).loss);
      expect(output.get(i, 1, 0)).toBe(flow.at(time).output.get(1, 0));
    }
    const level = flow.at(2.5).normProduct;
    expect(Math.min(...timesTo(flow, { normProduct: level }).map((time) => Math.abs(time - 2.5)))).toBeLessThan(1e-9);
    expect(regime(flow).regime).toBe("feature-learning");
    expect(mechanisms(flow).present.length).toBeGreaterThan(0);
  });

  test("of modes stays exact, and { u, W } keeps its form", () => {
    const diagonal = (a: number, b: number): ReturnType<typeof matrixTaskFromMoments> =>
      matrixTaskFromMoments({
        xx: [
          [1, 0],
          [0, 1],
        ],
        yx: [
          [a, 0],
          [0, b],
        ],
        yy: a * a + b * b,
      });
    const aligned = {
      W2: [
        [0.1, 0],
        [0, 0.2],
      ],
      W1: [
        [0.1, 0],
        [0, 0.1],
      ],
    };
    const modes = chain({
      network: network(),
      initial: aligned,
      stages: [{ task: diagonal(2, 1), duration: 1 }, { task: diagonal(1, 3) }],
    });
    expect(modes.method).toBe("exact");
    const one = exactFlow({ network: network(), task: diagonal(2, 1), initial: aligned });
    const two = exactFlow({ network: network(), task: diagonal(1, 3), initial: one.weights!(1) });
    expect(apart(modes.at(1.4).output, two.at(0.4).output)).toBeLessThan(1e-13);
    const task = taskFromSamples(
      [
        [1, 0],
        [0, 1],
        [1, 1],
      ],
      [1, 2, 0],
    );
    const layers = chain({
      network: network(),
      initial: {
        u: [0.3, 0.1],
        W: [
          [0.1, 0],
          [0, 0.2],
        ],
      },
      stages: [{ task, duration: 1 }, { task }],
    });
    expect(Object.keys(layers.weights!(1.5))).toEqual(["u", "W"]);
  });
});

describe("a chain of one direction", () => {
  const task = taskFromSamples([-2, -1, 0.5, 1], [-1, 1, -1, 1]);
  const weights = gaussianWeights({ width: 6, scale: 0.3, seed: 2 });

  test("changes loss, decay and rates between stages", () => {
    const networks = [
      network({ loss: "logistic" }),
      network({ loss: "huber", learningRates: { u: 1, w: 0.25 } }),
      network({ loss: "mse", weightDecay: 0.1 }),
    ] as const;
    const flow = chain(
      {
        network: networks[0],
        initial: weights,
        stages: [
          { task, duration: 2 },
          { task, duration: 3, network: networks[1] },
          { task, duration: 4, network: networks[2] },
        ],
      },
      { rtol: 1e-12 },
    );
    let state = weights;
    let from = 0;
    for (const [i, duration] of [2, 3, 4].entries()) {
      const stage = integratedFlow({ network: networks[i]!, task, initial: state }, { until: duration, rtol: 1e-12 });
      for (const share of [0.3, 0.9]) {
        const t = from + share * duration;
        expect(Math.abs(flow.at(t).output - stage.at(share * duration).output)).toBeLessThan(1e-10);
        expect(Math.abs(flow.at(t).loss - stage.at(share * duration).loss)).toBeLessThan(1e-10);
        expect(Math.abs(orderParameters(flow.weights(t)).uw - flow.at(t).uw)).toBeLessThan(1e-10);
      }
      state = stage.weights(duration);
      from += duration;
    }
    expect(flow.until).toBe(9);
  });

  test("keeps the small exponential of stages without a closed form, which the rounding of weights would lose", () => {
    // After converging on one sign the network must unlearn it: how long that takes is in ln of what is left.
    const small = { u: Float64Array.of(1e-6, 0), w: Float64Array.of(0, 1e-6) };
    const plus = taskFromSamples([1], [1]);
    const minus = taskFromSamples([1], [-1]);
    const huber = network({ loss: "huber" });
    const flow = chain(
      { network: huber, initial: small, stages: [{ task: plus, duration: 30 }, { task: minus }] },
      { rtol: 1e-12 },
    );
    const oneTask = chain({
      network: network({ loss: "half-mse" }),
      initial: small,
      stages: [
        { task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }), duration: 30 },
        { task: taskFromMoments({ xx: 1, xy: -1, yy: 1 }) },
      ],
    });
    // Huber's is half of the square where |f − y| ≤ 1, so both wait about as long, and far beyond ln(1e16).
    const [slow] = timesTo(flow, { output: -0.5 });
    const [exact] = timesTo(oneTask, { output: -0.5 });
    expect(exact! - 30).toBeGreaterThan(25);
    expect(Math.abs(slow! - exact!)).toBeLessThan(1.5);
    for (const t of [10, 31, slow!, 80]) expect(Math.abs(orderParameters(flow.weights(t)).uw - flow.at(t).uw)).toBeLessThan(1e-9);
  });
});

describe("the loss on other data", () => {
  const x = [
    [1, 0.5],
    [-0.3, 1],
    [0.4, -1.2],
    [2, 0.1],
  ];
  const y = [
    [1, 0],
    [0.3, -1],
    [0.5, 0.2],
    [-1, 1],
  ];
  const flow = solve({ network: network(), task: matrixTaskFromSamples(x, y), initial });

  test("is the mean square of the residuals, and on the training data the loss itself", () => {
    const task = matrixTaskFromSamples(x, y);
    for (const t of [0, 0.4, 3]) expect(Math.abs(evaluate(flow, t, task) - flow.at(t).loss)).toBeLessThan(1e-12);
    const others = [
      [0.2, 0.9],
      [-1, 1],
    ];
    const targets = [
      [0, 1],
      [2, 0.5],
    ];
    const F = flow.at(0.4).output;
    const direct = others.reduce((sum, row, j) => {
      const f = F.mmul(Matrix.columnVector(row)).to1DArray();
      return sum + f.reduce((square, value, o) => square + (value - targets[j]![o]!) ** 2, 0) / others.length;
    }, 0);
    expect(Math.abs(evaluate(flow, 0.4, matrixTaskFromSamples(others, targets)) - direct)).toBeLessThan(1e-12);
  });

  test("needs the layers where the training data have no such inputs", () => {
    const line = matrixTaskFromSamples(
      [
        [1, 0],
        [2, 0],
      ],
      [
        [1, 0],
        [2, 1],
      ],
    );
    const other = matrixTaskFromSamples(
      [
        [0, 1],
        [1, 1],
      ],
      [
        [1, 0],
        [2, 1],
      ],
    );
    const known = solve({ network: network(), task: line, initial });
    const { W2, W1 } = initial;
    const F = W2.mmul(W1);
    const direct = [
      [0, 1],
      [1, 1],
    ].reduce((sum, row, j) => {
      const f = F.mmul(Matrix.columnVector(row)).to1DArray();
      return (
        sum +
        f.reduce(
          (square, value, o) =>
            square +
            (value -
              [
                [1, 0],
                [2, 1],
              ][j]![o]!) **
              2,
          0,
        ) /
          2
      );
    }, 0);
    expect(Math.abs(evaluate(known, 0, other) - direct)).toBeLessThan(1e-12);
    const { uu, ww, uw } = known.at(0);
    const reduced = solve({ network: network(), task: line, initial: { uu, ww, uw } });
    expect(() => evaluate(reduced, 0, other)).toThrow(/start the flow from layers/);
  });
});

test("a schedule rescales the time of every flow", () => {
  const flow = solve({ network: network(), task: first, initial });
  const scheduled = withSchedule(flow, exponentialSchedule({ decayTime: 2 }));
  for (const t of [0.3, 1, 4]) {
    const time = 2 * (1 - Math.exp(-t / 2));
    expect(apart(scheduled.at(t).output, flow.at(time).output)).toBeLessThan(1e-12);
    expect(apart(scheduled.weights!(t).W2, flow.weights!(time).W2)).toBeLessThan(1e-12);
  }
  const level = flow.at(1).loss;
  const [met] = timesTo(scheduled, { loss: level });
  expect(2 * (1 - Math.exp(-met! / 2))).toBeCloseTo(1, 9);
});

test("weights that grow for ever have the last step as their limit", () => {
  const task = matrixTaskFromSamples(
    [
      [1, 0],
      [0, 1],
    ],
    [
      [1, -1],
      [-1, 1],
    ],
  );
  const net = network({ loss: "logistic" });
  const flow = chain({ network: net, initial, stages: [{ task, duration: 1 }, { task }] });
  expect(flow.status).toBe("unbounded");
  expect(flow.limit.excessLoss).toBeLessThan(1e-6);
  const scheduled = withSchedule(solve({ network: net, task, initial }), {
    factor: () => 1,
    integral: (t) => t,
    inverse: (t) => t,
  });
  expect(scheduled.limit.excessLoss).toBeLessThan(1e-6);
  expect(regime(flow).kernelChange).toBe(Infinity);
});

test("a stage with other learning rates does not count as a change of the kernel", () => {
  const small = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
  const start = { uu: 1, ww: 1, uw: 0 };
  const single = regime(exactFlow({ network: network(), task: small, initial: start }));
  const slower = network({ learningRates: 0.01 });
  const staged = chain({
    network: network(),
    initial: start,
    stages: [
      { task: small, duration: 0.3 },
      { task: small, network: slower },
    ],
  });
  expect(regime(staged).kernelChange).toBeCloseTo(single.kernelChange, 6);
  const wide = network({ outputScale: 100 });
  const alone = regime(solve({ network: wide, task: first, initial }));
  const other = network({ outputScale: 100, learningRates: 0.5 });
  const matrices = chain({
    network: wide,
    initial,
    stages: [
      { task: first, duration: 1e-4 },
      { task: first, network: other },
    ],
  });
  expect(regime(matrices).kernelChange).toBeCloseTo(alone.kernelChange, 4);
  // Under a schedule, too.
  const paced = withSchedule(staged, exponentialSchedule({ decayTime: 1e4 }));
  expect(regime(paced).kernelChange).toBeCloseTo(single.kernelChange, 6);
  const pacedMatrices = withSchedule(matrices, exponentialSchedule({ decayTime: 1e4 }));
  expect(regime(pacedMatrices).kernelChange).toBeCloseTo(alone.kernelChange, 4);
});

test("the sharpness of a chain under a schedule is that of its stage", () => {
  const decaying = network({ weightDecay: 0.5 });
  const flow = chain({
    network: network(),
    initial,
    stages: [
      { task: first, duration: 1 },
      { task: second, network: decaying },
    ],
  });
  const paced = withSchedule(flow, piecewiseSchedule([{ factor: 0.5 }]));
  for (const t of [0.5, 3]) expect(sharpness(paced, 2 * t)).toBeCloseTo(sharpness(flow, t), 9);
});
