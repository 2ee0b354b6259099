/** `feature-learning solve`: its input, results, output and errors. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import {
  type AnyFlow,
  FeatureLearningError,
  gaussianMatrixLayers,
  gaussianWeights,
  halfLife,
  matrixTaskFromSamples,
  mechanisms,
  network,
  plateau,
  regime,
  sample,
  solve,
  taskFromMoments,
  taskFromSamples,
  timesTo,
} from "feature-learning";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { csvOf } from "../../src/cli/solve/csv.ts";
import { jsonOf } from "../../src/cli/solve/json.ts";
import { answer } from "../../src/cli/solve/lines.ts";
import type { ProblemFile } from "../../src/cli/solve/problemFile.ts";
import { parse, readProblemFile } from "../../src/cli/solve/readProblemFile.ts";
import { readSolveArguments, SOLVE_USAGE } from "../../src/cli/solve/solveArguments.ts";
import { svgOfResult } from "../../src/cli/solve/solveCharts.ts";
import { type SolveResult, solveFile } from "../../src/cli/solve/solveFile.ts";
import { startNames } from "../../src/cli/solve/starts.ts";
import { summaryOf } from "../../src/cli/solve/summary.ts";
import { evenTimes, readTimes } from "../../src/cli/solve/timesText.ts";
import { painter } from "../../src/cli/text.ts";
import { problemFiles } from "../support/problemFiles.ts";

const folder = mkdtempSync(join(tmpdir(), "solve-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The command as a program of one file, which starts faster than its sources. */
const program = join(folder, "command.cjs");
beforeAll(() =>
  build({ entryPoints: ["src/cli/main.ts"], bundle: true, platform: "node", format: "cjs", outfile: program }).then(() => {}),
);

const result = (file: ProblemFile, sampled = false): SolveResult => solveFile(readProblemFile(file), sampled);
/** The result of one of the problem files, with its samples; solved once. */
const sampledOf = (
  (known: Map<ProblemFile, SolveResult>) =>
  (problem: ProblemFile): SolveResult => {
    const found = known.get(problem) ?? result(problem, true);
    known.set(problem, found);
    return found;
  }
)(new Map());
const moments = { xx: 1, xy: 0.8, yy: 1 };
const small = { task: moments, initial: { uu: 0.1, ww: 0.1, uw: 0 } };

function call(args: readonly string[], input = ""): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, NO_COLOR: "1" };
  return spawnSync("node", [program, "solve", ...args], { encoding: "utf8", input, env });
}

function file(problem: unknown): string {
  const path = join(folder, `${Math.random()}.json`);
  writeFileSync(path, JSON.stringify(problem));
  return path;
}

describe("the result", () => {
  test("equals that of the library's functions", () => {
    const weights = gaussianWeights({ width: 3, scale: 0.3, seed: "s" });
    const flow = solve({ network: network(), task: taskFromMoments(moments), initial: weights });
    const asked = { regime: true, mechanisms: true, halfLife: true, plateau: true, timesTo: [{ output: 0.4 }] };
    const initial = { gaussian: { width: 3, scale: 0.3, seed: "s" } };
    const found = result({ task: moments, initial, times: [0, 1, 2], ask: asked });
    expect(found).toEqual({
      method: "exact",
      because: flow.because,
      family: "one-direction",
      rates: (flow as { rates?: Float64Array }).rates,
      until: Infinity,
      start: flow.at(0),
      end: flow.at(Infinity),
      regime: regime(flow),
      mechanisms: mechanisms(flow),
      halfLife: halfLife(flow),
      plateau: plateau(flow),
      timesTo: [{ target: { output: 0.4 }, times: timesTo(flow, { output: 0.4 }) }],
      trajectory: found.trajectory,
    });
    expect(found.trajectory!.loss).toEqual(sample(flow, [0, 1, 2]).loss);
  });

  test("of samples with several outputs is that of layers of their shape", () => {
    const { x, y } = problemFiles["several outputs"]!.task as { readonly [name in "x" | "y"]: readonly number[][] };
    const task = matrixTaskFromSamples(x, y);
    const initial = gaussianMatrixLayers({ task, width: 3, scale: 0.3, seed: "start" });
    const flow: AnyFlow = solve({ network: network(), task, initial });
    expect(result(problemFiles["several outputs"]!).end).toEqual(flow.at(Infinity));
  });

  test("of samples on one direction of several dimensions starts from weights", () => {
    const x = [
      [3, 4],
      [-3, -4],
      [6, 8],
    ] as const;
    const found = result({ task: { x, y: [1, -1, 2] }, initial: { gaussian: { width: 3, scale: 0.3, seed: 1 } } });
    expect(found.family).toBe("one-direction");
    const flow = solve({
      network: network(),
      task: taskFromSamples(x, [1, -1, 2]),
      initial: gaussianWeights({ width: 3, scale: 0.3, seed: 1 }),
    });
    expect(found.end).toEqual(flow.at(Infinity));
  });

  test("contains only the requested quantities", () => {
    expect(Object.keys(result({ ...small, ask: {} }))).toEqual(["method", "because", "family", "rates", "until", "start", "end"]);
    expect(result({ ...small, ask: { regime: { kernelBelow: 100 } } }).regime!.regime).toBe("kernel");
  });

  // Under a power, weights alone can be trained.
  const fromSnapshots = Object.entries(problemFiles).filter(([, { network: own }]) => own?.power === undefined);

  test("can be continued for every problem except that with a power", () => {
    expect(fromSnapshots).toHaveLength(Object.keys(problemFiles).length - 1);
  });

  test.each(fromSnapshots)("of %s survives JSON, and its start and end go on as initial states", (_, problem) => {
    const found = sampledOf(problem);
    const back = parse(jsonOf(found)) as SolveResult;
    expect(jsonOf(back)).toBe(jsonOf(found));
    const again = result({ ...problem, initial: back.start, ask: {} } as ProblemFile);
    for (const field of ["loss", "kernelSize", "outputSize"] as const) {
      const [a, b] = [again.end[field], found.end[field]];
      if (Number.isFinite(b)) expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-6 * (Math.abs(b) + 1e-6));
      else expect(a).toBe(b);
    }
  });

  test("is the same after a problem was written by the library and read again", () => {
    const task = taskFromSamples(
      [
        [1, 2],
        [2, 1],
        [0, 1],
      ],
      [1, 0, 2],
    );
    const initial = {
      u: [0.1, 0.2],
      W: [
        [0.1, 0.3],
        [-0.2, 0.1],
      ],
    };
    const flow = solve({ network: network(), task, initial });
    const read = parse(jsonOf(flow.problem as never)) as ProblemFile;
    expect(result(read).end).toEqual(flow.at(Infinity));
  });
});

describe("times", () => {
  const of = (text: unknown): number[] => Array.from(readTimes("--times", text).of(solve(readProblemFile(small).problem)));

  test("are lists, ranges, or a choice by the flow", () => {
    expect(of("0,1, 2.5,inf")).toEqual([0, 1, 2.5, Infinity]);
    expect(of("3")).toEqual([3]);
    expect(of("-0.1,+Infinity")).toEqual([-0.1, Infinity]);
    expect(of("0:1:5")).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(of("log:0.01:100:5").map((t) => Number(t.toPrecision(14)))).toEqual([0.01, 0.1, 1, 10, 100]);
    expect(of("log:0.01:100:5").at(-1)).toBe(100);
    expect(of("linear:0:2:3")).toEqual([0, 1, 2]);
    expect([of("log").length, of("linear").length, of("log:7").length, of("linear:7").length]).toEqual([200, 200, 7, 7]);
    expect(of([0, "Infinity", 2])).toEqual([0, Infinity, 2]);
  });

  test.each([
    "",
    "a",
    "0,,1",
    "0:1",
    "0:1:2:3",
    "0:1:1",
    "1:0:5",
    "log:0:1:5",
    "log:a",
    "0:inf:5",
    "logs",
    "1e9999:2:3",
    {},
    null,
    ["a"],
  ])("%j is refused", (text) => {
    expect(() => of(text)).toThrow(FeatureLearningError);
  });
});

describe("CSV", () => {
  test.each(Object.entries(problemFiles))("of %s gives back every number of its trajectory", (_, problem) => {
    const { trajectory } = sampledOf(problem);
    const [head, ...lines] = csvOf(trajectory!).trimEnd().split("\n");
    // No number has a comma; names of entries do, between quotes.
    const names = Array.from(head!.matchAll(/"([^"]*)"|([^,]+)/g), ([, quoted, plain]) => quoted ?? plain!);
    const rows = lines.map((line) => line.split(",").map(Number));
    expect(rows).toHaveLength(trajectory!.t.length);
    let compared = 0;
    for (const [field, column] of Object.entries(trajectory!)) {
      if (typeof column === "function") continue;
      const entries = ArrayBuffer.isView(column)
        ? [{ name: field, at: (i: number) => (column as Float64Array)[i]! }]
        : entriesOf(field, column);
      for (const { name, at } of entries) {
        const c = names.indexOf(name);
        expect(c, name).toBeGreaterThanOrEqual(0);
        for (const [i, row] of rows.entries()) expect(row[c]).toBe(at(i));
        compared++;
      }
    }
    expect(compared).toBe(names.length);
  });

  function entriesOf(field: string, block: unknown): { name: string; at: (i: number) => number }[] {
    const { shape, get } = block as { shape: number[]; get: (...index: number[]) => number };
    const [, rows = 1, columns] = shape;
    return Array.from({ length: rows * (columns ?? 1) }, (_, n) => {
      const index = columns === undefined ? [n] : [Math.floor(n / columns), n % columns];
      return { name: `${field}[${index.join(",")}]`, at: (i: number) => get.call(block, i, ...index) };
    });
  }
});

describe("the picture and the summary", () => {
  test.each(Object.entries(problemFiles))("of %s have no number that cannot be drawn or read", (_, problem) => {
    const found = sampledOf(problem);
    const svg = svgOfResult(found, (readProblemFile(problem).times ?? evenTimes).spacing);
    expect(svg).toMatch(/^<svg /);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    for (const title of ["Loss", "Kernel size", "Alignment"]) expect(svg).toContain(`>${title}</text>`);
    // The times that are asked for are drawn, each chart a line.
    const finite = Array.from(found.trajectory!.t).filter((t) => Number.isFinite(t)).length;
    for (const [, points] of svg.matchAll(/points="([^"]*)"/g)) expect(points!.split(" ")).toHaveLength(finite);
    const summary = summaryOf(found, painter(false));
    expect(summary).toMatch(/^method +(exact|integrated), /);
    expect(summary).not.toMatch(/NaN|undefined|\[object/);
  });

  test("has 0 to the left where the times are logarithmic and 0 is not among them", () => {
    const svg = svgOfResult(result({ ...small, times: "log:0.01:100:5" }), "log");
    expect(svg).toMatch(/>0\.01<\/text>/);
    expect(svg).toMatch(/>100<\/text>/);
  });
});

describe("a line of JSON in, a line of JSON out", () => {
  test("an error is an answer, with the id and the code", () => {
    const codes = (line: string): unknown => {
      const found = answer(line) as { id?: unknown; error?: { code: string; message: string } };
      return [found.id, found.error?.code];
    };
    expect(codes("nonsense")).toEqual([undefined, "invalid-argument"]);
    expect(codes("3")).toEqual([undefined, "invalid-argument"]);
    expect(codes("null")).toEqual([undefined, "invalid-argument"]);
    expect(codes("[]")).toEqual([undefined, "invalid-argument"]);
    expect(codes('{"id":4}')).toEqual([4, "invalid-argument"]);
    expect(codes('{"id":{}}')).toEqual([undefined, "invalid-argument"]);
    expect(codes(JSON.stringify({ id: "a", ...small, times: [-1e9] }))).toEqual(["a", "out-of-range"]);
    const slow = { ...problemFiles["Huber's loss"]!, options: { maxSteps: 2 } };
    expect(codes(JSON.stringify(slow))).toEqual([undefined, "not-converged"]);
    const plane = problemFiles["several inputs"]!;
    const aligned = { aligned: { width: 2, scale: 1, seed: 1 } };
    expect(codes(JSON.stringify({ ...plane, initial: aligned }))).toEqual([undefined, "assumption"]);
    expect(codes(JSON.stringify(small))).toEqual([undefined, undefined]);
  });

  test.each([
    ["network", { outputScal: 1 }],
    ["task", { xx: 1, xy: 1, yy: 1, zz: 1 }],
    ["initial", { gausian: { width: 1, scale: 1, seed: 1 } }],
    ["initial", { gaussian: { width: 1, scale: 1, seed: 1 }, kaiming: { width: 1, seed: 1 } }],
    ["initial", { gaussian: 3 }],
    ["options", { untill: 1 }],
    ["times", 3],
    ["ask", { regimes: true }],
    ["ask", { regime: 1 }],
    ["ask", { weights: "yes" }],
    ["asks", {}],
  ])("a mistake in %s is named: %j", (part, value) => {
    const found = answer(JSON.stringify({ ...small, times: [1], [part]: value })) as { error?: { message: string } };
    expect(found.error?.message).toMatch(/^\w+: .*; |^\w+: .*known are/);
  });

  test("text that means infinity is read as a number, except in names and seeds", () => {
    const gaussian = { gaussian: { width: 2, scale: 1, seed: "Infinity" } };
    const line = JSON.stringify({ id: "Infinity", task: moments, initial: gaussian, options: { until: "Infinity" } });
    const found = answer(line) as SolveResult;
    expect(found.id).toBe("Infinity");
    const initial = gaussianWeights({ width: 2, scale: 1, seed: "Infinity" });
    expect(found.start).toEqual(solve({ network: network(), task: taskFromMoments(moments), initial }).at(0));
  });

  test("one process answers every line in order, at once, and goes on after errors", async () => {
    const child = spawn("node", [program, "solve", "--stdin"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async (): Promise<{ id?: unknown; error?: unknown }> => JSON.parse((await answers.next()).value as string);
    const ask = (id: number): string => JSON.stringify({ id, ...small, ask: {} });
    // The answer comes while the input is still open.
    child.stdin.write(`${ask(0)}\n`);
    expect((await next()).id).toBe(0);
    // Many lines at once, with Windows' line ends, empty lines, and lines that are refused.
    const count = 500;
    const lines = Array.from({ length: count }, (_, i) => (i % 10 === 9 ? '{"id":' : `${ask(i)}${i % 3 === 0 ? "\r" : ""}`));
    const split = lines.join("\n\n");
    child.stdin.write(split.slice(0, 1000));
    child.stdin.write(split.slice(1000));
    let refused = 0;
    for (let i = 0; i < count - 1; i++) {
      const found = await next();
      if (i % 10 === 9) expect(found.error).toMatchObject({ code: "invalid-argument" });
      else expect(found.id).toBe(i);
      if (found.error !== undefined) refused++;
    }
    expect(refused).toBe(count / 10 - 1);
    // A last line without an end is a line.
    child.stdin.end();
    expect((await next()).error).toBeDefined();
    expect((await answers.next()).done).toBe(true);
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
  });

  test("characters of several bytes are read whole wherever the input is cut", async () => {
    const child = spawn("node", [program, "solve", "--stdin"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const bytes = Buffer.from(`${JSON.stringify({ id: "γ²·𝔼", ...small, ask: {} })}\n`);
    for (const [i] of bytes.entries()) child.stdin.write(bytes.subarray(i, i + 1));
    child.stdin.end();
    let printed = "";
    for await (const chunk of child.stdout) printed += String(chunk);
    expect(JSON.parse(printed).id).toBe("γ²·𝔼");
  });
});

describe("the command", () => {
  test("prints a summary, CSV or JSON, and draws", () => {
    const path = file({ ...small, times: [0, 1] });
    expect(call([path]).stdout).toBe(`${summaryOf(result({ ...small, times: [0, 1] }), painter(false))}\n`);
    const picture = join(folder, "p.svg");
    expect(call([path, "--csv", "--times", "0:1:2", "--plot", picture]).stdout).toBe(
      csvOf(result({ ...small, times: [0, 1] }).trajectory!),
    );
    expect(readFileSync(picture, "utf8")).toContain(">Loss</text>");
    const { status, stdout, stderr } = call(["-", "--json"], JSON.stringify(small));
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(`${jsonOf(result(small), 2)}\n`);
    expect(call(["/dev/stdin", "--json"], `\ufeff${JSON.stringify(small)}`).stdout).toBe(stdout);
  });

  test("reports an error in one line, with an exit code", () => {
    const said = (args: readonly string[], input?: string): [number | null, string] => {
      const { status, stdout, stderr } = call(args, input);
      expect(stdout).toBe("");
      return [status, stderr];
    };
    expect(said([join(folder, "none.json")])).toEqual([
      1,
      expect.stringMatching(/^solve: .*there is no such file \(ENOENT\)\.\n$/),
    ]);
    expect(said([folder])).toEqual([1, expect.stringMatching(/^solve: .*it is a folder \(EISDIR\)\.\n$/)]);
    expect(said(["-"], "{")).toEqual([1, expect.stringMatching(/^solve: standard input is not JSON/)]);
    expect(said([file({ ...small, task: { xx: -1, xy: 0, yy: 0 } })])).toEqual([
      1,
      expect.stringMatching(/^taskFromMoments: moments.xx is -1/),
    ]);
    expect(said([])).toEqual([2, expect.stringMatching(/^feature-learning: pass the file of a problem/)]);
  });

  test.each([
    [["a", "b"], /one problem/],
    [["a", "--csv", "--json"], /pass one/],
    [["a", "--stdin"], /has no other options/],
    [["--stdin", "--csv"], /has no other options/],
    [["a", "--plot", "x.png"], /SVG/],
    [["a", "--plot", "/nowhere/x.svg"], /does not exist/],
    [["a", "--tims", "0"], /tims/],
    [["a", "--times"], /times/],
  ])("refuses the arguments %j", (args, message) => {
    expect(() => readSolveArguments(args as string[])).toThrow(message as RegExp);
  });

  test("helps", () => {
    expect(SOLVE_USAGE).toMatch(/^Usage: feature-learning solve[\s\S]*Examples:/);
    expect(readSolveArguments(["--help"])).toEqual({ name: "help", text: SOLVE_USAGE });
  });
});

describe("the page on the command", () => {
  const page = readFileSync("docs/command.md", "utf8");
  const [problem] = Array.from(page.matchAll(/```json\n([\s\S]*?)```/g), ([, text]) => text!);
  const sessions = Array.from(page.matchAll(/```console\n\$ npx feature-learning (.*)\n([\s\S]*?)```/g), ([, args, said]) => ({
    args: args!,
    said: said!,
  }));

  test("prints what the command prints", () => {
    expect(sessions.map(({ args }) => args)).toEqual(["solve problem.json --times 0:4:5", "solve --stdin"]);
    const read = readProblemFile({ ...(JSON.parse(problem!) as object), times: "0:4:5" });
    expect(sessions[0]!.said).toBe(`${summaryOf(solveFile(read), painter(false))}\n`);
    const lines = sessions[1]!.said.trimEnd().split("\n");
    expect(lines).toHaveLength(4);
    for (const i of [0, 2]) {
      const said = jsonOf(answer(lines[i]!));
      expect(said.startsWith(lines[i + 1]!.replace(/…$/, ""))).toBe(true);
    }
  });

  test("names every start and everything that can be asked for", () => {
    for (const name of [...startNames, "regime", "mechanisms", "halfLife", "plateau", "timesTo", "weights"])
      expect(page).toContain(`\`${name}\``);
  });
});

describe("examples in other languages", () => {
  const command = `node ${program}`;
  const has = (language: string): boolean => spawnSync(language, ["--version"]).status === 0;
  const run = (language: string, script: string): string => {
    const { status, stdout, stderr } = spawnSync(language, [script], {
      encoding: "utf8",
      env: { ...process.env, FEATURE_LEARNING: command },
    });
    expect([status, stderr]).toEqual([0, ""]);
    return stdout;
  };

  test.runIf(has("python3"))("Python asks one process for one problem after the other", () => {
    const rows = run("python3", "examples/python/solve.py").trim().split("\n").slice(1);
    expect(rows).toHaveLength(4);
    expect(rows.map((row) => row.split(/\s+/)[1])).toEqual([
      "feature-learning",
      "feature-learning",
      "feature-learning",
      "kernel",
    ]);
  });

  test.runIf(has("Rscript"))("R reads the table, and its difference quotient agrees with the equation", () => {
    const lines = run("Rscript", "examples/r/solve.R").trim().split("\n");
    expect(lines).toHaveLength(7);
    expect(Number(/: (\S+)/.exec(lines.at(-1)!)![1])).toBeLessThan(1e-5);
  });

  test("are tried: Python's on every Linux, R's where R is installed", () => {
    const tried = ["python3", "Rscript"].filter(has);
    console.log(`examples tried: ${tried.join(", ") || "none"}`);
    expect(tried.includes("python3") || process.platform !== "linux").toBe(true);
  });
});
