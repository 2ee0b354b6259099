import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("the first screen of the README is what the example prints", () => {
  const [, shown] = /```text\n([\s\S]*?)\n```/.exec(readFileSync("README.md", "utf8"))!;
  const printed = execFileSync("npm", ["run", "--silent", "example"], { encoding: "utf8" }).trimEnd();
  expect(shown).toBe(printed);
  // And it draws the picture above it.
  const [, picture] = /!\[[^\]]*\]\(([^)]*)\)/.exec(readFileSync("README.md", "utf8"))!;
  const svg = readFileSync(picture!, "utf8");
  for (const words of ["exact solution", "gradient descent", "loss L", "kernel over its start", "alignment cos ζ"])
    expect(svg).toContain(words);
  // Halving the step halves the difference to gradient descent.
  const [a, b, c] = Array.from(printed.matchAll(/step \S+ {2}(\S+)/g), (m) => Number(m[1]));
  expect(a! / b!).toBeCloseTo(2, 1);
  expect(b! / c!).toBeCloseTo(2, 1);
});
