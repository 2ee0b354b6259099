/**
 * Losses with kinks, and with jumps of their slope, against an extrapolation method that is told where each
 * sample's kinks are.
 */
import { integratedFlow, type Loss, network, taskFromSamples } from "feature-learning";
import { describe, expect, test } from "vitest";
import { drawer } from "../support/drawer.ts";
import { type PiecewiseField, piecewiseSolution } from "../support/extrapolation.ts";

/** ℓ' as a function of r = f − y or of the margin yf: one smooth function between any two breaks. */
interface PiecewiseLoss {
  readonly name: string;
  readonly of: "residual" | "margin";
  readonly breaks: readonly number[];
  readonly slopes: readonly ((s: number) => number)[];
}

const LOSSES: readonly PiecewiseLoss[] = [
  { name: "huber", of: "residual", breaks: [-1, 1], slopes: [() => -1, (r) => r, () => 1] },
  { name: "logistic", of: "margin", breaks: [], slopes: [(m) => -1 / (1 + Math.exp(m))] },
  {
    name: "three slopes",
    of: "residual",
    breaks: [-0.3, 0.3],
    slopes: [(r) => -0.3 + 0.2 * (r + 0.3), (r) => r, (r) => 0.3 + 0.2 * (r - 0.3)],
  },
  { name: "expectile", of: "residual", breaks: [0], slopes: [(r) => 0.6 * r, (r) => 1.4 * r] },
  { name: "squared hinge", of: "margin", breaks: [1], slopes: [(m) => 2 * (m - 1), () => 0] },
  { name: "absolute", of: "residual", breaks: [0], slopes: [() => -1, () => 1] },
  { name: "quantile", of: "residual", breaks: [0], slopes: [() => -0.7, () => 0.3] },
  { name: "hinge", of: "margin", breaks: [1], slopes: [() => -1, () => 0] },
];

function pieceAt({ breaks }: PiecewiseLoss, s: number): number {
  const above = breaks.findIndex((end) => s < end);
  return above < 0 ? breaks.length : above;
}

function lossOf(loss: PiecewiseLoss): Loss {
  const { name, of, slopes } = loss;
  if (name === "huber" || name === "logistic") return name;
  return {
    value: (f, y) => Math.abs(f - y),
    derivative: (f, y) => {
      const s = of === "residual" ? f - y : y * f;
      return (of === "residual" ? 1 : y) * slopes[pieceAt(loss, s)]!(s);
    },
  };
}

interface Drawn {
  readonly loss: PiecewiseLoss;
  readonly x: number[];
  readonly y: number[];
  readonly u: number[];
  readonly w: number[];
  readonly gamma: number;
  readonly rates: { readonly u: number; readonly w: number };
  readonly times: number[];
}

function drawn(count: number, seed: number): Drawn[] {
  const { uniform, normal } = drawer(seed);
  return Array.from({ length: count }, (_, i) => {
    const loss = LOSSES[i % LOSSES.length]!;
    const d = 1 + Math.floor(3 * uniform());
    const x = Array.from({ length: 1 + Math.floor(6 * uniform()) }, normal);
    const label = (value: number): number => (uniform() < 0.8 ? Math.sign(value) : -Math.sign(value));
    const scale = 0.1 + uniform();
    const until = 0.5 + 5 * uniform();
    return {
      loss,
      x,
      y: x.map((value) => (loss.of === "margin" ? label(value) : 1.5 * value + 0.7 * normal())),
      u: Array.from({ length: d }, () => scale * normal()),
      w: Array.from({ length: d }, () => scale * normal()),
      gamma: (uniform() < 0.5 ? -1 : 1) * (0.5 + uniform()),
      rates: { u: 0.3 + 2 * uniform(), w: 0.3 + 2 * uniform() },
      times: [0.13, 0.31, 0.5, 0.77, 0.9, 1].map((share) => share * until),
    };
  });
}

/** All weights at the times, on all pieces of all samples. */
function reference({ loss, x, y, u, w, gamma, rates, times }: Drawn): ReturnType<typeof piecewiseSolution> {
  const d = u.length;
  const output = (state: readonly number[]): number => {
    let S = 0;
    for (let i = 0; i < d; i++) S += state[i]! * state[d + i]!;
    return gamma * S;
  };
  const argument = (f: number, j: number): number => (loss.of === "residual" ? f * x[j]! - y[j]! : y[j]! * f * x[j]!);
  const field: PiecewiseField = {
    derivative: (state, pieces) => {
      const f = output(state);
      let g = 0;
      for (const [j, xj] of x.entries()) {
        const slope = loss.slopes[pieces[j]!]!(argument(f, j));
        g -= (xj * (loss.of === "residual" ? 1 : y[j]!) * slope) / x.length;
      }
      return state.map((_, i) => (i < d ? rates.u * gamma * g * state[d + i]! : rates.w * gamma * g * state[i - d]!));
    },
    inside: (state, pieces) => {
      const f = output(state);
      return pieces.map((piece, j) => {
        const s = argument(f, j);
        return Math.min(s - (loss.breaks[piece - 1] ?? -Infinity), (loss.breaks[piece] ?? Infinity) - s);
      });
    },
    entered: (state, pieces, j) => {
      const below = argument(output(state), j) < (loss.breaks[pieces[j]! - 1] ?? -Infinity);
      return below ? pieces[j]! - 1 : pieces[j]! + 1;
    },
  };
  const initial = [...u, ...w];
  const pieces = x.map((_, j) => pieceAt(loss, argument(output(initial), j)));
  return piecewiseSolution(field, initial, pieces, times, 0.02);
}

describe("losses with kinks keep the tolerance", () => {
  const problems = drawn(200, 12345);
  const references = problems.map(reference);

  test("the problems cross kinks, and some come to rest at a jump", () => {
    expect(references.reduce((sum, { switches }) => sum + switches, 0)).toBeGreaterThan(150);
    expect(references.filter(({ rests }) => rests).length).toBeGreaterThan(15);
  });

  test.each([1e-4, 1e-6, 1e-8, 1e-10, 1e-12])("the error is within 10 times rtol on 200 networks, rtol %f", (rtol) => {
    let compared = 0;
    for (const [i, problem] of problems.entries()) {
      const { loss, x, y, u, w, gamma, rates, times } = problem;
      const net = network({ loss: lossOf(loss), outputScale: gamma, learningRates: rates });
      const flow = integratedFlow(
        { network: net, task: taskFromSamples(x, y), initial: { u, w } },
        { until: times.at(-1)!, rtol },
      );
      for (const [k, t] of times.entries()) {
        const expected = references[i]!.states[k]!;
        const found = flow.weights(t);
        const size = Math.max(...expected.map(Math.abs));
        const error = Math.max(...[...found.u, ...found.w].map((value, j) => Math.abs(value - expected[j]!)));
        expect(error / size / rtol, `problem ${i}, ${loss.name}, t = ${t}`).toBeLessThan(10);
        compared++;
      }
    }
    expect(compared).toBe(1200);
  });

  test("and with the method of order 5", () => {
    let compared = 0;
    for (const rtol of [1e-4, 1e-8]) {
      for (const [i, { loss, x, y, u, w, gamma, rates, times }] of problems.slice(0, 80).entries()) {
        const net = network({ loss: lossOf(loss), outputScale: gamma, learningRates: rates });
        const options = { until: times.at(-1)!, rtol, method: "dopri5" } as const;
        const flow = integratedFlow({ network: net, task: taskFromSamples(x, y), initial: { u, w } }, options);
        const found = flow.weights(times[2]!);
        const expected = references[i]!.states[2]!;
        const error = Math.max(...[...found.u, ...found.w].map((value, j) => Math.abs(value - expected[j]!)));
        expect(error / Math.max(...expected.map(Math.abs)) / rtol).toBeLessThan(10);
        compared++;
      }
    }
    expect(compared).toBe(160);
  });

  test("a Huber loss that five samples leave one by one", () => {
    const x = [1.26331, 0.624195, 0.141294, -0.780283, 0.767803];
    const y = [2.99476, 2.89028, -0.0944386, -1.00581, 2.04354];
    const huber = LOSSES[0]!;
    const start = { u: [0.141486, 0.104224], w: [0.0910616, -0.299198] };
    const exact = reference({ loss: huber, x, y, ...start, gamma: 1, rates: { u: 1, w: 1 }, times: [3] }).states[0]!;
    const output = exact[0]! * exact[2]! + exact[1]! * exact[3]!;
    // The inputs above are rounded to six digits.
    expect(Math.abs(output - 1.1267012)).toBeLessThan(1e-5);
    for (const rtol of [1e-6, 1e-8, 1e-10, 1e-12]) {
      const problem = { network: network({ loss: "huber" }), task: taskFromSamples(x, y), initial: start };
      const flow = integratedFlow(problem, { until: 3, rtol });
      expect(Math.abs(flow.at(3).output - output)).toBeLessThan(10 * rtol);
    }
  });
});

describe("where the slope of the loss jumps", () => {
  const absolute: Loss = { value: (f, y) => Math.abs(f - y), derivative: (f, y) => Math.sign(f - y) };

  test("one direction comes to rest at the jump, in finite time", () => {
    const flow = integratedFlow({
      network: network({ loss: absolute }),
      task: taskFromSamples([1, 3, -1], [1, 4.5, -1.2]),
      initial: { u: [0.3, 0.1], w: [0.2, -0.4] },
    });
    expect(flow.status).toBe("converged");
    // The weighted median of y/x = 1, 1.5, 1.2 with weights 1, 3, 1.
    expect(Math.abs(flow.at(Infinity).output - 1.5)).toBeLessThan(1e-9);
  });

  test("several inputs that slide along a jump are refused, with the flow so far", () => {
    const problem = {
      network: network({ loss: absolute }),
      task: taskFromSamples(
        [
          [1, 0.2],
          [0.1, -1],
          [-0.6, 0.3],
        ],
        [1, -0.5, 0.3],
      ),
      initial: { u: [0.3, 0.5, -0.2], W: [0.2, 0.4, -0.1, 0.3, 0.2, -0.6] },
    };
    const initial = {
      u: problem.initial.u,
      W: [problem.initial.W.slice(0, 2), problem.initial.W.slice(2, 4), problem.initial.W.slice(4)],
    };
    const flow = integratedFlow({ ...problem, initial }, { onFailure: "return" });
    expect(flow.status).toBe("sliding");
    expect(flow.at(flow.until).loss).toBeLessThan(flow.at(0).loss);
    expect(() => integratedFlow({ ...problem, initial })).toThrow(/slope of the loss jumps/);
  });
});

test("a kink right before the end, or within rounding of a step's end, does not stop the integration", () => {
  const loss = {
    value: (f: number, y: number) => Math.max(0, Math.abs(f - y) - 0.2) ** 2,
    derivative: (f: number, y: number) => 2 * Math.max(0, Math.abs(f - y) - 0.2) * Math.sign(f - y),
  };
  const problem = {
    network: network({ loss, weightDecay: 0.17582212314009665, learningRates: { u: 1, w: 1.0896701929159462 } }),
    task: taskFromSamples(
      [
        [0.5916597749160158, -0.6306087018163344],
        [-0.4426046054642264, 0.6800232254982971],
        [0.7485454383593929, 1.0993738654565681],
      ],
      [1.0050360969139431, -3.578859303881103, -0.5147754776514457],
    ),
    initial: {
      u: [0.29604484611377563, -0.6808124098125125],
      W: [
        [0.04546731639276089, -0.3175846849506067],
        [0.4081866267878499, 0.05398826765948671],
      ],
    },
  };
  const reference = integratedFlow(problem, { rtol: 1e-11, until: 5 });
  for (const rtol of [1e-4, 1e-5, 1.0029422215e-6, 1e-6, 1e-8])
    for (const until of [3, 5]) {
      const flow = integratedFlow(problem, { rtol, until });
      expect(flow.status).toBe("completed");
      const [found, expected] = [flow.at(until).output, reference.at(until).output];
      for (const [i, value] of found.to1DArray().entries()) expect(Math.abs(value - expected.get(0, i))).toBeLessThan(10 * rtol);
    }
});
