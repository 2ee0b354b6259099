/** The regime of finite networks: exact numbers against what sampling the flow and its weights finds. */
import fc from "fast-check";
import {
  chain,
  exactFlow,
  gaussianOrderParameters,
  gradientDescent,
  integratedFlow,
  kernelMachine,
  network,
  parametrizations,
  regime,
  sample,
  scaleNetwork,
  taskFromMoments,
} from "feature-learning";
import { classifyNetworks } from "feature-learning/sweep";
import { describe, expect, test } from "vitest";
import { counted } from "../support/counted.ts";
import { EPS, expectWithin, pinned, problems } from "../support/problems.ts";

const distance = (a: Float64Array, b: Float64Array): number => Math.hypot(...a.map((x, i) => x - b[i]!));
const norm = (a: Float64Array): number => Math.hypot(...a);

test("kernel change, its largest value and the layers' movements are what the flow's own weights show", () => {
  const compared = counted({ atLeast: 0.8, what: "layers" });
  fc.assert(
    fc.property(problems(1, ["generic", "frozen u", "frozen w", "zero u", "zero w", "no correlation"]), (problem) => {
      const flow = exactFlow(problem);
      fc.pre(flow.rate > 0 && flow.limit.output !== flow.at(0).output);
      const found = regime(flow);
      const times = [0, ...Array.from({ length: 400 }, (_, i) => (10 ** (-3 + i / 100) * 10) / flow.rate), Infinity];
      const kernel = sample(flow, times).kernel;
      const sampled = Math.max(...kernel.map((value) => Math.abs(value - kernel[0]!) / kernel[0]!));
      // No sample is above the exact value, and the best comes close to it, up to what 400 times can miss of a dip.
      expectWithin(sampled - found.kernelChange, 1e-13 * (1 + found.kernelChange), "largest change");
      expect(sampled).toBeGreaterThan(0.98 * found.kernelChange - 1e-13);
      expectWithin(Math.abs(found.kernelRatio - flow.limit.kernel / kernel[0]!), 1e-13 * found.kernelRatio, "ratio");
      const first = flow.weights(0);
      for (const layer of ["u", "w"] as const) {
        if (!compared.when(norm(first[layer]) > 0)) continue;
        const moved = times.map((t) => distance(flow.weights(t)[layer], first[layer]) / norm(first[layer]));
        expectWithin(Math.abs(found.weightMovement![layer] - moved.at(-1)!), 1e-11 * (1 + moved.at(-1)!), "movement");
        const most = Math.max(...moved);
        expectWithin(most - found.largestMovement![layer], 1e-11 * (1 + found.largestMovement![layer]), "largest");
        expect(Math.max(...moved)).toBeGreaterThan(0.98 * found.largestMovement![layer] - 1e-12);
      }
    }),
    pinned(91, 300),
  );
});

test("the largest movement is exact also where it lies inside the way, where a layer is least", () => {
  const task = taskFromMoments({ xx: 1, xy: -1, yy: 1 });
  const flow = exactFlow({ network: network({ loss: "half-mse" }), task, initial: { u: [1], w: [2] } });
  expectWithin(Math.abs(regime(flow).largestMovement!.w - (1 - Math.sqrt(3) / 2)), 4 * EPS, "w");
});

test("the verdict does not depend on the unit of the rates, from 1e-200 to 1e200, and classifyNetworks has the same", () => {
  const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
  for (const rate of [1e-200, 1e-100, 1, 1e100, 1e200]) {
    const initial = { uu: 1, ww: 1, uw: 0 };
    const found = regime(exactFlow({ network: network({ learningRates: rate }), task, initial }));
    const columns = classifyNetworks({ ...initial, uu: [1], etaU: rate, etaW: rate });
    for (const change of [found.kernelChange, columns.kernelChange[0]!])
      expectWithin(Math.abs(change - (Math.SQRT2 - 1)), 4 * EPS, `change at rate ${rate}`);
    expect([found.regime, columns.regime[0]]).toEqual(["feature-learning", 1]);
  }
});

test("the kernel machine is the flow's tangent: its distance is of second order in the weights' movement", () => {
  fc.assert(
    fc.property(problems(1, ["generic", "zero u"]), (problem) => {
      const flow = exactFlow(problem);
      const machine = kernelMachine(problem);
      const { kernel, residual, output } = flow.at(0);
      fc.pre(kernel > 0 && residual !== 0);
      const k = problem.network.loss === "mse" ? 1 : 0.5;
      const speed = 2 * k * residual * kernel;
      const t = 1e-5 / (flow.rate + machine.rate);
      const [a, b] = [flow.at(t).output - output, machine.at(t).output - output];
      expectWithin(Math.abs(b - speed * t), 1e-4 * Math.abs(speed * t) + 8 * EPS * Math.abs(output), "tangent");
      expectWithin(Math.abs(a - b), 1e-3 * Math.abs(b) + 8 * EPS * Math.abs(output), "agreement at first order");
      expect(machine.at(Infinity).kernel).toBe(kernel);
      expectWithin(
        Math.abs(machine.limit.output - problem.task.xy / problem.task.xx),
        1e-13 * Math.abs(machine.limit.output),
        "fit",
      );
    }),
    pinned(92, 300),
  );
});

test("linear training of the weights of the linearised network gives the kernel machine", () => {
  const problem = {
    network: network({ outputScale: 0.7, learningRates: { u: 1, w: 3 } }),
    task: taskFromMoments({ xx: 1.3, xy: 0.9, yy: 2 }),
    initial: { u: Float64Array.of(1, -0.5, 0.3), w: Float64Array.of(0.2, 0.4, -0.7) },
  };
  const machine = kernelMachine(problem);
  const { u, w } = problem.initial;
  // Descent on ½-lines: f is linear in the weights, so tiny Euler steps on them are the flow.
  const [du, dw] = [new Float64Array(3), new Float64Array(3)];
  const f0 = 0.7 * u.reduce((sum, x, i) => sum + x * w[i]!, 0);
  const output = (): number => f0 + 0.7 * du.reduce((sum, x, i) => sum + x * w[i]! + u[i]! * dw[i]!, 0);
  const step = 1e-5;
  for (let n = 0; n < 50_000; n++) {
    const pull = 2 * 0.7 * (0.9 - 1.3 * output()) * step;
    for (let i = 0; i < 3; i++) {
      du[i]! += pull * w[i]!;
      dw[i]! += 3 * pull * u[i]!;
    }
  }
  expect(machine.at(0.5).output).toBeCloseTo(output(), 4);
  const { weights } = machine as Required<typeof machine>;
  for (let i = 0; i < 3; i++) expect(weights(0.5).u[i]! - u[i]!).toBeCloseTo(du[i]!, 4);
});

describe("known results", () => {
  const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
  const at = (name: keyof typeof parametrizations, width: number) => {
    const { network: net, scale } = scaleNetwork(parametrizations[name], width);
    return regime(exactFlow({ network: net, task, initial: gaussianOrderParameters({ width, scale, seed: 3 }) }));
  };
  test("NTK is kernel, mean field and μP are not, at widths to 1e12", () => {
    for (const width of [1e4, 1e8, 1e12]) {
      expect(at("ntk", width).regime).toBe("kernel");
      expect(at("standard", width).regime).toBe("kernel");
      expect(at("meanField", width).regime).toBe("feature-learning");
      expect(at("muP", width).regime).toBe("feature-learning");
    }
    expect(at("ntk", 1e8).linearisationGap).toBeLessThan(1e-3);
    expect(at("meanField", 1e8).linearisationGap).toBeGreaterThan(0.03);
  });

  test("a large output scale is lazy only if f(0) = 0", () => {
    const scaled = (uw: number) => {
      const { network: net } = scaleNetwork(parametrizations.lazy, 8, { kappa: 1e4 });
      return regime(exactFlow({ network: net, task, initial: { uu: 8, ww: 8, uw } }));
    };
    expect(scaled(0).regime).toBe("kernel");
    expect(scaled(6).regime).toBe("feature-learning");
  });

  test("at equal overall scale unbalanced layers are lazier: the kernel ratio falls with the balance", () => {
    const ratios = [0, 0.5, 1, 2, 4].map((balance) => {
      const [uu, ww] = [(Math.hypot(balance, 2) + balance) / 2, (Math.hypot(balance, 2) - balance) / 2];
      return regime(
        exactFlow({ network: network(), task: taskFromMoments({ xx: 1, xy: 5, yy: 30 }), initial: { uu, ww, uw: 0 } }),
      ).kernelRatio;
    });
    expect(ratios).toEqual([...ratios].sort((a, b) => b - a));
    expect(ratios[0]! / ratios.at(-1)!).toBeGreaterThan(2);
  });

  test("a static kernel with a turning small layer is found and named: kernel, but the small layer moves far", () => {
    const width = 1e4;
    const initial = gaussianOrderParameters({ width, scale: { u: 1, w: 1 / width }, seed: 1 });
    const flow = exactFlow({ network: network({ outputScale: 1 / Math.sqrt(width) }), task, initial });
    const found = regime(flow);
    expect(found.regime).toBe("kernel");
    expect(found.kernelRatio).toBeLessThan(1.001);
    expect(found.weightMovement!.w).toBeGreaterThan(10);
    expect(flow.limit.alignment).toBeGreaterThan(0.99);
  });

  test("static if nothing moves", () => {
    for (const still of [
      { uu: 0, ww: 0, uw: 0 },
      { uu: 1, ww: 1, uw: 1 },
    ])
      expect(regime(exactFlow({ network: network(), task, initial: still })).regime).toBe("static");
  });

  test("the threshold decides, and is part of the result", () => {
    const flow = exactFlow({ network: network(), task, initial: { uu: 3, ww: 3, uw: 0 } });
    const { kernelChange } = regime(flow);
    expect(regime(flow, { kernelBelow: 1.01 * kernelChange }).regime).toBe("kernel");
    expect(regime(flow, { kernelBelow: 0.99 * kernelChange })).toMatchObject({ regime: "feature-learning", basis: "exact" });
  });
});

describe("other flows and trajectories, from what they are at their steps", () => {
  const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
  const problem = { network: network(), task, initial: { u: [1, 0.3, -0.8], w: [0.2, 0.5, -0.4] } };
  const exact = regime(exactFlow(problem));

  test("integrated", () => {
    const found = regime(integratedFlow(problem));
    expect(found.basis).toBe("sampled");
    expect(found.kernelChange).toBeCloseTo(exact.kernelChange, 6);
    expect(found.weightMovement!.u).toBeCloseTo(exact.weightMovement!.u, 6);
  });

  test("descent", () => {
    const found = regime(gradientDescent(problem, { stepSize: 1e-3, steps: 20_000, recordEvery: 10 }));
    expect(found.kernelRatio).toBeCloseTo(exact.kernelRatio, 2);
    expect(found.regime).toBe(exact.regime);
  });

  test("a chain and a kernel machine", () => {
    const flow = chain({
      network: network(),
      initial: problem.initial,
      stages: [{ task, duration: 10 }, { task: taskFromMoments({ xx: 1, xy: 3, yy: 9 }) }],
    });
    expect(regime(flow).kernelRatio).toBeCloseTo(flow.limit.kernel / flow.at(0).kernel, 6);
    expect(regime(kernelMachine(problem))).toMatchObject({ regime: "kernel", kernelChange: 0 });
  });
});

test("the kernel of decaying layers has its extremes at the ends, or on the way through an output of 0", () => {
  const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
  for (const weights of [
    { u: [3], w: [2] },
    { u: [3, 0.1], w: [-2, 0.1] },
    { u: [0.2, 0.1], w: [-0.1, 0.2] },
  ]) {
    const flow = exactFlow({ network: network({ weightDecay: 0.1 }), task, initial: weights });
    const found = regime(flow);
    const first = flow.at(0).kernel;
    let largest = Math.abs(flow.limit.kernel / first - 1);
    for (let i = 0; i < 1000; i++) largest = Math.max(largest, Math.abs(flow.at(10 ** (i / 200 - 3)).kernel / first - 1));
    expectWithin(Math.abs(found.kernelRatio - flow.limit.kernel / first), 1e-14, "ratio");
    expectWithin(Math.abs(found.kernelChange / largest - 1), 1e-4, "largest change");
    expect(found.kernelChange).toBeGreaterThan(largest * (1 - 1e-5));
  }
});
