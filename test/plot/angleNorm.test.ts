/** The curves of conserved area behind a path in the plane of angle and norms. */
import { exactFlow, network, sample, taskFromMoments } from "feature-learning";
import { plotAngleNorm } from "feature-learning/plot";
import { expect, test } from "vitest";

test.each([1e-3, 0.1, 1])("every decade of area that crosses the frame has its curve, from a start of size %f", (size) => {
  const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
  const flow = exactFlow({ network: network(), task, initial: { uu: size, ww: size, uw: 0.1 * size } });
  const spec = plotAngleNorm(sample(flow, [0, 0.1, 0.3, 1, 2, 4, 8])) as unknown as {
    datasets: Record<string, { area: string; angle: number; norms: number }[]>;
    concat: { layer: { encoding: { y: { scale: { domain: [number, number] } } } }[] }[];
  };
  const [bottom, top] = spec.concat[0]!.layer[0]!.encoding.y.scale.domain;
  const areas = spec.datasets["areas"]!;
  for (const { area, angle, norms } of areas) expect((norms * Math.sin(angle)) / Number(area)).toBeCloseTo(1, 12);
  // At its ends, half a degree from 0 and π, a curve is two decades above its area. Curves go on a little beyond the frame.
  const inside = (level: number): boolean => 10 ** level < 2 * top && 10 ** level / Math.sin(Math.PI / 362) > bottom / 2;
  const expected = Array.from({ length: 60 }, (_, i) => i - 30).filter(inside);
  expect(expected.length).toBeGreaterThan(2);
  const levels = new Set(areas.map(({ area }) => Number(area.slice(2))));
  for (const level of expected) expect(levels.has(level), `1e${level}`).toBe(true);
});
