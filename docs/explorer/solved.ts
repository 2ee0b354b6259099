/** What the library says of a state: the solution, the verdicts in words, and the pictures. */
import {
  type Descent,
  linearTimes,
  type Mechanisms,
  mechanisms,
  mechanismsOverTime,
  plateau,
  type Regime,
  regime,
  sample,
  type Trajectory,
  timeTo,
} from "feature-learning";
import { plotAngleNorm, plotDescent, plotMechanisms, plotRegimePlane, plotTrajectory } from "feature-learning/plot";
import { descentOf, flowOf, type Plan, planOf, type State } from "./state.ts";

/** A state with everything that is shown of it. */
export interface Solved {
  readonly state: State;
  readonly flow: ReturnType<typeof flowOf>;
  readonly found: Regime;
  readonly learned: Mechanisms;
  readonly until: number;
  readonly plan: Plan;
  readonly descent: Descent;
  readonly exact: Trajectory;
}

/** Solves a state; throws the library's error where that cannot be. */
export function solved(of: State): Solved {
  const flow = flowOf(of);
  const end = timeTo(flow, { excessLossFraction: 1e-4 });
  const rate = "rate" in flow ? flow.rate : 0;
  const until = Number.isFinite(end) && end > 0 ? end : rate > 0 ? 10 / rate : 1;
  const plan = planOf(flow, of, until);
  const descent = descentOf(of, plan);
  const exact = sample(flow, linearTimes(flow, { count: 200, until }));
  return { state: of, flow, found: regime(flow), learned: mechanisms(flow), until, plan, descent, exact };
}

/** What the discrete steps do, in words. */
function outcomeOf({ descent, exact, plan }: Solved): string {
  const first = descent.loss[0]!;
  const highest = descent.loss.reduce((most, value) => Math.max(most, value), first);
  const size = `step size ${plan.stepSize}`;
  if (descent.status !== "completed") return `${size}: diverges`;
  if (highest > 1.01 * Math.max(first, exact.loss[0]!))
    return `${size}: the loss rises to ${(highest / first).toPrecision(3)} times its start`;
  return `${size}: completed`;
}

/** The part of a descent that can be drawn: one that diverges ends where its loss is a hundred times that of the start. */
function drawable({ descent, exact }: Solved): Descent {
  const most = 100 * Math.max(exact.loss[0]!, descent.loss[0]!);
  const end = descent.loss.findIndex((loss) => !(loss <= most));
  if (descent.status === "completed" || end < 0) return descent;
  const count = Math.max(2, end);
  const columns = Object.entries(descent).flatMap(([name, column]) =>
    column instanceof Float64Array ? [[name, column.slice(0, count)]] : [],
  );
  return { ...descent, ...Object.fromEntries(columns) };
}

/** The loss axis: logarithmic where the steps raise the loss far above its start. */
function lossAxis({ loss }: Descent, { exact }: Solved): object {
  const start = Math.max(exact.loss[0]!, loss[0]!);
  const highest = loss.reduce((most, value) => Math.max(most, value), 0);
  return highest > 30 * start && Number.isFinite(highest) ? { axes: { loss: { scale: "logarithmic" } } } : {};
}

/** Numbers and verdicts, by the names of their places on the page. */
export const facts: Readonly<Record<string, (of: Solved) => string>> = {
  regime: ({ found }) => found.regime,
  kernelChange: ({ found }) => found.kernelChange.toPrecision(6),
  dominant: ({ learned }) => learned.dominant,
  present: ({ learned }) => learned.present.join(", ") || "none",
  rate: ({ flow }) => ("rate" in flow ? flow.rate.toPrecision(6) : "–"),
  plateau: ({ flow }) => (flow.method === "exact" ? plateau(flow).toPrecision(6) : "–"),
  output: ({ flow }) => flow.at(Number.POSITIVE_INFINITY).output.toPrecision(6),
  descent: outcomeOf,
};

/** The sizes of the pictures, in pixels of a panel. */
export interface Sizes {
  readonly size: { readonly theme: "light" | "dark"; readonly width: number; readonly height: number };
  readonly small: Sizes["size"];
  readonly isNarrow: boolean;
}

/** The four pictures of a network, or of two. */
export function picturesOf(now: Solved, other: Solved | undefined, { size: broad, small, isNarrow }: Sizes) {
  // Following the pointer would double the time of a redraw.
  const size = { ...broad, tooltips: false } as const;
  const quantities = isNarrow ? (["loss", "kernel"] as const) : (["loss", "output", "kernel", "alignment"] as const);
  const steps = drawable(now);
  const trajectory =
    other === undefined
      ? plotDescent(now.exact, steps, { ...size, time: "linear", quantities: [...quantities], ...lossAxis(steps, now) })
      : plotTrajectory(
          { "this network": now.exact, "kept network": other.exact },
          { ...size, time: "linear", quantities: [...quantities] },
        );
  const places = Object.fromEntries(
    [["this network", now] as const, ...(other === undefined ? [] : [["kept network", other] as const])].flatMap(
      ([name, { found }]) => (found.place === undefined ? [] : [[name, found]]),
    ),
  );
  const times = linearTimes(now.flow, { count: 120, until: now.until });
  return {
    trajectory,
    regime: plotRegimePlane(places, small),
    mechanisms: plotMechanisms(mechanismsOverTime(now.flow, { times }), {
      ...small,
      tooltips: false,
      time: "linear",
      report: now.learned,
    }),
    plane: plotAngleNorm(other === undefined ? now.exact : { "this network": now.exact, "kept network": other.exact }, small),
  };
}
