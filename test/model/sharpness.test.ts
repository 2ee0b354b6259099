/** The sharpness against the Hessian itself, written out and handed to an eigenvalue routine. */
import fc from "fast-check";
import { exactFlow } from "feature-learning";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { expect, test } from "vitest";
import { EPS, expectWithin, pinned, problems, uniform } from "../support/problems.ts";

test("the sharpness is the top eigenvalue of the Hessian over all weights", () => {
  fc.assert(
    fc.property(problems(2), uniform(0, 5), (problem, x) => {
      const flow = exactFlow(problem);
      const t = flow.rate > 0 ? x / flow.rate : x;
      const { u, w } = flow.weights(t);
      const { residual, sharpness } = flow.at(t);
      const { outputScale: gamma, loss } = problem.network;
      const k = loss === "mse" ? 1 : 0.5;
      const d = u.length;
      const a = 2 * k * gamma * gamma * problem.task.xx;
      const b = -2 * k * gamma * residual;
      const z = [...w, ...u];
      const H = new Matrix(z.map((x, i) => z.map((y, j) => a * x * y + (Math.abs(i - j) === d ? b : 0))));
      const top = Math.max(...new EigenvalueDecomposition(H, { assumeSymmetric: true }).realEigenvalues);
      const norm = a * z.reduce((sum, x) => sum + x * x, 0) + Math.abs(b);
      expectWithin(Math.abs(sharpness! - top), 1e4 * EPS * norm, "sharpness against eigenvalues");
    }),
    pinned(17),
  );
});

test("at the minimum of a network with unit rates it is the rate itself", () => {
  fc.assert(
    fc.property(problems(3, ["generic"]), (problem) => {
      const unit = { ...problem, network: { ...problem.network, learningRates: { u: 1, w: 1 } } };
      const { rate, limit } = exactFlow(unit);
      fc.pre(limit.residual === 0); // not into a saddle
      expect(limit.sharpness).toBeGreaterThan(0);
      expectWithin(Math.abs(limit.sharpness! - rate), 64 * EPS * rate, "2kγ²xx·(uu + ww) = ρ");
    }),
    pinned(18),
  );
});
