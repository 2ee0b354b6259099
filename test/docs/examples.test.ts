/** The examples run, and their output supports their claims. */
import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";

function run(name: string): string[][] {
  const printed = execFileSync("node", ["--import", "tsx", `examples/${name}.ts`], { encoding: "utf8" });
  return printed.split("\n").map((line) => line.trim().split(/\s+/));
}

const rowsOf = (lines: readonly string[][], first: RegExp): string[][] => lines.filter(([cell]) => first.test(cell!));

describe("examples", () => {
  test("task switch: three ways to the same times, longer by ln of the scale", () => {
    const rows = rowsOf(run("task-switch"), /^1e-\d$/).map((row) => row.map(Number));
    expect(rows.length).toBe(5);
    for (const [, exact, integrated, descent] of rows) {
      expect(integrated).toBeCloseTo(exact!, 3);
      expect(Math.abs(descent! - exact!)).toBeLessThan(0.03);
    }
    // Training leaves the mode that must now grow a share ∝ scale⁴; it grows as e^4t: ln 100 for each factor of 100 in scale.
    const waits = rows.slice(1).map((row, i) => row[1]! - rows[i]![1]!);
    for (const wait of waits) expect(wait).toBeCloseTo(Math.log(100), 2);
  });

  test("catapult: between 2 and 4 in units of the initial kernel", () => {
    const rows = rowsOf(run("catapult"), /^\d\.\d$/);
    const outcomes = Object.fromEntries(rows.map(([share, outcome]) => [share, outcome]));
    expect(outcomes).toMatchObject({ "1.9": "converges", "2.1": "catapults", "3.9": "catapults", "4.1": "diverges" });
  });

  test("lazy: finite networks come to the verdict that is printed", () => {
    const rows = run("lazy").filter((row) => /e[+-]\d+$/.test(row.at(-1)!));
    const measured = rows.map((row) => ({ kernel: !row.includes("feature-learning"), last: Number(row.at(-1)) }));
    expect(measured.length).toBe(10);
    for (const { kernel, last } of measured) expect(last < 1e-5).toBe(kernel);
  });

  test("phase map: the lines that separate its letters", () => {
    const lines = run("phase-map").filter(([first]) => first === "e_k" || first === "r" || first === "e_a");
    expect(lines.map(([name]) => name)).toEqual(["e_k", "r", "e_a"]);
    expect(lines[0]!.join(" ")).toContain("(-1.000, -1.000) – (-1.000, 0.000) – (-1.500, 0.250)");
  });

  test("deep networks, in short: parallel layers rescale, lazy ones do nothing", () => {
    const printed = execFileSync("node", ["--import", "tsx", "examples/deep/mnist.ts", "--short"], { encoding: "utf8" });
    for (const [setting, verdict] of [
      ["parallel start, too small", "rescaling"],
      ["lazy output scale", "none"],
    ]) {
      for (const activation of ["tanh", "relu"])
        expect(printed).toContain(`${setting}, 2 layers, ${activation}: ${verdict}, as predicted`);
    }
    expect(printed).toMatch(/parallel start with noise, too large, 2 layers, tanh: mixed/);
  });

  test("forecast: the verdicts of three networks are those of their training", () => {
    const lines = run("forecast").map((row) => row.join(" "));
    const verdicts = lines.filter((line) => line.includes("training says"));
    expect(verdicts).toHaveLength(3);
    for (const line of verdicts) {
      const [, expected, trained] = /: (.*), and training says (.*)/.exec(line)!;
      expect(expected).toBe(trained);
    }
    const changes = lines.flatMap(
      (line) => /kernel distance forecast (\S+), trained (\S+)/.exec(line)?.slice(1).map(parseFloat) ?? [],
    );
    expect(changes).toHaveLength(6);
    for (const i of [0, 2, 4]) expect(Math.abs(Math.log(changes[i]! / changes[i + 1]!))).toBeLessThan(Math.log(3));
  });

  test("label noise: the balance is gone and the kernel near its least", () => {
    const rows = rowsOf(run("label-noise"), /^\d+$/).map((row) => row.map(Number));
    const [step, output, kernel, balance] = rows.at(-1)!;
    expect(step).toBe(1e7);
    expect(Math.abs(output! - 1)).toBeLessThan(0.3);
    expect(kernel).toBeLessThan(rows[0]![2]! * 0.6);
    expect(Math.abs(balance!)).toBeLessThan(1e-3);
  });
});
