/** `console.log` of a result prints a few readable lines, and nothing else sees how. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { build } from "esbuild";
import {
  type AnyFlow,
  exactFlow,
  gradientDescent,
  kernelMachine,
  linearTimes,
  matrixTaskFromMoments,
  matrixTaskFromSamples,
  network,
  sample,
  taskFromMoments,
  taskFromSamples,
} from "feature-learning";
import { afterAll, describe, expect, test } from "vitest";
import { columns } from "../support/everyFlow.ts";

const task = taskFromSamples([-1.2, -0.4, 0.3, 1.3], [-1, -0.5, 0.2, 1.4]);
const problem = { network: network(), task, initial: { u: [0.01, 0.02], w: [0.01, 0] } };
const flow = exactFlow(problem);
const trajectory = sample(flow, linearTimes(flow, { count: 9, until: 4 }));

describe("what is printed", () => {
  test("of a task: its moments, its samples, its notes", () => {
    expect(inspect(task)).toBe("task: E[x²] = 0.845, E[xy] = 0.82, E[y²] = 0.8125\n  4 samples");
    expect(inspect(taskFromMoments({ xx: 1, xy: 0.5, yy: 1 }))).toBe("task: E[x²] = 1, E[xy] = 0.5, E[y²] = 1");
    const plane = [
      [1, 2],
      [2, 1],
      [1, 1],
    ];
    expect(inspect(taskFromSamples(plane, [1, 2, 3], { center: true, project: true }))).toMatch(
      /^task: .*\n {2}3 samples, preprocessed, 0\.25 of E\[\|x\|²\] lies off one direction, projected onto it\n {2}note: /,
    );
    expect(
      inspect(
        matrixTaskFromMoments({
          xx: [
            [1, 0],
            [0, 2],
          ],
          yx: [[1, 0]],
          yy: 3,
        }),
      ),
    ).toBe("task of 2 inputs and 1 outputs: E[|y|²] = 3");
    expect(inspect(matrixTaskFromSamples(plane, [[1], [2], [4]], { whiten: true }))).toMatch(
      /^task of 2 inputs.*\n {2}3 samples, whitened\n/,
    );
  });

  test("of a flow: how it was solved, where it starts and ends", () => {
    expect(inspect(flow).split("\n")).toEqual([
      "exact flow (one-direction): one latent direction, a linear network and the squared loss have the closed form of Xu and Ziyin",
      "  rates: 3.28",
      "  at t = 0: loss 0.8123, excess loss 0.7956, output 0.0001, kernel size 0.000507, alignment 0.4472",
      "  at t = ∞: loss 0.01676, excess loss 0, output 0.9704, kernel size 1.64, alignment 1",
    ]);
    expect(inspect(kernelMachine(problem))).toMatch(/^exact flow: the network is linearised in its weights/);
  });

  test("of a trajectory and a descent: the first and the last rows", () => {
    const lines = inspect(trajectory).split("\n");
    expect(lines).toHaveLength(10);
    expect(lines[0]).toBe("trajectory: 9 rows");
    expect(lines[1]).toMatch(/^ +t +loss +excess loss +output +kernel size +alignment$/);
    expect(lines[5]).toMatch(/^( +…){6}$/);
    expect(lines[8]).toMatch(/^ +4 +0\.01683 /);
    expect(new Set(lines.slice(1, 9).map((line) => line.length)).size).toBe(1);
    expect(lines[9]).toBe("  also: uu, ww, uw, area, balance, residual, kernel, angle, normProduct, outputSize, sharpness");
    const descent = inspect(gradientDescent(problem, { stepSize: 0.1, steps: 5 }));
    expect(descent).toMatch(/^descent, completed, 5 steps: 6 rows\n +step +t +loss/);
    expect(descent).toMatch(/also: .*status, problem$/);
  });

  test("of every flow and descent: less than twenty lines, without a number that is none", () => {
    let seen = 0;
    for (const { name, subject, isDescent } of columns) {
      for (const shown of isDescent ? [subject] : [subject, sample(subject as AnyFlow, [0, 1])]) {
        const lines = inspect(shown).split("\n");
        expect(lines.length, name).toBeLessThan(20);
        expect(lines.join("\n"), name).not.toMatch(/NaN|undefined|\[object|\[Function|unknown/);
        expect(lines[0], name).toMatch(/^(exact flow|integrated flow|trajectory|descent)/);
        seen++;
      }
    }
    expect(seen).toBeGreaterThan(2 * 10);
  });

  test("inside of other records it is indented with them", () => {
    expect(inspect({ flow }).split("\n")[1]).toBe(`  flow: ${inspect(flow).split("\n")[0]}`);
    expect(inspect([trajectory])).toContain("\n    trajectory: 9 rows".slice(3));
  });
});

describe("what is printed is seen by nothing else", () => {
  test.each(Object.entries({ task, flow, trajectory, descent: gradientDescent(problem, { stepSize: 0.1, steps: 2 }) }))(
    "%s: keys, comparisons and clones are those of the numbers",
    (name, record) => {
      expect(Object.keys(record).some((key) => /inspect|print/i.test(key))).toBe(false);
      expect(
        Object.getOwnPropertySymbols({ ...record })
          .map(String)
          .filter((symbol) => /nspect/.test(symbol)),
      ).toEqual([]);
      const again = {
        task: () => taskFromSamples([-1.2, -0.4, 0.3, 1.3], [-1, -0.5, 0.2, 1.4]),
        trajectory: () => sample(flow, trajectory.t),
      };
      if (name in again) expect(record).toEqual(again[name as keyof typeof again]());
      // Functions cannot be cloned: a flow has some of its own.
      if (name !== "flow") expect(structuredClone(record)).toEqual(Object.assign({}, record));
    },
  );
});

describe("other engines", () => {
  const folder = mkdtempSync(join(tmpdir(), "printing-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(["bun", "deno"])("%s prints the same", async (engine) => {
    const source = `
      import { exactFlow, network, taskFromSamples, sample } from "feature-learning";
      const task = taskFromSamples([-1.2, -0.4, 0.3, 1.3], [-1, -0.5, 0.2, 1.4]);
      const flow = exactFlow({ network: network(), task, initial: { u: [0.01, 0.02], w: [0.01, 0] } });
      console.log(task);
      console.log(flow);
      console.log(sample(flow, [0, 1]));`;
    const program = join(folder, `${engine}.mjs`);
    const { outputFiles } = await build({
      stdin: { contents: source, resolveDir: "." },
      bundle: true,
      format: "esm",
      write: false,
      alias: { "feature-learning": "./src/index.ts" },
    });
    writeFileSync(program, outputFiles[0]!.text);
    const { status, stdout, stderr } = spawnSync(join("node_modules", ".bin", engine), ["run", program], {
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1" },
    });
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(`${inspect(task)}\n${inspect(flow)}\n${inspect(sample(flow, [0, 1]))}\n`);
  });
});
