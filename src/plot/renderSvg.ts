import { attempt, refuse, unmet } from "../door/arguments.ts";
import { namedAsync } from "../door/error.ts";
import type { PlotSpec } from "./grammar.ts";

/**
 * Draws a plot as SVG with its title and description, by `vega` and `vega-lite` (install them next to this
 * package), without a browser.
 *
 * @param spec - The result of a plot function.
 * @returns The text of an SVG file.
 * @throws FeatureLearningError `"invalid-argument"`: not a specification; `"assumption"`: vega or vega-lite
 * is missing. Both reject the promise.
 *
 * @example
 * ```ts
 * import { exactFlow, linearTimes, network, sample, taskFromMoments } from "feature-learning";
 * import { plotTrajectory, renderSvg } from "feature-learning/plot";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const flow = exactFlow({ network: network(), task, initial: { uu: 0.01, ww: 0.01, uw: 0 } });
 * const svg = await renderSvg(plotTrajectory(sample(flow, linearTimes(flow))));
 * console.log(svg.slice(0, 4)); // <svg
 * ```
 */
export function renderSvg(spec: PlotSpec): Promise<string> {
  return namedAsync("renderSvg", async () => {
    readSpec(spec);
    return svgOf(spec);
  });
}

/** Draws a checked specification as SVG. */
export async function svgOf(spec: PlotSpec): Promise<string> {
  const { vega, lite } = await load();
  // Vega adds marks to rows that it draws, so the rows are copied.
  const view = new vega.View(vega.parse(lite.compile(stillOf(spec)).spec), { renderer: "none", logLevel: vega.Error });
  try {
    return described(await view.toSVG(), spec);
  } finally {
    view.finalize();
  }
}

/** Loads Vega and Vega-Lite. The imports are in a try block, so that bundlers may leave them out. */
async function load(): Promise<{ vega: typeof import("vega"); lite: typeof import("vega-lite") }> {
  try {
    return { vega: await import("vega"), lite: await import("vega-lite") };
  } catch (cause) {
    const remedy = "install both next to this package: npm install vega vega-lite";
    return unmet("vega and vega-lite, which draw the plot, cannot be loaded", remedy, cause);
  }
}

/** The plot without layers that follow the pointer. */
function stillOf(spec: PlotSpec): PlotSpec {
  const { params, ...rest } = structuredClone(spec);
  if (params === undefined) return rest;
  return {
    ...rest,
    concat: rest.concat.map((panel) => ({ ...panel, layer: panel.layer.filter(({ name }) => name === undefined) })),
  };
}

/** The picture with the title and the description for screen readers. */
function described(svg: string, { title, description }: PlotSpec): string {
  const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const end = svg.indexOf(">");
  const words = `<title>${escaped(title ?? description)}</title><desc>${escaped(description)}</desc>`;
  return `${svg.slice(0, end)} role="img">${words}${svg.slice(end + 1)}`;
}

/** Reads a specification made by this library. */
export function readSpec(spec: PlotSpec): void {
  const isSpec = attempt(
    () => Array.isArray(spec.concat) && typeof spec.datasets === "object" && typeof spec.description === "string",
    false,
  );
  if (!isSpec) refuse("spec", spec, "pass the result of a plot function");
}
