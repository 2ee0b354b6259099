/**
 * Networks of any depth on one direction, in closed form: laws, limits to neighbours, the integrator, the
 * range.
 */
import {
  type DepthInitial,
  type DepthSnapshot,
  exactApplies,
  exactFlow,
  integratedFlow,
  type Network,
  network,
  taskFromMoments,
} from "feature-learning";
import { describe, expect, test } from "vitest";
import { counted } from "../support/counted.ts";
import { uniforms } from "../support/uniforms.ts";

const task = taskFromMoments({ xx: 1.2, xy: 1, yy: 1.5 });

const near = (a: number, b: number, share: number, floor = 0): void =>
  expect(Math.abs(a - b), `${a} is not ${b}`).toBeLessThanOrEqual(share * Math.max(Math.abs(b), floor));

interface Drawn {
  readonly network: Network;
  readonly task: ReturnType<typeof taskFromMoments>;
  readonly initial: { readonly layers: number[] };
}

/**
 * Layers over two decades, balanced, tied, zero or not; rates apart or the same; targets of both signs and
 * none.
 */
function draw(seed: number): Drawn {
  const uniform = uniforms(seed);
  const between = (low: number, high: number): number => low + (high - low) * uniform();
  const sign = (): number => (uniform() < 0.3 ? -1 : 1);
  const depth = 1 + Math.floor(6 * uniform());
  const same = uniform() < 0.5;
  const rates = Array.from({ length: depth }, () => (same ? 1 : 10 ** between(-1, 1)));
  if (uniform() < 0.1) rates[0] = 0;
  const size = 10 ** between(-1, 0.5);
  const kind = Math.floor(6 * uniform());
  const layers = rates.map((rate) => sign() * (kind === 0 && same ? size * Math.sqrt(rate || 1) : size * 10 ** between(-1, 0.3)));
  if (kind === 1) layers[0] = 0;
  if (kind === 2 && depth > 1 && same) layers[1] = -layers[0]!;
  const xx = 10 ** between(-0.5, 0.5);
  const xy = kind === 3 ? 0 : sign() * between(0.2, 2);
  return {
    network: network({ depth, learningRates: rates, outputScale: sign() * between(0.5, 2), loss: same ? "mse" : "half-mse" }),
    task: taskFromMoments({ xx, xy, yy: (xy * xy) / xx + between(0, 1) }),
    initial: { layers },
  };
}

describe("the integrator agrees", () => {
  test("on random problems up to a thousand relaxation times", () => {
    const compared = counted({ atLeast: 0.9 });
    for (let seed = 1; seed <= 60; seed++) {
      const problem = draw(seed);
      const flow = exactFlow(problem);
      const pace = flow.rate > 0 ? 1 / flow.rate : 1;
      const other = integratedFlow(problem, { rtol: 1e-13, until: 1e3 * pace, onFailure: "return" });
      const largest = Math.max(...flow.at(0).layers.map(Math.abs), ...flow.limit.layers.map(Math.abs));
      for (const t of [0.01, 0.3, 1, 3, 30, 1e3].map((share) => share * pace)) {
        if (!compared.when(t <= other.until)) continue;
        const [a, b] = [flow.at(t), other.at(t)];
        for (const [l, layer] of a.layers.entries())
          expect(Math.abs(layer - b.layers[l]!), `seed ${seed} at ${t}`).toBeLessThanOrEqual(1e-10 * largest);
      }
    }
  });

  test("on depths that are no integers, and on infinite ones", () => {
    for (const depth of [1.4, 2.5, 3.7, Infinity]) {
      for (const output of [0.05, 2]) {
        const problem = { network: network({ depth, outputScale: 0.8 }), task, initial: { output } };
        const [flow, other] = [exactFlow(problem), integratedFlow(problem, { rtol: 1e-12 })];
        for (const t of [0.1, 1, 5]) near(flow.at(t).output, other.at(t).output, 1e-9);
      }
    }
  });
});

describe("laws", () => {
  test("a flow goes on from any of its snapshots", () => {
    for (let seed = 100; seed < 160; seed++) {
      const problem = draw(seed);
      const flow = exactFlow(problem);
      const pace = flow.rate > 0 ? 1 / flow.rate : 1;
      for (const [a, b] of [
        [0.3, 0.5],
        [1, 2],
      ] as const) {
        const rest = exactFlow({ ...problem, initial: flow.at(a * pace) });
        const [now, whole] = [rest.at(b * pace), flow.at((a + b) * pace)];
        const largest = Math.max(...whole.layers.map(Math.abs));
        for (const [l, layer] of whole.layers.entries())
          expect(Math.abs(layer - now.layers[l]!), `seed ${seed}`).toBeLessThanOrEqual(2e-13 * largest);
      }
    }
  });

  test("what layers have beyond balanced ones is conserved", () => {
    for (let seed = 200; seed < 260; seed++) {
      const problem = draw(seed);
      const flow = exactFlow(problem);
      const { layerRates, learningRates } = problem.network;
      const rates = layerRates ?? problem.initial.layers.map((_, l) => (l === 0 ? learningRates.w : learningRates.u));
      const at = (l: number, t: number): number => flow.at(t).layers[l]! ** 2;
      for (const t of [0.1, 1, 10]) {
        for (let l = 1; l < rates.length; l++) {
          const before = rates[0]! * at(l, 0) - rates[l]! * at(0, 0);
          const after = rates[0]! * at(l, t) - rates[l]! * at(0, t);
          const size = rates[0]! * Math.max(at(l, t), at(l, 0)) + rates[l]! * Math.max(at(0, t), at(0, 0));
          expect(Math.abs(after - before)).toBeLessThanOrEqual(1e-14 * size);
        }
        expect(flow.at(t).balances).toEqual(flow.at(0).balances);
      }
    }
  });

  test("the loss never rises, and the initial state is given back bit for bit", () => {
    for (let seed = 300; seed < 360; seed++) {
      const problem = draw(seed);
      const flow = exactFlow(problem);
      expect(flow.at(0).layers).toEqual(problem.initial.layers);
      const losses = [0, 1e-3, 0.1, 1, 10, 1e3, Infinity].map((t) => flow.at(t).excessLoss);
      for (const [i, loss] of losses.slice(1).entries()) expect(loss).toBeLessThanOrEqual(losses[i]! * (1 + 1e-13));
    }
  });

  test("scales of all quantities only scale the training", () => {
    const layers = [0.2, -0.5, 0.7];
    const flow = exactFlow({ network: network({ depth: 3 }), task, initial: { layers } });
    for (const scale of [1e-40, 1e40]) {
      // a → ca, y → c³y: f → c³f, and time goes as c⁻⁴.
      const scaled = taskFromMoments({ xx: 1.2, xy: scale ** 3, yy: 1.5 * scale ** 6 });
      const other = exactFlow({
        network: network({ depth: 3 }),
        task: scaled,
        initial: { layers: layers.map((a) => scale * a) },
      });
      for (const t of [0.1, 1, 3]) near(other.at(t / scale ** 4).output / scale ** 3, flow.at(t).output, 1e-13);
    }
  });
});

describe("limits to neighbours", () => {
  test("two layers are the closed form of one direction", () => {
    for (const [u, w] of [
      [0.3, 0.1],
      [-0.3, 0.4],
      [0, 0.5],
      [2, 3],
    ] as const) {
      for (const rates of [
        { u: 1, w: 1 },
        { u: 0.3, w: 2 },
        { u: 0, w: 1 },
      ]) {
        const net = network({ learningRates: rates, outputScale: 0.8 });
        const deep = exactFlow({ network: net, task, initial: { layers: [w, u] } });
        const one = exactFlow({ network: net, task, initial: { u: [u], w: [w] } });
        expect(deep.family).toBe("depth");
        for (const t of [0, 0.1, 1, 4, Infinity]) {
          const [a, b] = [deep.at(t), one.at(t)];
          for (const name of [
            "output",
            "residual",
            "loss",
            "excessLoss",
            "kernel",
            "normProduct",
            "kernelSize",
            "outputSize",
          ] as const)
            near(a[name], b[name], 1e-12, 1e-14);
          near(a.sharpness!, b.sharpness!, 1e-12);
        }
      }
    }
  });

  test("depths next to 2, and next to 1, hardly differ from them", () => {
    for (const [depth, output] of [
      [2, 0.01],
      [2, 3],
      [1, 0.01],
      [1, 3],
    ] as const) {
      const at = (of: number, t: number): DepthSnapshot =>
        exactFlow({ network: network({ depth: of }), task, initial: { output } }).at(t);
      for (const t of [0.1, 1, 3]) {
        const slope = (at(depth + 1e-4, t).output - at(depth, t).output) / 1e-4;
        near(at(depth + 1e-9, t).output, at(depth, t).output + 1e-9 * slope, 1e-12);
        near(at(depth + 1e-15, t).output, at(depth, t).output, 1e-13);
      }
    }
  });

  test("one layer learns exponentially, and passes 0", () => {
    const flow = exactFlow({ network: network({ depth: 1, learningRates: 0.5 }), task, initial: { layers: [-0.7] } });
    for (const t of [0.1, 1, 5]) near(flow.at(t).output, 1 / 1.2 - (0.7 + 1 / 1.2) * Math.exp(-1.2 * t), 1e-14);
    expect(flow.rate).toBe(1.2);
  });

  test("nearly balanced layers approach balanced ones", () => {
    const at = (off: number): number =>
      exactFlow({ network: network({ depth: 3 }), task, initial: { layers: [0.1, 0.1, 0.1 * (1 + off)] } }).at(4).output;
    const slope = (at(1e-4) - at(0)) / 1e-4;
    for (const off of [1e-8, 1e-12]) near(at(off), at(0) + off * slope, 1e-11);
  });

  test("a hundred balanced layers are near to infinitely many of the same total rate", () => {
    const at = (depth: number): number =>
      exactFlow({
        network: network({ depth, learningRates: depth === Infinity ? 1 : 1 / depth }),
        task,
        initial: { output: 0.2 },
      }).at(1).output;
    const [hundred, more, all] = [at(100), at(1000), at(Infinity)];
    near((hundred - all) / (more - all), 10, 0.2);
  });
});

describe("where training ends", () => {
  const endOf = (options: Parameters<typeof network>[0], initial: DepthInitial) =>
    exactFlow({ network: network(options), task, initial });

  test("balanced layers of the wrong sign end in the saddle at 0, others go through it", () => {
    const balanced = endOf({ depth: 3 }, { layers: [-0.5, 0.5, 0.5] });
    expect([balanced.limit.output, balanced.limit.residual]).toEqual([0, 1]);
    // |σ| ≈ (eT)^{−1/e} with e = 1/3 and T = 6 |xy| |s∞|^e t.
    const [t, goal] = [1e9, 1 / 1.2];
    near(balanced.at(t).output / goal, -((2 * t * goal ** (1 / 3)) ** -3), 1e-3);
    const through = endOf({ depth: 3 }, { layers: [-0.5, 0.5, 0.6] });
    expect(through.limit.output).toBe(0);
    expect(endOf({ depth: 3 }, { layers: [-0.4, 0.5, 0.5] }).limit.output).toBeCloseTo(goal, 15);
  });

  test("two layers that are 0 stay so, one does not", () => {
    expect(endOf({ depth: 3 }, { layers: [0, 0, 1] }).at(1e9).output).toBe(0);
    expect(endOf({ depth: 3 }, { layers: [0, 0.2, 1] }).limit.output).toBeCloseTo(1 / 1.2, 15);
    expect(endOf({ depth: 3 }, { output: 0 }).at(Infinity).output).toBe(0);
  });

  test("a small balanced start waits 1/(eσ₀^e)", () => {
    for (const depth of [3, 4, 10]) {
      const e = 1 - 2 / depth;
      const flow = endOf({ depth }, { output: 1e-12 / 1.2 });
      const T = 2 * depth * (1 / 1.2) ** e;
      const waits = 1 / (e * 1e-12 ** e * T);
      expect(flow.at(0.9 * waits).output).toBeLessThan(0.01);
      near(flow.at(1.1 * waits).output, 1 / 1.2, 1e-6);
    }
  });
});

describe("late times", () => {
  test("the layers multiply to the output, and make the kernel, to rounding", () => {
    const compared = counted({ atLeast: 0.5 });
    for (const depth of [3, 5, 7])
      for (const output of [1e-150, 1e-20, 0.3, 5, 1e100]) {
        const flow = exactFlow({ network: network({ depth, learningRates: 0.7 }), task, initial: { output } });
        for (const t of [1e-3 / flow.rate, 3 / flow.rate, 30 / flow.rate, 1e300, Infinity]) {
          const now = flow.at(t);
          if (!compared.when(Math.abs(now.residual) <= 0.5 * task.xy)) continue;
          near(now.normProduct, now.output, 3e-15);
          near(now.kernel, 0.7 * now.layers.reduce((sum, a) => sum + (now.output / a) ** 2, 0), 3e-15);
        }
      }
  });

  test("the residual falls as long as doubles can tell, and then is 0", () => {
    for (const depth of [2, 2.5, 3, 100, Infinity]) {
      const flow = exactFlow({ network: network({ depth }), task, initial: { output: 0.5 } });
      expect(flow.at(600 / flow.rate).residual).toBeGreaterThan(0);
      expect(flow.at(800 / flow.rate).residual).toBe(0);
    }
  });
});

describe("range and refusals", () => {
  test("no number is NaN from 1e-150 to 1e150", () => {
    const uniform = uniforms(7);
    const compared = counted({ atLeast: 0.99 });
    for (let n = 0; n < 200; n++) {
      const size = (): number => 10 ** (300 * uniform() - 150);
      const sign = (): number => (uniform() < 0.4 ? -1 : 1);
      const depth = 1 + Math.floor(5 * uniform());
      const common = size();
      const balanced = uniform() < 0.3;
      const [rootX, rootY] = [10 ** (150 * uniform() - 75), 10 ** (150 * uniform() - 75)];
      const problem = {
        network: network({
          depth,
          outputScale: sign() * size(),
          learningRates: uniform() < 0.5 ? size() : Array.from({ length: depth }, size),
        }),
        task: taskFromMoments({ xx: rootX ** 2, xy: sign() * uniform() * rootX * rootY, yy: rootY ** 2 }),
        initial: { layers: Array.from({ length: depth }, () => sign() * (balanced ? common : size())) },
      };
      const flow = exactFlow(problem);
      for (const t of [0, 1e-300, 1e-9 / (flow.rate || 1), 1 / (flow.rate || 1), 1, 1e300, Infinity]) {
        if (!compared.when(Number.isFinite(t) || t === Infinity)) continue;
        const { sharpness: _, layers, balances, ...numbers } = flow.at(t);
        expect([...layers, ...balances, ...Object.values(numbers)].some(Number.isNaN), `${JSON.stringify(problem)} at ${t}`).toBe(
          false,
        );
      }
    }
  });

  test("exactApplies says what has no closed form", () => {
    const initial = { layers: [0.1, 0.2, 0.3] };
    const failed = (options: object) => {
      const found = exactApplies({ network: network({ depth: 3, ...options }), task, initial });
      return found.applies ? [] : found.failed;
    };
    expect(failed({})).toEqual([]);
    expect(failed({ weightDecay: 0.1 })[0]).toMatch(/decay/);
    expect(failed({ loss: "huber" })[0]).toMatch(/not a square/);
  });

  test.each([
    [() => network({ depth: 0.5 }), /^network: depth is 0.5; pass a finite number from 1 to 100000/],
    [() => network({ depth: 3, power: 2 }), /^network: power is 2 and depth 3; a power is for two layers/],
    [
      () => network({ depth: 3, learningRates: [1, 2] }),
      /^network: learningRates is an array of length 2; pass one number, or one per layer, 3/,
    ],
    [() => network({ depth: 3, learningRates: { u: 1, w: 2 } }), /one per layer, as the depth is 3/],
    [() => network({ depth: 2.5, learningRates: [1, 2] }), /pass one number, or one per layer, 2.5/],
    [() => network({ depth: 3, weightDecay: { u: 0.1, w: 0.2 } }), /^network: weightDecay is .*pass one number, as all layers/],
    [
      () => exactFlow({ network: network({ depth: 3 }), task, initial: { layers: [1, 2] } }),
      /initial.layers has 2 numbers; pass one per layer, 3/,
    ],
    [
      () => exactFlow({ network: network({ depth: 3 }), task, initial: { uu: 1, ww: 1, uw: 0 } }),
      /pass { layers } or { output }, as the network has depth 3/,
    ],
    [
      () => exactFlow({ network: network({ depth: 2.5 }), task, initial: { output: -1 } }),
      /initial.output is -1; pass a number with the sign of outputScale/,
    ],
    [
      () => exactFlow({ network: network({ depth: 2.5 }), task, initial: { layers: [1, 1] } }),
      /pass the one number above 0 that all layers share/,
    ],
    [
      () => exactFlow({ network: network({ power: 2 }), task, initial: { layers: [1, 1] } }),
      /network.power is 2; layers that are numbers are linear/,
    ],
    [
      () => exactFlow({ network: network({ depth: 3 }), task, initial: { layers: [1, 1, 1], balances: [0, 1, 1] } }),
      /initial.balances do not fit initial.layers/,
    ],
    [
      () => exactFlow({ network: network({ depth: 3 }), task, initial: { layers: [1, 1, 1] } }).at(-1),
      /^at: t is -1; a flow of layers begins at t = 0/,
    ],
  ])("a refusal says what came and what to do: %#", (call, message) => {
    expect(call).toThrow(message);
  });
});

test("a snapshot of infinite depth is a start", () => {
  const net = network({ depth: Infinity });
  const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
  const flow = exactFlow({ network: net, task, initial: { output: 0.1 } });
  const again = exactFlow({ network: net, task, initial: flow.at(1) });
  expect(Math.abs(again.at(1).output / flow.at(2).output - 1)).toBeLessThan(1e-14);
});

test("hundreds of layers that are not balanced are what the integrator gives", () => {
  const uniform = uniforms(11);
  for (const depth of [60, 300]) {
    const layers = Array.from({ length: depth }, () => Math.exp(((uniform() - 0.5) * 4) / Math.sqrt(depth)));
    const problem = { network: network({ depth, learningRates: 1 / depth }), task, initial: { layers } };
    const flow = exactFlow(problem);
    const other = integratedFlow(problem, { rtol: 1e-12, until: 12 / flow.rate });
    for (const s of [0.01, 0.3, 1, 3, 10]) near(flow.at(s / flow.rate).output, other.at(s / flow.rate).output, 1e-10);
  }
});
