/** The mechanisms of 180 networks that were trained on Fashion-MNIST, beside the movement of their kernels. See fixtures/README.md. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type LoggedSample, mechanisms, trajectoryOf } from "feature-learning";
import { expect, test } from "vitest";
import { legsOf } from "../../src/mechanisms/legs.ts";

interface Run {
  readonly depth: number;
  readonly parametrization?: string;
  readonly rows: readonly {
    readonly step: number;
    readonly loss: number | null;
    readonly kernelDistance: number | null;
    readonly pairs: readonly (readonly [number, number, number])[];
  }[];
}

const bytes = readFileSync(new URL("./fixtures/fashion-mnist-runs.json.gz", import.meta.url));
const { grid, abc } = JSON.parse(gunzipSync(bytes).toString()) as { readonly grid: Run[]; readonly abc: Run[] };
const runs = [...grid, ...abc];
const finite = runs.filter(({ rows }) => rows.every(({ loss, kernelDistance }) => loss !== null && kernelDistance !== null));

/** The logs of a run, one a pair of layers. */
const logs = ({ rows }: Run): LoggedSample[][] =>
  rows[0]!.pairs.map((_, pair) =>
    rows.map(({ step, pairs }) => {
      const [uu, ww, uw] = pairs[pair]!;
      return { t: step, uu, ww, uw };
    }),
  );

const reports = (run: Run) => logs(run).map((log) => mechanisms(trajectoryOf(log)));

test("a kernel that moves by 0.1 and some mechanism go together in 146 of the 164 finite runs", () => {
  expect([runs.length, finite.length]).toEqual([180, 164]);
  const table = { both: 0, neither: 0, kernelOnly: 0, mechanismOnly: 0 };
  const exceptions = { deep: 0, standard: 0 };
  for (const run of finite) {
    const moves = run.rows.some(({ kernelDistance }) => kernelDistance! >= 0.1);
    const acts = reports(run).some(({ present }) => present.length > 0);
    table[moves ? (acts ? "both" : "kernelOnly") : acts ? "mechanismOnly" : "neither"]++;
    if (moves && !acts && run.depth === 4) exceptions.deep++;
    if (!moves && acts && run.depth === 2 && run.parametrization === "standard-1/n") exceptions.standard++;
  }
  expect(table).toEqual({ both: 78, neither: 68, kernelOnly: 12, mechanismOnly: 6 });
  // All exceptions are of two kinds: deep networks whose kernel moves a little, and small layers that grow under a kernel of the large one.
  expect(exceptions).toEqual({ deep: 12, standard: 6 });
});

test("amounts add up in every run, in single precision too", () => {
  let pairs = 0;
  for (const run of finite)
    for (const { change, alignment, disalignment, rescaling, share, present } of reports(run)) {
      const size = Math.abs(alignment) + Math.abs(disalignment) + Math.abs(rescaling);
      expect(Math.abs(alignment + disalignment + rescaling - change)).toBeLessThanOrEqual(1e-12 * (size + Math.abs(change)));
      expect(share.alignment + share.disalignment + share.rescaling).toBeCloseTo(present.length > 0 ? 1 : 0, 12);
      pairs++;
    }
  expect(pairs).toBeGreaterThan(finite.length);
});

test("every second and every third row tell of the same mechanisms as all rows, where legs are clear and long enough", () => {
  for (const every of [2, 3]) {
    let [compared, others, mixed] = [0, 0, 0];
    for (const log of finite.flatMap(logs)) {
      const cosine = log.map(({ uu, ww, uw }) => uw / Math.sqrt(uu * ww));
      const logNorms = log.map(({ uu, ww }) => Math.log(uu * ww) / 2);
      const clear = [cosine, logNorms].every((x) => {
        const legs = legsOf(x, 0.05);
        if (legs.length === 1 && legs[0]!.height < 0.05) return true;
        return legs.every(({ first, last, height }) => height >= 0.2 && last - first >= 3 * every);
      });
      if (!clear) {
        others++;
        continue;
      }
      compared++;
      const [all, some] = [log, log.filter((_, i) => i % every === 0)].map((rows) => mechanisms(trajectoryOf(rows)));
      expect(some!.present).toEqual(all!.present);
      // Shares change a little with the sampling, so that two nearly equal ones can become mixed.
      if (some!.dominant !== all!.dominant) mixed++;
    }
    expect(compared).toBeGreaterThanOrEqual(230);
    expect(compared + others).toBe(finite.flatMap(logs).length);
    expect(mixed).toBeLessThanOrEqual(1);
  }
});
