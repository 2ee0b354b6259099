import { named } from "../door/error.ts";
import type { PlotSpec } from "./grammar.ts";
import { readSpec, svgOf } from "./renderSvg.ts";

/** The same picture in several formats. A notebook shows the best one that it supports. */
export interface MimeBundle {
  readonly "application/vnd.vegalite.v6+json": PlotSpec;
  readonly "application/vnd.vegalite.v5+json": object;
  /** Absent if vega is not installed. */
  readonly "image/svg+xml"?: string;
  readonly "text/plain": string;
}

/** A value that a notebook displays as the result of a cell. */
export interface Displayed {
  /** The Vega-Lite specification. */
  readonly spec: PlotSpec;
  /**
   * The formats. Jupyter kernels with `Symbol.for("Jupyter.display")`, such as Deno's, call this method under
   * that symbol.
   */
  mimeBundle(): Promise<MimeBundle>;
}

/**
 * A plot that Deno's Jupyter kernel displays as the last value of a cell: as interactive Vega-Lite if the
 * front end supports it, otherwise as SVG (if vega and vega-lite are installed), otherwise as text. In tslab:
 * `tslab.display.svg(await renderSvg(spec))`.
 *
 * @param spec - The result of a plot function.
 * @throws FeatureLearningError `"invalid-argument"`: not a specification.
 *
 * @example
 * ```ts
 * import { exactFlow, linearTimes, network, sample, taskFromMoments } from "feature-learning";
 * import { display, plotTrajectory } from "feature-learning/plot";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const flow = exactFlow({ network: network(), task, initial: { uu: 0.01, ww: 0.01, uw: 0 } });
 * const shown = display(plotTrajectory(sample(flow, linearTimes(flow))));
 * console.log((await shown.mimeBundle())["text/plain"]); // [plot: loss, output, kernel, alignment against time]
 * ```
 */
export function display(spec: PlotSpec): Displayed {
  return named("display", () => {
    readSpec(spec);
    const mimeBundle = async (): Promise<MimeBundle> => {
      const svg = await svgOf(spec).catch((error: unknown) => {
        if ((error as { code?: unknown }).code === "assumption") return undefined;
        throw error;
      });
      return {
        "application/vnd.vegalite.v6+json": spec,
        // The specifications are valid in both versions of Vega-Lite. Front ends support one or the other.
        "application/vnd.vegalite.v5+json": { ...spec, $schema: "https://vega.github.io/schema/vega-lite/v5.json" },
        ...(svg === undefined ? {} : { "image/svg+xml": svg }),
        "text/plain": `[plot: ${spec.description}]`,
      };
    };
    return { spec, mimeBundle, [Symbol.for("Jupyter.display")]: mimeBundle } as Displayed;
  });
}
