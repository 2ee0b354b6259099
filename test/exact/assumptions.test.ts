/** What couples modes, or takes the balance from layers, each alone: above the tolerance it is told, below it is forgiven. */
import {
  exactApplies,
  exactFlow,
  type MatrixLayersLike,
  matrixTaskFromMoments,
  type NetworkOptions,
  network,
  orderParameters,
} from "feature-learning";
import { describe, expect, test } from "vitest";

const layers = {
  W2: [
    [1, 0, 0, 0],
    [0, 0.5, 0, 0],
  ],
  W1: [
    [0.3, 0],
    [0, 0.2],
    [0.4, 0],
    [0, 0.6],
  ],
};
const data = {
  xx: [
    [1, 0],
    [0, 1.5],
  ],
  yx: [
    [1, 0],
    [0, 0.7],
  ],
  yy: 3,
};

function reasons(
  changes: { xx?: number[][]; yx?: number[][] } & Partial<MatrixLayersLike>,
  options: NetworkOptions = {},
): string {
  const { xx = data.xx, yx = data.yx, ...rest } = changes;
  const task = matrixTaskFromMoments({ xx, yx, yy: 3 });
  const verdict = exactApplies({ network: network(options), task, initial: { ...layers, ...rest } });
  return verdict.applies ? verdict.family : verdict.failed.join("; ");
}

describe("modes are coupled by", () => {
  /** By ε: two hidden vectors of input weights, two of output weights, or one of each that belong to different modes. */
  const couplings: Readonly<Record<string, (e: number) => Parameters<typeof reasons>[0]>> = {
    "the inputs' covariance": (e) => ({
      xx: [
        [1, e],
        [e, 1.5],
      ],
    }),
    "the correlation with the targets": (e) => ({
      yx: [
        [1, e],
        [0, 0.7],
      ],
    }),
    "the input weights": (e) => ({
      W1: [
        [0.3, 0],
        [0, 0.2],
        [0.4, e],
        [0, 0.6],
      ],
    }),
    "the output weights": (e) => ({
      W2: [
        [1, 0, 0, 0.2 * e],
        [0, 0.5, 0, 0.1],
      ],
      W1: [
        [0.3, 0],
        [0, 0.2],
        [0.4, 0],
        [0, 0],
      ],
    }),
    "the layers' overlap": (e) => ({
      W2: [
        [1, 0, 0, e],
        [0, 0.5, 0, 0],
      ],
    }),
  };

  test.each(Object.entries(couplings))("%s", (what, coupled) => {
    // The vectors that fit all matrices best move too: an overlap shows in the correlation.
    const where = what === "the layers' overlap" ? "(correlation with the targets|overlap)" : what;
    expect(reasons(coupled(1e-6))).toMatch(
      new RegExp(`${where} couples? the modes \\((0\\.00000|[0-9.]+e-[78])[0-9]*\\); .*not whitened`),
    );
    expect(reasons(coupled(1e-13))).toBe("modes");
    expect(reasons(coupled(0))).toBe("modes");
  });

  test.each(["the input weights", "the output weights", "the layers' overlap"])("%s, seen in order parameters", (what) => {
    const coupled = (e: number) => {
      const { W2, W1 } = { ...layers, ...couplings[what]!(e) };
      return { network: network(), task: matrixTaskFromMoments(data), initial: orderParameters({ W2, W1 }) };
    };
    expect(exactApplies(coupled(1e-6))).toMatchObject({ applies: false });
    expect(exactApplies(coupled(0))).toMatchObject({ applies: true, family: "modes" });
  });

  test("two small modes beside a large one", () => {
    const [one, small] = [1, 1e-8];
    const problem = (e: number) => ({
      network: network(),
      task: matrixTaskFromMoments({
        xx: [
          [1, 0, 0],
          [0, 1.5, 0],
          [0, 0, 2],
        ],
        yx: [
          [1, 0, 0],
          [0, 0.7, 0],
          [0, 0, 0.5],
        ],
        yy: 3,
      }),
      initial: {
        W2: [
          [one, 0, 0],
          [0, small, 0],
          [0, e * small, small],
        ],
        W1: [
          [one, 0, 0],
          [0, small, 0],
          [0, 0, small],
        ],
      },
    });
    expect(exactApplies(problem(0.1))).toMatchObject({ applies: false });
    expect(exactApplies(problem(0))).toMatchObject({ applies: true, family: "modes" });
  });

  test("more inputs than there are outputs to meet in", () => {
    expect(reasons({ yx: [[1, 1]], W2: [[0.1, 0, 0, 0.2]] })).toMatch(/2 directions of the inputs meet in 1 outputs/);
  });
});

describe("layers are λ-balanced", () => {
  const white = {
    xx: [
      [2, 0],
      [0, 2],
    ],
    yx: [
      [1, 0.2],
      [-0.3, 0.7],
    ],
  };
  /** C = diag(0.3, 0.6) and A with AᵀA = CCᵀ + λ, but for ε on and off the diagonal. */
  const balanced = (lambda: number, on = 0, off = 0): MatrixLayersLike => {
    const squares = [0.09 + lambda, 0.36 + lambda + on];
    return {
      W2: [
        [Math.sqrt(squares[0]!), off],
        [0, Math.sqrt(squares[1]!)],
      ],
      W1: [
        [0.3, 0],
        [0, 0.6],
      ],
    };
  };

  test.each([-0.05, 0, 1])("with λ = %d", (lambda) => {
    expect(reasons({ ...white, ...balanced(lambda) })).toBe("balanced");
    expect(reasons({ ...white, ...balanced(lambda, 1e-7) })).toMatch(/not λ-balanced.*off λ1 by [0-9.]+e-[678] of its size/);
    expect(reasons({ ...white, ...balanced(lambda, 0, 1e-7) })).toMatch(/not λ-balanced/);
    expect(reasons({ ...white, ...balanced(lambda, 1e-13, 1e-14) })).toBe("balanced");
  });

  test("to the digit, at any rates", () => {
    const { W2, W1 } = balanced(0.25) as { W2: number[][]; W1: number[][] };
    const rates = { u: 4, w: 9 };
    const initial = { W2: W2.map((row) => row.map((x) => 2 * x)), W1: W1.map((row) => row.map((x) => 3 * x)) };
    const task = matrixTaskFromMoments({ ...white, yy: 3 });
    const flow = exactFlow({ network: network({ learningRates: rates }), task, initial }, { family: "balanced" });
    expect(flow.lambda).toBeCloseTo(0.25, 14);
    const zero = balanced(0) as { W2: number[][]; W1: number[][] };
    expect(exactFlow({ network: network(), task, initial: zero }, { family: "balanced" }).lambda).toBe(0);
  });

  test("and not where a layer is frozen, nothing is output, or the inputs have two variances", () => {
    const found = (options: NetworkOptions): string => reasons({ ...white, ...balanced(0.1) }, options);
    expect(found({ learningRates: { u: 0, w: 1 } })).toMatch(/a layer is frozen/);
    expect(found({ learningRates: { u: 1, w: 0 } })).toMatch(/a layer is frozen/);
    expect(found({ outputScale: 0 })).toMatch(/the output scale is 0/);
    expect(
      reasons({
        ...white,
        xx: [
          [2, 0],
          [0, 2 + 1e-10],
        ],
        ...balanced(0.1),
      }),
    ).toMatch(/not whitened: their variances go from 2\.00 to 2\.00/);
    expect(
      reasons({
        ...white,
        xx: [
          [2, 0],
          [0, 2 + 1e-13],
        ],
        ...balanced(0.1),
      }),
    ).toBe("balanced");
  });

  test("nor where the numbers overflow double precision", () => {
    const huge = {
      W2: [
        [1e150, 0],
        [0, 1e150],
      ],
      W1: [
        [1e150, 1e149],
        [-1e149, 1e150],
      ],
    };
    expect(reasons({ ...white, ...huge })).toMatch(/overflow double precision/);
  });
});

describe("asked for one family", () => {
  const problem = (changes: Partial<typeof data>) => ({
    network: network(),
    task: matrixTaskFromMoments({ ...data, ...changes }),
    initial: layers,
  });

  test("the exact flow does not take the other", () => {
    expect(() => exactFlow(problem({}), { family: "balanced" })).toThrowError(
      /^exactFlow: the inputs are not whitened: [^;]*; call/,
    );
    const coupled = problem({
      xx: [
        [1, 0],
        [0, 1],
      ],
      yx: [
        [1, 0.5],
        [0, 0.7],
      ],
    });
    expect(() => exactFlow(coupled, { family: "modes" })).toThrowError(/^exactFlow: [^;]*couples? the modes[^;]*; call/);
  });

  test("the rates are told from the fastest on, the modes from the strongest", () => {
    const slow = problem({
      xx: [
        [4, 0],
        [0, 1],
      ],
      yx: [
        [0.2, 0],
        [0, 0.9],
      ],
    });
    const { rates, modes } = exactFlow(slow, { family: "modes" });
    expect(modes.map(({ flow }) => flow.problem.task.xy)).toEqual([0.9, 0.2]);
    expect([...rates]).toEqual(modes.map(({ flow }) => flow.rate).sort((a, b) => b - a));
    expect(rates[0]).toBeGreaterThan(rates[1]!);
  });
});
