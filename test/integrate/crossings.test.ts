/** An integrated flow meets a target when the exact flow does: on problems that both solve. */
import {
  exactFlow,
  type Flow,
  integratedFlow,
  network,
  piecewiseSchedule,
  type Snapshot,
  type Target,
  taskFromMoments,
  taskFromSamples,
  timesTo,
  withSchedule,
} from "feature-learning";
import { describe, expect, test } from "vitest";
import { drawer } from "../support/drawer.ts";

const dip = {
  network: network(),
  task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }),
  initial: { uu: 4, ww: 4, uw: -0.5 },
};

test("1,200 random targets are met as often as by the exact flow, at the same values", () => {
  const { uniform, normal } = drawer(7);
  const count = { targets: 0, met: 0, twice: 0 };
  for (let i = 0; i < 200; i++) {
    const d = 1 + Math.floor(4 * uniform());
    const scale = 10 ** (2 * uniform() - 1.3);
    const net = network({
      outputScale: (uniform() < 0.5 ? -1 : 1) * (0.3 + uniform()),
      learningRates: { u: 0.3 + 2 * uniform(), w: 0.3 + 2 * uniform() },
      loss: uniform() < 0.5 ? "mse" : "half-mse",
    });
    const xx = 0.3 + uniform();
    const problem = {
      network: net,
      task: taskFromMoments({ xx, xy: (2 * uniform() - 1) * Math.sqrt(xx), yy: 1 }),
      initial: {
        u: Array.from({ length: d }, () => scale * normal()),
        w: Array.from({ length: d }, () => scale * normal()),
      },
    };
    const exact = exactFlow(problem);
    const until = 15 / exact.rate;
    const flow = integratedFlow(problem, { until, rtol: 1e-12 });
    const [first, last] = [exact.at(0), exact.at(until)];
    const between = (a: number, b: number): number => a + (b - a) * (1.2 * uniform() - 0.1);
    const [turn] = timesTo(exact, { output: 0 });
    const least = turn === undefined ? Math.min(first.kernel, last.kernel) : exact.at(turn).kernel;
    const span = Math.max(first.kernel, last.kernel) - least;
    // From far above the least kernel to within a millionth of it, on both sides.
    const near = 10 ** (-6 * uniform());
    const targets: Target[] = [
      { output: between(first.output, last.output) },
      { alignment: Math.max(-1, Math.min(1, between(first.alignment, last.alignment))) },
      { kernel: least + span * uniform() },
      { kernel: least + 0.3 * near * span },
      { kernel: least * (1 - 0.01 * near) },
      { excessLossFraction: Math.exp(-20 * uniform()) },
    ];
    for (const target of targets) {
      const expected = timesTo(exact, target).filter((t) => t <= until);
      const found = timesTo(flow, target);
      expect(found.length, `problem ${i}, ${JSON.stringify(target)}`).toBe(expected.length);
      for (const [n, t] of found.entries()) expectSameTime(exact, target, t, expected[n]!);
      count.targets++;
      count.met += found.length;
      if (found.length === 2) count.twice++;
    }
  }
  expect(count.targets).toBe(1200);
  expect(count.met).toBeGreaterThan(900);
  expect(count.twice).toBeGreaterThan(60);
});

/** Either the times agree, or the exact flow has the target's value at the time that was found. */
function expectSameTime(exact: Flow, target: Target, found: number, expected: number): void {
  if (Math.abs(found - expected) <= 1e-9 * expected) return;
  const [name, value] = Object.entries(target)[0] as [string, number];
  const now = exact.at(found);
  const { excessLoss, normProduct } = exact.at(0);
  const reached = name === "excessLossFraction" ? now.excessLoss / excessLoss : now[name as "output" | "kernel" | "alignment"];
  const size = name === "output" ? Math.max(Math.abs(value), normProduct) : Math.abs(value);
  expect(Math.abs(reached - value)).toBeLessThan(1e-8 * size);
}

describe("turning points", () => {
  test("a kernel that dips within one step is met twice, down to a relative 1e-13 above its least value", () => {
    const flow = integratedFlow(dip);
    const least = Math.sqrt(63);
    for (const above of [1e-2, 1e-4, 1e-8, 1e-12]) expect(timesTo(flow, { kernel: least + above })).toHaveLength(2);
    expect(timesTo(flow, { kernel: least })).toHaveLength(1);
    expect(timesTo(flow, { kernel: least - 1e-12 })).toEqual([]);
  });

  test("under a schedule they are met at the schedule's times", () => {
    const schedule = piecewiseSchedule([{ factor: 0.5 }]);
    const target = { kernel: Math.sqrt(63) + 1e-4 };
    const plain = timesTo(integratedFlow(dip), target);
    const scheduled = timesTo(withSchedule(integratedFlow(dip), schedule), target);
    expect(scheduled).toEqual(plain.map((t) => 2 * t));
  });

  test("parallel layers turn round by a jump, which meets no alignment in between", () => {
    const flow = integratedFlow({ ...dip, initial: { u: [1], w: [-0.5] } });
    expect([flow.at(0).alignment, flow.at(Infinity).alignment]).toEqual([-1, 1]);
    expect(timesTo(flow, { alignment: 0.3 })).toEqual([]);
    expect(timesTo(flow, { alignment: 1 })).toHaveLength(1);
  });

  test("every reduction is met as often as a fine grid of times shows", () => {
    const { normal } = drawer(5);
    const weights = { u: Array.from({ length: 3 }, normal), w: Array.from({ length: 3 }, normal) };
    const task = taskFromSamples([1, 2, -0.5], [1, 1.5, -1]);
    const flows = [
      integratedFlow({ network: network({ weightDecay: 0.2 }), task, initial: weights }, { until: 10 }),
      integratedFlow(
        { network: network({ weightDecay: 0.2, learningRates: { u: 1, w: 0.2 } }), task, initial: weights },
        { until: 10 },
      ),
      integratedFlow({ network: network({ power: 2 }), task, initial: weights }, { until: 10 }),
      integratedFlow({ network: network({ power: 3, weightDecay: 0.1 }), task, initial: weights }, { until: 10 }),
      integratedFlow(
        { network: network({ loss: "huber", learningRates: { u: 0, w: 1 } }), task, initial: weights },
        { until: 10 },
      ),
    ];
    let compared = 0;
    for (const flow of flows) {
      const times = Array.from({ length: 20_001 }, (_, i) => 10 * (i / 20_000) ** 2);
      const rows = times.map((t) => flow.at(t));
      for (const name of ["kernel", "output", "alignment"] as const) {
        const values = rows.map((row: Snapshot) => row[name]);
        const [low, high] = [Math.min(...values), Math.max(...values)];
        for (const share of [0.02, 0.2, 0.5, 0.8, 0.98]) {
          const level = low + share * (high - low);
          const passed = values.slice(1).filter((value, i) => value < level !== values[i]! < level).length;
          // The kernel of a network with a frozen layer stands still: it is met at once.
          expect(timesTo(flow, { [name]: level } as unknown as Target)).toHaveLength(low === high ? 1 : passed);
          compared++;
        }
      }
    }
    expect(compared).toBe(75);
  });
});
