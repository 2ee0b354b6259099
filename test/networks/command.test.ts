/** `feature-learning analyze`, as it is called: the report, its JSON, its files, and how it refuses. */
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FeatureLearningError } from "feature-learning";
import { layerOverlap } from "feature-learning/deep";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Analysis, analyze } from "../../src/cli/analyze.ts";
import { OVERVIEW, readArguments, USAGE } from "../../src/cli/arguments.ts";
import { svgOf } from "../../src/cli/charts.ts";
import { htmlOf } from "../../src/cli/html.ts";
import { tableOf } from "../../src/cli/table.ts";
import { painter } from "../../src/cli/text.ts";
import type { RunReport } from "../../src/networks/runReport.ts";

type Tensors = Readonly<Record<string, { readonly shape: readonly number[]; readonly data: ArrayLike<number> }>>;

/** A safetensors file of single-precision tensors. */
function safetensors(tensors: Tensors): Uint8Array {
  const header: Record<string, unknown> = {};
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    const bytes = new Uint8Array(Float32Array.from(data).buffer);
    header[name] = { dtype: "F32", shape, data_offsets: [at, at + bytes.length] };
    at += bytes.length;
    parts.push(bytes);
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + at);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  let to = 8 + text.length;
  for (const part of parts) {
    file.set(part, to);
    to += part.length;
  }
  return file;
}

let folder = "";
let count = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "analyze-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a run, a checkpoint a step, and returns its folder. */
function run(steps: Readonly<Record<number, Tensors>>, config?: object): string {
  const here = mkdtempSync(join(folder, `run-${count++}-`));
  for (const [step, tensors] of Object.entries(steps))
    writeFileSync(join(here, `step-${step}.safetensors`), safetensors(tensors));
  if (config !== undefined) writeFileSync(join(here, "config.json"), JSON.stringify(config));
  return here;
}

const report = (path: string, options: Partial<Analysis> = {}): RunReport =>
  analyze({ paths: [path], threshold: 0.1, checksums: true, ...options });
const turned = (angle: number, size = 1): Tensors => ({
  "fc1.weight": { shape: [2, 1], data: [size, 0] },
  "fc1.bias": { shape: [2], data: [Number.NaN, 0] },
  "fc2.weight": { shape: [1, 2], data: [Math.cos(angle), Math.sin(angle)] },
});
const turning = (): string => run({ 0: turned(1.5), 10: turned(0.9), 100: turned(0.1, 2) });

describe("the report", () => {
  test("has for each pair its trajectory, mechanisms and the verdict on the kernel", () => {
    const found = report(turning());
    expect(found.checkpoints.map(({ step }) => step)).toEqual([0, 10, 100]);
    expect(found.pairs).toHaveLength(1);
    const [pair] = found.pairs;
    expect([pair!.outer, pair!.inner]).toEqual(["fc2.weight", "fc1.weight"]);
    expect(pair!.trajectory.step).toEqual([0, 10, 100]);
    for (const [i, angle] of [1.5, 0.9, 0.1].entries()) expect(pair!.trajectory.alignment[i]).toBeCloseTo(Math.cos(angle), 6);
    expect(pair!.trajectory.ww).toEqual([1, 1, 4]);
    expect(pair!.mechanisms.present).toEqual(["alignment", "rescaling"]);
    // Weights alone do not tell how far the kernel moves.
    expect(pair!.regime).toMatchObject({ regime: "unknown" });
    expect(found.summary).toBe("fc2·fc1 learns by several mechanisms about equally");
  });

  test("says in its summary that the dominant mechanism is not the only one", () => {
    const { pairs, summary } = report(run({ 0: turned(1.5), 10: turned(0.9), 100: turned(0.1, 1.2) }));
    expect([pairs[0]!.mechanisms.present, summary]).toEqual([["alignment", "rescaling"], "fc2·fc1 mainly aligns"]);
    expect(report(run({ 0: turned(1.5), 10: turned(0.1) })).summary).toBe("fc2·fc1 aligns");
  });

  test("has of each layer spectral norms over √(fan-out/fan-in) and the change since the first checkpoint", () => {
    const { layers } = report(turning());
    expect(layers.map(({ name, shape }) => [name, shape])).toEqual([
      ["fc1.weight", [2, 1]],
      ["fc2.weight", [1, 2]],
    ]);
    const [first, second] = layers;
    for (const [i, value] of [1, 1, 2].entries()) expect(first!.spectral[i]! * Math.SQRT2).toBeCloseTo(value, 6);
    expect(first!.change.map((value) => value * Math.SQRT2)).toEqual([0, 0, 1]);
    // |(cos a, sin a) − (cos b, sin b)| = 2 sin(|a − b|/2)
    expect(second!.change[2]! / Math.SQRT2).toBeCloseTo(2 * Math.sin(0.7), 5);
    expect(first!.stableRank!.map((value) => Number(value.toFixed(6)))).toEqual([1, 1, 1]);
  });

  test("reads heads as columns of the output layer and rows of the values", () => {
    const size = 8;
    const square = (seed: number): { shape: number[]; data: number[] } => ({
      shape: [size, size],
      data: Array.from({ length: size * size }, (_, k) => Math.sin(seed + k * (1 + seed))),
    });
    const layer = (seed: number): Tensors =>
      Object.fromEntries(["q", "k", "v", "o"].map((name, i) => [`layers.0.self_attn.${name}_proj.weight`, square(seed + i)]));
    const { pairs } = report(run({ 0: layer(1), 1: layer(2) }, { num_attention_heads: 2 }));
    expect(pairs.map(({ outer }) => outer)).toEqual([0, 1].map((h) => `layers.0.self_attn.o_proj.weight[head ${h}]`));
    for (const [head, { trajectory }] of pairs.entries()) {
      for (const step of [0, 1]) {
        const [v, o] = [square(step + 1 + 2).data, square(step + 1 + 3).data].map((data) => Float32Array.from(data)) as [
          Float32Array,
          Float32Array,
        ];
        const rows = Array.from({ length: 4 }, (_, i) => Array.from(v.slice((4 * head + i) * size, (4 * head + i + 1) * size)));
        const columns = Array.from({ length: size }, (_, r) => Array.from(o.slice(r * size + 4 * head, r * size + 4 * head + 4)));
        const { uu, ww, uw } = layerOverlap(columns, rows);
        for (const [name, value] of Object.entries({ uu, ww, uw }))
          expect(trajectory[name as "uu"][step]! / value).toBeCloseTo(1, 12);
      }
    }
  });

  test("says so where an unknown way of storing would change the verdict", () => {
    const angle = (a: number): Tensors => ({
      a1: { shape: [2, 2], data: [Math.cos(a), Math.sin(a), 0, 0] },
      a2: { shape: [2, 2], data: [1, 0, 0, 0] },
    });
    const here = run({ 0: angle(1.5), 1: angle(1), 2: angle(0.1) });
    const [doubtful] = report(here).pairs;
    expect(doubtful!.mechanisms.present).toEqual([]);
    expect(doubtful!.notes).toEqual([expect.stringMatching(/read that way, .* from 0\.071 to 0\.995 .*pass --transpose/)]);
    const [transposed] = report(here, { transpose: /a/u }).pairs;
    expect([transposed!.mechanisms.present, transposed!.notes]).toEqual([["alignment"], []]);
  });

  test("ignores broken tensors that are not layers, and lists pairs with broken layers", () => {
    const layers = (x: number): Tensors => ({
      "0.weight": { shape: [2, 2], data: [1, x, 0, 1] },
      "2.weight": { shape: [2, 2], data: [x, 1, 1, 0] },
      "4.weight": { shape: [1, 2], data: [x === 3 ? Number.NaN : 1, 1] },
      running_mean: { shape: [1, 2], data: [Number.NEGATIVE_INFINITY, 0] },
    });
    const { pairs, skipped } = report(run({ 0: layers(1), 1: layers(2), 2: layers(3) }));
    expect(pairs.map(({ outer }) => outer)).toEqual(["2.weight"]);
    expect(skipped.find(({ name }) => name === "4.weight")!.because).toMatch(/has NaN in .*step-2/);
  });

  test("is not drawn from layers that are all broken, or change their shapes, or are missing", () => {
    const layers = (x: number, rows = 2): Tensors => ({
      "0.weight": { shape: [rows, 2], data: [x, ...new Array(2 * rows - 1).fill(1)] },
      "1.weight": { shape: [2, rows], data: new Array(2 * rows).fill(1) },
    });
    for (const [bad, message] of [
      [layers(Number.NaN), /0\.weight has NaN in .*step-5/],
      [layers(1, 3), /0\.weight has the shape \[3,2\] in .*step-5.* and \[2,2\] in .*step-0/],
      [{ "0.weight": layers(1)["0.weight"]! }, /step-5.* has no tensor 1\.weight/],
    ] as const) {
      const here = run({ 0: layers(1), 5: bad });
      expect(() => report(here)).toThrow(FeatureLearningError);
      expect(() => report(here)).toThrow(message);
    }
  });

  test("has constant numbers and no mechanism for layers that do not change", () => {
    const { pairs, layers } = report(run({ 0: turned(1), 1: turned(1), 2: turned(1) }));
    expect(pairs[0]!.mechanisms.present).toEqual([]);
    expect(new Set(pairs[0]!.trajectory.uw).size).toBe(1);
    expect(layers[0]!.change).toEqual([0, 0, 0]);
  });

  test("judges the kernel where one was saved beside the weights", () => {
    const withKernel = (size: number, angle: number): Tensors => ({
      ...turned(angle),
      ntk: { shape: [2, 2], data: [size, 0, 0, 1] },
    });
    const { pairs, layers } = report(run({ 0: withKernel(1, 1), 1: withKernel(3, 0.5) }));
    expect(pairs[0]!.regime).toMatchObject({ regime: "feature-learning" });
    expect((pairs[0]!.regime as { kernelChange: number }).kernelChange).toBeCloseTo(Math.SQRT2, 6);
    expect(layers.map(({ name }) => name)).not.toContain("ntk");
  });
});

describe("what is written", () => {
  test("is a table with a line a pair", () => {
    const text = tableOf(report(turning()), painter(false));
    expect(text).toMatch(/fc2\.weight·fc1\.weight +0\.071 +0\.995 +×2 +alignment, rescaling/);
    expect(text).toMatch(/Kernel: unknown/);
    expect(tableOf(report(turning()), painter(true))).toContain("\u001b[1m");
  });

  test("is one page without anything from elsewhere, that fits a phone and a dark screen", () => {
    const page = htmlOf(report(turning()));
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain('name="viewport"');
    expect(page).toContain("prefers-color-scheme: dark");
    expect(page).not.toMatch(/(src|href)=|https?:\/\/(?!www\.w3\.org)|<script/);
    expect(page.match(/<svg/g)).toHaveLength(2);
  });

  test("is a picture with a title and a line a pair", () => {
    const picture = svgOf(report(turning()));
    expect(picture).toMatch(/^<svg xmlns=.*role="img">\n<title>/);
    expect(picture.match(/<polyline/g)).toHaveLength(2);
    expect(picture).not.toMatch(/NaN|Infinity|undefined/);
  });

  test("never repeats escape sequences or markup of names", () => {
    const name = "a\u001b]0;x\u0007<img>.weight";
    const odd = (x: number): Tensors => ({
      [name]: { shape: [2, 2], data: [1, x, 0, 1] },
      "b.weight": { shape: [1, 2], data: [1, 1] },
    });
    const found = report(run({ 0: odd(1), 1: odd(5) }));
    expect(found.pairs[0]!.inner).toBe(name);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there.
    expect(tableOf(found, painter(false))).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(htmlOf(found)).not.toMatch(/<img>/);
  });
});

describe("options", () => {
  test("must be there: a pattern of --transpose that no layer matches is refused", () => {
    expect(() => report(turning(), { transpose: /zzz/u })).toThrow(
      /there are 0 layers that match --transpose \/zzz\/u among the tensors \(fc1\.weight/,
    );
  });

  test("warns about the order of .npy files if it is only alphabetical", () => {
    const npy = (seed: number): Uint8Array => {
      const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }".padEnd(117, " ");
      const head = new TextEncoder().encode(`NUMPY\u0001\u0000\u0076\u0000${header}\n`);
      const data = new Uint8Array(Float32Array.from([seed, 1, 2, 3]).buffer);
      return Uint8Array.from([0x93, ...head, ...data]);
    };
    const warningsOf = (...names: readonly string[]): string => {
      const here = mkdtempSync(join(folder, "npy-"));
      for (const step of [0, 10]) {
        mkdirSync(join(here, `step-${step}`));
        for (const name of names) writeFileSync(join(here, `step-${step}`, `${name}.weight.npy`), npy(step));
      }
      return report(here).warnings.join();
    };
    expect(warningsOf("zeta", "alpha")).toMatch(/partly alphabetical, because \.npy files have no other/);
    expect(warningsOf("fc1", "fc2")).toBe("");
    expect(warningsOf("input", "output")).toBe("");
  });
});

describe("the command", () => {
  const call = (args: readonly string[], options: { stdout?: number } = {}) =>
    spawnSync("node", ["--import", "tsx", "src/cli/main.ts", ...args], {
      encoding: "utf8",
      stdio: ["ignore", options.stdout ?? "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1" },
    });

  test("prints the JSON of its contract, and writes the page and the picture", () => {
    const [page, picture] = [join(folder, "report.html"), join(folder, "run.svg")];
    const { status, stdout, stderr } = call(["analyze", turning(), "--json", "--html", page, "--svg", picture]);
    expect([status, stderr]).toEqual([0, ""]);
    const found = JSON.parse(stdout) as RunReport;
    expect(Object.keys(found)).toEqual(["checkpoints", "pairs", "layers", "skipped", "summary", "warnings"]);
    expect(Object.keys(found.pairs[0]!)).toEqual(["outer", "inner", "trajectory", "mechanisms", "regime", "notes"]);
    expect(Object.keys(found.pairs[0]!.trajectory)).toEqual(["step", "uu", "ww", "uw", "alignment", "normProduct"]);
    expect(existsSync(page) && existsSync(picture)).toBe(true);
  });

  test("checks its arguments before it reads a file", () => {
    for (const [args, message] of [
      [[], /there is no command/],
      [["analyse", "x"], /the command "analyse" is unknown/],
      [["analyze"], /pass checkpoints/],
      [["analyze", "nowhere", "--threshold", "x"], /--threshold is "x"/],
      [["analyze", "nowhere", "--heads", "1.5"], /--heads is "1\.5"/],
      [["analyze", "nowhere", "--layers", "("], /--layers "\(" is not a regular expression/],
      [["analyze", "nowhere", "--pairs", "a"], /--pairs has "a"; pass outer·inner/],
      [["analyze", "nowhere", "--frobnicate"], /--frobnicate/],
      [["analyze", "nowhere", "--html", "no/such/folder/x.html"], /the folder .* does not exist/],
      [["analyze", "nowhere", "--svg", "src"], /--svg src is a folder/],
      [["analyze", "nowhere", "--svg", "x".repeat(300)], /x cannot be written: its name is too long \(ENAMETOOLONG\)/],
    ] as const)
      expect(() => readArguments(args)).toThrow(message);
    const read = readArguments(["analyze", "a", "b", "--pairs", "x·y,z@w", "--layers", "fc"]);
    expect(read).toMatchObject({
      asked: {
        paths: ["a", "b"],
        threshold: 0.1,
        pairs: [
          { outer: "x", inner: "y" },
          { outer: "z", inner: "w" },
        ],
      },
    });
    expect([["-h"], ["analyze", "-h"], ["analyze", "--version"]].map(readArguments)).toEqual([
      { name: "help", text: OVERVIEW },
      { name: "help", text: USAGE },
      { name: "version" },
    ]);
  });

  test("says in a sentence that a page or picture may not be written", () => {
    const locked = mkdtempSync(join(folder, "locked-"));
    const script = `
      import { readArguments } from "./src/cli/arguments.ts";
      import { chmodSync } from "node:fs";
      chmodSync(${JSON.stringify(locked)}, Number(process.argv[1]));
      if (process.getuid?.() === 0) process.seteuid(65534);
      try { readArguments(["analyze", "nowhere", "--html", ${JSON.stringify(join(locked, "x.html"))}]); } catch (error) { console.log(error.message); }`;
    // No search in the folder, and no writing to it.
    for (const mode of [0o400, 0o555]) {
      const args = ["--import", "tsx", "--input-type=module", "-e", script, String(mode)];
      const { stdout } = spawnSync("node", args, { encoding: "utf8" });
      expect(stdout).toMatch(/^.*x\.html cannot be written: permission denied \(EACCES\)\.\n$/);
    }
  });

  test("ends with code 2 and one hint on standard error for arguments that it does not understand", () => {
    const { status, stdout, stderr } = call(["analyze", "nowhere", "--threshold", "x"]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^feature-learning: --threshold is "x".*\nTry feature-learning --help\.\n$/);
  });

  test("helps, and fails in one line", () => {
    expect(USAGE).toMatch(/^Usage: feature-learning analyze[\s\S]*Examples:/);
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(USAGE).toContain(`--version             ${version}`);
    const { status, stderr } = call(["analyze", join(folder, "nowhere")]);
    expect(status).toBe(1);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toMatch(/does not exist/);
  });

  test("ends with an error where its output cannot be written", () => {
    // Linux has such a file; elsewhere there is nothing to try.
    expect(existsSync("/dev/full") || process.platform !== "linux").toBe(true);
    if (!existsSync("/dev/full")) return;
    const full = openSync("/dev/full", "w");
    const { status, stderr } = call(["analyze", turning()], { stdout: full });
    closeSync(full);
    expect([status, stderr]).toEqual([1, "analyze: the output cannot be written: the disk is full (ENOSPC).\n"]);
  });
});
