import fc from "fast-check";
import {
  exactFlow,
  gaussianWeights,
  halfLife,
  network,
  plateau,
  sample,
  type Target,
  taskFromMoments,
  timesTo,
  timeTo,
} from "feature-learning";
import { describe, expect, test } from "vitest";
import { counted } from "../support/counted.ts";
import { outputScaleOf } from "../support/gradientFlow.ts";
import { EPS, expectWithin, pinned, problems, uniform } from "../support/problems.ts";

const spans = uniform(-6, 1.5).map((x) => 10 ** x);

describe("the inverse of the exact flow", () => {
  test("at(timeTo(x)) is x, for every output, loss, alignment and kernel that the flow passes", () => {
    const met = { loss: counted({ what: "losses" }), kernel: counted({ what: "kernels" }) };
    fc.assert(
      fc.property(problems(12), spans, (problem, x) => {
        const flow = exactFlow(problem);
        fc.pre(flow.rate > 0);
        const t = x / flow.rate;
        const [s, start] = [flow.at(t), flow.at(0)];
        const units = (found: number): number => 64 * EPS * (1 + flow.rate * Math.max(found, t));

        const outputs = timesTo(flow, { output: s.output });
        expect(outputs.length).toBeGreaterThan(0);
        for (const found of outputs) {
          expectWithin(
            Math.abs(flow.at(found).output - s.output),
            units(found) * (outputScaleOf(flow, s) + Math.abs(start.output)),
            "output",
          );
        }
        const fraction = s.excessLoss / start.excessLoss;
        const losses = fraction > 1e-290 ? timesTo(flow, { excessLossFraction: fraction }) : [];
        met.loss.when(losses.length > 0);
        for (const found of losses) {
          expectWithin(Math.abs(flow.at(found).excessLoss / start.excessLoss - fraction), units(found) * fraction, "excess loss");
        }
        const kernels = timesTo(flow, { kernel: s.kernel });
        met.kernel.when(kernels.length > 0);
        for (const found of kernels) {
          expectWithin(Math.abs(flow.at(found).kernel - s.kernel), units(found) * s.kernel, "kernel");
        }
      }),
      pinned(11),
    );
  });

  test("and every alignment that it passes, of layers that turn", () => {
    const turning = problems(2, ["generic", "frozen u", "frozen w", "no correlation"]).filter(
      ({ initial }) => initial.u.length > 1,
    );
    fc.assert(
      fc.property(turning, uniform(-3, 0), (problem, x) => {
        const flow = exactFlow(problem);
        const [start, limit] = [flow.at(0), flow.limit];
        const t = 10 ** x / Math.max(flow.rate, 2 * problem.task.xx * start.kernel);
        const s = flow.at(t);
        // A target that rounding moved past the start or the limit is not met.
        fc.pre(Math.abs(s.alignment - start.alignment) > 4 * EPS && Math.abs(s.alignment - limit.alignment) > 4 * EPS);
        const times = timesTo(flow, { alignment: s.alignment });
        expect(times).toHaveLength(1);
        for (const found of times) {
          // cos ζ as S sees it: dcos = sin²ζ dS/|u||w|.
          const sine2 = 1 - s.alignment ** 2;
          const error =
            (sine2 * (outputScaleOf(flow, s) + Math.abs(start.output))) / Math.abs(problem.network.outputScale * s.normProduct);
          const units = 64 * EPS * (1 + flow.rate * Math.max(found, t));
          expectWithin(Math.abs(flow.at(found).alignment - s.alignment), units * (1 + error), "alignment");
        }
      }),
      pinned(13),
    );
  });

  test("what the flow has passed by t is met by t, and what it has not, is not", () => {
    fc.assert(
      fc.property(problems(3, ["generic"]), spans, (problem, x) => {
        const flow = exactFlow(problem);
        const t = x / flow.rate;
        const [s, start, limit] = [flow.at(t), flow.at(0), flow.limit];
        const middle = start.output + (s.output - start.output) / 2;
        fc.pre(middle !== start.output && middle !== s.output);
        expect(timesTo(flow, { output: middle })).toHaveLength(1);
        expect(timeTo(flow, { output: middle })).toBeLessThanOrEqual(t * (1 + 64 * EPS));
        expect(timesTo(flow, { output: start.output - (s.output - start.output) })).toEqual([]);
        // The limit is never met, unless rounding moved it towards the start: then once all else is below rounding.
        const atLimit = timesTo(flow, { output: limit.output });
        if (limit.output === start.output) expect(atLimit).toEqual([0]);
        else for (const found of atLimit) expect(found * flow.rate).toBeGreaterThan(30);
        expect(timesTo(flow, { output: start.output })).toEqual([0]);
      }),
      pinned(12),
    );
  });

  test("the kernel is crossed twice where the output crosses zero", () => {
    const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
    const flow = exactFlow({ network: network(), task, initial: { uu: 4, ww: 4, uw: -2 } });
    const { kernel } = flow.at(0);
    const lowest = 2 * flow.at(0).area;
    expect(timesTo(flow, { kernel })).toHaveLength(1);
    const [first, second] = timesTo(flow, { kernel: 7 });
    expect(flow.at(first!).output).toBeLessThan(0);
    expect(flow.at(second!).output).toBeGreaterThan(0);
    expect(flow.at(first!).output).toBeCloseTo(-flow.at(second!).output, 12);
    expect(timesTo(flow, { kernel: lowest * 0.999 })).toEqual([]);
    const back = exactFlow({
      network: network(),
      task: taskFromMoments({ xx: 1, xy: 3, yy: 9 }),
      initial: { uu: 4, ww: 4, uw: -2 },
    });
    expect(timesTo(back, { kernel })[0]).toBe(0);
    expectWithin(
      Math.abs(back.at(timesTo(back, { kernel })[1]!).output - 2),
      16 * EPS,
      "back at the same kernel, on the other side",
    );
  });

  test("parallel layers turn round at the time their overlap vanishes", () => {
    const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
    const flow = exactFlow({ network: network(), task, initial: { u: [1], w: [-0.5] } });
    const t = timeTo(flow, { alignment: 1 });
    expect(flow.at(t * (1 + 1e-12)).alignment).toBe(1);
    expect(flow.at(t * (1 - 1e-12)).alignment).toBe(-1);
    expect(timesTo(flow, { alignment: 0.5 })).toEqual([]);
  });

  test("a network that does not move meets only where it is, at once", () => {
    const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
    const still = exactFlow({ network: network({ outputScale: 0 }), task, initial: { uu: 1, ww: 1, uw: 0 } });
    const { kernel, output, alignment } = still.at(0);
    for (const target of [{ kernel }, { output }, { alignment }] as Target[]) expect(timesTo(still, target)).toEqual([0]);
    expect(timeTo(still, { output: 1 })).toBe(Infinity);
    expect(halfLife(still)).toBe(Infinity);
  });
});

describe("the plateau", () => {
  const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });

  test("is the lag of the fastest tangent, as a search finds it", () => {
    for (const scale of [1e-2, 1e-4, 1e-8]) {
      const flow = exactFlow({ network: network(), task, initial: gaussianWeights({ width: 32, scale, seed: 5 }) });
      // The largest speed 2g·kernel on a fine grid around the time of the fastest growth.
      const around = timeTo(flow, { output: 0.5 });
      const times = Float64Array.from({ length: 20001 }, (_, i) => around + (i - 10000) * 1e-4);
      const { residual, kernel, output } = sample(flow, times);
      let best = 0;
      for (let i = 0; i < times.length; i++) if (residual[i]! * kernel[i]! > residual[best]! * kernel[best]!) best = i;
      const speed = 2 * residual[best]! * kernel[best]!;
      // The slowest point of a small start is small: its place shifts the lag by less than its own size over the speed.
      expectWithin(
        Math.abs(times[best]! - output[best]! / speed - plateau(flow)),
        1e-4 + 2 * (flow.at(0).kernel / speed),
        `scale ${scale}`,
      );
    }
  });

  test("lengthens by ln(10)·2/ρ for every decade of the initial scale", () => {
    const at = (scale: number) => {
      const flow = exactFlow({ network: network(), task, initial: gaussianWeights({ width: 32, scale, seed: 5 }) });
      return plateau(flow) * flow.rate;
    };
    // S grows as scale²·e^{ρt}: two decades of S to a decade of scale.
    for (const scale of [1e-6, 1e-10, 1e-60]) expect(at(scale / 10) - at(scale)).toBeCloseTo(2 * Math.LN10, 8);
  });

  test("is zero for a kernel machine and endless on the way into a saddle", () => {
    const frozen = network({ learningRates: { u: 1, w: 0 } });
    expect(plateau(exactFlow({ network: frozen, task, initial: { uu: 0, ww: 1, uw: 0 } }))).toBe(0);
    expect(plateau(exactFlow({ network: network(), task, initial: { uu: 1e4, ww: 1e4, uw: 0 } }))).toBe(0);
    const saddle = exactFlow({ network: network(), task, initial: { u: [1, 2], w: [-1, -2] } });
    expect(plateau(saddle)).toBe(Infinity);
    expect(saddle.limit.output).toBe(0);
  });
});

test("a target in the middle of an escape of hundreds of decades is met in time, and then passed", () => {
  // Nearly all weight in the mode that shrinks, and hardly a correlation: e^−ρt at the crossing is as small as |a₁|/ρ.
  const flow = exactFlow({
    network: network({ outputScale: 1e-3, learningRates: { u: 1, w: 1e-100 } }),
    task: taskFromMoments({ xx: 1, xy: 1e-40, yy: 1 }),
    initial: { u: [1e10], w: [-1e-30] },
  });
  const times = timesTo(flow, { output: 0 });
  expect(times.length).toBe(1);
  expect(Number.isNaN(times[0]!)).toBe(false);
  expect(Math.sign(flow.at(times[0]! * 0.99).output)).toBe(-1);
  expect(Math.sign(flow.at(times[0]! * 1.01).output)).toBe(1);
});
