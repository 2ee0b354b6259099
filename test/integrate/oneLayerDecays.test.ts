/**
 * Layers that decay at different paces, or of which one does not decay: a stiff problem, whose network grows
 * for ever where one layer alone decays.
 */
import {
  FeatureLearningError,
  gaussianMatrixLayers,
  gaussianWeights,
  type IntegratedFlow,
  integratedFlow,
  matrixTaskFromMoments,
  network,
  solve,
  stability,
  taskFromMoments,
  taskFromSamples,
} from "feature-learning";
import { Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { stiffStepperOf } from "../../src/integrate/method/extrapolation.ts";
import { expectWithin } from "../support/problems.ts";

const task = taskFromMoments({ xx: 1.3, xy: -1, yy: 1.1 });
const initial = gaussianWeights({ width: 5, scale: 0.5, seed: 3 });
const steady = { integral: (t: number) => t, factor: () => 1, inverse: (t: number) => t };

describe("where one layer alone decays", () => {
  const S = 1 / 1.3 / 0.7;
  const cases = [
    { weightDecay: { u: 0.2, w: 0 }, growing: "ww", shrinking: "uu", rate: 3 },
    { weightDecay: { u: 0, w: 0.2 }, growing: "uu", shrinking: "ww", rate: 0.1 },
    { weightDecay: { u: 0, w: 20 }, growing: "uu", shrinking: "ww", rate: 0.1 },
  ] as const;
  test.each(cases)("the other grows as the fourth root of the time, and the fit is kept: $weightDecay", (one) => {
    const net = network({ weightDecay: one.weightDecay, learningRates: { u: 0.1, w: 3 }, outputScale: 0.7 });
    const flow = solve({ network: net, task, initial }) as IntegratedFlow;
    const mu = one.weightDecay.u + one.weightDecay.w;
    expect(flow.status).toBe("unbounded");
    expect(flow.notes?.join()).toMatch(/grows without bound while the network keeps its fit/);
    for (const t of [1e7, 3.3e7, 1e9]) {
      const now = flow.at(t);
      const residual = 0.5 * Math.sqrt(mu / (one.rate * t));
      // The next order of the expansion is smaller by about the residual.
      expectWithin(Math.abs(now[one.growing] / (2 * S * Math.sqrt(one.rate * mu * t)) - 1), 2e-4 + 2 * residual, "growing layer");
      expectWithin(Math.abs((2 * 0.7 * Math.abs(now.residual)) / residual - 1), 2e-4 + residual, "residual");
    }
    const limit = flow.at(Infinity);
    expect([limit[one.growing], limit[one.shrinking], limit.residual, limit.alignment, limit.area]).toEqual([
      Infinity,
      0,
      0,
      -1,
      0,
    ]);
    expectWithin(Math.abs(limit.uw + S) + Math.abs(limit.normProduct - S) + Math.abs(limit.output + 1 / 1.3), 1e-15, "limit");
    expectWithin(Math.abs(limit.loss - (1.1 - 1 / 1.3)), 1e-15, "loss");
    expect(() => flow.at(1e300)).toThrow(/the weights grow without bound.* Pass an earlier time, or Infinity for the limit/);
    expect(() => stability({ network: net, task, initial })).toThrow(/only one of the layers decays/);
  });

  test("other losses fit as well as they can, a separable one for ever", () => {
    const x = [-2, -1, 0.5, 1];
    const start = { uu: 1, ww: 2, uw: 0.3 };
    const net = network({ loss: "logistic", weightDecay: { u: 0.2, w: 0 } });
    const best = integratedFlow({
      network: network({ loss: "logistic" }),
      task: taskFromSamples(x, [-1, 1, -1, 1]),
      initial: start,
    });
    const mixed = solve({ network: net, task: taskFromSamples(x, [-1, 1, -1, 1]), initial: start });
    expectWithin(Math.abs(mixed.at(Infinity).output - best.at(Infinity).output), 1e-9, "output");
    const separable = solve({ network: net, task: taskFromSamples(x, [-1, -1, 1, 1]), initial: start });
    expect([separable.status, separable.at(Infinity).output, separable.at(Infinity).loss]).toEqual(["unbounded", Infinity, 0]);
  });

  test("a network that has nothing to fit converges with finite weights", () => {
    const flat = taskFromMoments({ xx: 1.3, xy: 0, yy: 1 });
    const flow = solve({ network: network({ weightDecay: { u: 0, w: 0.2 } }), task: flat, initial });
    const { uu, ww } = flow.at(Infinity);
    expect(flow.status).toBe("converged");
    expect(uu).toBeGreaterThan(0.1);
    expect(ww).toBeLessThan(1e-9);
  });

  test.each([
    { uu: 1e6, ww: 1, mu: 0.2 },
    { uu: 1e10, ww: 1, mu: 0.2 },
    { uu: 1e14, ww: 1, mu: 0.2 },
    { uu: 1e4, ww: 2e4, mu: 1e-3 },
  ])("a layer that is not needed for the fit decays before the flow ends: |u|² = $uu", ({ uu, ww, mu }) => {
    const unit = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
    for (const growing of ["u", "w"] as const) {
      const isU = growing === "u";
      const net = network({ weightDecay: isU ? { u: 0, w: mu } : { u: mu, w: 0 } });
      const flow = solve({ network: net, task: unit, initial: isU ? { uu, ww, uw: 0 } : { uu: ww, ww: uu, uw: 0 } });
      expect([flow.status, flow.at(Infinity).residual]).toEqual(["unbounded", 0]);
      for (const t of [0.2 / mu, 2 / mu, 20 / mu, 2e4 / mu]) {
        // The part of the layer at right angles decays, and the other part is S/|u|.
        const now = flow.at(t);
        const expected = ww * Math.exp(-2 * mu * t) + 1 / uu;
        expectWithin(Math.abs(now[isU ? "ww" : "uu"] / expected - 1), ww > 1 ? 1e-3 : 2e-5, `shrinking layer at ${t}`);
        expectWithin(Math.abs(now.uw - 1), 1e-6, `fit at ${t}`);
      }
    }
  });

  test.each([1e-6, 1e-9, 1e-15, 1e-30])("a decay of %s is followed long after the fit", (mu) => {
    const unit = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
    const start = { uu: 1, ww: 2, uw: 0 };
    const flow = solve({ network: network({ weightDecay: { u: 0, w: mu } }), task: unit, initial: start });
    const plain = solve({ network: network(), task: unit, initial: start });
    expect(flow.status).toBe("unbounded");
    // Fitted networks keep S = 1, while |w|² − |u|² decays with w.
    expectWithin(Math.abs(flow.at(1e3).ww / plain.at(1e3).ww - 1), 1e-9 + 3e3 * mu, "start of the decay");
    const { uu, ww } = flow.at(1e10);
    if (mu === 1e-6) expectWithin(Math.abs(uu / Math.sqrt(4e10 * mu) - 1), 5e-3, "|u|⁴ = 4μt");
    if (mu < 1e-12) expectWithin(Math.abs(uu - plain.at(100).uu) + Math.abs(ww - plain.at(100).ww), 1e-3, "almost no decay");
  });

  test("layers away from the target leave the saddle if the decay can be seen in double precision, or else end there", () => {
    const unit = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
    const away = { u: [1], w: [-1] };
    for (const layer of ["u", "w"] as const) {
      const of = (mu: number) =>
        solve({ network: network({ weightDecay: { u: 0, w: 0, [layer]: mu } }), task: unit, initial: away });
      for (const mu of [1e-300, 1e-16]) {
        const flow = of(mu);
        expect(flow.at(Infinity).uu, `${mu}`).toBeLessThan(1e-190);
        expectWithin(Math.abs(flow.at(30).uw / of(0).at(30).uw - 1), 1e-6, `saddle at ${mu}`);
      }
      for (const mu of layer === "u" ? [1e-15, 1e-3] : [1e-3]) {
        expect((of(mu) as IntegratedFlow).status, `${mu}`).toBe("unbounded");
        expectWithin(Math.abs(of(mu).at(100).uw - 1), 1e-3, `fit at ${mu}`);
      }
    }
  });

  test("matrices grow too, and their stability is refused", () => {
    const several = matrixTaskFromMoments({
      xx: [
        [1, 0.3],
        [0.3, 1.6],
      ],
      yx: [
        [1.5, 0.5],
        [0.3, 1],
      ],
      yy: 6,
    });
    const layers = gaussianMatrixLayers({ inputs: 2, outputs: 2, width: 3, scale: 0.4, seed: 1 });
    const problem = { network: network({ weightDecay: { u: 0, w: 0.2 } }), task: several, initial: layers };
    const flow = solve(problem);
    expect(flow.status).toBe("unbounded");
    expect(flow.notes?.length).toBe(1);
    const [now, later] = [flow.at(1e8), flow.at(1.6e9)];
    expectWithin(Math.abs(later.uu.norm() / now.uu.norm() - 4), 1e-3, "‖W₂‖² grows as √t");
    expect(later.excessLoss).toBeLessThan(1e-8);
    expect(() => flow.at(Infinity)).toThrow(FeatureLearningError);
    expect(() => stability(problem)).toThrow(/only one of the layers decays/);
  });
});

describe("decays of very different size", () => {
  test("end at the minimum, which a layer takes long to reach", () => {
    const net = network({ weightDecay: { u: 1e-6, w: 0.2 } });
    const flow = solve({ network: net, task: taskFromMoments({ xx: 1, xy: 1, yy: 1.1 }), initial: { uu: 1, ww: 2, uw: 0.3 } });
    expect(flow.status).toBe("converged");
    const mu = Math.sqrt(1e-6 * 0.2);
    const S = 1 - mu / 2;
    const { uu, ww, uw, residual } = flow.at(Infinity);
    expectWithin(Math.abs(uu / (S * Math.sqrt(0.2 / 1e-6)) - 1), 1e-8, "uu");
    expectWithin(Math.abs(uw - S) + Math.abs(residual - mu / 2), 1e-8, "fit");
    expectWithin(Math.abs((0.2 * ww) / (1e-6 * uu) - 1), 1e-7, "μ_u|u|² = μ_w|w|²");
  });

  test("go the way that short explicit steps go", () => {
    const net = network({ weightDecay: { u: 1e-3, w: 0.7 }, outputScale: 0.8 });
    const problem = { network: net, task, initial };
    const flow = integratedFlow(problem, { rtol: 1e-12, until: 1500 }) as IntegratedFlow & {
      weights: (t: number) => { u: Float64Array };
    };
    // Under a schedule all steps are explicit.
    const explicit = integratedFlow(problem, { rtol: 1e-12, until: 1500, schedules: { u: steady, w: steady } });
    expect(flow.work.steps).toBeLessThan(explicit.work.steps / 1.2);
    for (const t of [3, 700, 901, 1111.1, 1499, 1500]) {
      const [a, b] = [flow.at(t), explicit.at(t)];
      for (const field of ["uu", "ww", "uw", "residual"] as const)
        expectWithin(Math.abs(a[field] - b[field]), 1e-9 * Math.abs(b[field]) + 1e-11, `${field} at ${t}`);
      const [u, v] = [flow.weights(t).u, (explicit as typeof flow).weights(t).u];
      for (const [i, weight] of u.entries()) expectWithin(Math.abs(weight - v[i]!), 1e-9, `u at ${t}`);
    }
  });
});

test("an implicit step is of order 8, and does not care how fast the fastest component is", () => {
  // A nonlinear oscillator, and a component that relaxes to its square at 10⁸.
  const system = {
    dimension: 3,
    derivative: (_t: number, [a, b, c]: Float64Array, out: Float64Array) => {
      out[0] = b!;
      out[1] = -a! * (1 + a! * a!);
      out[2] = -1e8 * (c! - a! * b!);
    },
  };
  const stepper = stiffStepperOf(system);
  const y = Float64Array.of(1, 0, 0);
  const after = (count: number): Float64Array => {
    const state = y.slice();
    for (let i = 0; i < count; i++) {
      stepper.begin(0, state);
      stepper.attempt(0, state, 0.8 / count);
      state.set(stepper.next);
    }
    return state;
  };
  const fine = after(32);
  const error = (count: number): number =>
    Matrix.sub(Matrix.rowVector([...after(count).slice(0, 2)]), Matrix.rowVector([...fine.slice(0, 2)])).norm();
  expect(Math.log2(error(1) / error(2))).toBeGreaterThan(6.5);
  expect(error(2)).toBeLessThan(1e-6);
  expectWithin(Math.abs(fine[2]! - fine[0]! * fine[1]!), 1e-7, "the fast component");
});
