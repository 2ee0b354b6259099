/** The interactive figure of the first guide: scripts/check-site.ts drives it in a browser. */
import { readFileSync } from "node:fs";
import { exactFlow, network, regime, taskFromMoments, taskFromSamples } from "feature-learning";
import { describe, expect, test } from "vitest";
import { CORRELATION, curvesOf, sentenceOf, UNTIL, WIDTH } from "../../docs/explorer/lazyOrRich.ts";

describe("the figure of the first guide", () => {
  test("has the data of the static picture", () => {
    const file = new URL("../../node_modules/vega-datasets/data/penguins.json", import.meta.url);
    const birds = (JSON.parse(readFileSync(file, "utf8")) as Record<string, number | null>[]).filter(
      (bird) => bird["Flipper Length (mm)"] !== null && bird["Body Mass (g)"] !== null,
    );
    const columns = ["Flipper Length (mm)", "Body Mass (g)"].map((name) => birds.map((bird) => bird[name]!));
    expect(taskFromSamples(columns[0]!, columns[1]!, { standardize: true }).xy).toBeCloseTo(CORRELATION, 4);
  });

  test("gives the verdict of regime at every initial scale", () => {
    const task = taskFromMoments({ xx: 1, xy: CORRELATION, yy: 1 });
    const verdicts = new Set<string>();
    for (let exponent = -3; exponent <= -0.8; exponent += 0.05) {
      const size = WIDTH * 10 ** (2 * exponent);
      const flow = exactFlow({ network: network(), task, initial: { uu: size, ww: size, uw: 0 } });
      const found = regime(flow);
      const curves = curvesOf(10 ** exponent);
      expect(curves.isLazy).toBe(found.regime === "kernel");
      expect(curves.ratio / found.kernelRatio).toBeCloseTo(1, 12);
      expect(sentenceOf(10 ** exponent, curves)).toContain(curves.isLazy ? "is lazy" : "is rich");
      verdicts.add(found.regime);
    }
    expect([...verdicts].sort()).toEqual(["feature-learning", "kernel"]);
  });

  test("draws curves that halve at time 1 and end at one loss", () => {
    for (const scale of [0.0017, 0.0079, 0.078]) {
      const { t, loss, kernel } = curvesOf(scale, 7 * 20 + 1);
      const least = 1 - CORRELATION ** 2;
      expect(t.at(-1)).toBe(UNTIL);
      expect((loss[20]! - least) / (loss[0]! - least)).toBeCloseTo(0.5, 12);
      expect(loss.at(-1)! - least).toBeLessThan(0.01);
      expect(kernel[0]).toBe(1);
    }
    // The two networks of the static picture.
    expect(curvesOf(0.078).ratio).toBeCloseTo(1.01, 2);
    expect(Math.round(curvesOf(0.0017).ratio / 10)).toBe(30);
  });
});
