/** Values of another realm are recognised; arrays without numbers and invalid shapes are refused. */
import { runInNewContext } from "node:vm";
import {
  exactFlow,
  FeatureLearningError,
  mechanisms,
  network,
  regime,
  sample,
  taskFromMoments,
  taskFromSamples,
} from "feature-learning";
import { layerOverlap } from "feature-learning/deep";
import { runParallel } from "feature-learning/parallel";
import { plotTrajectory } from "feature-learning/plot";
import { ensemble } from "feature-learning/sweep";
import { describe, expect, test } from "vitest";

/** The value with all typed arrays and plain records made in another realm. */
function elsewhere(value: unknown): never {
  return runInNewContext(
    `(function copy(value) {
      if (ArrayBuffer.isView(value)) return Float64Array.from(value);
      if (Array.isArray(value)) return Array.from(value, copy);
      if (typeof value !== "object" || value === null) return value;
      const out = {};
      for (const name of Object.keys(value)) out[name] = copy(value[name]);
      return out;
    })`,
  )(value) as never;
}

const task = taskFromMoments({ xx: 1, xy: 0.5, yy: 1 });
const initial = { u: Float64Array.of(1, 0.5, 0.1), w: Float64Array.of(0.2, 0.3, -1) };
const problem = { network: network(), task, initial };
const flow = exactFlow(problem);

describe("typed arrays of another realm", () => {
  test("are starts, trajectories, and room for weights", () => {
    expect(exactFlow(elsewhere(problem)).at(1)).toEqual(flow.at(1));
    const rows = sample(flow, [0, 1, 2]);
    const other = elsewhere({ ...rows });
    expect((other as { t: unknown }).t instanceof Float64Array).toBe(false);
    expect(mechanisms(other)).toEqual(mechanisms(rows));
    expect(regime(other)).toEqual(regime(rows));
    expect(plotTrajectory(other)).toEqual(plotTrajectory(rows));
    const out = elsewhere({ u: [0, 0, 0], w: [0, 0, 0] }) as { u: number[]; w: number[] };
    const room = elsewhere({ u: Float64Array.from(out.u), w: Float64Array.from(out.w) });
    expect([...flow.weights(1, room).u]).toEqual([...flow.weights(1).u]);
    const layer = { shape: [2, 2], data: Float64Array.of(1, 2, 3, 4) };
    expect(layerOverlap(elsewhere(layer), elsewhere(layer))).toEqual(layerOverlap(layer, layer));
  });
});

describe("errors", () => {
  const thrown = (work: () => unknown): unknown => {
    try {
      work();
    } catch (error) {
      return error;
    }
    return undefined;
  };

  test("are of their class, and no other value is", () => {
    const error = thrown(() => taskFromMoments({ xx: -1, xy: 0, yy: 1 }));
    expect(error instanceof FeatureLearningError && error instanceof Error).toBe(true);
    class Own extends FeatureLearningError {}
    expect(error instanceof Own).toBe(false);
    expect(new Own("aborted", "x") instanceof Own && new Own("aborted", "x") instanceof FeatureLearningError).toBe(true);
    for (const value of [undefined, null, 1, "x", {}, new Error("x"), () => 1])
      expect(value instanceof FeatureLearningError).toBe(false);
    expect(Object.keys(error as object).sort()).toEqual(["code", "name"]);
  });

  test("keep the error of a getter as their cause", () => {
    const trap = new Error("a trap");
    const options = Object.defineProperty({}, "outputScale", {
      enumerable: true,
      get: () => {
        throw trap;
      },
    });
    expect(thrown(() => network(options))).toMatchObject({ code: "invalid-argument", cause: trap });
  });

  test("of aborted work have the code and the signal's reason", async () => {
    const job = { of: "ensemble", settings: { width: 4 }, measure: ["rate"], draws: 10, seed: 1 } as const;
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    const expected = { code: "aborted", cause: reason };
    expect(thrown(() => ensemble(job, { signal }))).toMatchObject({ ...expected, message: "ensemble: the job was aborted." });
    await expect(runParallel(job, { signal })).rejects.toMatchObject({
      ...expected,
      message: "runParallel: the job was aborted.",
    });
  });
});

describe("arrays without numbers, and invalid shapes, are refused by name", () => {
  const detached = (): Float64Array => {
    const array = Float64Array.of(1, 2, 3);
    structuredClone(array, { transfer: [array.buffer] });
    return array;
  };
  const shrunk = (): Float64Array => {
    // biome-ignore lint/suspicious/noExplicitAny: newer than the types
    const buffer = new (ArrayBuffer as any)(24, { maxByteLength: 24 });
    const array = new Float64Array(buffer, 0, 3);
    buffer.resize(8);
    return array;
  };
  const refused = (work: () => unknown, message: RegExp): void => {
    expect(work).toThrow(FeatureLearningError);
    expect(work).toThrow(message);
  };

  test.each([
    ["detached", detached],
    ["shrunk", shrunk],
  ])("%s arrays", (_name, make) => {
    refused(() => taskFromSamples(make(), [1, 2, 3]), /taskFromSamples: x is a Float64Array of length 0/);
    refused(
      () => exactFlow({ ...problem, initial: { u: make(), w: [1, 2, 3] } }),
      /exactFlow: initial.u is a Float64Array of length 0/,
    );
    refused(() => sample(flow, make()), /sample: times is a Float64Array of length 0/);
    refused(() => flow.weights(1, { u: make(), w: new Float64Array(3) }), /weights: out.u/);
    refused(() => mechanisms({ ...sample(flow, [0, 1, 2]), t: make() }), /mechanisms: trajectory/);
    refused(() => plotTrajectory({ ...sample(flow, [0, 1, 2]), loss: make() }), /plotTrajectory/);
    refused(() => layerOverlap({ shape: [3, 1], data: make() } as never, [[1], [1], [1]]), /layerOverlap/);
  });

  test("a growing buffer is read as long as it is", () => {
    // biome-ignore lint/suspicious/noExplicitAny: newer than the types
    const buffer = new (ArrayBuffer as any)(16, { maxByteLength: 24 });
    const growing = new Float64Array(buffer);
    growing.set([1, 2]);
    buffer.resize(24);
    expect(sample(flow, growing).t).toEqual(Float64Array.of(1, 2, 0));
  });

  test("BigInt and fractional shapes", () => {
    const data = Float64Array.of(1, 2, 3, 4);
    for (const shape of [
      [2n, 2n],
      [2, 2n],
      [1.5, 2],
      [-1, 2],
      ["2", 2],
      [Symbol("s"), 2],
    ]) {
      refused(() => taskFromSamples({ shape, stride: [2, 1], offset: 0, data } as never, [1, 2]), /taskFromSamples: x/);
      refused(() => layerOverlap({ shape, data } as never, [[1]]), /layerOverlap/);
      refused(() => layerOverlap({ shape, stride: [2, 1], offset: 0, data } as never, [[1]]), /layerOverlap/);
    }
    refused(
      () => taskFromSamples({ shape: [2, 2], stride: [2n, 1n], offset: 0, data } as never, [1, 2]),
      /taskFromSamples: x is an object with shape/,
    );
    refused(() => sample(flow, { shape: [2n], stride: [1], offset: 0, data } as never), /sample: times/);
    refused(() => layerOverlap({ shape: [2n, 1n, 2n], stride: [2, 2, 1], offset: 0, data } as never, [[1]]), /layerOverlap/);
    refused(() => sample(flow, BigInt64Array.of(1n) as never), /sample: times\[0\] is 1n/);
  });
});
