/**
 * Steps a second of gradient descent: in order parameters at any width, beside the full-width loop and, where python3 has numpy, numpy.
 *
 *     npm run bench:descent
 */
import { spawnSync } from "node:child_process";
import {
  gaussianOrderParameters,
  gaussianWeights,
  gradientDescent,
  network,
  simulateDescent,
  taskFromMoments,
} from "feature-learning";

const task = taskFromMoments({ xx: 1, xy: 0.8, yy: 1 });

/** Steps a second, by the fastest of a few runs. */
function pace(steps: number, run: () => unknown): number {
  let best = Infinity;
  for (let n = 0; n < 5; n++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return (1000 * steps) / best;
}

/** The same loop in numpy, in steps a second; undefined where there is no numpy. */
function numpy(width: number, steps: number): number | undefined {
  const script = `
import numpy as np, time
r = np.random.default_rng(1)
best = 1e9
for _ in range(3):
    u = r.normal(size=${width}) / np.sqrt(${width}); w = r.normal(size=${width}) / np.sqrt(${width})
    began = time.perf_counter()
    for n in range(${steps}):
        pull = 2 * (0.8 - u @ w) * 1e-3
        u, w = u + pull * w, w + pull * u
    best = min(best, time.perf_counter() - began)
print(${steps} / best)`;
  for (const python of ["python3", "/usr/bin/python3"]) {
    const run = spawnSync(python, ["-c", script], { encoding: "utf8" });
    if (run.status === 0) return Number(run.stdout);
  }
  return undefined;
}

// So small a step that the network does not come to rest, after which steps would cost nothing.
const options = { stepSize: 1e-8, recordPerDecade: 1 } as const;
const cell = (value: number | string | undefined, digits = 3): string =>
  (value === undefined ? "–" : typeof value === "number" ? Number(value.toPrecision(digits)).toExponential() : value).padStart(
    14,
  );
console.log(
  ["width", "reduced /s", "full width /s", "numpy /s", "over full", "over numpy"].map((name) => name.padStart(14)).join(""),
);
for (const width of [10, 1e2, 1e4, 1e6, 1e12]) {
  const scale = 1 / Math.sqrt(width);
  const initial = gaussianOrderParameters({ width, scale, seed: 1 });
  const steps = 1e6;
  const reduced = pace(steps, () => gradientDescent({ network: network(), task, initial }, { ...options, steps }));
  const few = Math.max(10, Math.round(1e7 / width));
  const measured = width <= 1e6;
  const weights = measured ? gaussianWeights({ width, scale, seed: 1 }) : undefined;
  const full =
    weights &&
    pace(few, () =>
      simulateDescent({ network: network(), task, initial: weights }, { stepSize: 1e-3, steps: few, recordEvery: few }),
    );
  const python = measured ? numpy(width, Math.min(few, 20_000)) : undefined;
  console.log(
    cell(width) + cell(reduced) + cell(full) + cell(python) + cell(full && reduced / full) + cell(python && reduced / python),
  );
}

const variants = { plain: {}, momentum: { momentum: 0.9 }, Nesterov: { momentum: 0.9, nesterov: true } };
console.log("\nin order parameters, steps a second");
for (const [name, more] of Object.entries(variants)) {
  const initial = { uu: 1, ww: 1, uw: 0 };
  const steps = 3e6;
  const found = pace(steps, () => gradientDescent({ network: network(), task, initial }, { ...options, ...more, steps }));
  console.log(`${name.padEnd(10)} ${cell(found)}`);
}
