import type { ChannelDef, Datum, Layer, MarkDef } from "./grammar.ts";
import type { Surface } from "./theme.ts";

/** Rings labelled on the side that has room, readable on any background. */
interface Labelled {
  readonly datasets: { readonly [name: string]: Datum[] };
  readonly layers: Layer[];
}

/**
 * Points with the fields `name` and those of x and y; names of points right of the middle stand left of them.
 */
export function labelled(
  { text, background }: Surface,
  { x, y }: { readonly x: ChannelDef; readonly y: ChannelDef },
  what: string,
  points: readonly Datum[],
  middle: number,
): Labelled {
  const isEast = (point: Datum): boolean => Number(point[x.field]) > middle;
  const [west, east] = [`${what}, west`, `${what}, east`];
  const at = { [west]: { align: "left", dx: 10 }, [east]: { align: "right", dx: -10 } } as const;
  const write = (data: string, ink: Partial<MarkDef>): Layer => ({
    data: { name: data },
    mark: { type: "text", lineBreak: "\n", baseline: "middle", ...at[data], ...ink },
    encoding: { x, y, text: { field: "name", type: "nominal" } },
  });
  const ring: MarkDef = { type: "point", fill: background, stroke: text, size: 80, strokeWidth: 2, opacity: 1 };
  const halo: Partial<MarkDef> = { stroke: background, strokeWidth: 4, opacity: 0.8 };
  return {
    datasets: { [what]: [...points], [west]: points.filter((point) => !isEast(point)), [east]: points.filter(isEast) },
    layers: [
      { data: { name: what }, mark: ring, encoding: { x, y } },
      ...[west, east].flatMap((side) => [write(side, halo), write(side, {})]),
    ],
  };
}
