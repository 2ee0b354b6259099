/** `feature-learning analyze`: makes a report from a run's checkpoints, or from its log. */

import { readFileSync, statSync } from "node:fs";
import { reject } from "../door/arguments.ts";
import type { MatrixLike } from "../door/arrays.ts";
import { Strided } from "../model/strided.ts";
import { JACOBIAN, KERNEL } from "../networks/architecture/layer.ts";
import { onlyAlphabetical } from "../networks/architecture/order.ts";
import { architectureOf, type NamedPair } from "../networks/architecture/pairs.ts";
import type { Checkpoint } from "../networks/formats/checkpoint.ts";
import { empiricalKernel, kernelMovement } from "../networks/kernels.ts";
import { matrixShape, measureRun, type OnProgress, type RunCheckpoint } from "../networks/measureRun.ts";
import { type KernelVerdict, kernelVerdict, otherReading, pairReport, type RunReport, summaryOf } from "../networks/runReport.ts";
import { reportOnLog } from "../networks/trainingLog.ts";
import { onDisk } from "./fileSource.ts";
import { findCheckpoints } from "./findCheckpoints.ts";
import { printable } from "./names.ts";

/** The options of `analyze`. */
export interface Analysis {
  readonly paths: readonly string[];
  /** The names of tensors that are layers; all by default. */
  readonly layers?: RegExp | undefined;
  readonly pairs?: readonly NamedPair[] | undefined;
  /** Tensors that are stored as [inputs, outputs]. */
  readonly transpose?: RegExp | undefined;
  readonly step?: RegExp | undefined;
  readonly heads?: number | undefined;
  readonly threshold: number;
  readonly checksums: boolean;
}

/** The report on a run. */
export function analyze(asked: Analysis, onProgress?: OnProgress): RunReport {
  const logs = asked.paths.filter((path) => /\.(jsonl|ndjson)$/i.test(path));
  if (logs.length > 0) return ofLog(asked, logs);
  const { checkpoints: foundCheckpoints, skipped: files } = findCheckpoints(asked.paths, { step: asked.step });
  if (foundCheckpoints.length < 2)
    reject(
      `there is ${foundCheckpoints.length} checkpoint${foundCheckpoints.length === 1 ? ` (${printable(foundCheckpoints[0]!.file)})` : "s"}; pass at least two of a run`,
    );
  const checkpoints = foundCheckpoints.map((checkpoint) => ({
    ...checkpoint,
    open: () => checkpoint.open({ checksums: asked.checksums }),
  }));
  const first = checkpoints[0]!.open();
  const { tensors, orientation, config, skipped: inFile, warnings, format } = first;
  first.close();
  const { layers, pairs, skipped } = architectureOf(tensors, { ...asked, orientation, config });
  const { transpose } = asked;
  if (transpose !== undefined && !tensors.some(({ name, shape }) => shape.length > 1 && transpose.test(name)))
    reject(
      `there are 0 layers that match --transpose ${printable(String(transpose))} among the tensors (${listed(tensors.map(({ name }) => name))}); ` +
        "pass a pattern of the names of layers",
    );
  const leftOut = [...files, ...inFile, ...skipped];
  if (pairs.length === 0)
    noPairs(
      asked,
      tensors,
      layers.map(({ name }) => name),
      skipped,
    );
  const plain = pairs.filter(({ outer, notes }) => outer.label === outer.tensor && notes === undefined);
  const chained = new Set(plain.flatMap(({ outer, inner }) => [outer.tensor, inner.tensor]));
  const byAlphabet =
    format === "npy" && asked.pairs === undefined && onlyAlphabetical(layers.filter(({ name }) => chained.has(name)));
  const order =
    "the layers are in the order of their names, partly alphabetical, because .npy files have no other order; if that is wrong, pass --pairs outer·inner";
  const used = new Set(pairs.flatMap(({ outer, inner }) => [outer.tensor, inner.tensor]));
  const measured = asked.pairs === undefined ? layers : layers.filter(({ name }) => used.has(name));
  const numbers = measureRun(checkpoints, { pairs, layers: measured }, onProgress);
  const steps = checkpoints.map(({ step }) => step);
  const kernel = kernelOf(checkpoints, tensors);
  const reports = pairs.flatMap(({ outer, inner, notes = [] }, i) => {
    const overlaps = numbers.pairs[i];
    if (overlaps === undefined) return [];
    const report = pairReport({ outer: outer.label, inner: inner.label }, steps, overlaps.overlaps, {
      threshold: asked.threshold,
      notes,
      ...(kernel === undefined ? {} : { kernel }),
    });
    const doubt = overlaps.transposed && otherReading(report, steps, overlaps.transposed, asked.threshold);
    return [doubt === undefined ? report : { ...report, notes: [...notes, doubt] }];
  });
  if (reports.length === 0)
    reject(`${numbers.broken.map(({ name, because }) => `${printable(name)} ${because}`)[0] ?? "no tensors are left"}`);
  return {
    checkpoints: checkpoints.map(({ file, step }) => ({ file, step })),
    pairs: reports,
    layers: measured.flatMap((layer, i) => {
      const norms = numbers.layers[i];
      if (norms === undefined) return [];
      const { fanOut, fanIn } = matrixShape(layer);
      const unit = Math.sqrt(fanOut / fanIn);
      return [
        {
          name: layer.name,
          shape: layer.shape,
          spectral: norms.norm.map((norm) => norm / unit),
          change: norms.change.map((norm) => norm / unit),
          stableRank: norms.squares.map((squares, k) => (squares === 0 ? 0 : squares / norms.norm[k]! ** 2)),
        },
      ];
    }),
    skipped: [...leftOut, ...numbers.broken],
    summary: summaryOf(reports),
    warnings: [...new Set([...warnings, ...(byAlphabet ? [order] : [])])],
  };
}

/** The verdict on tangent kernels, or Jacobians, that were saved with the weights. */
function kernelOf(checkpoints: readonly RunCheckpoint[], tensors: Checkpoint["tensors"]): KernelVerdict | undefined {
  const name = [KERNEL, JACOBIAN].map((pattern) => tensors.find((entry) => pattern.test(entry.name))?.name).find(Boolean);
  if (name === undefined) return undefined;
  let first: MatrixLike | undefined;
  const changes = checkpoints.map(({ file, open }) => {
    const checkpoint = open();
    try {
      const entry = checkpoint.tensors.find((tensor) => tensor.name === name);
      if (entry === undefined || entry.shape.length !== 2)
        reject(`${printable(file)} has no matrix ${printable(name)}, which the first checkpoint has`);
      const matrix = new Strided(Float64Array.from(entry.read()), entry.shape);
      const kernel = JACOBIAN.test(name) ? empiricalKernel(matrix) : matrix;
      first ??= kernel;
      return kernelMovement(first, kernel).distance;
    } finally {
      checkpoint.close();
    }
  });
  return kernelVerdict(changes);
}

const MOST_LOG_BYTES = 2 ** 29;

function ofLog({ paths, threshold, pairs, layers }: Analysis, logs: readonly string[]): RunReport {
  const [file] = logs as [string, ...string[]];
  if (paths.length > 1) reject(`${printable(file)} is a log; pass it alone`);
  const text = onDisk(file, () => {
    const state = statSync(file);
    if (!state.isFile()) reject(`${printable(file)} is not a regular file; pass a log`);
    if (state.size > MOST_LOG_BYTES)
      reject(`${printable(file)} has ${state.size} bytes; a log of at most ${MOST_LOG_BYTES} is read`);
    return readFileSync(file, "utf8");
  });
  return reportOnLog(printable(file), text, { threshold, pairs, layers });
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "none" : printable(names.slice(0, 12).join(", ")) + (names.length > 12 ? ", …" : "");
}

function noPairs(
  { layers: pattern, pairs }: Analysis,
  tensors: readonly { readonly name: string }[],
  layers: readonly string[],
  skipped: RunReport["skipped"],
): never {
  const why = skipped.slice(0, 3).map(({ name, because }) => `${printable(name)} ${printable(because)}`);
  if (layers.length < 2)
    reject(
      `there are ${layers.length} layers${pattern === undefined ? "" : ` that match ${String(pattern)}`} among the tensors (${listed(tensors.map(({ name }) => name))}); ` +
        "pass --layers with a pattern of the layers' names, or --pairs",
    );
  const instead =
    pairs === undefined ? "; pass --pairs outer·inner, or --transpose if layers are stored as [inputs, outputs]" : "";
  reject(`no layer is known to feed another: ${why.length > 0 ? why.join("; ") : listed(layers)}${instead}`);
}
