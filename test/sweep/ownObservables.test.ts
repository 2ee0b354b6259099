/**
 * User-defined observables: the same numbers as built-in ones, also through JSON, and refused where they
 * cannot be used.
 */
import { FeatureLearningError, halfLife, type OneDirectionFlow, parametrizations, plateau, timeTo } from "feature-learning";
import { plotEnsemble, plotPhaseDiagram } from "feature-learning/plot";
import {
  type AnyObservable,
  assembleDiagram,
  assembleEnsemble,
  type ChunkResult,
  chunksOf,
  type EnsembleJob,
  ensemble,
  type NetworkGrid,
  type ObservableFunction,
  type PlainObservable,
  phaseDiagram,
  runChunk,
  scalingLaw,
} from "feature-learning/sweep";
import { describe, expect, test } from "vitest";

/** Observables of one's own beside the built-in ones that they equal. */
const equal: readonly (readonly [PlainObservable, AnyObservable])[] = [
  ["halfLife", { timeTo: { excessLossFraction: 0.5 } }],
  ["halfLife", { halfLife: true, name: "by halfLife" }],
  ["halfLife", { name: "by a function", measure: (flow) => halfLife(flow) }],
  ["plateau", { plateau: true, name: "wait" }],
  ["initialOutput", { at: 0, field: "output" }],
  ["initialKernel", { at: 0, field: "kernel" }],
  ["initialAlignment", { at: 0, field: "alignment" }],
  ["finalAlignment", { at: "end", field: "alignment" }],
  ["finalAlignment", { at: Infinity as never, field: "alignment", name: "by Infinity" }],
];
const own = equal.map(([, one]) => one);

const settings = [
  { width: 100, scale: 0.3 },
  { width: 1e12, outputScale: -1e-6, xy: -0.3, xx: 2.7, learningRates: { u: 0.3, w: 1.7 } },
  { width: 3, outputScale: 2, scale: { u: 1e-3, w: 2 }, loss: "half-mse" },
] as const;

const numbersOf = (values: { readonly data: unknown }): number[] => Array.from(values.data as Float64Array);

describe("a user-defined observable that equals a built-in one has the same numbers, bit for bit", () => {
  test.each(settings)("in an ensemble of %o", (one) => {
    const builtIn = [...new Set(equal.map(([name]) => name))];
    const found = ensemble({ of: "ensemble", settings: one, measure: [...builtIn, ...own], draws: 200, seed: 1 });
    for (const [i, [name]] of equal.entries())
      for (let draw = 0; draw < 200; draw++)
        expect(found.values.get(draw, builtIn.length + i)).toBe(found.values.get(draw, builtIn.indexOf(name)));
    expect(found.observables).toContain("time to excessLossFraction 0.5");
    expect(found.observables).toContain("by a function");
  });

  test("in a phase diagram, of typical and of drawn starts", () => {
    for (const draws of [0, 3]) {
      const { fields, titles } = phaseDiagram({
        of: "networks",
        x: { parameter: "width", from: 2, to: 1e6, count: 5, spacing: "logarithmic" },
        y: { parameter: "scale", from: 1e-2, to: 1, count: 4, spacing: "logarithmic" },
        base: { xy: 0.8 },
        measure: ["halfLife", "plateau", "initialOutput", "initialKernel", "initialAlignment", "finalAlignment", ...own],
        draws,
        seed: 4,
      });
      const names = ["time to excessLossFraction 0.5", "by halfLife", "by a function", "wait", "output at 0", "kernel at 0"];
      const all = [...names, "alignment at 0", "alignment at the end", "by Infinity"];
      for (const [i, name] of all.entries()) expect(fields[name]!.data).toEqual(fields[equal[i]![0] as string]!.data);
      expect(titles["alignment at the end"]).toBe("alignment cos ζ at the end");
      expect(titles["wait"]).toBe("plateau (time)");
    }
  });

  test("in a scaling law", () => {
    const options = { parametrization: parametrizations.meanField, widths: [1e3, 1e5, 1e7], draws: 11, seed: 2 };
    for (const [name, one] of equal.slice(0, 6)) {
      // A plateau of 0 has no logarithm.
      if (name === "plateau") continue;
      const [a, b] = [name, one].map((observable) => scalingLaw({ ...options, observable }));
      expect(b!.points).toEqual(a!.points);
      expect([b!.exponent, b!.error]).toEqual([a!.exponent, a!.error]);
      expect(b!.predicted).toBeUndefined();
    }
    expect(scalingLaw({ ...options, observable: { at: 1, field: "loss" } }).observable).toBe("loss at 1");
  });
});

test("what is measured is what the flow of each draw says", () => {
  const flows: OneDirectionFlow[] = [];
  const measure: AnyObservable[] = [
    function keep(flow) {
      flows.push(flow);
      return flow.rate;
    },
    { at: 0.7, field: "sharpness" },
    { timeTo: { alignment: 0.9 }, name: "aligned" },
    { timeTo: { output: 0.5 }, name: "half way", title: "time to half the output" },
  ];
  const found = ensemble({ of: "ensemble", settings: { width: 50, scale: 0.2 }, measure, draws: 40, seed: 3 });
  expect(flows.length).toBe(40);
  expect(found.observables).toEqual(["keep", "sharpness at 0.7", "aligned", "half way"]);
  expect(found.titles).toEqual([
    "keep",
    "sharpness (1/time) at t = 0.7",
    "time until alignment cos ζ is 0.9",
    "time to half the output",
  ]);
  for (const [draw, flow] of flows.entries()) {
    const row = [flow.rate, flow.at(0.7).sharpness!, timeTo(flow, { alignment: 0.9 }), timeTo(flow, { output: 0.5 })];
    expect(row.map((_, j) => found.values.get(draw, j))).toEqual(row);
  }
});

test("data of a sweep lie on a line, so that the loss ends at exactly 0", () => {
  const measure = [{ at: "end", field: "loss" }] as const;
  for (const xy of [1, 0.3, -7.3e-5, 1e9]) {
    const { values } = ensemble({ of: "ensemble", settings: { width: 10, xy, xx: 0.37 }, measure, draws: 20, seed: 1 });
    expect(numbersOf(values)).toEqual(Array(20).fill(0));
  }
});

describe("jobs", () => {
  const plain = own.filter(
    (one): one is PlainObservable => typeof one === "string" || (typeof one !== "function" && !("measure" in one)),
  );
  const job: EnsembleJob = {
    of: "ensemble",
    settings: { width: 20, scale: 0.3 },
    measure: ["kernelChange", ...plain],
    times: Float64Array.of(0, 0.5, 2, Infinity),
    fields: ["loss", "alignment"],
    draws: 90,
    seed: "job",
  };
  const grid: NetworkGrid = {
    of: "networks",
    x: { parameter: "width", from: 2, to: 100, count: 4 },
    y: { parameter: "scale", from: 0.1, to: 1, count: 3 },
    measure: plain,
  };
  const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

  test("with observables and curves go through JSON and give the same result", () => {
    const whole = ensemble(job);
    const results = throughJson(chunksOf(job, 17)).reverse().map(runChunk);
    expect(assembleEnsemble(job, results)).toEqual(whole);
    const jsonJob = throughJson(chunksOf(job, 90))[0]!.job as EnsembleJob;
    expect(ensemble(jsonJob)).toEqual(whole);
    // Results too, as finite numbers.
    const finite = results.filter(({ values }) => values.every(Number.isFinite));
    expect(finite.length).toBe(results.length);
    expect(assembleEnsemble(job, throughJson(results))).toEqual(whole);
    expect(
      assembleEnsemble(job, results.map(({ values, ...rest }) => ({ ...rest, values: [...values] })) as unknown as ChunkResult[]),
    ).toEqual(whole);
    const diagram = assembleDiagram(grid, throughJson(chunksOf(grid, 1)).map(runChunk));
    for (const [name, field] of Object.entries(phaseDiagram(grid).fields)) expect(diagram.fields[name]!.data).toEqual(field.data);
  });

  test("with functions are refused, with the reason and a remedy", () => {
    const functions: ObservableFunction[] = [(flow) => flow.rate, { name: "rate", measure: (flow) => flow.rate }];
    for (const one of functions) {
      const withFunction = { ...job, measure: ["rate", one] } as never;
      const message =
        /job\.measure\[1\] is a function, which cannot be passed through JSON or to other threads; describe it as \{ timeTo \}/;
      expect(() => chunksOf(withFunction, 10)).toThrow(message);
      expect(() => runChunk({ job: withFunction, from: 0, to: 1 })).toThrow(message);
      expect(() => assembleEnsemble(withFunction, [])).toThrow(/^assembleEnsemble: job\.measure\[1\] is a function/);
      expect(() => chunksOf({ ...grid, measure: [one] } as never, 10)).toThrow(/^chunksOf: grid\.measure\[0\] is a function/);
    }
    // What JSON leaves of a function is refused as what it is.
    expect(() => chunksOf(throughJson({ ...job, times: [1], measure: [functions[0]] }) as never, 1)).toThrow(
      /measure\[0\] is null/,
    );
    expect(() => chunksOf(throughJson({ ...job, times: [1], measure: [functions[1]] }) as never, 1)).toThrow(
      /pass exactly one of timeTo, at/,
    );
  });

  test("of one thread keep a diagram that can be cloned, without its functions", () => {
    const { grid: kept } = phaseDiagram({ ...grid, measure: ["rate", (flow) => flow.rate] });
    expect(structuredClone(kept)).toEqual({ ...grid, measure: ["rate"] });
  });
});

test("bad observables are refused with the library's own error", () => {
  const of = (...measure: unknown[]) => ensemble({ of: "ensemble", measure: measure as never, draws: 2, seed: 1 });
  for (const [run, message] of [
    [() => of("x"), /^ensemble: job\.measure\[0\] is "x"/],
    [() => of({}), /pass exactly one of timeTo, at, halfLife, plateau, measure/],
    [() => of({ at: 1, field: "loss", timeTo: { output: 1 } }), /pass exactly one of/],
    [() => of({ at: 1 }), /measure\[0\]\.field is undefined; pass "t" or "uu"/],
    [() => of({ at: 1, field: "losss" }), /field is "losss"/],
    [() => of({ at: -1, field: "loss" }), /measure\[0\]\.at is -1; pass a finite number ≥ 0/],
    [() => of({ at: null, field: "loss" }), /at is null; pass a number ≥ 0 or "end"; JSON turns Infinity into null/],
    [() => of({ at: 1, field: "loss", nam: "x" }), /unknown key "nam"/],
    [() => of({ at: 1, field: "loss", name: "" }), /name is ""; pass a string that is not empty/],
    [() => of({ at: 1, field: "loss", name: "regime" }), /name is "regime"; pass another name/],
    [() => of({ timeTo: { speed: 1 } }), /target has an unknown key "speed"/],
    [() => of({ timeTo: {} }), /target has 0 of/],
    [() => of({ halfLife: false }), /halfLife is false; pass true/],
    [() => of("halfLife", { halfLife: true }), /has the name "halfLife" of another observable/],
    [() => of({ name: "a", measure: 3 }), /measure is 3; pass a function of the flow/],
    [() => of(() => NaN), /what job\.measure\[0\] returns is NaN; let it return a number/],
    [() => of(() => "1"), /returns is "1"/],
    [() => ensemble({ of: "ensemble", draws: 2, seed: 1 }), /job\.measure is missing; pass measure, or times and fields/],
    [() => ensemble({ of: "ensemble", times: [1], draws: 2, seed: 1 }), /job\.fields is missing/],
    [() => ensemble({ of: "ensemble", times: [], fields: ["loss"], draws: 2, seed: 1 }), /job\.times is empty/],
    [() => ensemble({ of: "ensemble", times: [1, -1], fields: ["loss"], draws: 2, seed: 1 }), /job\.times\[1\] is -1/],
    [() => ensemble({ of: "ensemble", times: [1], fields: ["t" as never], draws: 2, seed: 1 }), /job\.fields\[0\] is "t"/],
    [
      () => ensemble({ of: "ensemble", times: [1], fields: ["uu", "uu"], draws: 2, seed: 1 }),
      /fields\[1\] is "uu" for the second/,
    ],
    [
      () => ensemble({ of: "ensemble", measure: ["rate"], draws: 1e9, seed: 1, times: Array(9000).fill(1), fields: ["uu"] }),
      /memory/,
    ],
    [
      () => scalingLaw({ parametrization: parametrizations.ntk, observable: {} as never, widths: [1, 2], seed: 1 }),
      /^scalingLaw: observable/,
    ],
  ] as const) {
    expect(run).toThrow(FeatureLearningError);
    expect(run).toThrow(message);
  }
});

describe("plots", () => {
  test("draw user-defined observables under their names and titles", () => {
    const of = (width: number) =>
      ensemble({
        of: "ensemble",
        settings: { width },
        measure: [
          { name: "early", title: "loss at t = 0.1", at: 0.1, field: "loss" },
          function final(flow) {
            return plateau(flow);
          },
        ],
        draws: 20,
        seed: 1,
      });
    const ensembles = [10, 100].map((width) => ({ value: width, ensemble: of(width) }));
    const spec = JSON.stringify(plotEnsemble(ensembles, { observable: "early", along: "width d" }));
    expect(spec).toContain('"title":"loss at t = 0.1"');
    expect(JSON.parse(spec).datasets.early.length).toBe(2);
    expect(() => plotEnsemble(ensembles, { observable: "late", along: "width" })).toThrow(
      /observable is "late"; pass "early" or "final"/,
    );
    const diagram = phaseDiagram({
      of: "networks",
      x: { parameter: "width", from: 2, to: 100, count: 4 },
      y: { parameter: "scale", from: 0.1, to: 1, count: 3 },
      measure: [{ name: "learned", timeTo: { excessLossFraction: 0.01 } }],
    });
    const drawn = JSON.stringify(plotPhaseDiagram(diagram, { field: "learned" }));
    expect(drawn).toContain('"title":"time until the excess loss over its initial value is 0.01"');
  });
});
