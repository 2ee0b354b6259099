import fc from "fast-check";
import {
  exactFlow,
  network,
  type OneDirectionFlow,
  orderParameters,
  type Snapshot,
  taskFromMoments,
  type WithWeights,
} from "feature-learning";
import { describe, test } from "vitest";
import { counted } from "../support/counted.ts";
import { expectGradientFlow, outputScaleOf } from "../support/gradientFlow.ts";
import { type DrawnProblem, EPS, expectWithin, pinned, problems, uniform } from "../support/problems.ts";

/** Times in units of 1/ρ (of the local time where there is no rate), from 1e-6 to 30. */
const spans = uniform(-6, 1.5).map((x) => 10 ** x);

function unitOf(flow: WithWeights<OneDirectionFlow>): number {
  if (flow.rate > 0) return 1 / flow.rate;
  const { xx } = flow.problem.task;
  const { kernel } = flow.at(0);
  return kernel > 0 && xx > 0 ? 1 / (xx * kernel) : 1;
}

/** Two states agree: residual and kernel to relative, output to attainable accuracy. `units` is the error allowed. */
function expectSame(flow: WithWeights<OneDirectionFlow>, a: Snapshot, b: Snapshot, units: number): void {
  expectWithin(Math.abs(a.residual - b.residual), units * Math.abs(b.residual), "residual");
  expectWithin(Math.abs(a.kernel - b.kernel), units * b.kernel, "kernel");
  expectWithin(Math.abs(a.output - b.output), units * outputScaleOf(flow, b), "output");
  expectWithin(Math.abs(a.normProduct - b.normProduct), units * (b.normProduct + b.kernel * normScale(flow)), "norm product");
}

/** |u||w| is attainable relative to B/2h, as the overlap is. */
function normScale(flow: WithWeights<OneDirectionFlow>): number {
  const { outputScale, learningRates } = flow.problem.network;
  const h = Math.sqrt(learningRates.u) * Math.sqrt(learningRates.w);
  return h > 0 ? 1 / (2 * outputScale ** 2 * h) : Infinity;
}

const wild = problems(12);

describe("the exact flow obeys the laws of gradient flow", () => {
  test("it solves its equation, descends, is monotone and conserves area and balance, at every time", () => {
    const [compared, derivatives] = [counted(), counted({ what: "derivatives" })];
    fc.assert(
      fc.property(wild, fc.array(spans, { minLength: 3, maxLength: 3 }), (problem, times) => {
        const flow = exactFlow(problem);
        const unit = unitOf(flow);
        const inOrder = times.map((x) => x * unit).sort((a, b) => a - b);
        if (compared.when(inOrder.every(Number.isFinite))) expectGradientFlow(flow, inOrder, { derivatives });
      }),
      pinned(1),
    );
  });

  test("it is a semigroup: going on from a snapshot is going on", () => {
    fc.assert(
      fc.property(wild, spans, spans, (problem, x, y) => {
        const flow = exactFlow(problem);
        const [s, t] = [x * unitOf(flow), y * unitOf(flow)];
        const rest = exactFlow({ ...problem, initial: flow.at(t) });
        expectSame(flow, rest.at(s), flow.at(s + t), 256 * EPS * (1 + flow.rate * (s + t)));
      }),
      pinned(2),
    );
  });

  test("time can be reversed: back from a snapshot is where it came from", () => {
    fc.assert(
      fc.property(wild, uniform(1e-6, 5), (problem, x) => {
        const flow = exactFlow(problem);
        // In units of the faster of the way's beginning and its end.
        const t = x / Math.max(flow.rate, 2 * problem.task.xx * flow.at(0).kernel);
        const back = exactFlow({ ...problem, initial: flow.at(t) });
        // How far the backward flow magnifies: at least e^{2ρt}; more where the way forth began faster than ρ.
        const magnified = Math.max(Math.exp(2 * x), Math.abs(flow.at(0).residual / flow.at(t).residual) ** 2);
        fc.pre(-t > back.from && magnified <= 1e10);
        expectSame(flow, back.at(-t), flow.at(0), 64 * EPS * magnified);
      }),
      pinned(3),
    );
  });

  test("the weights conserve δ, √Γ, and every neuron's uᵢ²/η_u − wᵢ²/η_w, and make the output", () => {
    fc.assert(
      fc.property(
        problems(12, ["generic", "parallel", "antiparallel", "zero u", "zero w", "no correlation"]),
        spans,
        (problem, x) => {
          const flow = exactFlow(problem);
          const t = x * unitOf(flow);
          const { u: etaU, w: etaW } = problem.network.learningRates;
          const before = scaledLayers(problem.initial, etaU, etaW);
          const after = scaledLayers(flow.weights(t), etaU, etaW);
          const m2 = Math.max(...after.map(([a, b]) => a * a + b * b), ...before.map(([a, b]) => Math.abs((a - b) * (a + b))));
          const units = 64 * EPS * (1 + flow.rate * t);
          for (const [i, [a, b]] of after.entries()) {
            const [a0, b0] = before[i]!;
            // The last term is the rounding of this very line.
            expectWithin(
              Math.abs((a - b) * (a + b) - (a0 - b0) * (a0 + b0)),
              units * m2 + 8 * EPS * (a0 * a0 + b0 * b0),
              `neuron ${i}`,
            );
          }
          const h = Math.sqrt(etaU) * Math.sqrt(etaW);
          const S = after.reduce((total, [a, b]) => total + a * b, 0) * h;
          const scale = h * m2 * after.length;
          expectWithin(Math.abs(S - flow.at(t).uw), units * scale, "uw");
          const { area } = orderParameters(flow.weights(t));
          expectWithin(Math.abs(area - flow.at(t).area), units * 2 * scale, "√Γ");
        },
      ),
      pinned(4),
    );
  });

  test("neurons have no order and no axes: permuting or rotating them changes nothing", () => {
    fc.assert(
      fc.property(problems(3, ["generic", "no correlation"]), spans, uniform(0, 6), (problem, x, angle) => {
        const { u, w } = problem.initial;
        const flow = exactFlow(problem);
        const t = x * unitOf(flow);
        // Rounding the turned weights moves P and Q by ε(P + Q), so the smaller one's relative error is what counts.
        const { modes } = conditionOf(problem);
        const units = 256 * EPS * (1 + flow.rate * t) * modes;
        fc.pre(units <= 1e-6);
        const permuted = exactFlow({ ...problem, initial: { u: u.toReversed(), w: w.toReversed() } });
        expectConditioned(flow, permuted.at(t), flow.at(t), units);
        const turned = exactFlow({ ...problem, initial: { u: turnPairs(u, angle), w: turnPairs(w, angle) } });
        expectConditioned(flow, turned.at(t), flow.at(t), units);
      }),
      pinned(5),
    );
  });

  test("rates set the unit of time: c times the rates is c times as fast", () => {
    // Rounding the rates of parallel layers makes them unparallel; the next law has them, under powers of two.
    const kinds = ["generic", "frozen u", "frozen w", "zero u", "zero w", "no correlation"] as const;
    fc.assert(
      fc.property(problems(10, kinds), spans, uniform(0.1, 10), (problem, x, c) => {
        const { outputScale, learningRates, loss } = problem.network;
        const flow = exactFlow(problem);
        const t = x * unitOf(flow);
        const fast = exactFlow({
          ...problem,
          network: network({ outputScale, loss, learningRates: { u: c * learningRates.u, w: c * learningRates.w } }),
        });
        const [a, b] = [fast.at(t / c), flow.at(t)];
        const units = 256 * EPS * (1 + flow.rate * t) * conditionOf(problem).modes;
        fc.pre(units <= 1e-6);
        expectConditioned(flow, { ...a, kernel: a.kernel / c }, b, units);
      }),
      pinned(6),
    );
  });

  test("γ sets the unit of weights: c²γ with weights c⁻¹ and rates c⁻² is the same function", () => {
    fc.assert(
      fc.property(problems(10), spans, fc.integer({ min: -20, max: 20 }), (problem, x, n) => {
        const c = 2 ** n;
        const { outputScale, learningRates, loss } = problem.network;
        const { u, w } = problem.initial;
        const flow = exactFlow(problem);
        const t = x * unitOf(flow);
        const scaled = exactFlow({
          ...problem,
          network: network({
            outputScale: c * c * outputScale,
            loss,
            learningRates: { u: learningRates.u / (c * c), w: learningRates.w / (c * c) },
          }),
          initial: { u: u.map((v) => v / c), w: w.map((v) => v / c) },
        });
        const [a, b] = [scaled.at(t), flow.at(t)];
        // Powers of two: only rounding in √ and where ranges are split can differ.
        expectSame(flow, { ...a, normProduct: a.normProduct * c * c }, b, 64 * EPS * (1 + flow.rate * t));
      }),
      pinned(7),
    );
  });
});

describe("special cases are continuous with the general one", () => {
  const base = { u: Float64Array.of(0.5, -0.3), w: Float64Array.of(0.2, 0.4) };
  const task = taskFromMoments({ xx: 1.3, xy: 0.7, yy: 1 });

  test.each(["u", "w"] as const)("a frozen layer %s is the limit of a slow one", (layer) => {
    const rates = { u: 1, w: 1 };
    const frozen = exactFlow({ network: network({ learningRates: { ...rates, [layer]: 0 } }), task, initial: base });
    for (const slow of [1e-8, 1e-12, 1e-30]) {
      const nearly = exactFlow({ network: network({ learningRates: { ...rates, [layer]: slow } }), task, initial: base });
      for (const t of [0.1, 1, 5])
        expectWithin(Math.abs(nearly.at(t).output - frozen.at(t).output), 30 * slow + 8 * EPS, `t = ${t}`);
    }
  });

  test("no correlation is the limit of little", () => {
    const flow = (xy: number) => exactFlow({ network: network(), task: taskFromMoments({ xx: 1, xy, yy: 1 }), initial: base });
    for (const xy of [1e-8, 1e-12, 1e-200]) {
      for (const t of [0.1, 1, 5])
        expectWithin(Math.abs(flow(xy).at(t).output - flow(0).at(t).output), 2 * xy + 4 * EPS, `t = ${t}`);
    }
  });

  test("a power law is the limit of slow exponentials", () => {
    const parallel = { u: Float64Array.of(0.5), w: Float64Array.of(0.5) };
    const flow = (xy: number) =>
      exactFlow({ network: network(), task: taskFromMoments({ xx: 1, xy, yy: 1 }), initial: parallel });
    for (const xy of [1e-8, 1e-12, 1e-200]) {
      for (const t of [0.1, 1, 100])
        expectWithin(Math.abs(flow(xy).at(t).output - flow(0).at(t).output), 200 * xy + 4 * EPS, `t = ${t}`);
    }
  });
});

function scaledLayers({ u, w }: { u: Float64Array; w: Float64Array }, etaU: number, etaW: number): [number, number][] {
  return Array.from(u, (x, i) => [x / Math.sqrt(etaU), w[i]! / Math.sqrt(etaW)]);
}

/** (P + Q)/min(P, Q): how much of the smaller mode rounding the weights can change. */
function conditionOf({ network: { learningRates }, initial: { u, w } }: DrawnProblem): { modes: number } {
  const [a, b] = [Math.sqrt(learningRates.w), Math.sqrt(learningRates.u)];
  let P = 0;
  let Q = 0;
  for (let i = 0; i < u.length; i++) {
    P += (a * u[i]! + b * w[i]!) ** 2;
    Q += (a * u[i]! - b * w[i]!) ** 2;
  }
  return { modes: (P + Q) / Math.min(P, Q) };
}

/** As expectSame, with the residual on the scale of its terms: the two starts differ by rounding. */
function expectConditioned(flow: WithWeights<OneDirectionFlow>, a: Snapshot, b: Snapshot, units: number): void {
  const start = flow.at(0);
  const { xy, xx } = flow.problem.task;
  const lost = (Math.abs(xy) + xx * (start.normProduct * Math.abs(flow.problem.network.outputScale))) / Math.abs(start.residual);
  expectWithin(Math.abs(a.residual - b.residual), units * (1 + lost) * Math.abs(b.residual), "residual");
  expectWithin(Math.abs(a.kernel - b.kernel), units * b.kernel, "kernel");
}

function turnPairs(x: Float64Array, angle: number): Float64Array {
  const out = x.slice();
  for (let i = 0; i + 1 < x.length; i += 2) {
    out[i] = Math.cos(angle) * x[i]! - Math.sin(angle) * x[i + 1]!;
    out[i + 1] = Math.sin(angle) * x[i]! + Math.cos(angle) * x[i + 1]!;
  }
  return out;
}
