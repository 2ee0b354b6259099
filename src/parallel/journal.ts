/**
 * What is done of a job, in a file: its first line is the job, and every further line the numbers of a chunk.
 * A line is written at once and to the disk, so that a run that is killed loses only the chunks it was
 * working on.
 */
import { isList, reject, unmet } from "../door/arguments.ts";
import type { ChunkResult, Job } from "../sweep/job.ts";

/** What of Node's files is used. */
type Files = typeof import("node:fs/promises");

/** A journal that is open for writing. */
export interface Journal {
  /** What earlier runs have done. */
  readonly done: readonly ChunkResult[];
  /** Keeps the result of one more chunk. */
  keep(result: ChunkResult): Promise<void>;
  close(): Promise<void>;
}

interface Line {
  readonly from: number;
  readonly to: number;
  /** The bytes of the numbers, of which JSON would lose some (−0, NaN). */
  readonly base64: string;
}

/** Opens the journal of this job, or begins it. */
export async function openJournal(files: Files, path: string, job: Job): Promise<Journal> {
  const title = JSON.stringify({ job });
  const text = await files.readFile(path, "utf8").catch((error: { code?: string }) => {
    if (error.code === "ENOENT") return "";
    return unmet(`the journal ${path} cannot be read`, "pass the path of a file", error);
  });
  // A line that was being written when a run ended has no end, and is written again.
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const [first, ...lines] = whole.split("\n").slice(0, -1);
  if (first !== undefined && first !== title) reject(`the journal ${path} is of another job; pass a file of this job's own`);
  if (first === undefined && text !== "" && !title.startsWith(text)) reject(`${path} is no journal; pass another path`);
  const done = lines.map((line, i) => resultOf(path, line, i + 2));
  const handle = await files.open(path, "a").catch((error: unknown) => cannotWrite(path, 0, error));
  let kept = done.length;
  const write = async (line: string): Promise<void> => {
    try {
      await handle.appendFile(`${line}\n`);
      await handle.sync();
    } catch (error) {
      cannotWrite(path, kept, error);
    }
  };
  // Chunks end in any order, but lines are written one after the other.
  let last: Promise<void> = begin();
  async function begin(): Promise<void> {
    if (whole !== text) await handle.truncate(Buffer.byteLength(whole)).catch((error: unknown) => cannotWrite(path, kept, error));
    if (first === undefined) await write(title);
  }
  const journal: Journal = {
    done,
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
    "make room for it and call again: what it holds is not computed again",
    error,
  );
}

function resultOf(path: string, line: string, number: number): ChunkResult {
  try {
    const { from, to, base64 } = JSON.parse(line) as Line;
    if (!Number.isInteger(from) || !Number.isInteger(to) || isList(base64)) throw new TypeError();
    return { from, to, values: numbersOf(base64) };
  } catch {
    return reject(`line ${number} of the journal ${path} is damaged; take the line out, and its chunk is computed again`);
  }
}

/** As bytes in the order of this machine, low byte first, as on every machine that Node runs on. */
function base64Of(values: Float64Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
}

function numbersOf(base64: string): Float64Array {
  const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
  return new Float64Array(bytes.buffer);
}
