/**
 * Gragg's modified midpoint rule with Richardson extrapolation, at fixed spans, for fields that switch from
 * one smooth piece to another: each piece is continued smoothly beyond its end, and a span that leaves it is
 * cut where it does. Shares nothing with the library.
 */

/** ẏ on pieces: of each of several parts (samples) the piece that it is on decides the field. */
export interface PiecewiseField {
  /** f where part j is on pieces[j]. */
  derivative(y: readonly number[], pieces: readonly number[]): number[];
  /** For every part, how far it is inside its piece: below 0 outside. */
  inside(y: readonly number[], pieces: readonly number[]): number[];
  /** The piece that a part enters where it leaves its own. */
  entered(y: readonly number[], pieces: readonly number[], part: number): number;
}

/** One span of length H: the last entry of the extrapolation table, of order 2·columns. */
export function extrapolated(
  derivative: (y: readonly number[]) => number[],
  y: readonly number[],
  H: number,
  columns: number = 8,
): number[] {
  let rows: number[][] = [];
  const first = derivative(y);
  for (let j = 1; j <= columns; j++) {
    const n = 2 * j;
    const h = H / n;
    let before: readonly number[] = y;
    let now = y.map((value, i) => value + h * first[i]!);
    for (let step = 1; step < n; step++) {
      const slope = derivative(now);
      const after = before.map((value, i) => value + 2 * h * slope[i]!);
      before = now;
      now = after;
    }
    const slope = derivative(now);
    const next = [now.map((value, i) => (value + before[i]! + h * slope[i]!) / 2)];
    for (let k = 1; k < j; k++) {
      const ratio = (j / (j - k)) ** 2 - 1;
      const [better, coarser] = [next[k - 1]!, rows[k - 1]!];
      next.push(better.map((value, i) => value + (value - coarser[i]!) / ratio));
    }
    rows = next;
  }
  return rows.at(-1)!;
}

/**
 * y at each of the times, in spans of at most H. Where a field that jumps sends a part straight back over the
 * end that it has just passed, the state rests there: right for a single unknown, and told by `rests`.
 */
export function piecewiseSolution(
  field: PiecewiseField,
  initial: readonly number[],
  pieces: readonly number[],
  times: readonly number[],
  H: number,
): { readonly states: number[][]; readonly switches: number; readonly rests: boolean } {
  const now = [...pieces];
  let y = [...initial];
  let t = 0;
  let switches = 0;
  let rests = false;
  const states: number[][] = [];
  for (const end of times) {
    while (t < end && !rests) {
      const span = Math.min(H, end - t);
      const step = (h: number): number[] => extrapolated((state) => field.derivative(state, now), y, h);
      const next = step(span);
      const least = (state: readonly number[]): number => Math.min(...field.inside(state, now));
      if (!(least(next) < 0)) {
        y = next;
        t = span === end - t ? end : t + span;
        continue;
      }
      // Cut the span where the first part leaves its piece.
      let [low, high] = [0, span];
      for (let n = 0; n < 60 && high - low > 1e-16 * span; n++) {
        const middle = (low + high) / 2;
        if (least(step(middle)) < 0) high = middle;
        else low = middle;
      }
      y = step(high);
      t += high;
      const inside = field.inside(y, now);
      const part = inside.indexOf(Math.min(...inside));
      const left = now[part]!;
      now[part] = field.entered(y, now, part);
      switches++;
      // Does the new piece send it back at once?
      const ahead = extrapolated((state) => field.derivative(state, now), y, 1e-6 * H);
      if (field.inside(ahead, now)[part]! < 0 && field.entered(ahead, now, part) === left) rests = true;
    }
    states.push([...y]);
  }
  return { states, switches, rests };
}
