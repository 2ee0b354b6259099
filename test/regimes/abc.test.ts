/**
 * Scalings at any depth: the theory's conditions, the two languages, and finite deep networks as the judge.
 */
import fc from "fast-check";
import {
  type AbcExponents,
  type AbcPhase,
  abcAtDepth,
  abcOfScaling,
  FeatureLearningError,
  gaussianWeights,
  parametrizations,
  phase,
  scalingOfAbc,
} from "feature-learning";
import { describe, expect, test } from "vitest";
import { counted } from "../support/counted.ts";
import { pinned, uniform } from "../support/problems.ts";

const depths = [1, 2, 3, 7];

function caught(work: () => unknown): FeatureLearningError {
  try {
    work();
  } catch (error) {
    if (error instanceof FeatureLearningError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("the named scalings at any depth", () => {
  test.each([
    ["ntk", (L: number) => 0.5 + 0 * L, "kernel"],
    ["standard", (L: number) => (L === 1 ? 1.5 : 0.5), "kernel"],
    ["standardFixedRate", (L: number) => (L === 1 ? 0 : -1), "unstable"],
    ["pytorch", (L: number) => (L === 1 ? 0 : -1), "unstable"],
    ["muP", () => 0, "feature-learning"],
  ] as const)("%s", (name, r, expected) => {
    for (const L of depths) {
      const found = phase({ abc: abcAtDepth(name, L) });
      expect([found.phase, found.r, found.hiddenLayers], `L = ${L}`).toEqual([expected, r(L), L]);
    }
  });

  test("mean field is μP of one hidden layer in other words", () => {
    expect(phase({ abc: parametrizations.meanField.abc })).toMatchObject({ phase: "feature-learning", r: 0 });
  });

  test("a parametrization is read as a two-layer scaling, and its abc as one of one hidden layer", () => {
    expect(phase(parametrizations.ntk).exponents.kernel).toBe(0.5);
    expect(phase({ abc: parametrizations.ntk.abc }).r).toBe(0.5);
    expect("abc" in parametrizations.lazy).toBe(false);
  });
});

describe("the verdict", () => {
  const muP: AbcExponents = { a: [-0.5, 0, 0.5], b: [0.5, 0.5, 0.5], c: 0 };
  const at = (change: Partial<AbcExponents>): AbcPhase => phase({ abc: { ...muP, ...change } });

  test("lists every condition with its value", () => {
    expect(at({}).conditions).toEqual([
      { about: "start", condition: "a_1 + b_1 = 0", value: 0, holds: true },
      { about: "start", condition: "a_2 + b_2 = 1/2", value: 0.5, holds: true },
      { about: "start", condition: "a_3 + b_3 ≥ 1/2", value: 1, holds: true },
      { about: "training", condition: "r ≥ 0", value: 0, holds: true },
      { about: "training", condition: "2a_3 + c_3 ≥ 1", value: 1, holds: true },
      { about: "training", condition: "a_3 + b_3 + r ≥ 1", value: 1, holds: true },
      { about: "output", condition: "2a_3 + c_3 = 1 or a_3 + b_3 + r = 1", value: 1, holds: true },
    ]);
  });

  test.each([
    [{}, "feature-learning", "the hidden layers move by O(1) relative to themselves (r = 0)"],
    [
      { b: [0.5, 0.5, 0.25], c: [0.5, 0.5, 0] },
      "kernel",
      "the hidden layers move by n^-0.25 relative to themselves (r = 0.25 > 0)",
    ],
    [
      { b: [0.5, 0.5, 0], c: [2, 2, 0.5] },
      "trivial",
      "no layer moves the output in O(1) steps (the smaller of 2a_3 + c_3 and a_3 + b_3 + r is 1.5 > 1)",
    ],
    [{ b: [0.25, 0.5, 0.5] }, "unstable", "activations or outputs blow up at the start (a_1 + b_1 = -0.25 < 0)"],
    [{ b: [0.5, 0.75, 0.5] }, "unstable", "activations vanish at the start (a_2 + b_2 = 0.75 > 1/2)"],
    [{ b: [0.5, 0.5, -0.25] }, "unstable", "activations or outputs blow up at the start (a_3 + b_3 = 0.25 < 1/2)"],
    [{ c: [0, -1, 0] }, "unstable", "the hidden layers blow up while training (r = -1 < 0)"],
    [{ c: [1, 1, -0.5] }, "unstable", "the output blows up while training (2a_3 + c_3 = 0.5 < 1)"],
    [{ b: [0.5, 0.5, 0], c: [0.5, 0.5, 0] }, "unstable", "the output blows up while training (a_3 + b_3 + r = 0.5 < 1)"],
  ] as const)("%j is %s", (change, expected, because) => {
    const found = at(change);
    expect([found.phase, found.because]).toEqual([expected, because]);
  });

  test("one rate for all layers is that rate in each", () => {
    for (const c of [-1, 0, 1 / 3]) expect(phase({ abc: { ...muP, c } })).toEqual(phase({ abc: { ...muP, c: [c, c, c] } }));
  });

  test("the rounding of sums of rationals is ignored, and a difference of 1e-9 is not", () => {
    // 0.1 + 0.2 is not 0.3.
    const touched = { a: [-0.3, 0.2 + 0.1, 0.7], b: [0.1 + 0.2, 0.2, 0.1 + 0.2], c: [-0.4, -0.6, -0.4] };
    expect(touched.a[0]! + touched.b[0]!).not.toBe(0);
    expect(phase({ abc: touched }).phase).toBe("feature-learning");
    const third = 1 / 3;
    const abc = {
      a: [third - 1, 0, third + third],
      b: [1 - third, 0.5, third],
      c: [third, third + third - third - third, -third],
    };
    expect(phase({ abc }).phase).toBe("feature-learning");
    expect([-1e-9, 0, 1e-9].map((shift) => at({ c: [shift, 0, 0] }).phase)).toEqual([
      "unstable",
      "feature-learning",
      "feature-learning",
    ]);
    expect([-1e-9, 0, 1e-9].map((shift) => at({ c: [shift, shift, 0] }).phase)).toEqual([
      "unstable",
      "feature-learning",
      "kernel",
    ]);
    expect([-1e-9, 0, 1e-9].map((shift) => at({ c: [1, 1, shift] }).phase)).toEqual(["unstable", "kernel", "trivial"]);
    for (const layer of [0, 1])
      expect([-1e-9, 0, 1e-9].map((shift) => at({ b: muP.b.map((b, l) => (l === layer ? b + shift : b)) }).phase)).toEqual([
        "unstable",
        "feature-learning",
        "unstable",
      ]);
  });

  test("writing the same training with other multipliers changes nothing", () => {
    const compared = counted({ atLeast: 0.05, what: "scalings" });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 18, maxLength: 18 }),
        fc.array(uniform(-2, 2), { minLength: 6, maxLength: 6 }),
        (L, quarters, theta) => {
          const layers = L + 1;
          const scale = Array.from({ length: layers }, (_, l) =>
            l === 0 ? 0 : l === L ? 0.5 + Math.abs(quarters[0]!) / 4 : 0.5,
          );
          const a = Array.from({ length: layers }, (_, l) => quarters[l]! / 4);
          const b = a.map((one, l) => scale[l]! - one);
          // Half of the scalings have an output that moves as fast as it can.
          const c = a.map((one, l) => (l === L && quarters[17]! >= 0 ? 1 - 2 * one : quarters[6 + l]! / 4));
          const before = phase({ abc: { a, b, c } });
          const moved = {
            a: a.map((one, l) => one + theta[l]!),
            b: b.map((one, l) => one - theta[l]!),
            c: c.map((one, l) => one - 2 * theta[l]!),
          };
          const after = phase({ abc: moved });
          expect(after.phase).toBe(before.phase);
          expect(after.r).toBeCloseTo(before.r, 12);
          expect(after.conditions.map(({ holds }) => holds)).toEqual(before.conditions.map(({ holds }) => holds));
          compared.when(before.phase === "kernel" || before.phase === "feature-learning");
        },
      ),
      pinned(88),
    );
  });
});

describe("what is refused", () => {
  const refused = (abc: unknown): string => caught(() => phase({ abc } as { abc: AbcExponents })).message;
  test("arrays of other lengths, too few layers, numbers that are not finite", () => {
    expect(refused({ a: [0, 0.5], b: [0], c: 0 })).toBe("phase: abc.b has 1 exponents and abc.a has 2; pass one for each layer.");
    expect(refused({ a: [0, 0.5], b: [0, 0], c: [0, 0, 0] })).toMatch(/^phase: abc\.c has 3 exponents/);
    expect(refused({ a: [0], b: [0], c: 0 })).toMatch(/^phase: abc\.a is .*at least two\.$/);
    expect(refused({ a: [0, NaN], b: [0, 0], c: 0 })).toMatch(/^phase: abc\.a\[1\] is NaN/);
    expect(refused({ a: [0, 0.5], b: [0, 0], c: Infinity })).toMatch(/^phase: abc\.c is Infinity/);
    expect(refused({ a: [0, 0.5], b: [0, 0] })).toMatch(/^phase: abc\.c is undefined/);
    expect(refused({ a: [0, 0.5], b: [0, 0], c: 0, d: 1 })).toMatch(/unknown key "d"/);
    expect(refused(undefined)).toMatch(/^phase: abc is undefined/);
  });
  test("translations of what has none", () => {
    const messages = [
      () => scalingOfAbc(abcAtDepth("muP", 2)),
      () => abcOfScaling(parametrizations.lazy),
      () => abcAtDepth("muP", 0),
      () => abcAtDepth("xavier" as "muP", 2),
    ].map(caught);
    expect(messages.map(({ code }) => code)).toEqual(Array(4).fill("invalid-argument"));
    expect(messages[0]!.message).toBe("scalingOfAbc: abc has 2 hidden layers; the two-layer network has one.");
    expect(messages[1]!.message).toMatch(/^abcOfScaling: exponents\.width is 0/);
  });
});

describe("one hidden layer in two languages", () => {
  const invariants = ({ a, b, c }: AbcExponents): number[] =>
    a.flatMap((one, l) => [one + b[l]!, 2 * one + (typeof c === "number" ? c : c[l]!)]);

  test("the translation of a parametrization is the abc that it carries", () => {
    let wide = 0;
    for (const one of Object.values(parametrizations)) {
      if (!("abc" in one)) continue;
      wide++;
      expect(invariants(abcOfScaling(one)), one.name).toEqual(invariants(one.abc));
    }
    expect(wide).toBe(7);
  });

  test("there and back is the same scaling", () => {
    const exponent = uniform(-3, 3);
    const pair = fc.record({ u: exponent, w: exponent });
    fc.assert(
      fc.property(uniform(0.1, 3), exponent, pair, pair, (width, outputScale, scale, learningRates) => {
        const scaling = { width, outputScale, scale, learningRates };
        const back = scalingOfAbc(abcOfScaling(scaling));
        expect(back.outputScale).toBeCloseTo(outputScale / width, 12);
        // κ is replaced by the width: every exponent of the theory is divided by that of the width.
        const [before, after] = [phase(scaling).exponents, phase(back).exponents];
        for (const name of ["rate", "kernel", "overlap", "output", "angle"] as const)
          expect(after[name]).toBeCloseTo(before[name] / width, 9);
      }),
      pinned(89),
    );
    fc.assert(
      fc.property(exponent, exponent, exponent, exponent, exponent, (a1, a2, b2, c1, c2) => {
        const abc = { a: [a1, a2], b: [-a1, b2], c: [c1, c2] };
        for (const [i, value] of invariants(abcOfScaling(scalingOfAbc(abc))).entries())
          expect(value).toBeCloseTo(invariants(abc)[i]!, 12);
      }),
      pinned(90),
    );
  });

  /**
   * Scalings with exponents in quarters and activations of order 1 at the start, each written in three ways.
   */
  function* enumerated(): Generator<AbcExponents> {
    for (const a1 of [-0.5, 0, 0.25])
      for (let output = 0.5; output <= 2.5; output += 0.25)
        for (let step1 = -4; step1 <= 2; step1 += 0.25)
          for (let step2 = -2; step2 <= 4.5; step2 += 0.25)
            yield { a: [a1, 0.25], b: [-a1, output - 0.25], c: [step1 - 2 * a1, step2 - 0.5] };
  }

  test("of 18,225 scalings the verdicts differ only in the three cases that the documentation names", () => {
    const seen = { all: 0, agree: 0, smallLayer: 0, growing: 0, saddle: 0, stable: 0, other: 0 };
    for (const abc of enumerated()) {
      seen.all++;
      const deep = phase({ abc });
      const shallow = phase(scalingOfAbc(abc));
      const { kernel, rate, angle } = shallow.exponents;
      const said = JSON.stringify(abc);
      if (deep.phase === "kernel" || deep.phase === "feature-learning") {
        seen.stable++;
        // Stable and moving here: a rate of order 1, and no escape from a saddle.
        expect(rate, said).toBe(0);
        expect(kernel, said).toBeGreaterThanOrEqual(0);
        if (kernel === 0) expect(deep.r, said).toBe(0);
        if (deep.r > 0) expect(kernel, said).toBeGreaterThan(0);
      }
      if (kernel < 0) {
        expect(["trivial", "unstable"], said).toContain(deep.phase);
        seen.saddle++;
      } else if (deep.r < 0 && rate === 0) {
        expect(deep.phase, said).toBe("unstable");
        seen.growing++;
      } else if (deep.r === 0 && kernel > 0 && deep.phase === "feature-learning") {
        // A static kernel over a moving small layer.
        expect([shallow.phase, angle, shallow.mechanisms], said).toEqual(["kernel", 0, "present"]);
        seen.smallLayer++;
      } else if (deep.phase === "kernel" || deep.phase === "feature-learning") {
        expect(shallow.phase, said).toBe(deep.phase);
        seen.agree++;
      } else {
        // Nothing moves in steps of order 1, or everything blows up: there the rate is not of order 1 either.
        expect(rate, said).not.toBe(0);
        if (rate > 0) expect(deep.phase, said).toBe("unstable");
        if (deep.phase === "trivial") expect(rate, said).toBeLessThan(0);
        seen.other++;
      }
    }
    expect(seen).toEqual({ all: 18_225, stable: 459, agree: 417, smallLayer: 42, growing: 144, saddle: 4242, other: 13_380 });
  });
});

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The slope of a line through points, by least squares. */
function slopeOf(x: readonly number[], y: readonly number[]): number {
  const [mx, my] = [mean(x), mean(y)];
  return mean(x.map((value, i) => (value - mx) * (y[i]! - my))) / mean(x.map((value) => (value - mx) ** 2));
}

/**
 * The relative movement of the last hidden layer of a linear network after some steps, on one input and
 * target.
 */
function movement(abc: AbcExponents, n: number, normals: readonly Float64Array<ArrayBuffer>[], steps = 4): number {
  const { a, b } = abc;
  const c = a.map((_, l) => (typeof abc.c === "number" ? abc.c : abc.c[l]!));
  const L = a.length - 1;
  const effective = normals.slice(0, L + 1).map((one, l) => one.map((z) => z * n ** -(a[l]! + b[l]!)));
  const step = a.map((one, l) => 0.1 * n ** -(2 * one + c[l]!));
  const times = (W: Float64Array, h: Float64Array, transposed: boolean): Float64Array<ArrayBuffer> => {
    const out = new Float64Array(n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        if (transposed) out[j]! += W[i * n + j]! * h[i]!;
        else out[i]! += W[i * n + j]! * h[j]!;
      }
    return out;
  };
  const forward = (): Float64Array<ArrayBuffer>[] => {
    const h = [effective[0]!.slice(0, n)];
    for (let l = 1; l < L; l++) h.push(times(effective[l]!, h[l - 1]!, false));
    return h;
  };
  const output = (h: Float64Array): number => h.reduce((sum, value, i) => sum + value * effective[L]![i]!, 0);
  const start = forward()[L - 1]!;
  const target = output(start) + 1;
  for (let t = 0; t < steps; t++) {
    const h = forward();
    const gap = target - output(h[L - 1]!);
    let delta = effective[L]!.slice(0, n).map((value) => gap * value);
    for (let i = 0; i < n; i++) effective[L]![i]! += step[L]! * gap * h[L - 1]![i]!;
    for (let l = L - 1; l >= 0; l--) {
      const below = l > 0 ? times(effective[l]!, delta, true) : delta;
      for (let i = 0; i < n; i++)
        if (l === 0) effective[0]![i]! += step[0]! * delta[i]!;
        else for (let j = 0; j < n; j++) effective[l]![i * n + j]! += step[l]! * delta[i]! * h[l - 1]![j]!;
      delta = below;
    }
  }
  const end = forward()[L - 1]!;
  return Math.hypot(...end.map((value, i) => value - start[i]!)) / Math.hypot(...start);
}

test("n^−r is how far the last hidden layer of finite linear networks moves, at any depth", () => {
  const widths = [32, 64, 128, 256];
  const seeds = [1, 2, 3, 4];
  const drawn = widths.map((n) =>
    seeds.map((seed) =>
      [0, 1, 2, 3].map((l) => Float64Array.from(gaussianWeights({ width: n * n, scale: 1, seed: `${seed} ${l}` }).u)),
    ),
  );
  const scalings: AbcExponents[] = [
    ...([1, 2, 3] as const).flatMap((L) => (["ntk", "standard", "muP"] as const).map((name) => abcAtDepth(name, L))),
    parametrizations.meanField.abc,
    // Only some of the layers move; the output layer's own movement drives the others.
    { a: [0, 0.5, 0.5], b: [0, 0, 0], c: [1, 0, 0] },
    { a: [0, 0.5, 0.5], b: [0, 0, 0.25], c: [-0.5, 0.5, 0] },
    { a: [0, 0.5, 0.5], b: [0, 0, 2], c: [0.5, -0.75, 0] },
    { a: [0, 0.5, 0.5, 0.5], b: [0, 0, 0, 0.5], c: [0.5, 0, -0.5, 0] },
  ];
  for (const abc of scalings) {
    const { r, phase: found } = phase({ abc });
    expect(["kernel", "feature-learning"]).toContain(found);
    const logs = widths.map((n, i) => mean(drawn[i]!.map((normals) => Math.log(movement(abc, n, normals)))));
    // Four widths up to 256 and four seeds: corrections of order n^−1/2 leave a slope that is off by up to
    // 0.08.
    expect(Math.abs(slopeOf(widths.map(Math.log), logs) + r), JSON.stringify(abc)).toBeLessThan(0.1);
  }
});
