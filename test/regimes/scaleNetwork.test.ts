/** A scaling at a finite size. */
import fc from "fast-check";
import { FeatureLearningError, network, parametrizations, type ScaleOptions, scaleNetwork } from "feature-learning";
import { describe, expect, test } from "vitest";
import { EPS, expectWithin, pinned, uniform } from "../support/problems.ts";

const exponent = uniform(-2, 2);
const prefactor = uniform(0.1, 10);
const pair = (of: fc.Arbitrary<number>) => fc.record({ u: of, w: of });

test("every quantity is its prefactor times κ to its exponent, and the width is κ to its own", () => {
  const law = fc.property(
    fc.record({
      width: uniform(0.5, 2),
      outputScale: exponent,
      scale: pair(exponent),
      learningRates: pair(exponent),
    }),
    fc.integer({ min: 2, max: 1e6 }),
    fc.record({ outputScale: prefactor, scale: pair(prefactor), learningRates: pair(prefactor) }),
    (exponents, width, prefactors) => {
      const found = scaleNetwork(exponents, width, prefactors);
      expect(found.width).toBe(width);
      const { kappa } = found;
      // ln κ is up to 28, and its rounding what a power magnifies.
      const rounding = 200 * EPS;
      expectWithin(Math.abs(kappa ** exponents.width / width - 1), rounding, "width");
      const { outputScale, learningRates } = found.network;
      expectWithin(Math.abs(outputScale / (prefactors.outputScale * kappa ** exponents.outputScale) - 1), rounding, "γ");
      for (const layer of ["u", "w"] as const) {
        const rate = prefactors.learningRates[layer] * kappa ** exponents.learningRates[layer];
        const scale = prefactors.scale[layer] * kappa ** exponents.scale[layer];
        expectWithin(Math.abs(learningRates[layer] / rate - 1), rounding, `rate of ${layer}`);
        expectWithin(Math.abs(found.scale[layer] / scale - 1), rounding, `scale of ${layer}`);
      }
    },
  );
  fc.assert(law, pinned(62));
});

test("without prefactors all are 1, and the loss is the mean squared error; another may be asked for", () => {
  expect(scaleNetwork(parametrizations.ntk, 100)).toEqual({
    width: 100,
    kappa: 100,
    network: network({ outputScale: 0.1 }),
    scale: { u: 1, w: 1 },
  });
  expect(scaleNetwork(parametrizations.ntk, 100, { loss: "half-mse" }).network.loss).toBe("half-mse");
});

test("where the width is fixed, κ comes from outside, down to below 1", () => {
  expect(scaleNetwork(parametrizations.lazy, 1, { kappa: 0.5 })).toMatchObject({
    width: 1,
    kappa: 0.5,
    network: { outputScale: 0.5, learningRates: { u: 4, w: 4 } },
  });
});

describe("refused are", () => {
  const { ntk, lazy } = parametrizations;
  test.each<[string, () => unknown, RegExp]>([
    ["no neuron", () => scaleNetwork(ntk, 0), /^scaleNetwork: width is 0; pass an integer from 1 to/],
    ["half a neuron", () => scaleNetwork(ntk, 1.5), /width is 1\.5/],
    ["a width that doubles do not count", () => scaleNetwork(ntk, 1e16), /width is 1.*e\+?16|width is 10000000000000000/],
    ["a fixed width without κ", () => scaleNetwork(lazy, 8), /does not change the width; pass \{ kappa \}/],
    ["a width and κ", () => scaleNetwork(ntk, 8, { kappa: 8 }), /the width determines kappa; leave it out/],
    ["κ = 0", () => scaleNetwork(lazy, 8, { kappa: 0 }), /kappa is 0; pass a finite number > 0/],
    ["negative deviations", () => scaleNetwork(ntk, 8, { scale: { u: 1, w: -1 } }), /scale\.w is -1; pass a finite number ≥ 0/],
    ["negative rates", () => scaleNetwork(ntk, 8, { learningRates: -1 }), /learningRates is -1; pass a finite number ≥ 0/],
    ["another option", () => scaleNetwork(ntk, 8, { power: 2 } as ScaleOptions), /unknown key "power"/],
  ])("%s", (_, run, message) => {
    expect(run).toThrow(FeatureLearningError);
    expect(run).toThrow(message);
  });
});
