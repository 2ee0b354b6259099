/** The pictures of a network, or of two side by side. */
import { type DepthTrajectory, linearTimes, logarithmicTimes, sample, type Trajectory } from "feature-learning";
import {
  type Fitted,
  type PlotSpec,
  plotAngleNorm,
  plotDescent,
  plotFit,
  plotMechanisms,
  plotRegimePlane,
  plotTrajectory,
  type Quantity,
} from "feature-learning/plot";
import { samplesOf } from "./problem.ts";
import type { Solved } from "./solved.ts";
import { depthOf, hasDecay, hasKink, isShallow } from "./state.ts";

/** The sizes of the pictures, in pixels of a panel. */
export interface Sizes {
  readonly size: { readonly theme: "light" | "dark"; readonly width: number; readonly height: number };
  readonly small: Sizes["size"];
  readonly isNarrow: boolean;
}

/** A picture with its caption. */
export interface Picture {
  readonly caption: string;
  readonly spec: PlotSpec;
}

/** The pictures by the names of their places, made when they are asked for; a place without one stays empty. */
export interface Pictures {
  readonly trajectory: () => Picture;
  readonly place: () => Picture;
  readonly mechanisms: () => Picture;
  readonly fit: () => Picture;
  readonly plane: () => Picture | undefined;
}

const [THIS, KEPT] = ["this network", "kept network"] as const;

export function picturesOf(now: Solved, other: Solved | undefined, { size, small, isNarrow }: Sizes): Pictures {
  return {
    trajectory: () => {
      const { caption, spec } = trajectoryOf(now, other, size, isNarrow);
      return { caption, spec: isNarrow ? withFewTicks(spec) : spec };
    },
    place: () => placeOf(now, other, small),
    mechanisms: () => ({
      caption: "What each mechanism did to the output",
      spec: plotMechanisms(now.split(), { ...small, tooltips: false, time: timeOf(now), report: now.learned }),
    }),
    fit: () => ({
      caption: "The fitted function over the data",
      spec: plotFit(samplesOf(now.state), fitsOf(now), small),
    }),
    plane: () => planeOf(now, other, small),
  };
}

const timeOf = ({ state }: Solved): "linear" | "logarithmic" => (hasDecay(state) ? "logarithmic" : "linear");

/** Training against time. */
function trajectoryOf(now: Solved, other: Solved | undefined, size: Sizes["size"], isNarrow: boolean): Picture {
  // Following the pointer would double the time of a redraw.
  const look = { ...size, tooltips: false } as const;
  const quantities = quantitiesOf([now, ...(other === undefined ? [] : [other])], isNarrow);
  if (other !== undefined) {
    const time = timeOf(now) === "logarithmic" ? timeOf(now) : timeOf(other);
    const until = Math.max(now.until, other.until);
    const both = { [THIS]: extended(now, until, time), [KEPT]: extended(other, until, time) };
    return { caption: "Gradient flow of both networks", spec: plotTrajectory(both, { ...look, time, quantities }) };
  }
  const steps = drawable(now);
  const time = timeOf(now);
  if (steps === undefined) return { caption: "Gradient flow", spec: plotTrajectory(now.exact, { ...look, time, quantities }) };
  return {
    caption: "Gradient flow as a line, discrete steps as dots",
    spec: plotDescent(now.exact, steps, { ...look, time, quantities, ...lossAxis(steps.loss, now) }),
  };
}

/** The training until this time, where the flow is known so far, at times that suit the axis. */
function extended({ flow, exact, sampledAt }: Solved, until: number, time: "linear" | "logarithmic"): Solved["exact"] {
  if (sampledAt !== undefined) return exact;
  const last = { count: 200, until };
  return sample(flow, time === "linear" ? linearTimes(flow, last) : logarithmicTimes(flow, { ...last, from: until / 1e5 }));
}

/** The same with so few ticks of time that their labels do not touch on a phone. */
function withFewTicks(spec: PlotSpec): PlotSpec {
  const concat = spec.concat.map((panel) => ({
    ...panel,
    layer: panel.layer.map((layer) => {
      const { x } = layer.encoding;
      if (x === undefined) return layer;
      const axis = typeof x.axis === "object" ? x.axis : {};
      return { ...layer, encoding: { ...layer.encoding, x: { ...x, axis: { ...axis, tickCount: 3 } } } };
    }),
  }));
  return { ...spec, concat };
}

/** What is drawn against time; the sides of a kink, and layers that are numbers, have a picture of their own. */
function quantitiesOf(networks: readonly Solved[], isNarrow: boolean): Quantity[] {
  if (networks.some(({ state }) => hasKink(state))) return ["loss", "kernelSize"];
  const isFew = isNarrow || networks.some(({ state }) => !isShallow(state));
  return isFew ? ["loss", "kernel"] : ["loss", "output", "kernel", "alignment"];
}

/** The part of a descent that can be drawn: one that diverges ends where its loss is a hundred times that of the start. */
function drawable({ descent, exact }: Solved): Solved["descent"] {
  if (descent === undefined) return undefined;
  const most = 100 * Math.max(exact.loss[0]!, descent.loss[0]!);
  const end = descent.loss.findIndex((loss) => !(loss <= most));
  if (descent.status === "completed" || end < 0) return descent;
  const count = Math.max(2, end);
  const columns = Object.entries(descent).flatMap(([name, column]) =>
    column instanceof Float64Array ? [[name, column.slice(0, count)]] : [],
  );
  return Object.fromEntries(columns) as NonNullable<Solved["descent"]>;
}

/** The loss axis: logarithmic where the steps raise the loss far above its start. */
function lossAxis(loss: Float64Array, { exact }: Solved): object {
  const start = Math.max(exact.loss[0]!, loss[0]!);
  const highest = loss.reduce((most, value) => Math.max(most, value), 0);
  return highest > 30 * start && Number.isFinite(highest) ? { axes: { loss: { scale: "logarithmic" } } } : {};
}

/** What is particular to the network: its place in the plane of regimes, its layers, or its two sides. */
function placeOf(now: Solved, other: Solved | undefined, small: Sizes["size"]): Picture {
  const { exact, sides, found } = now;
  if (sides !== undefined) {
    const halves = { ...small, width: Math.max(90, Math.floor((small.width - 80) / 2)), tooltips: false };
    const spec = plotTrajectory(
      { "x > 0": sides.positive, "x < 0": sides.negative },
      { ...halves, time: "linear", quantities: ["output", "kernel"] },
    );
    return { caption: "The two sides of 0", spec };
  }
  if (depthOf(now.state) === Infinity) return outputOf(now, small);
  if (!isShallow(now.state)) return { caption: "The layers, one number each", spec: layersPicture(now, small) };
  if (found.place === undefined) {
    const { uu, ww } = exact as Trajectory;
    const spec = lines({ "|u|²": uu, "|w|²": ww }, exact.t, "squared norm", { ...small, time: timeOf(now) });
    return { caption: "The norms of the two layers", spec };
  }
  const places = [[THIS, found] as const, ...(other?.found.place === undefined ? [] : [[KEPT, other.found] as const])];
  return { caption: "Its place among lazy and rich networks", spec: plotRegimePlane(Object.fromEntries(places), small) };
}

function outputOf(now: Solved, small: Sizes["size"]): Picture {
  const spec = plotTrajectory(now.exact, { ...small, tooltips: false, time: timeOf(now), quantities: ["output"] });
  return { caption: "The output", spec };
}

/** The layers against time. */
function layersPicture(now: Solved, small: Sizes["size"]): PlotSpec {
  const { layers, t } = now.exact as DepthTrajectory;
  const columns = Array.from({ length: layers.shape[1]! }, (_, l) => {
    const name = `a${String(l + 1).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]!)}`;
    return [name, Float64Array.from(t, (_, i) => layers.get(i, l))] as const;
  });
  return lines(Object.fromEntries(columns), t, "layers", { ...small, time: timeOf(now) });
}

/** Several columns as lines on one axis of this title. */
function lines(
  columns: Readonly<Record<string, Float64Array>>,
  t: Float64Array,
  title: string,
  look: Sizes["size"] & { readonly time: "linear" | "logarithmic" },
): PlotSpec {
  const series = Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, { t, output: column }]));
  const spec = plotTrajectory(series, { ...look, tooltips: false, quantities: ["output"] });
  const renamed = JSON.stringify({ ...spec, datasets: {} }, (key, value) =>
    key === "title" && /^output/.test(value) ? title : value,
  );
  return { ...(JSON.parse(renamed) as PlotSpec), datasets: spec.datasets, description: `${title} against time` };
}

/** Angle and norms; layers that are numbers have no angle, but an output. */
function planeOf(now: Solved, other: Solved | undefined, small: Sizes["size"]): Picture | undefined {
  const { sides, state, exact } = now;
  if (depthOf(state) === Infinity) return undefined;
  if (!isShallow(state)) return outputOf(now, small);
  if (sides !== undefined)
    return {
      caption: "Either side along its curves of conserved area (ring: start, dot: end)",
      spec: plotAngleNorm({ "x > 0": sides.positive, "x < 0": sides.negative }, small),
    };
  const both =
    other === undefined || !isShallow(other.state) || other.sides !== undefined ? exact : { [THIS]: exact, [KEPT]: other.exact };
  const caption = hasDecay(state) ? "Angle and norms" : "Its path along a curve of conserved area";
  return { caption: `${caption} (ring: start, dot: end)`, spec: plotAngleNorm(both, small) };
}

/** The function at the start, half-way, and at the end. */
function fitsOf({ exact, start, end }: Solved): Readonly<Record<string, Fitted>> {
  const [first, last] = [exact.loss[0]!, exact.loss.at(-1)!];
  const middle = exact.loss.findIndex((loss) => loss <= (first + last) / 2);
  const rows = exact.toRows() as readonly Fitted[];
  return { start, "half-way": rows[Math.max(0, middle)]!, end };
}
