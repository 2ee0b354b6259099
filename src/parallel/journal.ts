/**
 * A journal file of the completed chunks of a job. Its first line is the job, and every further line has the
 * numbers of a chunk. Each line is flushed to the disk at once, so that a killed run loses only the chunks in
 * progress.
 */
import { isList, reject, unmet } from "../door/arguments.ts";
import type { ChunkResult, Job } from "../sweep/job.ts";

/** The part of Node's file API that is used. */
type Files = typeof import("node:fs/promises");

/** A journal that is open for writing. */
export interface Journal {
  /** The results of earlier runs. */
  readonly done: readonly ChunkResult[];
  /** Writes the result of a chunk. */
  keep(result: ChunkResult): Promise<void>;
  close(): Promise<void>;
}

interface Line {
  readonly from: number;
  readonly to: number;
  /** The bytes of the numbers, because JSON does not preserve −0 and NaN. */
  readonly base64: string;
}

/** Opens the journal of this job, or creates it. */
export async function openJournal(files: Files, path: string, job: Job): Promise<Journal> {
  const title = JSON.stringify({ job });
  const text = await files.readFile(path, "utf8").catch((error: { code?: string }) => {
    if (error.code === "ENOENT") return "";
    return unmet(`the journal ${path} cannot be read`, "pass the path of a file", error);
  });
  // A line that was being written when a run ended is incomplete, and is written again.
  const completeText = text.slice(0, text.lastIndexOf("\n") + 1);
  const [first, ...lines] = completeText.split("\n").slice(0, -1);
  if (first !== undefined && first !== title)
    reject(`the journal ${path} belongs to another job; pass a separate file for this job`);
  if (first === undefined && text !== "" && !title.startsWith(text)) reject(`${path} is not a journal; pass another path`);
  const results = lines.map((line, i) => resultOf(path, line, i + 2));
  const handle = await files.open(path, "a").catch((error: unknown) => cannotWrite(path, 0, error));
  let kept = results.length;
  const write = async (line: string): Promise<void> => {
    try {
      await handle.appendFile(`${line}\n`);
      await handle.sync();
    } catch (error) {
      cannotWrite(path, kept, error);
    }
  };
  // Chunks finish in any order, but lines are written one after the other.
  let last: Promise<void> = begin();
  async function begin(): Promise<void> {
    if (completeText !== text)
      await handle.truncate(Buffer.byteLength(completeText)).catch((error: unknown) => cannotWrite(path, kept, error));
    if (first === undefined) await write(title);
  }
  const journal: Journal = {
    done: results,
    keep: ({ from, to, values }) => {
      last = last.then(async () => {
        await write(JSON.stringify({ from, to, base64: base64Of(values) } satisfies Line));
        kept++;
      });
      return last;
    },
    close: () => handle.close(),
  };
  await last.catch(async (error: unknown) => {
    await handle.close();
    throw error;
  });
  return journal;
}

function cannotWrite(path: string, kept: number, error: unknown): never {
  const { code } = error as { readonly code?: string };
  return unmet(
    `the journal ${path} cannot be written (${code ?? String(error)}); it holds ${kept} chunks`,
    "free disk space and call again; completed chunks are not computed again",
    error,
  );
}

function resultOf(path: string, line: string, number: number): ChunkResult {
  try {
    const { from, to, base64 } = JSON.parse(line) as Line;
    if (!Number.isInteger(from) || !Number.isInteger(to) || isList(base64)) throw new TypeError();
    return { from, to, values: numbersOf(base64) };
  } catch {
    return reject(`line ${number} of the journal ${path} is damaged; delete the line, and its chunk is computed again`);
  }
}

/** Bytes in the machine's order, which is little-endian on every machine that Node runs on. */
function base64Of(values: Float64Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
}

function numbersOf(base64: string): Float64Array {
  const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
  return new Float64Array(bytes.buffer);
}
