/**
 * Catapults: with a step too large for the minimum next to it, the loss first rises by orders of magnitude, the kernel falls, and the run
 * converges to a flatter minimum. For the uv-model, f = uv/√d trained towards 0 with loss ½f², that happens for steps between 2/λ and
 * 4/λ, λ being the initial kernel. [LewkowyczEtAl2020]
 *
 *     node --import tsx examples/catapult.ts
 */
import { descentOutcome, gaussianOrderParameters, gradientDescent, network, taskFromMoments } from "feature-learning";

const width = 1e6;
const problem = {
  network: network({ loss: "half-mse", outputScale: 1 / Math.sqrt(width) }),
  task: taskFromMoments({ xx: 1, xy: 0, yy: 0 }),
  initial: gaussianOrderParameters({ width, scale: 1, seed: 1 }),
};
const { kernel, loss } = gradientDescent(problem, { stepSize: 1, steps: 0 });
const lambda = kernel[0]!;

console.log(`uv-model of width ${width}: initial kernel λ = ${lambda.toFixed(4)}, initial loss ${loss[0]!.toFixed(4)}`);
console.log("step·λ     outcome   steps   largest loss   step·kernel at the end");
for (const share of [0.5, 1, 1.5, 1.9, 2.1, 2.5, 3, 3.5, 3.9, 4.1, 4.5]) {
  const { outcome, steps, lossRise, kernelRatio } = descentOutcome(problem, { stepSize: share / lambda });
  const after = outcome === "diverges" ? "–" : (share * kernelRatio).toFixed(4);
  const cells = [
    outcome.padStart(11),
    String(steps).padStart(7),
    (lossRise * loss[0]!).toExponential(2).padStart(14),
    after.padStart(23),
  ];
  console.log(`${share.toFixed(1).padStart(6)} ${cells.join(" ")}`);
}

console.log("\nstep·λ = 3, step by step");
console.log("step         loss    step·kernel");
const run = gradientDescent(problem, { stepSize: 3 / lambda, steps: 40, recordEvery: 4 });
for (const [i, step] of run.step.entries()) {
  console.log(
    `${String(step).padStart(4)} ${run.loss[i]!.toExponential(3).padStart(12)} ${((3 * run.kernel[i]!) / lambda).toFixed(4).padStart(14)}`,
  );
}
