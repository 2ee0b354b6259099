/** The two ways to a snapshot, in plain doubles and in numbers with exponents, are set against each other. */
import fc from "fast-check";
import { test } from "vitest";
import { recordPlainly } from "../../src/exact/riccati/plainRecord.ts";
import { record, solution } from "../../src/exact/riccati/solution.ts";
import { startFromWeights } from "../../src/layers/start.ts";
import { snapshotFields } from "../../src/model/snapshot.ts";
import { EPS, expectWithin, pinned, problems, uniform } from "../support/problems.ts";

test("a snapshot in plain doubles is the one in numbers with exponents, to rounding", () => {
  fc.assert(
    fc.property(problems(6), uniform(-6, 2), ({ network, task, initial }, x) => {
      const found = solution(network, task, startFromWeights(initial, network.learningRates));
      const rate = found.riccati.rho.m * 2 ** found.riccati.rho.e;
      fc.pre(!found.riccati.still && rate > 0);
      const t = 10 ** x / rate;
      const [plain, wide] = [new Float64Array(snapshotFields.length), new Float64Array(snapshotFields.length)];
      fc.pre(recordPlainly(found, t, plain, 0, 1));
      record(found, t, wide, 0, 1);
      const column = (name: (typeof snapshotFields)[number]): number => wide[snapshotFields.indexOf(name)]!;
      // S comes from where it was and where it goes to: cos ζ and ζ have its error over |u||w|.
      const overlap = Math.abs(found.start.S.m) + Math.abs(found.riccati.target.m);
      const turn = overlap / Math.max(column("normProduct"), 1e-300);
      const scales: Readonly<Record<string, number>> = {
        uw: overlap,
        output: overlap * Math.abs(network.outputScale),
        alignment: Math.min(1, turn),
        angle: Math.min(1, turn),
        normProduct: overlap,
      };
      const heavy = Math.max(column("uu"), column("ww"));
      for (const [f, name] of snapshotFields.entries()) {
        const scale = Math.abs(wide[f]!) + (scales[name] ?? 0) + (name === "uu" || name === "ww" ? overlap ** 2 / heavy : 0);
        expectWithin(plain[f] === wide[f] ? 0 : Math.abs(plain[f]! - wide[f]!), 64 * EPS * scale, name);
      }
    }),
    pinned(37),
  );
});
