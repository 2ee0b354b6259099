/**
 * The report on a run: the mechanism by which each pair of layers learned, the change of its layers, and the
 * change of the kernel.
 */
import { mechanisms } from "../mechanisms/mechanisms.ts";
import type { Mechanisms } from "../mechanisms/report.ts";
import { loggedTrajectory } from "../mechanisms/trajectoryOf.ts";
import { type Regime, verdict } from "../regimes/regime.ts";
import type { LayerOverlap } from "./layerOverlap.ts";

/** The course of a pair of layers, one value per checkpoint. */
interface PairTrajectory {
  readonly step: readonly number[];
  readonly uu: readonly number[];
  readonly ww: readonly number[];
  readonly uw: readonly number[];
  /** |cos ζ| = uw/√(uu·ww), from 0 to 1; 0 if a layer is zero. */
  readonly alignment: readonly number[];
  /** √(uu·ww). */
  readonly normProduct: readonly number[];
}

/** The verdict on the kernel, which the weights alone do not determine. */
export type KernelVerdict =
  | { readonly regime: "unknown"; readonly because: string }
  | Pick<Regime, "regime" | "kernelChange" | "kernelBelow">;

export interface PairReport {
  readonly outer: string;
  readonly inner: string;
  readonly trajectory: PairTrajectory;
  readonly mechanisms: Mechanisms;
  readonly regime: KernelVerdict;
  readonly notes: readonly string[];
}

export interface LayerReport {
  readonly name: string;
  readonly shape: readonly number[];
  /** ‖W‖₂/√(fan-out/fan-in). */
  readonly spectral: readonly number[];
  /** ‖W − W₀‖₂/√(fan-out/fan-in), W₀ of the first checkpoint. */
  readonly change: readonly number[];
  /** ‖W‖²_F/‖W‖₂²; absent from a log that has none. */
  readonly stableRank?: readonly number[];
}

export interface RunReport {
  readonly checkpoints: readonly { readonly file: string; readonly step: number }[];
  readonly pairs: readonly PairReport[];
  readonly layers: readonly LayerReport[];
  readonly skipped: readonly { readonly name: string; readonly because: string }[];
  readonly summary: string;
  readonly warnings: readonly string[];
  readonly loss?: readonly { readonly step: number; readonly loss: number }[];
}

const UNKNOWN: KernelVerdict = {
  regime: "unknown",
  because: "weights do not determine how much the tangent kernel changes; log the kernel or its Jacobian",
};

/** A pair's report from its overlaps at steps. */
export function pairReport(
  names: { readonly outer: string; readonly inner: string },
  steps: readonly number[],
  overlaps: readonly LayerOverlap[],
  options: {
    readonly threshold: number;
    readonly kernel?: KernelVerdict | undefined;
    readonly notes?: readonly string[] | undefined;
  },
): PairReport {
  const { trajectory, mechanisms: report } = judged(steps, overlaps, options.threshold);
  return { ...names, trajectory, mechanisms: report, regime: options.kernel ?? UNKNOWN, notes: options.notes ?? [] };
}

function judged(
  steps: readonly number[],
  overlaps: readonly LayerOverlap[],
  threshold: number,
): { readonly trajectory: PairTrajectory; readonly mechanisms: Mechanisms } {
  const log = loggedTrajectory(
    overlaps.map(({ uu, ww, uw }, i) => ({ t: steps[i]!, uu, ww, uw })),
    1,
  );
  const column = (name: "uu" | "ww" | "uw" | "alignment" | "normProduct"): number[] => Array.from(log[name]);
  const trajectory = {
    step: [...steps],
    uu: column("uu"),
    ww: column("ww"),
    uw: column("uw"),
    alignment: column("alignment"),
    normProduct: column("normProduct"),
  };
  return { trajectory, mechanisms: mechanisms(log, { threshold }) };
}

/**
 * The differences if a pair's tensors are stored in the other layout; undefined if the verdict is the same.
 */
export function otherReading(
  report: PairReport,
  steps: readonly number[],
  transposed: readonly LayerOverlap[],
  threshold: number,
): string | undefined {
  const other = judged(steps, transposed, threshold);
  const verdict = ({ present, dominant }: Mechanisms): string => `${[...present].sort().join()};${dominant}`;
  if (verdict(other.mechanisms) === verdict(report.mechanisms)) return undefined;
  const { alignment } = other.trajectory;
  return (
    `nothing says whether these tensors are stored as [outputs, inputs], as read here, or as [inputs, outputs]; read that way, ` +
    `|cos ζ| goes from ${alignment[0]!.toFixed(3)} to ${alignment.at(-1)!.toFixed(3)} and ${told(other.mechanisms)}: pass --transpose if so`
  );
}

function told({ present, dominant }: Mechanisms): string {
  return present.length === 0 ? "no mechanism is present" : `${present.join(" and ")} present (dominant: ${dominant})`;
}

/** The verdict on the kernel from its change relative to the first one, at each step. */
export function kernelVerdict(changes: readonly number[], kernelBelow = 0.1): KernelVerdict {
  const kernelChange = changes.reduce((most, change) => Math.max(most, change), 0);
  return { regime: verdict(kernelChange > 0, kernelChange, kernelBelow), kernelChange, kernelBelow };
}

/** The values of `dominant` that are mechanisms. */
const ACTS: ReadonlySet<string> = new Set(["alignment", "disalignment", "rescaling"]);

const DOES: Readonly<Record<string, readonly [one: string, many: string]>> = {
  alignment: ["aligns", "align"],
  disalignment: ["disaligns", "disalign"],
  rescaling: ["rescales", "rescale"],
  mixed: ["learns by several mechanisms about equally", "learn by several mechanisms about equally"],
  none: ["hardly moves", "hardly move"],
  static: ["does not move", "do not move"],
};

/**
 * One sentence on the dominant mechanisms: "9 of 12 pairs align; fc2·fc1 mainly rescales". "mainly" says that
 * other mechanisms are present too, in at least one of the pairs.
 */
export function summaryOf(pairs: readonly PairReport[]): string {
  const groups = new Map<string, PairReport[]>();
  for (const pair of pairs) {
    const key = pair.mechanisms.dominant as string;
    groups.set(key, [...(groups.get(key) ?? []), pair]);
  }
  const sorted = [...groups].sort(([, a], [, b]) => b.length - a.length);
  const said = sorted.map(([key, members], i) => {
    const several = ACTS.has(key) && members.some(({ mechanisms }) => mechanisms.present.length > 1);
    const [one, many] = (DOES[key] ?? [key, key]).map((does) => (several ? `mainly ${does}` : does)) as [string, string];
    const [first] = members as [PairReport, ...PairReport[]];
    if (members.length === 1) return `${shortName(first.outer)}·${shortName(first.inner)} ${one}`;
    const count =
      members.length === pairs.length
        ? `${pairs.length === 2 ? "both" : `all ${pairs.length}`} pairs`
        : `${members.length}${i === 0 ? ` of ${pairs.length} pairs` : ""}`;
    return `${count} ${many}`;
  });
  const sentence = said.join("; ");
  return pairs.length > 1 && /^(all|both)/.test(sentence) ? sentence[0]!.toUpperCase() + sentence.slice(1) : sentence;
}

/** A name without the common ending of all names. */
export function shortName(name: string): string {
  return name.replace(/[./](weight|kernel)(?=\[|$)/, "");
}
