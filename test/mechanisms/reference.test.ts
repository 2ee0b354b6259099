/** The split against values of 80 digits: see test/reference/split.py. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { courseOf } from "../../src/mechanisms/course.ts";
import { amountsUntil } from "../../src/mechanisms/report.ts";

const cases = JSON.parse(readFileSync("test/reference/split.json", "utf8")) as ({
  area: number;
  from: number;
  to: number;
} & Record<"alignment" | "disalignment" | "rescaling", string>)[];

test("alignment, disalignment and rescaling, each to 1e-14 of the largest of them and of what rounding S costs", () => {
  expect(cases.length).toBe(400);
  let worst = 0;
  for (const { area, from, to, ...expected } of cases) {
    const ends = [from, to].map((S, t) => ({ t, S, A: area }));
    const found = amountsUntil(courseOf(ends, 0), 0).at(-1)!;
    const names = ["alignment", "disalignment", "rescaling"] as const;
    const scale = Math.max(...names.map((name) => Math.abs(Number(expected[name]))));
    for (const name of names) {
      // A change much smaller than S itself is known to ε·S.
      const room = scale + 0.02 * (Math.abs(from) + Math.abs(to));
      worst = Math.max(worst, Math.abs(found[name] - Number(expected[name])) / room);
    }
  }
  expect(worst).toBeLessThan(1e-14);
});
