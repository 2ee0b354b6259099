/**
 * Inverse design: the flow meets the target, so does every other solution, and impossible targets are
 * refused.
 */

import fc from "fast-check";
import {
  type Design,
  type DesignOptions,
  type DesignTarget,
  design,
  exactFlow,
  FeatureLearningError,
  gaussianOrderParameters,
  halfLife,
  plateau,
  regime,
  taskFromMoments,
  taskFromSamples,
  timeTo,
} from "feature-learning";
import { describe, expect, test } from "vitest";
import { counted } from "../support/counted.ts";
import { EPS, expectWithin, pinned, uniform } from "../support/problems.ts";

const within = (min: number, max: number) => uniform(min, max);
const decades = (min: number, max: number) => within(min, max).map((x) => 10 ** x);
const sign = fc.constantFrom(-1, 1);

const tasks = fc
  .tuple(decades(-4, 4), decades(-4, 4), within(0.01, 1), sign)
  .map(([xx, yy, share, side]) => taskFromMoments({ xx, yy, xy: side * share * Math.sqrt(xx * yy) }));
const rest = fc.record({ task: tasks, loss: fc.constantFrom("mse" as const, "half-mse" as const) });
const pair = fc.oneof(decades(-4, 4), fc.record({ u: decades(-4, 4), w: decades(-4, 4) }));
const widths = decades(0, 12).map(Math.ceil);
const scales = fc.tuple(decades(-4, 4), sign).map(([size, side]) => side * size);
/** From a kernel machine to a start of nearly nothing. */
const ratios = fc.oneof(
  decades(-12, 0).map((x) => 1 + x),
  decades(0.1, 12).filter((ratio) => Math.abs(ratio - 3) > 1e-6),
);
const times = decades(-9, 9);

/** Rounding of hyperparameters, and of the flow that they make: a few units each. */
const ROUNDING = 32 * EPS;

function expectMet(found: Design, { lossAt: _, ...target }: DesignTarget): void {
  for (const name of Object.keys(target) as (keyof typeof target)[]) {
    const wanted = target[name]!;
    // A plateau is the difference of two times up to the learning time.
    const size = name === "plateau" ? wanted + found.achieved.learningTime : Math.abs(wanted);
    expectWithin(Math.abs(found.achieved[name] - wanted), ROUNDING * size, `${name} of ${JSON.stringify(target)}`);
  }
}

/** The refusal of a call. */
function refusal(options: unknown): FeatureLearningError {
  try {
    design(options as DesignOptions);
  } catch (error) {
    if (error instanceof FeatureLearningError) return error;
    throw error;
  }
  throw new Error("not refused");
}

describe("the target is met", () => {
  test("a kernel ratio, whatever one hyperparameter less is given", () => {
    const given = fc.oneof(
      fc.record({ outputScale: scales, learningRates: pair, width: widths }),
      fc.record({ scale: pair, learningRates: pair, width: widths }),
      fc.record({ scale: pair, width: widths }),
      fc.record({ outputScale: scales, width: widths }),
      fc.record({ learningRates: pair }),
    );
    const law = fc.property(ratios, given, rest, (kernelRatio, one, other) => {
      const found = design({ target: { kernelRatio }, given: one, ...other });
      expectMet(found, { kernelRatio });
      const { place } = regime(found.flow);
      // e² = (r − 1)(r + 1): also where r itself has no digits left of it.
      const asked = (kernelRatio - 1) * (kernelRatio + 1);
      expectWithin(Math.abs(place!.end ** 2 - asked), ROUNDING * asked, "2h|S∞|/B₀");
    });
    fc.assert(law, pinned(1, 300));
  });

  test("a kernel ratio and a time, whatever one of three hyperparameters is given, with any overlap", () => {
    const given = fc.oneof(
      fc.record({ overlap: within(-0.99, 0.99), width: widths }),
      fc.record({ overlap: within(-0.99, 0.99), outputScale: scales }),
      fc.record({ overlap: within(-0.99, 0.99), learningRates: pair }),
      fc.record({ overlap: within(-0.99, 0.99), scale: decades(-4, 4), width: widths }),
    );
    const law = fc.property(decades(0.6, 12), times, fc.boolean(), given, rest, (kernelRatio, time, waits, one, other) => {
      const target = waits ? { kernelRatio, plateau: time } : { kernelRatio, learningTime: time };
      const found = design({ target, given: one, ...other });
      expectMet(found, target);
      expectWithin(Math.abs(regime(found.flow).place!.start - one.overlap), 8 * EPS, "overlap");
    });
    fc.assert(law, pinned(2, 300));
  });

  test("a learning time alone, to any share of the loss", () => {
    const given = fc.oneof(fc.record({}), fc.record({ outputScale: scales }), fc.record({ scale: pair, width: widths }));
    const law = fc.property(times, within(0.001, 0.999), given, rest, (learningTime, excessLossFraction, one, other) => {
      const found = design({ target: { learningTime }, excessLossFraction, given: one, ...other });
      expectMet(found, { learningTime });
      expect(timeTo(found.flow, { excessLossFraction })).toBe(found.achieved.learningTime);
    });
    fc.assert(law, pinned(3, 300));
  });

  test("a time at given rates, by the initial scale or by the output scale", () => {
    const given = fc.oneof(fc.record({ learningRates: pair }), fc.record({ learningRates: pair, scale: pair, width: widths }));
    const law = fc.property(within(-6, 1), given, tasks, fc.boolean(), (exponent, one, task, waits) => {
      // In units of 1/(|xy|·h): what a strength of 1 learns from a start of order 1 takes.
      const { u, w } = typeof one.learningRates === "number" ? { u: one.learningRates, w: one.learningRates } : one.learningRates;
      const time = 10 ** (waits ? 1 : exponent) / (Math.abs(task.xy) * Math.sqrt(u * w));
      if ("scale" in one) {
        const learningTime = 10 ** exponent;
        expectMet(design({ target: { learningTime }, given: one, task }), { learningTime });
      } else {
        const target = waits ? { plateau: time } : { learningTime: time };
        const found = design({ target, given: one, task });
        expectMet(found, target);
        expect(found.network.outputScale).toBe(1);
      }
    });
    fc.assert(law, pinned(4, 200));
  });

  test("plateau and learning time together, by the kernel ratio", () => {
    const law = fc.property(times, within(0.4, 0.99), rest, (learningTime, share, other) => {
      const target = { learningTime, plateau: share * learningTime };
      const found = design({ target, ...other });
      expectMet(found, target);
      // Not the one at the jump, where the plateau is all of the time to a quarter of the output.
      expect(found.achieved.kernelRatio).toBeGreaterThan(3.1);
    });
    fc.assert(law, pinned(5, 100));
  });

  test("kernel ratio, plateau and learning time together, by the least overlap", () => {
    const law = fc.property(decades(1, 9), times, within(0, 1), rest, (kernelRatio, learningTime, share, other) => {
      // Between full overlap towards the solution and a good part of one against it.
      const ends = [1, -0.99].map((overlap) => design({ target: { kernelRatio }, given: { overlap } }).achieved);
      const [low, high] = ends.map((end) => end.plateau / end.learningTime) as [number, number];
      const target = { kernelRatio, learningTime, plateau: (low + (0.01 + 0.98 * share) * (high - low)) * learningTime };
      const found = design({ target, ...other });
      expectMet(found, target);
      // More overlap with the solution shortens the plateau, less prolongs it.
      const none = design({ target: { kernelRatio, learningTime } }).achieved;
      expect(Math.sign(found.family.invariants.start)).toBe(Math.sign(none.plateau - target.plateau));
    });
    fc.assert(law, pinned(6, 100));
  });

  test("of which there is none where none is needed", () => {
    const law = fc.property(decades(0.7, 9), times, rest, (kernelRatio, learningTime, other) => {
      const { plateau } = design({ target: { kernelRatio, learningTime }, ...other }).achieved;
      const { start } = design({ target: { kernelRatio, learningTime, plateau }, ...other }).family.invariants;
      // The plateau hangs on the overlap as ln(1 − s), so that rounding of one is that of the other.
      expectWithin(Math.abs(start), 1e3 * ROUNDING, "overlap");
    });
    fc.assert(law, pinned(10, 50));
  });

  test("a balance besides, exactly", () => {
    const law = fc.property(ratios, times, fc.oneof(within(-1, 1), sign), rest, (kernelRatio, learningTime, share, other) => {
      const { initial, network } = design({ target: { kernelRatio, learningTime }, ...other });
      const balance = share * (initial.uu / network.learningRates.u + initial.ww / network.learningRates.w);
      const target = { kernelRatio, learningTime, balance };
      const found = design({ target, ...other });
      expectMet(found, target);
      const { uu, ww } = found.initial;
      const { u, w } = found.network.learningRates;
      expectWithin(Math.abs(uu / u - ww / w - balance), ROUNDING * (uu / u + ww / w), "uu/η_u − ww/η_w");
    });
    fc.assert(law, pinned(7, 300));
  });

  test("a balance alone, however large, and beside a kernel ratio", () => {
    const law = fc.property(decades(-6, 9), sign, ratios, rest, (size, side, kernelRatio, other) => {
      const target = { balance: side * size };
      expectMet(design({ target, ...other }), target);
      expectMet(design({ target: { ...target, kernelRatio }, ...other }), { ...target, kernelRatio });
    });
    fc.assert(law, pinned(8, 200));
  });

  test("a kernel that shrinks, by losing its overlap", () => {
    const law = fc.property(
      within(0.01, 0.99),
      within(0.01, 0.99),
      sign,
      times,
      rest,
      (ratio, part, side, learningTime, other) => {
        const least = Math.sqrt((1 - ratio) * (1 + ratio));
        const overlap = side * (least + part * (1 - least));
        const target = { kernelRatio: ratio, learningTime };
        const found = design({ target, given: { overlap }, ...other });
        // e² = r² − 1 + s² cancels as it must: s has its rounding.
        const slack = ROUNDING * (1 + 1 / found.family.invariants.end);
        expectWithin(Math.abs(found.achieved.kernelRatio / ratio - 1), slack / ratio, "kernelRatio");
        expectWithin(Math.abs(found.achieved.learningTime / learningTime - 1), ROUNDING, "learningTime");
      },
    );
    fc.assert(law, pinned(9, 300));
  });
});

describe("the answer", () => {
  const target = { kernelRatio: 10, learningTime: 5 };

  test("is a problem that can be solved again", () => {
    const task = taskFromMoments({ xx: 2, xy: -1.5, yy: 3 });
    const { network, width, scale, initial, flow } = design({ target, task, given: { width: 64 } });
    expect(initial).toMatchObject({ uu: width * scale.u ** 2, ww: width * scale.w ** 2, uw: 0 });
    const again = exactFlow({ network, task, initial });
    expect(halfLife(again)).toBe(halfLife(flow));
    expect(again.limit.kernel / again.at(0).kernel).toBeCloseTo(10, 12);
  });

  test("keeps what is given, and the defaults of what is not needed", () => {
    const given = { outputScale: -3, learningRates: { u: 0.25, w: 2 }, width: 10 };
    const { network, width } = design({ target: { kernelRatio: 10 }, given, loss: "half-mse" });
    expect(network).toMatchObject({ outputScale: -3, learningRates: given.learningRates, loss: "half-mse" });
    expect(width).toBe(10);
    const { scale } = design({ target, given: { scale: { u: 0.1, w: 0.3 } } });
    expect(scale).toEqual({ u: 0.1, w: 0.3 });
    const plain = design({ target: { kernelRatio: 10 } });
    expect(plain.network).toMatchObject({ outputScale: 1, learningRates: { u: 1, w: 1 } });
    expect(plain.scale.u).toBe(plain.scale.w);
    expect(design({ target: { plateau: 5 } }).achieved.kernelRatio).toBeCloseTo(100, 11);
    const early = design({ target: { learningTime: 5 } });
    expect(early.initial.uu).toBeCloseTo(1, 14);
    // A balance that equal layers of norm 1 have room for leaves their sum.
    const { uu, ww } = design({ target: { balance: 0.5 } }).initial;
    expect(uu + ww).toBeCloseTo(2, 14);
    // A larger one has a share of a half, at the output scale that is given too.
    for (const outputScale of [undefined, 1]) {
      const given = outputScale === undefined ? {} : { outputScale };
      expect(design({ target: { balance: -5 }, given }).family.invariants.share).toBeCloseTo(-0.5, 14);
    }
    // Given layers have another balance at other rates.
    const unequal = design({ target: { ...target, balance: 1 }, given: { scale: { u: 0.1, w: 1 } } });
    expectMet(unequal, { ...target, balance: 1 });
    expect(unequal.scale).toEqual({ u: 0.1, w: 1 });
  });

  test("says which target or default determined each number", () => {
    expect(design({ target }).because).toBe(
      "2h|S∞|/B₀ = 9.950, at overlap 0.000, comes from kernelRatio, the rate 0.4113 from learningTime",
    );
    expect(design({ target: { ...target, plateau: 3, balance: 0.1 } }).because).toMatch(
      /at overlap -0\.3686, comes from kernelRatio and plateau, the rate \S+ from learningTime, the layers' share \S+ from balance$/,
    );
    expect(design({ target: { balance: 1 } }).family.at({ kernelRatio: 2, rate: 0.1 }).because).toMatch(
      /^2h\|S∞\|\/B₀ = 1\.732, .* comes from the family's coordinates, the rate 0\.1000 from the family's coordinates/,
    );
  });

  test("is that of the typical draw of a wide network", () => {
    const { network, task } = design({ target, given: { width: 1e6 } }).flow.problem;
    const { scale, width } = design({ target, given: { width: 1e6 } });
    // The overlap of independent layers is of order d^−½ of the kernel, and so is what it changes.
    for (const seed of [1, 2, 3]) {
      const drawn = exactFlow({ network, task, initial: gaussianOrderParameters({ width, scale, seed }) });
      expect(Math.abs(regime(drawn).kernelRatio / 10 - 1)).toBeLessThan(5e-3);
      expect(Math.abs(halfLife(drawn) / 5 - 1)).toBeLessThan(5e-3);
    }
  });

  test("starts from parallel layers at full overlap, and from one layer at full balance", () => {
    const aligned = design({ target, given: { overlap: 1 } });
    expect(aligned.flow.at(0).alignment).toBeCloseTo(1, 14);
    expectMet(aligned, target);
    const { uu, ww } = design({ target }).initial;
    const rate = design({ target }).network.learningRates.u;
    const single = design({ target: { ...target, balance: (uu + ww) / rate } });
    expect(single.scale.w).toBeCloseTo(0, 9);
    expectMet(single, target);
  });

  test("holds for data of several directions once they are projected", () => {
    const inputs = [
      [1, 0.1],
      [-1, 0.1],
      [2, -0.3],
    ];
    const task = taskFromSamples(inputs, [1, -1, 2], { project: true });
    expectMet(design({ target, task }), target);
    expect(refusal({ target, task: taskFromSamples(inputs, [1, -1, 2]) }).code).toBe("assumption");
  });
});

describe("the family of solutions", () => {
  const targets: DesignTarget[] = [
    { kernelRatio: 10 },
    { learningTime: 5 },
    { plateau: 5 },
    { balance: 1e-4 },
    { kernelRatio: 10, learningTime: 5 },
    { kernelRatio: 10, plateau: 5, balance: 0.1 },
    { learningTime: 5, plateau: 4 },
    { kernelRatio: 10, learningTime: 5, plateau: 3, balance: 0.1 },
  ];

  test.each(targets)("of %o has a dimension a target less, and all of it meets the target", (target) => {
    const found = design({ target });
    const { free, dimension, at } = found.family;
    expect(dimension).toBe(6 - Object.keys(target).length);
    expect(free.length).toBe(dimension);
    const coordinates = { u: decades(-3, 3), w: decades(-3, 3), overlap: within(-0.6, 0.6), kernelRatio: decades(1, 3) };
    const others = { rate: decades(-3, 1), share: within(-0.6, 0.6) };
    const all = Object.entries({ ...coordinates, ...others }).filter(([name]) => free.includes(name as "u"));
    const law = fc.property(fc.record(Object.fromEntries(all), { requiredKeys: [] }), (to) => {
      const member = at(to);
      expectMet(member, target);
      const { start, rate, share } = member.family.invariants;
      if (to["overlap"] !== undefined) expect(start).toBe(to["overlap"]);
      if (to["share"] !== undefined) expect(share).toBe(to["share"]);
      if (to["rate"] !== undefined) expectWithin(Math.abs(rate / to["rate"]! - 1), ROUNDING, "rate");
      if (to["kernelRatio"] !== undefined)
        expectWithin(Math.abs(member.achieved.kernelRatio / to["kernelRatio"]! - 1), ROUNDING, "kernelRatio");
    });
    fc.assert(law, pinned(11, 60));
  });

  test("has the invariants that the flow shows", () => {
    const { flow, family } = design({ target: { kernelRatio: 10, learningTime: 5, balance: 1 }, given: { overlap: 0.3 } });
    const { start, end, rate, share } = family.invariants;
    const { place } = regime(flow);
    expect(place!.start).toBeCloseTo(start, 14);
    expect(place!.end / end).toBeCloseTo(1, 14);
    expect(flow.rate / rate).toBeCloseTo(1, 14);
    const { uu, ww, kernel } = flow.at(0);
    const { u, w } = flow.problem.network.learningRates;
    expect((w * uu - u * ww) / kernel).toBeCloseTo(share, 14);
  });

  test("trains all members that differ in the units of their layers in the same way, at all times", () => {
    const { flow, family } = design({ target: { kernelRatio: 10, learningTime: 5, balance: 1 }, given: { overlap: 0.3 } });
    const law = fc.property(decades(-6, 6), decades(-6, 6), within(0, 50), (u, w, t) => {
      const member = family.at({ u, w });
      const [one, other] = [flow.at(t), member.flow.at(t)];
      // ρt·ε besides, see docs/theory.md.
      for (const name of ["output", "residual", "kernel", "alignment", "excessLoss"] as const)
        expectWithin(Math.abs(other[name] / one[name] - 1), (8 + flow.rate * t) * ROUNDING, name);
      expect(Math.sqrt(other.uu / one.uu) / u).toBeCloseTo(1, 10);
      expect(Math.sqrt(other.ww / one.ww) / w).toBeCloseTo(1, 10);
    });
    fc.assert(law, pinned(12, 300));
  });

  test("refuses coordinates that the target fixes, and impossible layers", () => {
    const { at } = design({ target: { kernelRatio: 10, learningTime: 5 } }).family;
    expect(() => at({ rate: 1 })).toThrow(/^at: coordinates has an unknown key "rate"; known are u, w, overlap, share\.$/);
    expect(() => at({ u: 0 })).toThrow(/^at: u is 0; pass a finite number > 0\.$/);
    expect(() => at({ overlap: 0.9, share: 0.9 })).toThrow(/have a \|balance\| up to/);
  });
});

describe("a target that no network meets is refused with a remedy", () => {
  const rows: readonly (readonly [string, DesignOptions, RegExp])[] = [
    ["a static kernel", { target: { kernelRatio: 1 } }, /grows; pass a kernelRatio above 1/],
    ["a kernel that shrinks", { target: { kernelRatio: 0.5 } }, /pass given\.overlap above 0\.866025 or below its negative/],
    ["a start at the solution", { target: { kernelRatio: 1 }, given: { overlap: 0.5 } }, /the start already is the solution/],
    ["a plateau of a network that learns at once", { target: { kernelRatio: 2, plateau: 1 } }, /pass a kernelRatio above 3\.000/],
    [
      "a plateau that is all of the learning time",
      { target: { plateau: 4.999, learningTime: 5 } },
      /has a plateau of 1\.00 of its learning time, but of 0\.3\d\d to 0\.998/,
    ],
    [
      "a plateau shorter than the jump",
      { target: { plateau: 1, learningTime: 5 } },
      /has a plateau of 0\.200 of its learning time, .* given\.overlap: above 0 it shortens the plateau/,
    ],
    [
      "a short plateau of a strong feature learner",
      { target: { kernelRatio: 1e6, plateau: 1, learningTime: 5 } },
      /has a plateau of 0\.200 of its learning time, but of 0\.9/,
    ],
    [
      "a balance beyond the layers",
      { target: { kernelRatio: 10, learningTime: 5, balance: 5 } },
      /a \|balance\| up to 1\.96, not 5\.00; pass a smaller balance/,
    ],
    [
      "a time beyond what rates allow",
      { target: { learningTime: 1e9 }, given: { learningRates: 1 } },
      /the learningTime can be .* to 172, not 1000000000/,
    ],
    [
      "a target that what is given decides",
      { target: { kernelRatio: 10 }, given: { outputScale: 1, scale: 1 } },
      /kernelRatio 10 is not free: the other targets and given values make it 1\.0000004999/,
    ],
    [
      "one that the others decide",
      { target: { kernelRatio: 10, learningTime: 5, plateau: 1 }, given: { overlap: 0 } },
      /plateau 1 is not free: .* make it 2\.391/,
    ],
    ["a balance of given layers", { target: { kernelRatio: 10, balance: 1 }, given: { scale: 1 } }, /balance 1 is not free/],
    [
      "overlap of unequal layers",
      { target: { kernelRatio: 10 }, given: { scale: { u: 1, w: 9 }, overlap: 0.9 } },
      /leave scale out/,
    ],
    [
      "data without correlation",
      { target: { kernelRatio: 10 }, task: taskFromMoments({ xx: 1, xy: 0, yy: 1 }) },
      /nothing to learn/,
    ],
    [
      "no double",
      { target: { kernelRatio: 10, learningTime: 1e-300 } },
      /learningRates\.u is .*, whose square overflows or underflows/,
    ],
  ];
  test.each(rows)("%s", (_, options, message) => {
    const error = refusal(options);
    expect(error.message).toMatch(message);
    expect(error.code).toBe("assumption");
  });

  test("a target that agrees with the others is not refused", () => {
    const target = { kernelRatio: 10, learningTime: 5 };
    const { achieved, initial } = design({ target });
    expectMet(design({ target: { ...target, plateau: achieved.plateau }, given: { overlap: 0 } }), target);
    expect(plateau(design({ target }).flow)).toBe(achieved.plateau);
    expect(initial.uw).toBe(0);
  });

  test("for any target and given values, the target is met or refused, and no number is NaN", () => {
    const optional = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined, freq: 2 });
    const wild = decades(-300, 300);
    // One number in five is extreme; with more of them hardly any design exists.
    const mostly = <T>(usual: fc.Arbitrary<T>, far: fc.Arbitrary<T | number> = wild) =>
      fc.oneof({ weight: 4, arbitrary: usual }, { weight: 1, arbitrary: far });
    const all = fc.record({
      target: fc.record({
        kernelRatio: optional(mostly(ratios)),
        learningTime: optional(mostly(times)),
        plateau: optional(mostly(times)),
        balance: optional(mostly(times)),
      }),
      given: fc.record({
        outputScale: optional(mostly(scales)),
        learningRates: optional(mostly(pair)),
        scale: optional(mostly(pair, decades(-150, 150))),
        overlap: optional(fc.oneof(within(-0.999, 1), fc.constant(1))),
      }),
      task: fc.oneof(
        tasks,
        fc.tuple(wild, wild).map(([xx, yy]) => taskFromMoments({ xx, yy, xy: (Math.sqrt(xx) * Math.sqrt(yy)) / 2 })),
      ),
    });
    const met = counted({ atLeast: 0.15, what: "designs" });
    const law = fc.property(all, (options) => {
      try {
        const found = design(options as DesignOptions);
        for (const value of Object.values(found.achieved)) expect(value).not.toBeNaN();
        for (const name of ["kernelRatio", "learningTime", "plateau", "balance"] as const) {
          const wanted = options.target[name];
          if (wanted !== undefined)
            expect(Math.abs(found.achieved[name] - wanted)).toBeLessThan(2e-9 * (Math.abs(wanted) + found.achieved.learningTime));
        }
        met.when(true);
      } catch (error) {
        if (!(error instanceof FeatureLearningError)) throw error;
        met.when(false);
      }
    });
    fc.assert(law, pinned(13, 300));
  });
});
