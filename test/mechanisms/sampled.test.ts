/** Reports, intervals, spans and verdicts from rows agree with those of the closed form. */
import {
  dominantMechanism,
  exactFlow,
  integratedFlow,
  logarithmicTimes,
  type Mechanisms,
  mechanisms,
  mechanismsOverTime,
  network,
  sample,
  taskFromMoments,
  trajectoryOf,
} from "feature-learning";
import { describe, expect, test } from "vitest";

const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
const start = (normProduct: number, angle: number, gamma = 1) => {
  const uw = normProduct * Math.cos(angle);
  const area = normProduct * Math.sin(angle);
  const initial = { uu: normProduct, ww: normProduct, uw, area };
  return exactFlow({ network: network({ outputScale: gamma }), task, initial });
};

const flows = {
  "aligns, then grows": start(0.01, 1.5),
  "crosses zero": start(1, 2.8),
  "disaligns and shrinks": start(5, 0.6),
  "of another output scale": start(0.3, 2, -0.5),
  "parallel, and grows": start(0.1, 0),
  "a kernel machine": start(50, 1.5),
};

/** 4,000 rows from the start to where nothing moves any more. */
function rowsOf(flow: (typeof flows)[keyof typeof flows]) {
  const until = 60 / flow.rate;
  return sample(flow, [0, ...logarithmicTimes(flow, { count: 4000, from: until * 1e-7, until })]);
}

/** The same report, up to what sampling leaves. */
function expectSame(found: Mechanisms, exact: Mechanisms, slack: number): void {
  expect(found.present).toEqual(exact.present);
  expect(found.dominant).toBe(exact.dominant);
  for (const name of ["change", "alignment", "disalignment", "rescaling", "stretch"] as const)
    expect(Math.abs(found[name] - exact[name]), name).toBeLessThan(slack * (1 + Math.abs(exact[name])));
  for (const name of ["rise", "fall"] as const) expect(Math.abs(found.turn[name] - exact.turn[name]), name).toBeLessThan(slack);
  for (const name of ["alignment", "disalignment", "rescaling"] as const) {
    const [a, b] = [found.intervals[name], exact.intervals[name]];
    expect(a === undefined, name).toBe(b === undefined);
    if (b === undefined) continue;
    for (const end of [0, 1] as const) expect(Math.abs(a![end] / b![end] - 1), `${name}, ${end}`).toBeLessThan(0.02);
  }
}

describe("rows", () => {
  test.each(Object.entries(flows))("of a flow that %s report what it reports", (_name, flow) => {
    const [found, exact] = [mechanisms(rowsOf(flow)), mechanisms(flow)];
    expect([found.basis, exact.basis]).toEqual(["sampled", "exact"]);
    expectSame(found, exact, 2e-3);
  });

  test("of a part report that part, of rows and of flows", () => {
    const flow = flows["aligns, then grows"];
    const rows = rowsOf(flow);
    const [from, to] = [rows.t[1500]!, rows.t[3000]!];
    const exact = mechanisms(flow, { from, to });
    expectSame(mechanisms(rows, { from, to }), exact, 2e-3);
    const integrated = integratedFlow(flow.problem, { until: 20, rtol: 1e-10 });
    expectSame(mechanisms(integrated, { from, to }), exact, 2e-2);
    expect(mechanisms(rows, { from: rows.t[10]!, to: rows.t[11]! }).change).toBeCloseTo(rows.output[11]! - rows.output[10]!, 15);
    expect(() => mechanisms(rows, { to: 1e9 })).toThrow(/pass a time up to/);
    expect(() => mechanisms(rows, { from: 1e-300, to: 2e-300 })).toThrow(/fewer than two rows/);
  });

  test("whose output is no multiple of the overlap are split by the overlap itself", () => {
    const log = trajectoryOf([
      { uu: 1, ww: 1, uw: 0.1 },
      { uu: 1, ww: 1, uw: 0.9 },
    ]);
    const squares = { ...log, output: log.uw.map((S) => S * S) };
    expect(mechanisms(squares).change).toBeCloseTo(0.8, 15);
    const scaled = { ...log, output: log.uw.map((S) => -3 * S) };
    expect(mechanisms(scaled).change).toBeCloseTo(-2.4, 15);
  });

  test("that do not change have no mechanism, and zero layers do not turn", () => {
    const still = trajectoryOf([
      { uu: 1, ww: 4, uw: 1 },
      { uu: 1, ww: 4, uw: 1 },
    ]);
    expect(mechanisms(still)).toMatchObject({ change: 0, present: [], dominant: "static", intervals: {}, stretch: 0 });
    const fromZero = trajectoryOf([
      { uu: 0, ww: 0, uw: 0 },
      { uu: 1, ww: 1, uw: 1 },
      { uu: 2, ww: 2, uw: 2 },
    ]);
    expect(mechanisms(fromZero)).toMatchObject({ alignment: 0, disalignment: 0, rescaling: 2, present: ["rescaling"] });
  });

  test("that turn at fixed norms align, and disalign on the way back", () => {
    const there = trajectoryOf([0.1, 0.5, 0.9].map((uw) => ({ uu: 1, ww: 1, uw })));
    expect(mechanisms(there)).toMatchObject({ present: ["alignment"], dominant: "alignment", stretch: 0 });
    expect(mechanisms(there).turn.rise).toBeCloseTo(0.8, 14);
    expect(mechanisms(there).because).toBe("|cos ζ| rises by 0.8");
    const back = trajectoryOf([0.9, 0.5, 0.1].map((uw) => ({ uu: 1, ww: 1, uw })));
    expect(mechanisms(back)).toMatchObject({ present: ["disalignment"], dominant: "disalignment" });
    expect(mechanisms(back).turn.fall).toBeCloseTo(0.8, 14);
    // 5 % of a turn over two steps, which do unequal parts of it.
    const [first, last] = mechanisms(there).intervals.alignment!;
    expect([first > 0 && first < 0.2, last > 1.8 && last < 2]).toEqual([true, true]);
    // A change of exactly the threshold is one.
    expect(mechanisms(there, { threshold: 0.9 - 0.1 }).present).toEqual(["alignment"]);
    expect(mechanisms(there, { threshold: 0.81 }).because).toMatch(/no mechanism acts/);
  });

  test("over zero are split where the line between them crosses it", () => {
    const log = trajectoryOf([
      { t: 2, uu: 1, ww: 1, uw: -0.2 },
      { t: 6, uu: 1, ww: 1, uw: 0.6 },
    ]);
    const { alignment, disalignment, rescaling, turn, intervals } = mechanisms(log);
    expect(alignment + disalignment + rescaling).toBeCloseTo(0.8, 14);
    // The line passes a smaller area at S = 0 than an arc of fixed norms would: the layers shrink, then grow again.
    expect([disalignment, alignment, rescaling].map((x) => Number(x.toFixed(3)))).toEqual([0.193, 0.559, 0.048]);
    expect([turn.fall, turn.rise].map((x) => Number(x.toFixed(12)))).toEqual([0.2, 0.6]);
    // Zero is crossed at t = 3.
    expect(intervals.disalignment![1]).toBeCloseTo(2 + 0.95, 12);
    expect(intervals.alignment![0]).toBeCloseTo(3 + 0.05 * 3, 12);
  });
});

describe("a log", () => {
  test("has every column that it determines", () => {
    const log = trajectoryOf(
      [
        { uu: 4, ww: 9, uw: 3, loss: 2 },
        { uu: 1, ww: 0, uw: 0, loss: 1 },
      ],
      { outputScale: -2 },
    );
    expect([...log.t]).toEqual([0, 1]);
    expect([...log.uu, ...log.ww, ...log.uw]).toEqual([4, 1, 9, 0, 3, 0]);
    expect([...log.output]).toEqual([-6, -0]);
    expect([...log.kernel]).toEqual([52, 4]);
    expect([...log.balance]).toEqual([-5, 1]);
    expect([...log.normProduct]).toEqual([6, 0]);
    expect([...log.alignment]).toEqual([0.5, 0]);
    expect(log.area[0]).toBeCloseTo(Math.sqrt(27), 14);
    expect(log.angle[0]).toBeCloseTo(Math.PI / 3, 14);
    expect(log.angle[1]).toBe(Math.PI / 2);
    expect([...log.loss!]).toEqual([2, 1]);
    expect(
      trajectoryOf([
        { uu: 1, ww: 1, uw: 0, loss: 1 },
        { uu: 1, ww: 1, uw: 0 },
      ]).loss,
    ).toBeUndefined();
  });

  test("tolerates the rounding of single precision, and no more", () => {
    expect([...trajectoryOf([{ uu: 1, ww: 1, uw: 1.000001 }]).alignment]).toEqual([1]);
    expect([...trajectoryOf([{ uu: 1, ww: 1, uw: -1.000001 }]).area]).toEqual([0]);
    expect(() => trajectoryOf([{ uu: 1, ww: 1, uw: 1.0001 }])).toThrow(/uw² > uu·ww/);
    expect(() =>
      trajectoryOf([
        { t: 1, uu: 1, ww: 1, uw: 0 },
        { t: 1, uu: 1, ww: 1, uw: 0 },
      ]),
    ).toThrow(/order of time/);
    expect(() => trajectoryOf([])).toThrow(/at least one/);
  });
});

describe("the map of mechanisms", () => {
  test("names a boundary only where there are targets beyond it", () => {
    const parallel = dominantMechanism({ normProduct: 1, angle: Math.PI, target: -2 });
    expect(parallel.presentFrom.alignment).toBeUndefined();
    expect(parallel.presentFrom.disalignment).toBeUndefined();
    expect(parallel.presentFrom.rescalingAbove).toBeCloseTo(Math.exp(0.1), 14);
    expect(parallel.presentFrom.rescalingBelow).toBeCloseTo(Math.exp(-0.1), 14);
    expect(parallel).toMatchObject({ dominant: "rescaling", alignment: 0, rescaling: -1 });
    const right = dominantMechanism({ normProduct: 1, angle: Math.PI / 2, target: 1 });
    expect(right.presentFrom.disalignment).toBeUndefined();
    expect(right.presentFrom.rescalingBelow).toBeUndefined();
    const nearly = dominantMechanism({ normProduct: 1, angle: 0.1, target: 1 });
    expect(nearly.presentFrom.alignment).toBeUndefined();
    // cos ζ = cos ζ₀ − 0.1 at that target.
    const { disalignment } = nearly.presentFrom;
    expect(disalignment! / Math.hypot(disalignment!, Math.sin(0.1))).toBeCloseTo(Math.cos(0.1) - 0.1, 14);
  });

  test.each([
    [{ normProduct: -1, angle: 1, target: 1 }, /normProduct is -1/],
    [{ normProduct: 1, angle: -0.1, target: 1 }, /angle is -0\.1/],
    [{ normProduct: 1, angle: 3.2, target: 1 }, /angle is 3\.2/],
    [{ normProduct: 1, angle: 1, target: Infinity }, /target is Infinity/],
  ])("refuses %j", (given, message) => {
    expect(() => dominantMechanism(given)).toThrow(message);
    expect(() => dominantMechanism({ ...given, normProduct: 1, angle: 1, target: 1 }, { threshold: 2 })).toThrow(
      /threshold is 2/,
    );
  });
});

test("over time, without times: from 0 until it has learned, and a copy of a trajectory's own", () => {
  const flow = flows["aligns, then grows"];
  const split = mechanismsOverTime(flow);
  expect(split.t[0]).toBe(0);
  expect(split.change.at(-1)! / mechanisms(flow).change).toBeCloseTo(1, 3);
  const rows = rowsOf(flow);
  const own = mechanismsOverTime(rows);
  own.t.fill(-1);
  expect(rows.t[0]).toBe(0);
  expect(() => mechanismsOverTime(flow, { times: [1, 1] })).toThrow(/not in order/);
  const integrated = integratedFlow(flow.problem, { until: 5, rtol: 1e-10 });
  const [a, b] = [mechanismsOverTime(integrated, { times: [...rows.t].filter((t) => t < 5) }), mechanisms(flow, { to: 5 })];
  expect(a.alignment.at(-1)!).toBeCloseTo(b.alignment, 4);
});
