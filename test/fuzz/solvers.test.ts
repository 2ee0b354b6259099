/** Integrator and descent over a wide range of scales: an answer without NaN, or the library's own error. */
import fc from "fast-check";
import { descentOutcome, FeatureLearningError, gradientDescent, integratedFlow, sample, stability } from "feature-learning";
import { expect, test } from "vitest";
import { counted } from "../support/counted.ts";
import { pinned, problems, uniform } from "../support/problems.ts";

const decays = fc.constantFrom(0, 0, 1e-6, 1, 1e6);

function expectNoNaN(columns: object): void {
  const numbers = Object.entries(columns).filter(([, column]) => column instanceof Float64Array);
  expect(numbers.length).toBeGreaterThan(0);
  for (const [name, column] of numbers) expect((column as Float64Array).some(Number.isNaN), name).toBe(false);
}

/** Whether it answers; what it refuses must be refused with the library's own error. */
function answers(run: () => void): boolean {
  try {
    run();
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(FeatureLearningError);
    return false;
  }
}

test("integrated flows", () => {
  fc.assert(
    fc.property(problems(12), decays, uniform(-12, 12), (problem, weightDecay, exponent) => {
      const decaying = { ...problem, network: { ...problem.network, weightDecay } };
      const flow = integratedFlow(decaying, { until: 10 ** exponent, maxSteps: 300, rtol: 1e-6, onFailure: "return" });
      expectNoNaN(sample(flow, [0, flow.until / 3, flow.until]));
      const { u, w } = flow.weights(flow.until);
      expectNoNaN({ u, w });
    }),
    pinned(81, 2000),
  );
});

test("discrete descent", () => {
  const compared = counted({ what: "stabilities" });
  const steps = uniform(-12, 12);
  fc.assert(
    fc.property(
      problems(12),
      decays,
      steps,
      fc.constantFrom(0, 0.9),
      fc.boolean(),
      (problem, weightDecay, exponent, momentum, nesterov) => {
        const decaying = { ...problem, network: { ...problem.network, weightDecay } };
        const run = gradientDescent(decaying, { stepSize: 10 ** exponent, steps: 50, momentum, nesterov });
        expectNoNaN(run);
        expectNoNaN(run.weights(run.step.length - 1));
        const answered = answers(() => {
          const { rate, largestStableStep, flattest } = stability(decaying);
          expectNoNaN({ all: Float64Array.of(rate, largestStableStep, flattest.rate, flattest.largestStableStep) });
        });
        compared.when(answered);
        const outcome = descentOutcome(decaying, { stepSize: 10 ** exponent, momentum, nesterov, maxSteps: 50 });
        expectNoNaN({ rise: Float64Array.of(outcome.lossRise), ratio: Float64Array.of(outcome.kernelRatio) });
      },
    ),
    pinned(82, 2000),
  );
});
