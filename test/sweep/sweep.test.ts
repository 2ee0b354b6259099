/** Many networks at once: the same answers as one at a time, in any order, by any engine. */
import fc from "fast-check";
import {
  exactFlow,
  FeatureLearningError,
  gaussianOrderParameters,
  gaussianWeights,
  network,
  orderParameters,
  phase,
  regime,
  taskFromMoments,
} from "feature-learning";
import {
  assembleDiagram,
  assembleEnsemble,
  chunksOf,
  classifyNetworks,
  type EnsembleJob,
  ensemble,
  type Grid,
  phaseDiagram,
  phaseNames,
  regimeNames,
  runChunk,
  stabilityNames,
  wideLimit,
} from "feature-learning/sweep";
import { describe, expect, test } from "vitest";
import { counted } from "../support/counted.ts";
import { job, networks } from "../support/jobs.ts";
import { expectWithin, pinned, problems } from "../support/problems.ts";

const plane: Grid = {
  of: "exponents",
  x: { parameter: "outputScale", from: -1.6, to: 0.4, count: 41 },
  y: { parameter: "scale.w", from: -1, to: 0.5, count: 31 },
};

describe("phase diagrams", () => {
  test("every point has the phase that `phase` says", () => {
    const { x, y, fields } = phaseDiagram(plane);
    expect(fields["phase"]!.shape).toEqual([31, 41]);
    for (const [row, b] of y.entries()) {
      for (const [column, a] of x.entries()) {
        const found = phase({ width: 1, outputScale: a, scale: { u: 0, w: b }, learningRates: 0 });
        expect(phaseNames[fields["phase"]!.get(row, column)]).toBe(found.phase);
        expect(stabilityNames[fields["stability"]!.get(row, column)]).toBe(found.stability);
        expect(fields["kernel"]!.get(row, column)).toBe(found.exponents.kernel);
      }
    }
  });

  test("on a boundary its exponent is 0, and 1e-9 to either side the verdicts differ", () => {
    const { boundaries } = phaseDiagram(plane);
    const told = boundaries.map(({ condition }) => condition);
    expect(new Set(told)).toEqual(new Set(["e_k = 0", "r = 0", "e_a = 0"]));
    const at = ([a, b]: readonly [number, number]) =>
      phase({ width: 1, outputScale: a, scale: { u: 0, w: b }, learningRates: 0 });
    for (const { condition, points } of boundaries) {
      for (let i = 0; i + 1 < points.length; i++) {
        const [p, q] = [points[i]!, points[i + 1]!];
        const middle = [(p[0] + q[0]) / 2, (p[1] + q[1]) / 2] as const;
        const along = Math.hypot(q[0] - p[0], q[1] - p[1]);
        const across = [(-(q[1] - p[1]) / along) * 1e-9, ((q[0] - p[0]) / along) * 1e-9] as const;
        const sides = [-1, 1].map((side) => at([middle[0] + side * across[0], middle[1] + side * across[1]]));
        const told = sides.map((one) =>
          condition === "r = 0" ? one.stability : condition === "e_a = 0" ? one.mechanisms : one.phase,
        );
        expect(told[0], `${condition} at ${middle}`).not.toBe(told[1]);
        const name = { "e_k = 0": "kernel", "r = 0": "rate", "e_a = 0": "angle" }[condition] as "kernel";
        expect(Math.abs(at(middle).exponents[name])).toBeLessThan(1e-12);
      }
    }
  });

  test("of concrete networks, with the boundary where the change is the threshold, to rounding", () => {
    const { fields, x, y, boundaries } = phaseDiagram(networks);
    const [line] = boundaries;
    // A curve from frame to frame, on squares of its own where the grid is coarse.
    expect(line!.points.length).toBeGreaterThanOrEqual(64);
    for (const [a, b] of line!.points) {
      const initial = { uu: a * b * b, ww: a * b * b, uw: 0, area: a * b * b };
      const { kernelChange } = regime(
        exactFlow({ network: network(), task: taskFromMoments({ xx: 1, xy: 0.8, yy: 1 }), initial }),
      );
      expectWithin(Math.abs(kernelChange - 0.1), 1e-13, "kernel change on the boundary");
    }
    for (const [row, b] of y.entries()) {
      for (const [column, a] of x.entries()) {
        const initial = { uu: a * b * b, ww: a * b * b, uw: 0, area: a * b * b };
        const found = regime(exactFlow({ network: network(), task: taskFromMoments({ xx: 1, xy: 0.8, yy: 1 }), initial }));
        expect(regimeNames[fields["regime"]!.get(row, column)]).toBe(found.regime);
        expectWithin(
          Math.abs(fields["kernelChange"]!.get(row, column) - found.kernelChange),
          1e-13 * found.kernelChange,
          "change",
        );
      }
    }
  });

  test.each(["scale.u", "scale.w", "learningRates.u", "learningRates.w"] as const)(
    "an axis of %s alone leaves the other layer's at 1",
    (parameter) => {
      const axes = {
        x: { parameter, from: 0.5, to: 2, count: 3 },
        y: { parameter: "width", from: 1, to: 9, count: 2 },
      } as const;
      const field = parameter.split(".")[0]!;
      const given = phaseDiagram({ of: "networks", ...axes, base: { [field]: 1 } });
      expect(phaseDiagram({ of: "networks", ...axes }).fields).toEqual(given.fields);
    },
  );

  test("an abort keeps the rows there are", () => {
    const controller = new AbortController();
    const diagram = phaseDiagram(plane, {
      signal: controller.signal,
      onProgress: ({ done }) => (done === 5 ? controller.abort() : undefined),
    });
    expect([diagram.status, diagram.y.length, diagram.fields["phase"]!.shape[0]]).toEqual(["aborted", 5, 5]);
  });
});

test("bulk classification is regime, network by network", () => {
  // The saddles of parallel layers hang on the last digit of the smaller mode.
  const drawnOf = problems(2, ["generic", "frozen u", "frozen w", "zero u", "zero w", "no correlation"]);
  const compared = counted({ what: "networks" });
  fc.assert(
    fc.property(fc.array(drawnOf, { minLength: 1, maxLength: 10 }), (drawn) => {
      const starts = drawn.map(({ initial }) => orderParameters(initial));
      const of = (value: (i: number) => number): number[] => drawn.map((_, i) => value(i));
      const found = classifyNetworks({
        uu: of((i) => starts[i]!.uu),
        ww: of((i) => starts[i]!.ww),
        uw: of((i) => starts[i]!.uw),
        area: of((i) => starts[i]!.area),
        outputScale: of((i) => drawn[i]!.network.outputScale),
        etaU: of((i) => drawn[i]!.network.learningRates.u),
        etaW: of((i) => drawn[i]!.network.learningRates.w),
        xx: of((i) => drawn[i]!.task.xx),
        xy: of((i) => drawn[i]!.task.xy),
      });
      for (const [i, problem] of drawn.entries()) {
        // And so do layers that are nearly parallel.
        const { u, w } = problem.network.learningRates;
        const [B, overlap] = [w * starts[i]!.uu + u * starts[i]!.ww, 2 * Math.sqrt(u * w) * starts[i]!.uw];
        if (!compared.when(B - Math.abs(overlap) >= 1e-9 * B)) continue;
        const exact = regime(exactFlow(problem));
        expect(regimeNames[found.regime[i]!]).toBe(exact.regime);
        expectWithin(Math.abs(found.kernelChange[i]! - exact.kernelChange), 1e-9 * (exact.kernelChange + 1e-6), "change");
      }
    }),
    pinned(95, 100),
  );
});

/** The largest distance of two empirical distributions. */
function kolmogorovSmirnov(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [[...a].sort((p, q) => p - q), [...b].sort((p, q) => p - q)];
  let [i, j, largest] = [0, 0, 0];
  while (i < x.length && j < y.length) {
    if (x[i]! <= y[j]!) i++;
    else j++;
    largest = Math.max(largest, Math.abs(i / x.length - j / y.length));
  }
  return largest;
}

describe("ensembles", () => {
  const draws = 100_000;
  // At level 1e-3 two samples of n each differ by at most 1.95·√(2/n).
  const allowed = 1.95 * Math.sqrt(2 / draws);
  const column = ({ values, draws: n }: ReturnType<typeof ensemble>, j: number): number[] =>
    Array.from({ length: n }, (_, i) => values.get(i, j));

  test("at width 1000 they are those of real weight vectors, by Kolmogorov and Smirnov", () => {
    const settings = { width: 1000, outputScale: 1 / Math.sqrt(1000), xy: 1 };
    const found = ensemble({ of: "ensemble", settings, measure: ["initialOutput", "kernelChange"], draws, seed: 1 });
    // Real layers are costly: a tenth as many, with as much more room.
    const real = Array.from({ length: draws / 10 }, (_, seed) => {
      const { uu, ww, uw } = orderParameters(gaussianWeights({ width: 1000, scale: 1, seed }));
      return { uu, ww, uw };
    });
    const { kernelChange } = classifyNetworks({
      uu: real.map((o) => o.uu),
      ww: real.map((o) => o.ww),
      uw: real.map((o) => o.uw),
      outputScale: settings.outputScale,
    });
    const room = 1.95 * Math.sqrt(11 / draws);
    expect(
      kolmogorovSmirnov(
        column(found, 0),
        real.map((o) => settings.outputScale * o.uw),
      ),
    ).toBeLessThan(room);
    expect(kolmogorovSmirnov(column(found, 1), [...kernelChange])).toBeLessThan(room);
  });

  test("at width 1e12 they are the limit's", () => {
    const job: EnsembleJob = {
      of: "ensemble",
      settings: { width: 1e12, outputScale: 1e-6 },
      measure: ["initialOutput", "initialKernel"],
      draws,
      seed: 2,
    };
    const [finite, limit] = [ensemble(job), ensemble({ ...job, start: "wide", seed: 3 })];
    expect(kolmogorovSmirnov(column(finite, 0), column(limit, 0))).toBeLessThan(allowed);
    const { kernel, outputDeviation } = wideLimit(job.settings);
    expect(Math.abs(finite.mean.get(1) - kernel)).toBeLessThan(1e-5);
    expect(Math.abs(finite.standardDeviation.get(0) - outputDeviation)).toBeLessThan(4 / Math.sqrt(2 * draws));
    expect(Math.abs(finite.mean.get(0))).toBeLessThan(4 * finite.meanError.get(0));
    // The 5 % quantile of a normal.
    expect(Math.abs(finite.quantiles.get(1, 0) + 1.6448536)).toBeLessThan(4 * finite.quantileErrors.get(1, 0));
  });

  test("a half-life that never comes makes the mean infinite and nothing NaN", () => {
    const found = ensemble({ of: "ensemble", settings: { learningRates: 0 }, measure: ["halfLife"], draws: 50, seed: 1 });
    for (const column of [found.mean, found.standardDeviation, found.quantiles, found.quantileErrors, found.meanError])
      expect((column.data as Float64Array).some(Number.isNaN)).toBe(false);
    expect(found.mean.get(0)).toBe(Infinity);
  });
});

describe("chunks", () => {
  test("in any order, through JSON, they give what one run gives, bit for bit", () => {
    const whole = ensemble(job);
    const chunks = JSON.parse(JSON.stringify(chunksOf(job, 64))) as ReturnType<typeof chunksOf>;
    expect(assembleEnsemble(job, chunks.reverse().map(runChunk)).values.data).toEqual(whole.values.data);
    const diagram = assembleDiagram(networks, chunksOf(networks, 5).reverse().map(runChunk));
    for (const [name, field] of Object.entries(phaseDiagram(networks).fields))
      expect(diagram.fields[name]!.data).toEqual(field.data);
  });

  test("lost and doubled ones are refused", () => {
    const results = chunksOf(job, 100).map(runChunk);
    expect(() => assembleEnsemble(job, results.slice(1))).toThrow(/unit 0 is in no result/);
    expect(() => assembleEnsemble(job, [...results, results[3]!])).toThrow(/unit 300 is in two results/);
    expect(() => assembleEnsemble(job, results)).not.toThrow();
  });
});

test("bad jobs are refused with the library's own error", () => {
  const job = { of: "ensemble", measure: ["rate"], draws: 2, seed: 1 } as const;
  for (const [run, message] of [
    [() => phaseDiagram({ ...plane, of: "x" as never }), /grid\.of is "x"/],
    [() => phaseDiagram({ ...plane, y: plane.x }), /both vary outputScale/],
    [() => phaseDiagram({ ...plane, x: { ...plane.x, parameter: "xy" } }), /grid\.x\.parameter is "xy"/],
    [() => phaseDiagram({ ...plane, x: { ...plane.x, to: -2 } }), /goes from -1\.6 to -2; pass a larger end/],
    [() => phaseDiagram({ ...plane, x: { ...plane.x, spacing: "logarithmic" } }), /a logarithmic axis starts above 0/],
    [() => phaseDiagram({ ...plane, x: { parameter: "width", from: -1, to: 1, count: 3 } }), /width is -1/],
    [() => phaseDiagram({ ...networks, draws: 3 } as Grid), /needs grid\.seed/],
    [() => phaseDiagram({ ...networks, measure: ["x" as never] } as Grid), /measure\[0\] is "x"/],
    [() => ensemble({ ...job, draws: 0 }), /job\.draws is 0/],
    [() => ensemble({ ...job, seed: undefined as never }), /job\.seed is undefined/],
    [() => ensemble({ ...job, settings: { width: 1e16 } }), /width is 10000000000000000/],
    [() => chunksOf(job, 0), /size is 0/],
    [() => runChunk({ job, from: 0, to: 3 }), /chunk\.to is 3/],
    [() => classifyNetworks({ uu: 1, ww: 1, uw: 0 }), /at least one column/],
    [() => classifyNetworks({ uu: [1], ww: [1, 2], uw: 0 }), /pass 2 numbers/],
    [() => wideLimit({ width: 10 }).start(4), /z is 4/],
  ] as const) {
    expect(run).toThrow(FeatureLearningError);
    expect(run).toThrow(message);
  }
  expect(gaussianOrderParameters({ width: 2, scale: 1, seed: 1 }).uu).toBeGreaterThan(0);
});
