/** Networks with a kink at 0 whose weights have squares that are not double numbers. */
import {
  exactFlow,
  mechanisms,
  type NetworkOptions,
  network,
  regime,
  stability,
  taskFromMoments,
  type WithWeights,
} from "feature-learning";
import { describe, expect, test } from "vitest";

const task = taskFromMoments({ positive: { xx: 1, xy: 1 }, negative: { xx: 1, xy: -1 }, yy: 2 });
const oneDirection = taskFromMoments({ xx: 1, xy: 1, yy: 1 });

function problem(activation: "relu" | "abs", learningRates: { u: number; w: number }, u: number[], w: number[]) {
  return { network: network({ activation, learningRates } satisfies NetworkOptions), task, initial: { u, w } };
}

describe.each(["relu", "abs"] as const)("with w frozen at 1e-200 and 1e-161, under %s", (activation) => {
  test.each([1e-200, 1e-161])("at w = %s the end, mechanisms and regime are numbers", (w) => {
    const flow = exactFlow(problem(activation, { u: 1, w: 0 }, [1], [w]));
    expect(flow.limit.normProduct).toBeCloseTo(1, 12);
    expect(flow.limit.slopes.positive).toBe(1);
    expect((flow as WithWeights<typeof flow>).weights(Infinity).u[0]! * w).toBeCloseTo(1, 12);
    expect(mechanisms(flow).dominant).toBe("rescaling");
    const { regime: verdict, halves } = regime(flow);
    expect([verdict, halves!.positive.regime]).toEqual(["kernel", "kernel"]);
    const { weightMovement } = halves!.positive;
    if (activation === "relu") expect(weightMovement!.u * w).toBeCloseTo(1, 12);
  });
});

test("a linear network with w frozen at 1e-200 moves in the kernel regime", () => {
  for (const w of [1e-200, 1e-161, 1e-150]) {
    const found = regime(
      exactFlow({ network: network({ learningRates: { u: 1, w: 0 } }), task: oneDirection, initial: { u: [1], w: [w] } }),
    );
    expect(found.regime).toBe("kernel");
    expect(found.weightMovement!.u * w).toBeCloseTo(1, 12);
    expect(found.weightMovement!.w).toBe(0);
  }
});

test("the movement of weights does not depend on the unit of the learning rates", () => {
  const movement = (unit: number) =>
    regime(
      exactFlow({
        network: network({ learningRates: { u: unit, w: unit / 4 } }),
        task: oneDirection,
        initial: { u: [0.5, 1], w: [2, -0.3] },
      }),
    ).weightMovement!;
  const one = movement(1);
  for (const unit of [1e-150, 1e150]) {
    expect(movement(unit).u).toBeCloseTo(one.u, 12);
    expect(movement(unit).w).toBeCloseTo(one.w, 12);
  }
});

test("the frozen weights stay and the others grow where their quotient leaves the range", () => {
  const flow = exactFlow(problem("abs", { u: 1e10, w: 0 }, [-8e-161, 2e-161], [0, 8e-161]));
  const { u, w } = (flow as WithWeights<typeof flow>).weights(Infinity);
  expect([...w]).toEqual([0, 8e-161]);
  expect(u[0]).toBe(-8e-161);
  expect(u[1]! * w[1]!).toBeCloseTo(1, 12);
});

describe("the stability of |x| is that of the Hessian", () => {
  // Of one neuron uw = 1 at the end: the rate is 4(η_u w² + η_w u²).
  test.each([
    [{ u: 1, w: 0 }, [1], [1e-155], 4e-310],
    [{ u: 1, w: 0 }, [1], [1e-150], 4e-300],
    [{ u: 1e30, w: 1e-30 }, [1], [1], 4e30],
    [{ u: 1e-30, w: 1e30 }, [1], [1], 4e30],
    [{ u: 1, w: 0 }, [1], [1e149], 4e298],
    [{ u: 1, w: 1 }, [1e149], [1e149], 8],
  ] as const)("with rates %o, u = %o and w = %o the rate is %d", (rates, u, w, rate) => {
    expect(Math.abs(stability(problem("abs", rates, [...u], [...w])).rate / rate - 1)).toBeLessThan(1e-11);
  });

  test("a rate that is not a double number is refused", () => {
    const steep = { ...problem("abs", { u: 1e200, w: 0 }, [1], [1e100]) };
    expect(() => stability(steep)).toThrow(/stability: the Hessian overflows double precision/);
  });
});
