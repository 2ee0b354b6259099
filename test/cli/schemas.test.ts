/** The schemas describe exactly what the command and the sweeps read and write. */
import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import fc from "fast-check";
import { chunksOf, ensemble, phaseDiagram, runChunk } from "feature-learning/sweep";
import { describe, expect, test } from "vitest";
import { type Schema, schemaNames, schemas } from "../../scripts/schemas.ts";
import { jsonOf } from "../../src/cli/solve/json.ts";
import { answer } from "../../src/cli/solve/lines.ts";
import { readProblemFile } from "../../src/cli/solve/readProblemFile.ts";
import { solveFile } from "../../src/cli/solve/solveFile.ts";
import { startNames } from "../../src/cli/solve/starts.ts";
import type { Job } from "../../src/sweep/job.ts";
import { problemFiles } from "../support/problemFiles.ts";

const made = schemas();
const compiled = (schema: Schema): ValidateFunction =>
  new Ajv2020({ strict: true, allowUnionTypes: true, validateSchema: true }).compile(schema);
const [isProblem, isResult, isJob, isJobResult] = ["problem", "result", "job", "job-result"].map((name) =>
  compiled(made[name]!),
) as [ValidateFunction, ValidateFunction, ValidateFunction, ValidateFunction];

/** What JSON makes of a value. */
const json = (value: unknown): unknown => JSON.parse(jsonOf(value as never));
function expectValid(check: ValidateFunction, value: unknown): void {
  check(value);
  expect(check.errors ?? []).toEqual([]);
}

const jobs: readonly Job[] = [
  {
    of: "exponents",
    x: { parameter: "outputScale", from: -1, to: 0, count: 3 },
    y: { parameter: "learningRates", from: -1, to: 1, count: 2 },
    base: { width: 2 },
  },
  {
    of: "networks",
    x: { parameter: "width", from: 1, to: 100, count: 3, spacing: "logarithmic" },
    y: { parameter: "scale.u", from: 0.1, to: 1, count: 2 },
    base: { xy: 0.5, scale: 1, learningRates: { u: 1, w: 0.5 } },
    measure: ["rate", { timeTo: { loss: 0.5 } }, { name: "end", at: "end", field: "loss" }, { halfLife: true }],
    draws: 3,
    seed: 1,
  },
  {
    of: "abc",
    hiddenLayers: 2,
    x: { parameter: "b.output", from: 0, to: 1, count: 3 },
    y: { parameter: "c", from: -1, to: 0, count: 2 },
  },
  { of: "ensemble", settings: { width: 100 }, measure: ["kernelChange"], draws: 5, seed: "a", start: "wide" },
  { of: "ensemble", times: [0, 1, "end"], fields: ["loss"], draws: 4, seed: 2 },
];

describe("the schemas", () => {
  test("are of draft 2020-12, one for problems, results, jobs and the results of jobs", () => {
    expect(schemaNames).toEqual(["problem", "result", "job", "job-result"]);
    for (const schema of Object.values(made)) expect(schema["$schema"]).toBe("https://json-schema.org/draft/2020-12/schema");
  });

  test("describe every named property", () => {
    const definitions = Object.entries(made["problem"]!["$defs"] as Record<string, Schema>);
    expect(definitions.length).toBeGreaterThan(25);
    for (const [name, { description }] of definitions) expect(description, name).toMatch(/^[^{]+/);
  });

  test("have every start that can be asked for by name", () => {
    const { anyOf } = (made["problem"]!["$defs"] as Record<string, { anyOf: Schema[] }>)["InitialFile"]!;
    const keys = anyOf.flatMap((part) => Object.keys((part["properties"] as object | undefined) ?? {}));
    expect(keys.sort()).toEqual([...startNames].sort());
  });

  test("are in the package and can be imported", () => {
    const { exports, scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
      exports: object;
      scripts: { build: string };
    };
    expect(exports).toMatchObject({ "./schemas/*.json": "./dist/schemas/*.json" });
    expect(scripts.build).toContain("scripts/schemas.ts");
  });
});

describe("problems and results", () => {
  test.each(Object.entries(problemFiles))("of %s are as the schemas say", (_, problem) => {
    expectValid(isProblem, json(problem));
    const read = readProblemFile(problem);
    expectValid(isResult, json(solveFile(read, true)));
    // The problem as the library holds it is a problem file, too.
    const { network, task, initial } = read.problem;
    expectValid(isProblem, json({ network, task, initial }));
  });

  test("that are refused give an error as the schema says", () => {
    for (const line of ["", "{", "{}", '{"id":1}', '{"id":"a","task":{"xx":1}}']) expectValid(isResult, json(answer(line)));
  });

  test("the schema accepts exactly what the reader accepts, for missing, added and mistyped properties", () => {
    const files = Object.values(problemFiles).map((problem) => ({
      ...problem,
      ask: {},
      options: { ...problem.options, until: 1 },
    }));
    const value = fc.oneof(
      fc.constantFrom(0, 1, -1, "a", "log", true, null),
      fc.constant([1]),
      fc.constant([[1]]),
      fc.constant({}),
    );
    let [taken, refused] = [0, 0];
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.nat(),
        value,
        fc.constantFrom("drop", "replace", "add"),
        (problem, at, other, how) => {
          const changed = json(problem) as Record<string, unknown>;
          const places = placesOf(changed);
          const { record, key } = places[at % places.length]!;
          if (how === "drop") delete record[key];
          else record[how === "add" ? "unknown" : key] = other;
          // States may carry more than is read of them, as snapshots do; the schema lists what is read.
          if (how === "add" && record === changed["initial"]) return;
          const found = answer(JSON.stringify(changed));
          if ("error" in found) refused++;
          else {
            taken++;
            expect(isProblem(changed), JSON.stringify(changed)).toBe(true);
          }
          if (how === "add") {
            expect("error" in found).toBe(true);
            expect(isProblem(changed)).toBe(false);
          }
        },
      ),
      { numRuns: 600, seed: 18 },
    );
    expect(taken).toBeGreaterThan(60);
    expect(refused).toBeGreaterThan(300);
  });

  /** All records and lists inside of a value, with each of their keys. */
  function placesOf(value: unknown): { record: Record<string, unknown>; key: string }[] {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
    const record = value as Record<string, unknown>;
    return Object.keys(record).flatMap((key) => [{ record, key }, ...placesOf(record[key])]);
  }
});

describe("jobs and their results", () => {
  test.each(jobs)("$of: the job, a chunk of it, and their results", (job) => {
    expectValid(isJob, json(job));
    const [chunk] = chunksOf(job, 2);
    expectValid(isJob, json(chunk));
    expectValid(isJobResult, json(runChunk(chunk!)));
    expectValid(isJobResult, json(job.of === "ensemble" ? ensemble(job) : phaseDiagram(job)));
  });

  test.each([{ ...jobs[0], z: 1 }, { ...jobs[1], measure: ["rates"] }, { ...jobs[3], draws: "five" }, { of: "ensembles" }, {}])(
    "%j is not a job",
    (job) => {
      expect(isJob(job)).toBe(false);
      expect(() => chunksOf(job as Job, 1)).toThrow();
    },
  );
});

describe("a difference between types and schemas", () => {
  test("cannot be: a changed type changes the schema, and the problems and results above fail", () => {
    const changed = schemas((file, text) =>
      text
        .replace("readonly outputScale?:", "readonly outScale?:")
        .replace("readonly kernelRatio: number;", "readonly kernelRatio: string;")
        .replace(file.endsWith("sweep/axis.ts") ? '"linear" | "logarithmic"' : "never replaced", '"linear"'),
    );
    const problem = json(problemFiles["a network of its own"]!);
    expect([isProblem(problem), compiled(changed["problem"]!)(problem)]).toEqual([true, false]);
    const result = json(solveFile(readProblemFile(problem)));
    expect([isResult(result), compiled(changed["result"]!)(result)]).toEqual([true, false]);
    expect([isJob(jobs[1]), compiled(changed["job"]!)(jobs[1])]).toEqual([true, false]);
  });
});
