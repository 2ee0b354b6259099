/** The two ways to read the clock, in plain doubles and in numbers with exponents, are set against each other. */
import fc from "fast-check";
import { test } from "vitest";
import { emptyReading, isPlainClock, readClock } from "../../src/exact/riccati/clock.ts";
import { riccati } from "../../src/exact/riccati/coefficients.ts";
import { startFromWeights } from "../../src/layers/start.ts";
import { EPS, expectWithin, pinned, problems, uniform } from "../support/problems.ts";

test("the plain clock and the wide clock agree to rounding", () => {
  fc.assert(
    fc.property(problems(6), uniform(-6, 2), fc.boolean(), ({ network, task, initial }, x, backwards) => {
      const constants = riccati(network, task, startFromWeights(initial, network.learningRates));
      const plain = isPlainClock(constants);
      fc.pre(!constants.still && plain);
      const t = ((backwards ? -1e-3 : 1) * 10 ** x) / constants.unit.m;
      const [a, b] = [emptyReading(), emptyReading()];
      readClock(constants, plain, t, a);
      readClock(constants, false, t, b);
      for (const field of ["N", "D", "left", "done", "y"] as const) {
        const exponents = `${field}Exp` as const;
        const wide = b[field] * 2 ** (b[exponents] - a[exponents]);
        // Backwards, the brackets lose what they subtract.
        const units = backwards ? 1e-12 : 32 * EPS * (1 + constants.unit.m * Math.abs(t));
        expectWithin(Math.abs(a[field] - wide), units * Math.max(Math.abs(wide), backwards ? 1 : 0), field);
      }
    }),
    pinned(31),
  );
});
