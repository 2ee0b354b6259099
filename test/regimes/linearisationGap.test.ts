/** The largest distance to the kernel machine, by its formula, against a search along the flows. */
import { exactFlow, kernelMachine, network, regime, taskFromMoments } from "feature-learning";
import seedrandom from "seedrandom";
import { afterEach, describe, expect, test, vi } from "vitest";
import { solved } from "../../src/exact/oneDirection/oneDirectionFlow.ts";
import { maximumOn } from "../../src/numerics/maximum.ts";
import { linearisationGap } from "../../src/regimes/linearisationGap.ts";
import { EPS, expectWithin, runs } from "../support/problems.ts";

/** Networks with layers from 10^−decades to 10, at any angle; one in five nearly parallel. */
function drawProblem(random: () => number, decades: number) {
  const [size, ratio] = [10 ** (1 - (decades + 1) * random()), 10 ** (2 * random() - 1)];
  const [uu, ww] = [size * ratio, size / ratio];
  const uw = (2 * random() - 1) * (random() < 0.2 ? 0.9999 : 1) * Math.sqrt(uu) * Math.sqrt(ww);
  const learningRates = { u: 10 ** (2 * random() - 1), w: 1 };
  const xy = (random() - 0.3) * 10 ** (1 - 2 * random());
  return {
    network: network({ outputScale: 10 ** (2 * random() - 1), learningRates }),
    task: taskFromMoments({ xx: 1, xy, yy: 1e3 }),
    initial: { uu, ww, uw },
  };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the gap between a network and its kernel machine", () => {
  test.each([2, 60, 120])("is what a search finds, from starts down to 10^−%d", (decades) => {
    const random = seedrandom(`gap ${decades}`);
    let crossed = 0;
    for (let n = 0; n < runs(60); n++) {
      const problem = drawProblem(random, decades);
      const [flow, machine] = [exactFlow(problem), kernelMachine(problem)];
      const [first, last] = [flow.at(0).output, flow.limit.output];
      const gap = linearisationGap(flow[solved as never])!;
      const distance = (logT: number): number => {
        const t = Math.exp(logT);
        return Math.abs(flow.at(t).output - machine.at(t).output) / Math.abs(last - first);
      };
      const from = Math.log(1e-3 / Math.max(flow.rate, machine.rate));
      const to = Math.log(400 / Math.min(flow.rate, machine.rate));
      const grid = Array.from({ length: 401 }, (_, i) => from + ((to - from) * i) / 400);
      const rounding = (16 * EPS * (Math.abs(first) + Math.abs(last))) / Math.abs(last - first);
      expectWithin(Math.abs(gap - maximumOn(distance, grid).value), 1e-11 * gap + rounding, JSON.stringify(problem));
      expect(regime(flow).linearisationGap).toBe(gap);
      if (first * last < 0) crossed++;
    }
    expect(crossed).toBeGreaterThan(runs(15));
  });

  test("is the larger of two peaks, where the network first lags behind the machine and then leads by nearly the same", () => {
    const problem = {
      network: network({
        outputScale: 0.11182860901133294,
        learningRates: { u: 3.810323696982391, w: 0.4078577226489548 },
      }),
      task: taskFromMoments({ xx: 1, xy: 0.007370773383226497, yy: 1 }),
      initial: { uu: 0.8534185094788576, ww: 0.1329522929652429, uw: -0.026443277414701115 },
    };
    const [flow, machine] = [exactFlow(problem), kernelMachine(problem)];
    const way = Math.abs(flow.limit.output - flow.at(0).output);
    // The peaks, found by sampling: 7.7415e-4 at 0.6801/ρ and 7.7448e-4 at 2.797/ρ.
    const [early, late] = [0.6801, 2.797].map((x) => {
      const t = x / flow.rate;
      return Math.abs(flow.at(t).output - machine.at(t).output) / way;
    }) as [number, number];
    expect(late).toBeGreaterThan(early);
    const gap = regime(flow).linearisationGap!;
    expectWithin(Math.abs(gap - late), 1e-8 * late, "gap");
    expect(gap).toBeGreaterThanOrEqual(late * (1 - 1e-12));
  });

  test("a regime takes few exponentials and logarithms", () => {
    const random = seedrandom("count");
    const counted = [vi.spyOn(Math, "exp"), vi.spyOn(Math, "expm1"), vi.spyOn(Math, "log")];
    const counts: number[] = [];
    for (let n = 0; n < 200; n++) {
      const flow = exactFlow(drawProblem(random, 6));
      for (const spy of counted) spy.mockClear();
      regime(flow);
      counts.push(counted.reduce((sum, spy) => sum + spy.mock.calls.length, 0));
    }
    // Up to two roots, each between bounds that are found first; the grid that was searched before took 900.
    expect(Math.max(...counts)).toBeLessThan(200);
    expect(counts.reduce((sum, count) => sum + count, 0) / counts.length).toBeLessThan(70);
  });

  test("a start that moves along one mode to S = 0 has a gap that a search finds", () => {
    // Parallel layers of one size, with the target on the other side.
    const problem = {
      network: network(),
      task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }),
      initial: { uu: 0.5, ww: 0.5, uw: -0.5, area: 0 },
    };
    const flow = exactFlow(problem);
    expect(linearisationGap(flow[solved as never])).toBeUndefined();
    // The network ends at 0, the machine at 1; the way is 0.5.
    expectWithin(Math.abs(regime(flow).linearisationGap! - 2), 1e-12, "gap");
  });
});
