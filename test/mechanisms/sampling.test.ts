/** A verdict does not depend on the logging interval or on noise: 200 courses of every kind of training. */
import {
  chain,
  exactFlow,
  gradientDescent,
  integratedFlow,
  type Mechanisms,
  mechanisms,
  network,
  sample,
  type Task,
  taskFromMoments,
  trajectoryOf,
} from "feature-learning";
import { describe, expect, test } from "vitest";
import { legsOf } from "../../src/mechanisms/legs.ts";
import { gaussians, uniforms } from "../support/uniforms.ts";

interface Row {
  readonly t: number;
  readonly uu: number;
  readonly ww: number;
  readonly uw: number;
}

const rowsOf = (columns: { readonly [Name in keyof Row]: Float64Array }): Row[] =>
  Array.from(columns.t, (t, i) => ({ t, uu: columns.uu[i]!, ww: columns.ww[i]!, uw: columns.uw[i]! }));

/** Times that are denser at the beginning, where everything happens. */
const times = (until: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => (until * (Math.exp((3 * i) / (count - 1)) - 1)) / (Math.exp(3) - 1));

const kinds = {
  exact: ({ uniform, initial, task, count }) => {
    const flow = exactFlow({ network: network(), task, initial });
    return rowsOf(sample(flow, times((4 + 8 * uniform()) / flow.rate, count)));
  },
  decaying: ({ uniform, initial, task, count }) => {
    const problem = { network: network({ weightDecay: 0.3 * uniform() }), task, initial };
    return rowsOf(sample(integratedFlow(problem, { until: 5 }), times(5, count)));
  },
  "with momentum": ({ initial, task, count }) => {
    const stepSize = 0.004 / (1 + initial.uu + initial.ww);
    return rowsOf(gradientDescent({ network: network(), task, initial }, { stepSize, steps: 3 * count, momentum: 0.9 }));
  },
  "of several tasks": ({ uniform, initial, task, count }) => {
    const other = taskFromMoments({ xx: 1, xy: -task.xy * uniform(), yy: task.yy });
    const stages = [{ task, duration: 2 }, { task: other, duration: 2 }, { task }];
    const flow = chain({ network: network(), initial, stages });
    return rowsOf(
      sample(
        flow,
        [0, 1, 2].flatMap((k) =>
          times(2, count)
            .slice(0, -1)
            .map((t) => 2 * k + t),
        ),
      ),
    );
  },
} satisfies Record<
  string,
  (drawn: {
    readonly uniform: () => number;
    readonly initial: { readonly uu: number; readonly ww: number; readonly uw: number };
    readonly task: Task;
    readonly count: number;
  }) => Row[]
>;

function draw(kind: keyof typeof kinds, uniform: () => number): Row[] {
  const [norms, ratio, cosine] = [10 ** (-1.5 + 2.5 * uniform()), 10 ** (-0.5 + uniform()), 2 * uniform() - 1];
  const xy = (uniform() < 0.5 ? -1 : 1) * 10 ** (-0.5 + uniform());
  const task = taskFromMoments({ xx: 1, xy, yy: xy * xy + 0.1 });
  return kinds[kind]({
    uniform,
    initial: { uu: norms * ratio, ww: norms / ratio, uw: norms * cosine },
    task,
    count: 300 + Math.floor(300 * uniform()),
  });
}

/** Legs are at least twice the tolerance high or below half of it, and at least three of every tenth row long. */
function isClear(rows: readonly Row[], tolerance: { readonly turn: number; readonly stretch: number }): boolean {
  const cosine = rows.map(({ uu, ww, uw }) => Math.abs(uw) / Math.sqrt(uu * ww));
  const logNorms = rows.map(({ uu, ww }) => Math.log(uu * ww) / 2);
  const clear = (x: readonly number[], limit: number): boolean => {
    const legs = legsOf(x, limit / 2);
    if (legs.length === 1 && legs[0]!.height < limit / 2) return true;
    return legs.every(({ first, last, height }) => last - first >= 30 && height >= 2 * limit);
  };
  return clear(cosine, tolerance.turn) && clear(logNorms, tolerance.stretch);
}

/** Fifty clear courses of a kind, and how many were drawn for them. */
function clearCourses(kind: keyof typeof kinds, seed: number): { courses: Row[][]; drawn: number } {
  const uniform = uniforms(seed);
  const courses: Row[][] = [];
  let drawn = 0;
  for (; courses.length < 50; drawn++) {
    const rows = draw(kind, uniform);
    if (isClear(rows, { turn: 0.1, stretch: 0.1 })) courses.push(rows);
  }
  return { courses, drawn };
}

const verdict = ({ present, dominant }: Mechanisms): string => `${present.join()}: ${dominant}`;

/** Whether the largest share leads by clearly more or less than the 0.1 below which it is mixed: sampling changes shares a little. */
function leadsClearly({ share }: Mechanisms): boolean {
  const [first, second] = Object.values(share).sort((a, b) => b - a);
  return Math.abs(first! - second! - 0.1) > 0.02;
}

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])("courses %s", (kind) => {
  const { courses, drawn } = clearCourses(kind, 7);

  test("are not hand-picked: a large share of the random courses is clear", () => {
    expect(courses.length / drawn).toBeGreaterThan(0.02);
  });

  test("have one verdict, at every step, every third and every tenth", () => {
    const differ: string[] = [];
    const judged = courses.filter((rows) => leadsClearly(mechanisms(trajectoryOf(rows))));
    expect(judged.length).toBeGreaterThanOrEqual(45);
    for (const rows of judged) {
      const whole = verdict(mechanisms(trajectoryOf(rows)));
      for (const every of [3, 10]) {
        const part = verdict(mechanisms(trajectoryOf(rows.filter((_, i) => i % every === 0))));
        if (part !== whole) differ.push(`${whole} / ${part}`);
      }
    }
    expect(differ).toEqual([]);
  });

  test("have the same mechanisms in at least 95 % of logs with 3 % noise on a layer's norm", () => {
    const gauss = gaussians(11);
    let [same, all] = [0, 0];
    // Noise of 3 % resolves changes of ln(|u||w|) from about 0.2 on.
    for (const rows of courses.filter((rows) => isClear(rows, { turn: 0.1, stretch: 0.25 }))) {
      const clean = mechanisms(trajectoryOf(rows)).present.join();
      for (let draw = 0; draw < 4; draw++) {
        const noisy = rows.map(({ t, uu, ww, uw }) => {
          const factor = 1 + 0.03 * gauss();
          return { t, uu: uu * factor ** 2, ww, uw: uw * factor };
        });
        all++;
        if (mechanisms(trajectoryOf(noisy)).present.join() === clean) same++;
      }
    }
    expect(all).toBeGreaterThan(100);
    expect(same / all).toBeGreaterThanOrEqual(0.95);
  });
});

describe("noise", () => {
  test("on one norm does not hide a turn, and the report names what it may hide", () => {
    const rows = Array.from({ length: 61 }, (_, i) => {
      const [cosine, size] = [0.2 + (0.75 * i) / 60, i % 2 === 0 ? 1 : 0.92];
      return { uu: size ** 2, ww: 1, uw: size * cosine };
    });
    const found = mechanisms(trajectoryOf(rows));
    expect(found.present).toEqual(["alignment"]);
    expect(found.dominant).toBe("alignment");
    expect(found.tolerance.stretch).toBeGreaterThan(0.1);
    expect(found.because).toMatch(/^\|cos ζ\| rises by 0\.75; changes of ln\(\|u\|\|w\|\) below .* cannot be resolved/);
  });

  test("may be given, as one number or two, and 0 switches the estimate off", () => {
    const uniform = uniforms(3);
    const rows = Array.from({ length: 40 }, () => ({ uu: 0.8 + 0.4 * uniform(), ww: 1, uw: 0.1 }));
    const log = trajectoryOf(rows);
    expect(mechanisms(log).tolerance.stretch).toBeGreaterThan(0.1);
    expect(mechanisms(log, { noise: 0 }).tolerance).toEqual({ turn: 0.1, stretch: 0.1 });
    const { turn, stretch } = mechanisms(log, { noise: { turn: 0.1, stretch: 0 } }).tolerance;
    expect(turn).toBeCloseTo(0.2 * Math.sqrt(2 * Math.log(40)), 14);
    expect(stretch).toBe(0.1);
  });
});

describe("verdicts that samples cannot give", () => {
  const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });

  test("a descent that diverged has none", () => {
    const descent = gradientDescent({ network: network(), task, initial: { uu: 4, ww: 4, uw: 3 } }, { stepSize: 1, steps: 50 });
    expect(descent.status).toBe("diverged");
    expect(mechanisms(descent)).toMatchObject({ present: [], dominant: "undetermined", intervals: {} });
    expect(mechanisms(descent).because).toMatch(/diverged/);
  });

  test("layers that swing from step to step are reported as oscillating", () => {
    const problem = { network: network(), task, initial: { uu: 0.1, ww: 0.1, uw: 0.05 } };
    const descent = gradientDescent(problem, { stepSize: 0.58, steps: 100 });
    expect(descent.status).toBe("completed");
    expect(mechanisms(descent).dominant).toBe("oscillating");
    expect(mechanisms(descent).because).toMatch(/ln\(\|u\|\|w\|\) oscillates from sample to sample by 0\.8/);
  });

  test("a trajectory with NaN is refused", () => {
    const log = trajectoryOf([
      { uu: 1, ww: 1, uw: 0 },
      { uu: 1, ww: 1, uw: 0.5 },
    ]);
    log.uw[1] = NaN;
    expect(() => mechanisms(log)).toThrow(/NaN in row 1/);
  });
});

describe("zero layers and layers that pass through zero", () => {
  test("have no angle: leaving zero is rescaling and no turn", () => {
    const found = mechanisms(
      trajectoryOf([
        { uu: 0, ww: 1, uw: 0 },
        { uu: 0.01, ww: 1, uw: 0.09 },
        { uu: 1, ww: 1, uw: 0.9 },
      ]),
    );
    expect(found.present).toEqual(["rescaling"]);
    expect(found.stretch).toBe(Infinity);
    expect([found.turn.rise, found.turn.fall]).toEqual([0, 0].map((x) => expect.closeTo(x, 12)));
  });

  test("of parallel layers, rounded to twelve digits, the sign changes without a turn", () => {
    const rows = [-0.3, -0.1, 0.2, 0.7].map((S, t) => {
      const [uu, ww] = [1.1 * Math.abs(S), Math.abs(S) / 1.1].map((x) => Number(x.toPrecision(12)));
      return { t, uu: uu!, ww: ww!, uw: Number((S * (1 - 2e-13)).toPrecision(12)) };
    });
    expect(mechanisms(trajectoryOf(rows)).present).toEqual(["rescaling"]);
  });
});
