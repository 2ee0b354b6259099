/** Weight decay in closed form: laws, limits, and direct integration of all weights. */

import fc from "fast-check";
import {
  chain,
  exactApplies,
  exactFlow,
  gaussianWeights,
  integratedFlow,
  mechanisms,
  network,
  type OneDirectionFlow,
  type Snapshot,
  sample,
  solve,
  taskFromMoments,
  taskFromSamples,
  timesTo,
  type WithWeights,
} from "feature-learning";
import { describe, expect, test } from "vitest";
import { counted } from "../support/counted.ts";
import { expectWithin, pinned, problems, uniform } from "../support/problems.ts";
import { uniforms } from "../support/uniforms.ts";

const task = taskFromMoments({ xx: 1.2, xy: 0.9, yy: 1.5 });
const initial = gaussianWeights({ width: 4, scale: 0.3, seed: 2 });
const decaying = (weightDecay: number) => exactFlow({ network: network({ weightDecay }), task, initial });

interface Drawn {
  readonly problem: { network: ReturnType<typeof network>; task: typeof task; initial: typeof initial };
  readonly flow: WithWeights<OneDirectionFlow>;
  readonly a: number;
  readonly m: number;
}

/** A problem whose decay is `share` times the one at which the network collapses. */
function withDecay(
  drawn: { network: ReturnType<typeof network>; task: typeof task; initial: typeof initial },
  share: number,
): Drawn {
  const { network: net, task } = drawn;
  const { u, w } = net.learningRates;
  const k = net.loss === "mse" ? 1 : 0.5;
  const a = 4 * k * Math.abs(net.outputScale * task.xy) * Math.sqrt(u) * Math.sqrt(w);
  const m = share * (a > 0 ? a : Math.sqrt(u) * Math.sqrt(w));
  const problem = { ...drawn, network: network({ ...net, weightDecay: { u: m / 2 / u, w: m / 2 / w } }) };
  return { problem, flow: exactFlow(problem), a, m };
}

const trained = ["generic", "parallel", "antiparallel", "zero u", "zero w", "no correlation"] as const;

test("which problems it solves, and which decay would make it solve the others", () => {
  const problem = { network: network({ weightDecay: 0.1 }), task, initial };
  expect(exactApplies(problem)).toMatchObject({ applies: true, family: "decay" });
  expect(solve(problem).method).toBe("exact");
  const apart = { ...problem, network: network({ weightDecay: 0.1, learningRates: { u: 1, w: 2 } }) };
  expect(exactApplies(apart)).toEqual({
    applies: false,
    failed: [expect.stringMatching(/0.1 for u and 0.2 for w: a weightDecay of/)],
  });
  const pair = { ...problem, network: network({ weightDecay: { u: 0.2, w: 0.1 }, learningRates: { u: 1, w: 2 } }) };
  expect(exactApplies(pair)).toMatchObject({ family: "decay" });
  const frozen = { ...problem, network: network({ weightDecay: 0.1, learningRates: { u: 1, w: 0 } }) };
  expect(exactApplies(frozen)).toEqual({ applies: false, failed: [expect.stringMatching(/a layer is frozen/)] });
  expect(solve(frozen).because).toMatch(/^the weights decay and a layer is frozen/);
  const several = {
    ...problem,
    task: taskFromSamples(
      [
        [1, 0],
        [0, 1],
      ],
      [1, 2],
    ),
  };
  expect(exactApplies(several)).toMatchObject({ applies: false, failed: [expect.stringMatching(/no single direction/)] });
  expect(() => exactFlow(problem).at(-1)).toThrow(/^at: t is -1; a flow with weight decay begins at t = 0/);
  expect(() => exactFlow({ ...problem, network: network() }, { family: "decay" })).toThrow(/does not know problems of this kind/);
});

test("all weights and every field of the snapshot agree with direct integration", () => {
  const compared = counted({ atLeast: 0.8 });
  fc.assert(
    fc.property(problems(0.7, trained), uniform(-2, 1), uniform(-2, 3), (drawn, decade, when) => {
      const { problem, flow, a, m } = withDecay(drawn, 10 ** decade);
      const t = 10 ** when / (a + m);
      // Where the kernel is large the equations are stiff, and direct integration may not get there.
      const direct = integratedFlow(problem, { rtol: 1e-12, until: t, maxSteps: 4000, onFailure: "return" });
      if (!compared.when(direct.until >= t)) return;
      const [now, other] = [flow.at(t), direct.at(t)] as [Snapshot, Snapshot];
      const size = Math.sqrt(Math.max(now.uu, now.ww, 1e-8 * Math.max(flow.at(0).uu, flow.at(0).ww)));
      const rates = drawn.network.learningRates;
      const inParts = (drawn.task.xx * now.kernel) / Math.abs(drawn.network.outputScale) / Math.sqrt(rates.u * rates.w);
      const [x, y] = [flow.weights(t), direct.weights(t)];
      for (const layer of ["u", "w"] as const)
        for (const [i, weight] of x[layer].entries())
          expectWithin(Math.abs(weight - y[layer][i]!), 1e-9 * size, `${layer} at ${t}`);
      expectWithin(
        Math.abs(now.residual - other.residual),
        1e-9 * (Math.abs(other.residual) + Math.abs(drawn.task.xy) + inParts),
        "residual",
      );
      for (const field of ["loss", "kernel", "kernelSize", "sharpness", "outputSize"] as const)
        expectWithin(Math.abs(now[field]! - other[field]!), 1e-8 * Math.abs(other[field]!) + 1e-12 * flow.at(0)[field]!, field);
    }),
    pinned(31, 120),
  );
});

test("without decay it is the closed form of one direction, to rounding", () => {
  fc.assert(
    fc.property(problems(3, trained), uniform(-3, 2.5), (drawn, when) => {
      const { flow } = withDecay(drawn, 0);
      expect(flow.family).toBe("one-direction");
      const { u, w } = drawn.network.learningRates;
      const least = 2 ** -990;
      const close = exactFlow({ ...drawn, network: network({ ...drawn.network, weightDecay: { u: least / u, w: least / w } }) });
      expect(close.family).toBe("decay");
      const t = 10 ** when / (flow.rate || 1);
      const [x, y] = [close.at(t), flow.at(t)];
      for (const field of ["uu", "ww", "uw", "area", "balance", "kernel", "alignment", "normProduct", "sharpness"] as const)
        expectWithin(Math.abs(x[field]! - y[field]!), 1e-12 * Math.abs(y[field]!), field);
      // The residual of the decay alone is left in the end.
      const rounding = 1e-11 * Math.abs(y.residual) + 1e-290;
      expectWithin(Math.abs(x.residual - y.residual), rounding, "residual");
    }),
    pinned(32, 300),
  );
});

describe("laws", () => {
  test("p·q, the area and the balance decay as e^{−2mt}, e^{−mt}, e^{−mt}", () => {
    fc.assert(
      fc.property(problems(2, trained), uniform(-3, 2), uniform(-3, 2), (drawn, decade, when) => {
        const { flow, a, m, problem } = withDecay(drawn, 10 ** decade);
        const t = 10 ** when / (a + m);
        if (m * t > 200) return;
        const [first, now] = [flow.at(0), flow.at(t)];
        const kept = Math.exp(-m * t);
        expectWithin(Math.abs(now.area - first.area * kept), 1e-13 * (1 + m * t) * first.area * kept, "area");
        expectWithin(
          Math.abs(now.balance - first.balance * kept),
          1e-13 * (1 + m * t) * Math.abs(first.balance) * kept,
          "balance",
        );
        // √(B² − 4h²S²) = √(pq) e^{−mt}, on the scale of B².
        const h2 = problem.network.learningRates.u * problem.network.learningRates.w;
        const g2 = problem.network.outputScale ** 2;
        const pq = ({ kernel, uw }: Snapshot): number => (kernel / g2) ** 2 - 4 * h2 * uw ** 2;
        expectWithin(
          Math.abs(pq(now) - pq(first) * kept * kept),
          1e-12 * (1 + m * t) * ((now.kernel / g2) ** 2 + (first.kernel / g2) ** 2 * kept * kept),
          "pq",
        );
      }),
      pinned(33, 500),
    );
  });

  test("training for s and then for t is training for s + t", () => {
    fc.assert(
      fc.property(problems(1, trained), uniform(-2, 1), uniform(-2, 1.5), uniform(-2, 1.5), (drawn, decade, s, t) => {
        const { problem, flow, a, m } = withDecay(drawn, 10 ** decade);
        const [first, second] = [10 ** s / (a + m), 10 ** t / (a + m)];
        const again = exactFlow({ ...problem, initial: flow.at(first) }) as OneDirectionFlow;
        const [x, y] = [again.at(second), flow.at(first + second)];
        const { u, w } = drawn.network.learningRates;
        // What rounding of the parts means to the residual.
        const parts = (drawn.task.xx * flow.at(first).kernel) / Math.abs(drawn.network.outputScale) / Math.sqrt(u * w);
        const xy = Math.abs(drawn.task.xy) + parts;
        expectWithin(
          Math.abs(x.kernel - y.kernel),
          1e-12 * (1 + m * (first + second)) * flow.at(first).kernel + 1e-10 * y.kernel,
          "kernel",
        );
        expectWithin(Math.abs(x.residual - y.residual), 1e-10 * (xy + Math.abs(flow.at(first).residual)), "residual");
      }),
      pinned(34, 150),
    );
  });

  test("L + ½μ(|u|² + |w|²) falls, though the loss alone may rise", () => {
    let rises = 0;
    for (const weightDecay of [0.02, 0.1, 0.5, 1.7, 1.8, 2.5]) {
      const flow = decaying(weightDecay);
      const times = Array.from({ length: 400 }, (_, i) => 1e-3 * 1.04 ** i);
      const { loss, uu, ww } = sample(flow, times);
      const trainedLoss = loss.map((x, i) => x + (weightDecay / 2) * (uu[i]! + ww[i]!));
      for (let i = 1; i < times.length; i++) expect(trainedLoss[i]! - trainedLoss[i - 1]!).toBeLessThanOrEqual(4e-16);
      if (loss.some((x, i) => i > 0 && x > loss[i - 1]! + 1e-9)) rises++;
    }
    expect(rises).toBeGreaterThan(2);
  });
});

describe("the end", () => {
  const a = 4 * 0.9;
  test.each([0.01, 0.3, 1, 1.79])("below m = a the fit is short of the target by m/a: decay %d", (weightDecay) => {
    const { limit, rates, rate } = decaying(weightDecay);
    const m = 2 * weightDecay;
    expectWithin(Math.abs(limit.output - ((0.9 / 1.2) * (a - m)) / a), 1e-15, "output");
    expectWithin(Math.abs(limit.residual - (0.9 * m) / a), 1e-15, "residual");
    expect(limit.area + Math.abs(limit.balance)).toBe(0);
    expectWithin(Math.abs(limit.alignment - 1) + Math.abs(limit.uu - limit.ww), 1e-15, "balanced");
    expectWithin(Math.abs(rate - Math.min(a - m, 2 * m)) + Math.abs(rates[0]! - Math.max(a - m, 2 * m)), 1e-14, "rates");
    // The last approach is at that rate.
    const away = (t: number): number => Math.abs(decaying(weightDecay).at(t).residual - limit.residual);
    const late = 12 / rate;
    expectWithin(Math.abs(Math.log(away(late) / away(late + 1 / rate)) - 1), 1e-2, "approach");
  });

  test("beyond m = a the network collapses to zero, and at m = a as 1/t", () => {
    const { limit, rates, at, weights } = decaying(2.5);
    expect([limit.uu, limit.ww, limit.uw, limit.residual]).toEqual([0, 0, 0, 0.9]);
    expect([...weights(Infinity).u, ...weights(Infinity).w].every((x) => x === 0)).toBe(true);
    expect(rates[0]).toBeCloseTo(5 + 3.6, 12);
    expectWithin(Math.abs(at(50).uw / at(51).uw - Math.exp(rates[1]!)), 1e-9, "collapse");
    const critical = decaying(1.8);
    // p ~ 1/βt, and S = p/4h.
    for (const t of [1e4, 1e8, 1e12]) expectWithin(Math.abs(critical.at(t).uw * t * 4 * 1.2 - 1), 3 / t, `power law at ${t}`);
    expect(critical.limit.uw).toBe(0);
    expect(critical.rate).toBe(0);
  });

  test("from the side of the saddle the network collapses whatever the decay is", () => {
    const flow = exactFlow({ network: network({ weightDecay: 0.1 }), task, initial: { u: [1, -2], w: [-1, 2] } });
    expect([flow.limit.uw, flow.limit.alignment]).toEqual([0, -1]);
    expect(Math.abs(flow.at(40).uw)).toBeLessThan(1e-20);
    expect(flow.at(40).uw).toBeLessThan(0);
  });
});

test("a loss that rises again is met at all its times", () => {
  const flow = decaying(0.1);
  const [end, low] = [flow.limit.loss, flow.at(3).loss];
  expect(low).toBeLessThan(end);
  const times = timesTo(flow, { loss: (low + end) / 2 });
  expect(times.length).toBe(2);
  for (const t of times) expectWithin(Math.abs(flow.at(t).loss - (low + end) / 2), 1e-14, "loss");
});

test("short times keep all digits of what has moved", () => {
  // P and Q of very different size, so that the parts cancel.
  const flow = exactFlow({ network: network({ weightDecay: 0.005 }), task, initial: { u: [1e4 + 1e-4], w: [-1e4 + 1e-4] } });
  const [first, now] = [flow.at(0), flow.at(1e-14)];
  const slope = 2 * first.residual * (first.uu + first.ww) - 0.01 * first.uw;
  expectWithin(Math.abs((now.uw - first.uw) / 1e-14 / slope - 1), 1e-5, "slope");
});

test("a chain of decaying stages passes on what is left of the part that shrank", () => {
  const net = network({ weightDecay: 0.05 });
  const back = taskFromMoments({ xx: 1.2, xy: -0.9, yy: 1.5 });
  const stages = [{ task, duration: 6 }, { task: back, duration: 9 }, { task }];
  const flow = chain({ network: net, initial, stages });
  expect(flow.method).toBe("exact");
  const middle = exactFlow({ network: net, task, initial }).at(6);
  const alone = exactFlow({ network: net, task: back, initial: middle }).at(3).uw;
  expectWithin(Math.abs(flow.at(9).uw - alone), 1e-14, "second stage");
  // All weights agree with the order parameters after any stage.
  for (const t of [0, 3, 7, 12, 16, 40]) {
    const { u, w } = flow.weights(t);
    const uw = u.reduce((sum, x, i) => sum + x * w[i]!, 0);
    expectWithin(Math.abs(uw - flow.at(t).uw), 1e-14 * (1 + Math.abs(uw)), `at ${t}`);
  }
});

test("no number is NaN for scales from 1e-150 to 1e150 and at any time", () => {
  const compared = counted({ atLeast: 0.3 });
  const random = uniforms(3);
  fc.assert(
    fc.property(problems(150, trained), uniform(-30, 30), uniform(-3, 9), (drawn, decade, when) => {
      const share = random() < 0.2 ? 1 : 10 ** decade;
      const { network: net, task } = drawn;
      const { u, w } = net.learningRates;
      const pace = Math.sqrt(u) * Math.sqrt(w) * Math.max(Math.abs(net.outputScale * task.xy), 1e-200) * share;
      const decays = { u: pace / u, w: pace / w };
      // Decays and rates whose products leave the range of doubles cannot be seen to be equal.
      const isLegal = [pace, decays.u, decays.w].every((x) => x > 1e-290 && x < 1e290);
      if (!compared.when(isLegal)) return;
      const flow = exactFlow({ ...drawn, network: network({ ...net, weightDecay: decays }) });
      const times = [0, 5e-324, 10 ** when / pace, 10 ** (when - decade) / pace, 1e300, Infinity].filter((t) => !Number.isNaN(t));
      const values = Object.values(sample(flow, times)).filter((column) => ArrayBuffer.isView(column)) as Float64Array[];
      for (const column of values) if (column.some(Number.isNaN)) throw new Error(`NaN at ${times}`);
      for (const t of times) {
        const layers = flow.weights(t);
        if ([...layers.u, ...layers.w].some(Number.isNaN)) throw new Error(`NaN in the weights at ${t}`);
      }
    }),
    pinned(35, 300, { atLeast: 0.3 }),
  );
});

test("a network that has long settled is where the formula takes it, and what it has forgotten does not matter", () => {
  for (const [size, weightDecay] of [
    [1e7, 0.05],
    [1e9, 0.3],
    [1e10, 0.7],
  ] as const) {
    const net = network({ weightDecay });
    const unit = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
    const flow = exactFlow({ network: net, task: unit, initial: { uu: size, ww: size, uw: 0 } });
    // ∫ω e^{−mt} is 10⁸ here, where another form takes over.
    const m = 2 * weightDecay;
    const t = -Math.log1p((-1e8 / (2 * size)) * m) / m;
    const [before, after] = [flow.at(t * (1 - 1e-9)), flow.at(t * (1 + 1e-9))];
    for (const field of ["residual", "uw", "kernel", "uu", "alignment"] as const)
      expectWithin(Math.abs(after[field] / before[field] - 1), 1e-8, field);
    const other = exactFlow({ network: net, task: unit, initial: { uu: size, ww: size, uw: 0.3 * size } });
    expectWithin(Math.abs(flow.at(t).residual / other.at(t).residual - 1), 0.1, "forgotten");
    expectWithin(Math.abs(flow.at(80 / m).output - flow.limit.output), 1e-12, "end");
  }
});

test("a network that has long grown to fit its task follows the decay, however small that is", () => {
  // 10²⁶⁰ times of growth are no exponent of a double.
  const rates = { u: 1.8530157341673698e141, w: 2.7351465190733953e74 };
  const flow = exactFlow({
    network: network({
      outputScale: 1.5691365665006572e220,
      learningRates: rates,
      weightDecay: { u: 4.553926457930524e-242, w: 3.085208532684058e-175 },
    }),
    task: taskFromMoments({ xx: 1.3532686802711238e51, xy: 3.9821968078838186e131, yy: 1.4883693454343083e212 }),
    initial: { u: [-1.7937239920480812e-282, 2.1007618797237e-282], w: [6.8913826e-316, -8.07100417e-316] },
  });
  for (const t of [1e-250, 1e-100, 1e-49, 1e10]) {
    const { uu, ww, uw, output, residual } = flow.at(t);
    expectWithin(Math.abs(uw / flow.limit.uw - 1) + Math.abs(output / flow.limit.output - 1), 1e-14, `overlap at ${t}`);
    expect(Number.isFinite(uu + ww + residual)).toBe(true);
    expect(residual).toBe(flow.limit.residual);
  }
});

test("layers at right angles that have nothing to learn stay at right angles", () => {
  const flat = taskFromMoments({ xx: 1, xy: 0, yy: 1 });
  for (const start of [
    { uu: 1, ww: 0, uw: 0 },
    { uu: 0, ww: 3, uw: 0 },
    { uu: 1, ww: 2, uw: 0 },
  ]) {
    const net = network({ weightDecay: 0.2, outputScale: -1.3 });
    const flow = exactFlow({ network: net, task: flat, initial: start }) as OneDirectionFlow;
    for (const t of [0, 0.01, 0.1, 1, 10, 300, 1e7, Infinity]) {
      const { uu, ww, uw, output, residual, alignment } = flow.at(t);
      expect([uw, output, residual, alignment].map(Math.abs)).toEqual([0, 0, 0, 0]);
      const kept = Math.exp(-0.4 * t);
      expectWithin(Math.abs(uu - start.uu * kept) + Math.abs(ww - start.ww * kept), 1e-15, `norms at ${t}`);
    }
    const { dominant, present } = mechanisms(flow);
    expect([dominant, present]).toEqual(start.uu * start.ww === 0 ? ["static", []] : ["rescaling", ["rescaling"]]);
  }
});

test("layers of very different size that hardly feel the task keep their angle while they decay", () => {
  const problem = {
    network: network({ weightDecay: { u: 5e9, w: 5 }, learningRates: { u: 1e-9, w: 1 } }),
    task: taskFromMoments({ xx: 1e-30, xy: 1e-20, yy: 1 }),
    initial: { u: [1e-3, -1e6], w: [2e-3, 1e-9] },
  };
  const flow = exactFlow(problem);
  const first = flow.at(0).alignment;
  // The task turns w by 2η_w xy|u|/|w| in a unit of time, which is 10⁻¹¹.
  for (const t of [1e-3, 0.5, 2, 3, 5, 9, 40])
    expectWithin(Math.abs(Math.abs(flow.at(t).alignment - first) / t - 1e-11), 1e-16 + 1e-18 / t, `${t}`);
});
