/**
 * Is my parametrization lazy? The verdict for the scalings that the literature names, and finite networks on the way to it.
 *
 *     node --import tsx examples/lazy.ts
 */
import { gaussianOrderParameters, parametrizations, phase, regime, scaleNetwork, solve, taskFromMoments } from "feature-learning";

const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });

console.log("parametrization               phase             stability   e_k   largest kernel change at κ = 10⁴, 10⁸, 10¹²");
for (const scaling of Object.values(parametrizations)) {
  const { phase: verdict, stability, exponents, margin } = phase(scaling);
  const changes = [1e4, 1e8, 1e12].map((kappa) => {
    const [width, options] = scaling.width > 0 ? [kappa, {}] : [8, { kappa }];
    const { network, scale } = scaleNetwork(scaling, width, options);
    const initial = gaussianOrderParameters({ width, scale, seed: "lazy" });
    return regime(solve({ network, task, initial }) as Parameters<typeof regime>[0]).kernelChange;
  });
  const cells = [
    scaling.name.padEnd(29),
    `${verdict}${margin === 0 ? " (boundary)" : ""}`.padEnd(28),
    stability.padEnd(9),
    exponents.kernel.toFixed(1).padStart(5),
    ...changes.map((change) => change.toExponential(1).padStart(9)),
  ];
  console.log(cells.join(" "));
}
