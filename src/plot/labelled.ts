import type { ChannelDef, Layer, MarkDef } from "./grammar.ts";
import type { Surface } from "./theme.ts";

/** Rings with their names beside them, readable on any ground. */
export function labelled(
  { text, background }: Surface,
  { x, y }: { readonly x: ChannelDef; readonly y: ChannelDef },
  sides: readonly { readonly data: string; readonly place: "left" | "right" | "above" }[],
): Layer[] {
  const at: { readonly [Place in (typeof sides)[number]["place"]]: Pick<MarkDef, "align" | "baseline" | "dx" | "dy"> } = {
    left: { align: "right", baseline: "middle", dx: -10 },
    right: { align: "left", baseline: "middle", dx: 10 },
    above: { align: "center", baseline: "bottom", dy: -9 },
  };
  const write = ({ data, place }: (typeof sides)[number], ink: Partial<MarkDef>): Layer => ({
    data: { name: data },
    mark: { type: "text", lineBreak: "\n", ...at[place], ...ink },
    encoding: { x, y, text: { field: "name", type: "nominal" } },
  });
  const ring: MarkDef = { type: "point", fill: background, stroke: text, size: 80, strokeWidth: 2, opacity: 1 };
  return sides.flatMap((side) => [
    { data: { name: side.data }, mark: ring, encoding: { x, y } },
    write(side, { stroke: background, strokeWidth: 4, opacity: 0.8 }),
    write(side, {}),
  ]);
}
