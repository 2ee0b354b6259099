/** When the flow meets what it meets: in closed form where there is one, and where S is next to nothing between where it comes from and goes. */
import fc from "fast-check";
import { type ExactFlow, exactFlow, network, taskFromMoments, timesTo, timeTo } from "feature-learning";
import { describe, expect, test } from "vitest";
import { EPS, expectWithin, type Kind, pinned, problems, uniform } from "../support/problems.ts";

const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });

function nearest(times: readonly number[], t: number): number {
  return Math.min(...times.map((found) => Math.abs(found - t)));
}

const kinds: readonly Kind[] = ["generic", "frozen u", "frozen w", "zero u", "zero w", "no correlation"];

test.each([
  ["output", "output", problems(1), 1],
  ["excessLossFraction", "excessLoss", problems(1), 1],
  // Layers that are parallel, or of which one is zero, do not turn.
  [
    "alignment",
    "alignment",
    problems(1, kinds).filter(
      ({ initial: { u, w } }) => exactFlow({ network: network(), task, initial: { u, w } }).at(0).area > 0,
    ),
    1,
  ],
  // A layer alone has a constant kernel.
  ["kernel", "kernel", problems(1, ["generic", "parallel", "antiparallel", "zero u", "zero w"]), 2],
] as const)("what its %s is at t the flow meets at t, the kernel at most twice and all else once", (name, field, drawn, most) => {
  fc.assert(
    fc.property(drawn, uniform(0.01, 1), (problem, x) => {
      const flow = exactFlow(problem);
      const [start, limit] = [flow.at(0), flow.limit];
      const t = x / Math.max(flow.rate, start.kernel * problem.task.xx);
      const [before, s, after] = [flow.at(t * (1 - 1e-7)), flow.at(t), flow.at(t * (1 + 1e-7))];
      const values = { ...s, excessLossFraction: s.excessLoss / start.excessLoss };
      const scale = Math.abs(s[field]) + Math.abs(start[field]) + Math.abs(limit[field]);
      // Where a ten-millionth of the time tells a million units of rounding.
      fc.pre(Math.abs(after[field] - before[field]) > 2e6 * EPS * scale);
      const times = timesTo(flow, { [name]: values[name] } as Parameters<typeof timesTo>[1]);
      expect(times.length).toBeLessThanOrEqual(most);
      expectWithin(nearest(times, t), 1e-7 * t, name);
    }),
    // Kernel machines, of which a third are drawn, have next to no kernel change.
    pinned(81, 500, { atLeast: name === "kernel" ? 0.5 : 0.9 }),
  );
});

describe("in closed form", () => {
  test("without a rate the output falls as S₀/(1 + 4S₀t), and so are the times", () => {
    for (const S of [1e-3, 1, 1e5]) {
      const flow = exactFlow({
        network: network(),
        task: taskFromMoments({ xx: 1, xy: 0, yy: 1 }),
        initial: { uu: S, ww: S, uw: S },
      });
      expect(flow.rate).toBe(0);
      for (const share of [0.999, 0.5, 1e-3, 1e-12]) {
        const t = (1 - share) / (4 * S * share);
        expectWithin(Math.abs(timeTo(flow, { output: S * share }) / t - 1), (16 * EPS) / (1 - share), `share ${share}`);
        expectWithin(
          Math.abs(timeTo(flow, { excessLossFraction: share * share }) / t - 1),
          (16 * EPS) / (1 - share),
          `loss ${share}`,
        );
      }
      expect(timesTo(flow, { output: -S })).toEqual([]);
      expect(timesTo(flow, { output: 2 * S })).toEqual([]);
    }
  });

  test("from no overlap the first outputs are met at output/(2k·g·kernel), to the smallest", () => {
    const flow = exactFlow({ network: network(), task, initial: { uu: 1, ww: 1, uw: 0 } });
    const flat = taskFromMoments({ xx: 1e-300, xy: 1, yy: 1e305 });
    const slow = exactFlow({ network: network({ learningRates: 1e-200 }), task: flat, initial: { u: [1e150], w: [0] } });
    const { kernel } = slow.at(0);
    for (const output of [1e-12, 1e-17, 1e-20, 1e-100, 1e-200]) {
      expectWithin(Math.abs(timeTo(flow, { output }) / (output / 4) - 1), 4 * output + 8 * EPS, `output ${output}`);
      expectWithin(Math.abs(timeTo(slow, { output }) / (output / kernel / 2) - 1), 8 * EPS, `slow, output ${output}`);
    }
  });
});

describe("exactly there", () => {
  const crossing = exactFlow({ network: network(), task, initial: { uu: 5, ww: 5, uw: -3 } });

  test("a start meets what it is at t = 0, once", () => {
    const { output, kernel, alignment } = crossing.at(0);
    expect(timesTo(crossing, { output })).toEqual([0]);
    expect(timesTo(crossing, { alignment })).toEqual([0]);
    expect(timesTo(crossing, { excessLossFraction: 1 })).toEqual([0]);
    // It ends with a smaller overlap than it starts with, on the other side.
    expect(timesTo(crossing, { kernel })).toEqual([0]);
    const idle = exactFlow({ network: network(), task, initial: { uu: 1, ww: 1, uw: 0 } });
    expect(timesTo(idle, { kernel: idle.at(0).kernel })).toEqual([0]);
  });

  test("at its least, √I, the kernel is met once, as the output crosses zero, and below it never", () => {
    // √I = 2√Γ = 8.
    const t = timeTo(crossing, { output: 0 });
    expect(timesTo(crossing, { kernel: 8 })).toEqual([t]);
    expect(timesTo(crossing, { kernel: 8 * (1 - EPS) })).toEqual([]);
  });

  test("layers that are not parallel never are, and parallel ones are never anything else", () => {
    expect(timesTo(crossing, { alignment: 1 })).toEqual([]);
    expect(timesTo(crossing, { alignment: -1 })).toEqual([]);
    const parallel = exactFlow({ network: network(), task, initial: { uu: 1, ww: 0.25, uw: 0.5 } });
    expect(timesTo(parallel, { alignment: -1 })).toEqual([]);
    expect(timesTo(parallel, { alignment: 1 })).toEqual([0]);
    expect(timesTo(parallel, { alignment: 0.5 })).toEqual([]);
  });

  test("the kernel of a layer alone stays, and meets nothing else", () => {
    const frozen = exactFlow({ network: network({ learningRates: { u: 1, w: 0 } }), task, initial: { uu: 1, ww: 2, uw: 0 } });
    expect(timesTo(frozen, { kernel: frozen.at(0).kernel })).toEqual([0]);
    for (const kernel of [0, 1, 3]) expect(timesTo(frozen, { kernel })).toEqual([]);
  });

  test("a network without weights meets nothing but what it is", () => {
    const empty = exactFlow({ network: network(), task, initial: { uu: 0, ww: 0, uw: 0 } });
    expect(timesTo(empty, { output: 0 })).toEqual([0]);
    expect(timesTo(empty, { output: 0.5 })).toEqual([]);
    expect(timesTo(empty, { excessLossFraction: 0.5 })).toEqual([]);
    expect(empty.from).toBe(-Infinity);
  });
});

describe("on the way through zero", () => {
  const crossing = (xy: number, uw: number, area: number, c: number): ExactFlow => {
    const size = Math.hypot(uw, area) / c;
    return exactFlow({
      network: network({ outputScale: c, learningRates: 1 / c }),
      task: taskFromMoments({ xx: 1, xy, yy: xy * xy }),
      initial: { uu: size, ww: size, uw: uw / c, area: area / c },
    });
  };

  // S is known to ε of where it comes from or of where it goes, whichever is nearer, and to ε·B/2h, which is the area here.
  test.each([
    [1, -1, 1e8],
    [1e8, -1, 1e4],
    [1, -1e8, 1e4],
    [1e8, -1e8, 1],
    [-1, 1, 1e8],
  ])("to %f from %f with layers of area %f the output is zero to rounding of the smallest of the three", (xy, uw, area) => {
    // In units that leave plain arithmetic, too.
    for (const c of [1, 2 ** 300]) {
      const flow = crossing(xy, uw, area, c);
      const t = timeTo(flow, { output: 0 });
      const { output, residual, kernel } = flow.at(t);
      // And to what it moves by while the time rounds.
      const speed = 2 * Math.abs(residual) * kernel;
      expectWithin(Math.abs(output), 16 * EPS * (Math.min(Math.abs(xy), Math.abs(uw), area) + speed * t), `t = ${t}`);
    }
  });

  test("parallel layers are across at the instant at which one of them is nothing", () => {
    for (const [u, w, c] of [
      [1, -3, 1],
      [2, -0.5, 1],
      [3, 0.25, 1],
      [1, -3, 2 ** 150],
      [3, 0.25, 2 ** 150],
    ] as const) {
      const flow = exactFlow({
        network: network({ outputScale: c * c, learningRates: 1 / c / c }),
        task: taskFromMoments({ xx: 1, xy: -Math.sign(w), yy: 1 }),
        initial: { u: [u / c], w: [w / c] },
      });
      const t = timeTo(flow, { output: 0 });
      const there = Array.from({ length: 81 }, (_, i) => flow.at(t * (1 + (i - 40) * 2 ** -53))).filter(({ uw }) => uw === 0);
      expect(there.length).toBeGreaterThan(0);
      for (const s of there) {
        expect(s).toMatchObject({ alignment: 0, angle: Math.PI / 2, normProduct: 0 });
        expect([Math.min(s.uu, s.ww), Math.max(s.uu, s.ww)]).toEqual([0, Math.abs(u * u - w * w) / c / c]);
      }
    }
  });
});

describe("nearly antiparallel layers cross zero far from where they come from and go, and meet every alignment to rounding", () => {
  for (const area of [1e-4, 1e-9, 1e-20, 1e-100, 1e-200]) {
    test.each([1, 1e-3, 10, 1, 0.1, 1e-3].map((x, i) => (i < 2 ? x : x * area)))(`√Γ = ${area}, xy = ±%f`, (xy) => {
      for (const [sign, c] of [
        [1, 1],
        [-1, 1],
        [1, 2 ** 150],
        [-1, 2 ** 150],
      ] as const) {
        // In units whose square leaves plain arithmetic, too.
        const size = Math.hypot(1, area) / c / c;
        const flow = exactFlow({
          network: network({ outputScale: c * c, learningRates: 1 / c / c }),
          task: taskFromMoments({ xx: 1, xy: sign * xy, yy: 1 }),
          initial: { uu: size, ww: size, uw: -sign / c / c, area: area / c / c },
        });
        const slack = (t: number): number => 64 * EPS * (1 + flow.rate * t);
        for (const turned of [-0.9999, -0.7, -0.5, -0.01, 0, 0.01, 0.3, 0.5, 0.9, 0.9999]) {
          const alignment = sign * turned;
          const times = timesTo(flow, { alignment });
          expect(times, `${alignment}`).toHaveLength(turned < sign * flow.limit.alignment ? 1 : 0);
          for (const t of times) expectWithin(Math.abs(flow.at(t).alignment - alignment), slack(t), `alignment ${alignment}`);
        }
        // Far from zero beside the area, though next to nothing beside where it comes from and goes.
        for (const areas of [-1e6, -1e3, -30, 30, 1e3, 1e6]) {
          const output = sign * areas * area;
          if (Math.abs(output) > 1e-3 * xy) continue;
          const t = timeTo(flow, { output });
          expectWithin(Math.abs(flow.at(t).output / output - 1), slack(t), `output ${output}`);
        }
      }
    });
  }
});
