/** The landscape, the vector field, the fit and the spectrum agree with the theory. */
import {
  exactFlow,
  gradientDescent,
  linearTimes,
  matrixTaskFromMoments,
  network,
  sample,
  saxeAlignedLayers,
  taskFromMoments,
} from "feature-learning";
import { plotAngleNorm, plotFit, plotLandscape, plotSpectrum, renderSvg } from "feature-learning/plot";
import { describe, expect, test } from "vitest";

const task = taskFromMoments({ xx: 1.5, xy: -0.8, yy: 2 });
const net = network({ outputScale: 0.7, learningRates: { u: 0.5, w: 2 } });
const flow = exactFlow({ network: net, task, initial: { uu: 0.6, ww: 1.1, uw: 0.4 } });

describe("the landscape", () => {
  const spec = plotLandscape(flow.problem, sample(flow, linearTimes(flow)));
  const h = Math.sqrt(net.learningRates.u * net.learningRates.w);
  const excess = (aligned: number, opposed: number): number => {
    const output = (net.outputScale * (aligned ** 2 - opposed ** 2)) / (4 * h);
    return task.xx * (output - task.xy / task.xx) ** 2;
  };

  test("has curves of equal excess loss, and the minimum", () => {
    const curves = spec.datasets["levels"]!;
    expect(new Set(curves.map(({ loss }) => loss)).size).toBeGreaterThan(5);
    for (const { loss, aligned, opposed } of curves)
      expect(excess(Number(aligned), Number(opposed)) / Number(loss)).toBeCloseTo(1, 9);
    expect(spec.datasets["minimum"]!.length).toBeGreaterThan(10);
    for (const { aligned, opposed } of spec.datasets["minimum"]!)
      expect(excess(Number(aligned), Number(opposed))).toBeLessThan(1e-20);
  });

  test("has the path, on which the product of the two parts is conserved and the excess loss is the flow's", () => {
    const path = spec.datasets["paths"]!;
    const products = path.map(({ aligned, opposed }) => Number(aligned) * Number(opposed));
    for (const product of products) expect(product / products[0]!).toBeCloseTo(1, 10);
    const rows = sample(flow, linearTimes(flow));
    for (const [i, { aligned, opposed }] of path.entries())
      expect(excess(Number(aligned), Number(opposed))).toBeCloseTo(rows.excessLoss[i]!, 12);
  });

  test("draws descents and several paths, and refuses problems without such a landscape", async () => {
    const descent = gradientDescent(flow.problem, { stepSize: 0.1, steps: 30 });
    const svg = await renderSvg(
      plotLandscape(flow.problem, { flow: sample(flow, linearTimes(flow)), descent }, { theme: "dark" }),
    );
    expect(svg).not.toMatch(/NaN|undefined/);
    const rows = sample(flow, [0, 1]);
    const refused = (problem: object): void => {
      plotLandscape({ ...flow.problem, ...problem } as never, rows);
    };
    expect(() => refused({ network: network({ loss: "huber" }) })).toThrow(
      /^plotLandscape: problem is not of a linear network of two layers/,
    );
    expect(() => refused({ network: network({ learningRates: { u: 1, w: 0 } }) })).toThrow(/frozen layer/);
    expect(() => refused({ network: network({ outputScale: 0 }) })).toThrow(/same loss everywhere/);
    expect(() => plotLandscape(flow.problem, { t: [0, 1], loss: [1, 2] })).toThrow(/has no uu/);
  });
});

test("arrows of the vector field point along the flow that starts there", () => {
  for (const balance of [0, 0.7]) {
    const spec = plotAngleNorm(sample(flow, [0, 1]), { field: { ...flow.problem, balance }, width: 400, height: 300 });
    const arrows = spec.datasets["arrows"]!;
    expect(arrows.length).toBeGreaterThan(80);
    const [low, high] = spec.concat[0]!.layer[0]!.encoding.y!.scale!.domain as [number, number];
    for (const { angle, norms, turn } of arrows) {
      const [zeta, N] = [Number(angle), Number(norms)];
      // |u|² and |w|² from their product and the balance |u|²/η_u − |w|²/η_w.
      const { u, w } = net.learningRates;
      const sum = Math.hypot(balance, (2 * N) / Math.sqrt(u * w));
      const initial = { uu: (u * (sum + balance)) / 2, ww: (w * (sum - balance)) / 2, uw: N * Math.cos(zeta) };
      const here = exactFlow({ network: net, task, initial });
      const dt = 1e-6 / Math.max(1, here.at(0).kernel, 1 / N);
      const [before, after] = [here.at(0), here.at(dt)];
      const across = (after.angle - before.angle) * (400 / Math.PI);
      const up = Math.log(after.normProduct / before.normProduct) * (300 / Math.log(high / low));
      const direction = (Number(turn) * Math.PI) / 180;
      const cosine = (across * Math.sin(direction) + up * Math.cos(direction)) / Math.hypot(across, up);
      expect(cosine, `${zeta} ${N}`).toBeGreaterThan(0.999);
    }
  }
  expect(() => plotAngleNorm(sample(flow, [0, 1]), { field: { ...flow.problem, balance: NaN } })).toThrow(
    /field\.balance is NaN/,
  );
  const decaying = { ...flow.problem, network: network({ weightDecay: 0.1 }) };
  expect(() => plotAngleNorm(sample(flow, [0, 1]), { field: decaying })).toThrow(/field has weight decay/);
});

describe("the fit", () => {
  const data = { x: [-1, 0, 2], y: [1, 0, 3] };
  test("has a line for each snapshot, bent at 0 where its slopes differ", () => {
    const spec = plotFit(data, { line: { output: 2 }, bent: { slopes: { positive: 1.5, negative: -1 } } });
    expect(spec.datasets["fits"]).toEqual([
      { series: "line", x: -1, y: -2 },
      { series: "line", x: 0, y: 0 },
      { series: "line", x: 2, y: 4 },
      { series: "bent", x: -1, y: 1 },
      { series: "bent", x: 0, y: 0 },
      { series: "bent", x: 2, y: 3 },
    ]);
    expect(plotFit(data, flow.at(1)).datasets["fits"]!.length).toBe(3);
  });
  test("of a hundred thousand samples is a small picture", () => {
    const x = Float64Array.from({ length: 1e5 }, (_, i) => i / 1e5);
    expect(plotFit({ x, y: x }, { output: 1 }).datasets["samples"]!.length).toBeLessThanOrEqual(1000);
  });
  test.each([
    [{ x: [1], y: [1, 2] }, { output: 1 }, /data\.x has 1 samples and data\.y has 2/],
    [data, {}, /^plotFit: fits is an empty object/],
    [data, { one: { output: NaN } }, /fits\.one is an object with output; pass a snapshot/],
  ])("refuses %j with %j", (samples, fits, message) => {
    expect(() => plotFit(samples, fits as never)).toThrow(message);
  });
});

describe("the spectrum", () => {
  const modesTask = matrixTaskFromMoments({
    xx: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
    yx: [
      [4, 0, 0],
      [0, 2, 0],
    ],
    yy: 20,
  });
  const initial = saxeAlignedLayers({ task: modesTask, width: 6, scale: 1e-3, seed: 1 });
  const several = exactFlow({
    network: network({ loss: "half-mse", outputScale: 0.5, learningRates: { u: 2, w: 1 } }),
    task: modesTask,
    initial,
  });
  const rows = sample(several, linearTimes(several));

  test("has the singular values of the output, largest first", () => {
    const modes = plotSpectrum(rows).datasets["modes"]!;
    const last = modes.filter(({ t }) => t === modes.at(-1)!["t"]).map(({ value }) => Number(value));
    expect(last.length).toBe(2);
    for (const [i, value] of [4, 2].entries()) expect(Math.abs(last[i]! - value)).toBeLessThan(0.05);
  });

  test("the kernel's eigenvalues add up to its size, over the data of unit covariance", () => {
    const spec = plotSpectrum(rows, { network: several.problem.network, count: 6 });
    const kernel = spec.datasets["kernel"]!;
    const sumAt = (t: number): number =>
      kernel.filter((row) => row["t"] === t).reduce((sum, { value }) => sum + Number(value), 0);
    const shown = [...new Set(kernel.map(({ t }) => Number(t)))];
    expect(kernel.length).toBe(6 * shown.length);
    const first = rows.t.indexOf(shown[0]!);
    for (const t of shown) {
      const row = rows.t.indexOf(t);
      expect(sumAt(t) / sumAt(shown[0]!) / (rows.kernelSize[row]! / rows.kernelSize[first]!)).toBeCloseTo(1, 9);
    }
  });

  test("takes a descent, and refuses one direction", async () => {
    const descent = gradientDescent(several.problem, { stepSize: 0.02, steps: 100 });
    expect(await renderSvg(plotSpectrum(descent, { count: 1 }))).not.toMatch(/NaN|undefined/);
    expect(() => plotSpectrum(sample(flow, [0, 1]))).toThrow(/^plotSpectrum: trajectory has no matrices/);
  });
});
