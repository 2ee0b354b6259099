import type { ChannelDef, Datum, Layer, MarkDef } from "./grammar.ts";
import { LETTER } from "./legend.ts";
import type { Surface } from "./theme.ts";

/** Rings with labels that do not overlap and stay within the panel, readable on any background. */
interface Labelled {
  readonly datasets: { readonly [name: string]: Datum[] };
  readonly layers: Layer[];
}

/** The panel, in pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/** The height of a line of text, and the distance of a label from its point. */
const [LINE, GAP] = [15, 10];

/**
 * Draws points with the fields `name` and those of x and y. A label is placed next to its point, on the side
 * that has room. If another label is in the way, it is moved up or down and connected to its point by a line.
 * A label without room is left out; the name is also the point's tooltip. The axes need a domain.
 */
export function labelled(
  { text, background }: Surface,
  { x, y }: { readonly x: ChannelDef; readonly y: ChannelDef },
  noun: string,
  points: readonly Datum[],
  size: Size,
  ring: Partial<MarkDef> = {},
): Labelled {
  const [across, up] = [scaleOf(x, size.width), scaleOf(y, size.height)];
  const places = placed(
    points.map((point) => ({
      name: String(point["name"]),
      x: across.pixel(Number(point[x.field])),
      y: up.pixel(Number(point[y.field])),
    })),
    size,
  );
  const [west, east, leaders] = [`${noun}, west`, `${noun}, east`, `${noun}, leaders`];
  const labels = (isEast: boolean): Datum[] =>
    places.flatMap((place, i) =>
      place === undefined || place.isEast !== isEast
        ? []
        : [{ name: points[i]!["name"]!, [x.field]: across.value(place.x), [y.field]: up.value(place.y) }],
    );
  const joins = places.flatMap((place, i): Datum[] => {
    const { [x.field]: x0, [y.field]: y0 } = points[i]!;
    if (place === undefined || !place.isMoved) return [];
    return [{ [x.field]: x0!, [y.field]: y0!, x2: across.value(place.x), y2: up.value(place.y) }];
  });
  const [onWest, onEast] = [labels(false), labels(true)];
  const write = (data: string, align: "left" | "right", ink: Partial<MarkDef>): Layer => ({
    data: { name: data },
    mark: { type: "text", lineBreak: "\n", baseline: "middle", align, ...ink },
    encoding: { x, y, text: { field: "name", type: "nominal" } },
  });
  const halo: Partial<MarkDef> = { stroke: background, strokeWidth: 4, opacity: 0.8 };
  const both = [
    { name: west, align: "left" as const, rows: onWest },
    { name: east, align: "right" as const, rows: onEast },
  ].filter(({ rows }) => rows.length > 0);
  const join: Layer = {
    data: { name: leaders },
    mark: { type: "rule", color: text, strokeWidth: 1, opacity: 0.6 },
    encoding: { x, y, x2: { field: "x2" }, y2: { field: "y2" } },
  };
  const mark: MarkDef = { type: "point", fill: background, stroke: text, size: 80, strokeWidth: 2, opacity: 1, ...ring };
  const tooltip = [{ field: "name", type: "nominal" as const, title: "name" }];
  return {
    datasets: {
      [noun]: [...points],
      ...(joins.length > 0 ? { [leaders]: joins } : {}),
      ...Object.fromEntries(both.map(({ name, rows }) => [name, rows])),
    },
    layers: [
      ...(joins.length > 0 ? [join] : []),
      { data: { name: noun }, mark, encoding: { x, y, tooltip } },
      ...both.flatMap(({ name, align }) => [write(name, align, halo), write(name, align, {})]),
    ],
  };
}

interface Scale {
  pixel(value: number): number;
  value(pixel: number): number;
}

/** Pixels count from the left, and from the bottom. */
function scaleOf({ scale }: ChannelDef, length: number): Scale {
  const [from, to] = (scale?.domain ?? [0, 1]) as [number, number];
  const isLog = scale?.type === "log";
  const [low, high] = isLog ? [Math.log(from), Math.log(to)] : [from, to];
  return {
    pixel: (value) => (length * ((isLog ? Math.log(value) : value) - low)) / (high - low),
    value: (pixel) => {
      const place = low + (pixel / length) * (high - low);
      return isLog ? Math.exp(place) : place;
    },
  };
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

interface Place {
  /** The anchor of the label, in pixels. */
  readonly x: number;
  readonly y: number;
  /** Whether the label is left of its point. */
  readonly isEast: boolean;
  readonly isMoved: boolean;
}

/**
 * Finds a place for each label: the first free one, with the nearest heights and the side with more room
 * tried first.
 */
export function placed(
  points: readonly { readonly name: string; readonly x: number; readonly y: number }[],
  { width, height }: Size,
): (Place | undefined)[] {
  const rings = points.map(({ x, y }): Box => ({ left: x - 6, right: x + 6, bottom: y - 6, top: y + 6 }));
  const taken: Box[] = [];
  const places = new Array<Place | undefined>(points.length);
  const order = points.map((_, i) => i).sort((a, b) => points[b]!.y - points[a]!.y);
  for (const i of order) {
    const { name, x, y } = points[i]!;
    const lines = name.split("\n");
    const long = LETTER * Math.max(...lines.map((line) => line.length));
    const tall = LINE * lines.length;
    const heights = [0, ...Array.from({ length: Math.ceil(height / LINE) }, (_, n) => [-(n + 1) * LINE, (n + 1) * LINE]).flat()];
    const sides = x > width / 2 ? [true, false] : [false, true];
    const free = heights.flatMap((away) =>
      sides.flatMap((isEast): { place: Place; box: Box; isInside: boolean }[] => {
        const [anchor, middle] = [isEast ? x - GAP : x + GAP, y + away];
        const box: Box = {
          left: isEast ? anchor - long : anchor,
          right: isEast ? anchor : anchor + long,
          bottom: middle - tall / 2,
          top: middle + tall / 2,
        };
        const isInside = box.bottom >= 0 && box.top <= height && box.left >= 0 && box.right <= width;
        if (away !== 0 && !isInside) return [];
        const meets = (other: Box): boolean =>
          box.left < other.right && other.left < box.right && box.bottom < other.top && other.bottom < box.top;
        if (taken.some(meets) || rings.some((ring, j) => j !== i && meets(ring))) return [];
        return [{ place: { x: anchor, y: middle, isEast, isMoved: away !== 0 }, box, isInside }];
      }),
    );
    // A label at the height of its point may extend beyond the panel, if no place inside is free.
    const place = free.find(({ isInside }) => isInside) ?? free[0];
    if (place === undefined) continue;
    taken.push(place.box);
    places[i] = place.place;
  }
  return places;
}
