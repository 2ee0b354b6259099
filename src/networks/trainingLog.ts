/**
 * A log written during training, with one line of JSON per step:
 *
 *     {"step": 10, "loss": 0.3, "kernel": …, "pairs": {"outer·inner": [uu, ww, uw]}, "layers": {"name":
 *     {"spectral": …, "change": …}}}
 *
 * uu = ‖W₂‖²_F, ww = ‖W₁‖²_F, uw = ‖W₂W₁‖_F. `kernel` is the empirical tangent kernel of a few samples, as
 * rows, or its size as a number. Alternatively, `jacobian` has a row of ∂f/∂θ for each sample.
 */

import { attempt, reject } from "../door/arguments.ts";
import { readMatrix } from "../door/arrays.ts";
import { kernelOfJacobian, movementBetween } from "./kernels.ts";
import type { LayerOverlap } from "./layerOverlap.ts";
import {
  type KernelVerdict,
  kernelVerdict,
  type LayerReport,
  type PairReport,
  pairReport,
  type RunReport,
  summaryOf,
} from "./runReport.ts";

interface Line {
  readonly step: number;
  readonly loss?: unknown;
  readonly kernel?: unknown;
  readonly jacobian?: unknown;
  readonly pairs?: unknown;
  readonly layers?: unknown;
}

/** Options of the report on a log. */
interface LogOptions {
  readonly threshold: number;
  /** Only these pairs, by the names of outer and inner layer. */
  readonly pairs?: readonly { readonly outer: string; readonly inner: string }[] | undefined;
  /** Only layers, and pairs of layers, whose names match. */
  readonly layers?: RegExp | undefined;
}

/** The report on a log. */
export function reportOnLog(file: string, text: string, options: LogOptions): RunReport {
  const { lines, warnings } = linesOf(file, text);
  const skipped: { name: string; because: string }[] = [];
  const kernel = kernelOf(file, lines, warnings);
  const pairs = pairsOf(file, lines, options, kernel, skipped);
  if (pairs.length === 0) {
    const why = skipped.map(({ name, because }) => `${name} ${because}`).join("; ");
    reject(
      `${file} has no pair of layers at two steps or more${why === "" ? "" : ` (${why})`}; log "pairs": {"outer·inner": [uu, ww, uw]}`,
    );
  }
  const losses = lines.flatMap(({ step, loss }) => (typeof loss === "number" && Number.isFinite(loss) ? [{ step, loss }] : []));
  return {
    checkpoints: lines.map(({ step }) => ({ file, step })),
    pairs,
    layers: layersOf(lines, options),
    skipped,
    summary: summaryOf(pairs),
    warnings,
    ...(losses.length > 1 ? { loss: losses } : {}),
  };
}

function linesOf(file: string, text: string): { readonly lines: Line[]; readonly warnings: string[] } {
  const bySteps = new Map<number, Line>();
  const warnings: string[] = [];
  // Some editors write a byte-order mark at the beginning.
  const all = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const last = all.findLastIndex((raw) => raw.trim() !== "");
  let repeated = 0;
  for (const [i, raw] of all.entries()) {
    if (raw.trim() === "") continue;
    const line = parse(raw);
    if (line === undefined) {
      // The last line may be incomplete while it is being written.
      if (i === last) {
        warnings.push(`the last line of ${file} is incomplete and was left out`);
        continue;
      }
      reject(`line ${i + 1} of ${file} is not a JSON object with a number "step"; write one object per line`);
    }
    if (bySteps.has(line.step)) repeated++;
    bySteps.set(line.step, line);
  }
  if (repeated > 0)
    warnings.push(`${repeated} steps occur more than once in ${file}, as after a restart; the last line of each counts`);
  const lines = [...bySteps.values()].sort((a, b) => a.step - b.step);
  if (lines.length < 2) reject(`${file} has ${lines.length} steps; log at least two`);
  return { lines, warnings };
}

/** Python writes NaN and Infinity, which JSON does not allow. */
function parse(raw: string): Line | undefined {
  const plain = raw.replace(/([:,[\s])(NaN|-?Infinity)(?=\s*[,\]}])/g, "$1null");
  const value = attempt(() => JSON.parse(plain) as Line, undefined);
  return typeof value === "object" && value !== null && Number.isFinite(value.step) ? value : undefined;
}

function record(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

function pairsOf(
  file: string,
  lines: readonly Line[],
  { threshold, pairs: wanted, layers }: LogOptions,
  kernel: KernelVerdict | undefined,
  skipped: { name: string; because: string }[],
): PairReport[] {
  const rows = new Map<string, { steps: number[]; overlaps: LayerOverlap[] }>();
  const broken = new Map<string, string>();
  for (const { step, pairs } of lines) {
    for (const [name, value] of record(pairs)) {
      const overlap = overlapOf(value);
      if (overlap === undefined) {
        broken.set(
          name,
          `has no [uu, ww, uw] of finite numbers at step ${step} of ${file}: the training diverged, or the log is damaged`,
        );
        continue;
      }
      const course = rows.get(name) ?? { steps: [], overlaps: [] };
      course.steps.push(step);
      course.overlaps.push(overlap);
      rows.set(name, course);
    }
  }
  for (const [name, because] of broken) skipped.push({ name, because });
  const reports: PairReport[] = [];
  for (const [name, { steps, overlaps }] of rows) {
    if (broken.has(name)) continue;
    const [outer = name, inner = ""] = name.split(/[·@]/);
    if (wanted !== undefined && !wanted.some((pair) => pair.outer === outer && pair.inner === inner)) continue;
    if (layers !== undefined && !(layers.test(outer) && layers.test(inner))) continue;
    if (steps.length < 2) skipped.push({ name, because: "was logged at only one step" });
    else reports.push(pairReport({ outer, inner }, steps, overlaps, { threshold, ...(kernel ? { kernel } : {}) }));
  }
  return reports;
}

function overlapOf(value: unknown): LayerOverlap | undefined {
  const numbers = Array.isArray(value) ? value : typeof value === "object" && value !== null ? fields(value) : [];
  const [uu, ww, uw] = numbers as unknown[];
  const sound =
    [uu, ww, uw].every((x) => typeof x === "number" && Number.isFinite(x)) && (uu as number) >= 0 && (ww as number) >= 0;
  return sound ? { uu: uu as number, ww: ww as number, uw: uw as number } : undefined;
}

function fields(value: object): unknown[] {
  const { uu, ww, uw } = value as Record<string, unknown>;
  return [uu, ww, uw];
}

function layersOf(lines: readonly Line[], { layers: pattern }: LogOptions): LayerReport[] {
  const courses = new Map<string, { shape: number[]; spectral: number[]; change: number[]; stableRank: number[] }>();
  for (const { layers } of lines) {
    for (const [name, value] of record(layers)) {
      if (pattern !== undefined && !pattern.test(name)) continue;
      const fieldsOf = value as { shape?: unknown; spectral?: unknown; change?: unknown; stableRank?: unknown };
      if (typeof fieldsOf?.spectral !== "number") continue;
      const course = courses.get(name) ?? { shape: [], spectral: [], change: [], stableRank: [] };
      course.spectral.push(fieldsOf.spectral);
      if (typeof fieldsOf.change === "number") course.change.push(fieldsOf.change);
      if (typeof fieldsOf.stableRank === "number") course.stableRank.push(fieldsOf.stableRank);
      if (Array.isArray(fieldsOf.shape)) course.shape = fieldsOf.shape.filter((n): n is number => typeof n === "number");
      courses.set(name, course);
    }
  }
  return Array.from(courses, ([name, { shape, spectral, change, stableRank }]) => ({
    ...{ name, shape, spectral, change },
    ...(stableRank.length === spectral.length ? { stableRank } : {}),
  }));
}

/**
 * The verdict on logged kernels. If only the kernel's size is logged, the change of size is a lower bound.
 */
function kernelOf(file: string, lines: readonly Line[], warnings: string[]): KernelVerdict | undefined {
  const kernels = lines.flatMap(({ kernel, jacobian, step }) => {
    const known =
      kernel ?? (jacobian ? attempt<unknown>(() => kernelOfJacobian(readMatrix("jacobian", jacobian)), Number.NaN) : undefined);
    return known === undefined ? [] : [{ kernel: known, step }];
  });
  if (kernels.length < 2) return undefined;
  const [first] = kernels as [(typeof kernels)[number]];
  const changes = kernels.map(({ kernel, step }) => {
    const moved =
      typeof kernel === "number"
        ? Math.abs(kernel / (first.kernel as number) - 1)
        : attempt(() => movementBetween(first.kernel, kernel).distance, Number.NaN);
    if (!Number.isFinite(moved))
      reject(`the kernel at step ${step} of ${file} is neither a number nor rows of numbers like those of step ${first.step}`);
    return moved;
  });
  if (typeof first.kernel === "number")
    warnings.push(
      "the log has only the size of the kernel; a kernel that rotates without growing changes by more than is reported",
    );
  return kernelVerdict(changes);
}
