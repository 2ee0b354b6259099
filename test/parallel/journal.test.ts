/**
 * A job that continues after it was killed, aborted, or stopped by a full disk or a torn line. The numbers
 * are those of a single run.
 */
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EnsembleJob, ensemble } from "feature-learning/sweep";
import { afterAll, beforeEach, expect, inject, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "feature-learning-journal-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const job: EnsembleJob = {
  of: "ensemble",
  settings: { width: 1e9, outputScale: 1e-5 },
  measure: ["kernelChange", "halfLife", "plateau"],
  draws: 6000,
  seed: "journal",
};
const alone = ensemble(job);
let count = 0;
let path = "";
beforeEach(() => {
  path = join(folder, `${count++}.jsonl`);
});

const load = async () => (await import(`${inject("built")}/dist/parallel.js`)) as typeof import("feature-learning/parallel");

/** Runs the job with this journal, and says how many units were still to be done. */
async function finish(of: EnsembleJob = job): Promise<{ same: boolean; computed: number }> {
  const { runParallel } = await load();
  const told: number[] = [];
  const found = await runParallel(of, { threads: 2, journal: path, onProgress: ({ done }) => told.push(done) });
  const same = found.values.data.every((value, i) => Object.is(value, alone.values.data[i]));
  return { same, computed: told.length };
}

const chunksIn = (): number => (existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 2 : 0);

test("a killed process loses only the chunks in progress", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "-e", program()], { stdio: "ignore" });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  while (chunksIn() < 3 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 2));
  child.kill("SIGKILL");
  await ended;
  const before = chunksIn();
  expect(before).toBeGreaterThanOrEqual(3);
  expect(before).toBeLessThan(32);
  const { same, computed } = await finish();
  expect(same).toBe(true);
  // Chunks of 188 draws by one thread, of 94 by two: the rest, and no more.
  expect(computed).toBeLessThanOrEqual(2 * (32 - before) + 1);
  expect((await finish()).computed).toBe(0);
});

test("a line that was being written is written again; a damaged one is named", async () => {
  await finish();
  const size = readFileSync(path).length;
  truncateSync(path, size - 7);
  expect(await finish()).toEqual({ same: true, computed: 1 });
  appendFileSync(path, '{"from":0,"to"');
  expect(await finish()).toEqual({ same: true, computed: 0 });
  const lines = readFileSync(path, "utf8").split("\n");
  writeFileSync(path, lines.with(3, "{}").join("\n"));
  await expect(finish()).rejects.toThrow(/runParallel: line 4 of the journal .* is damaged/);
  writeFileSync(path, lines.toSpliced(3, 1).join("\n"));
  expect(await finish()).toEqual({ same: true, computed: 1 });
  // A chunk twice is an error, not a wrong number.
  writeFileSync(path, lines.toSpliced(3, 0, lines[3]!).join("\n"));
  await expect(finish()).rejects.toThrow(/is in two results/);
});

/** A program that runs the job with one thread and the journal. */
const program = (): string => `
  const { runParallel } = await import(${JSON.stringify(`${inject("built")}/dist/parallel.js`)});
  await runParallel(${JSON.stringify(job)}, { threads: 1, journal: ${JSON.stringify(path)} }).catch((error) => {
    console.log(error.code, error.message);
  });`;

test("a full disk is an error that says how many chunks are kept, and the next run continues", async () => {
  // A file may have no more than 8 blocks of 1024 bytes here.
  const child = spawn("bash", ["-c", 'ulimit -f 8; "$0" --input-type=module -e "$1"', process.execPath, program()]);
  let said = "";
  child.stdout.on("data", (text) => {
    said += text;
  });
  await new Promise((resolve) => child.on("exit", resolve));
  expect(said).toMatch(/^assumption runParallel: the journal .* cannot be written \(EFBIG\); it holds 1 chunks; free disk space/);
  expect(readFileSync(path).length).toBe(8192);
  expect((await finish()).same).toBe(true);
});

test("an aborted job goes on from its journal", async () => {
  const { runParallel } = await load();
  const controller = new AbortController();
  const stopped = runParallel(job, {
    threads: 2,
    journal: path,
    signal: controller.signal,
    onProgress: ({ done }) => done > 1000 && controller.abort(new Error("enough")),
  });
  await expect(stopped).rejects.toMatchObject({ code: "aborted", cause: new Error("enough") });
  const kept = chunksIn();
  expect(kept).toBeGreaterThan(9);
  const { same, computed } = await finish();
  expect(same).toBe(true);
  expect(computed).toBe(64 - kept);
});

test("a journal of another job and a file that is not a journal are refused, and the file is unchanged", async () => {
  const { runParallel } = await load();
  await finish();
  const before = readFileSync(path, "utf8");
  await expect(finish({ ...job, seed: "other" })).rejects.toThrow(/belongs to another job/);
  expect(readFileSync(path, "utf8")).toBe(before);
  writeFileSync(path, "notes of mine");
  await expect(finish()).rejects.toThrow(/is not a journal/);
  expect(readFileSync(path, "utf8")).toBe("notes of mine");
  await expect(runParallel(job, { journal: folder })).rejects.toThrow(/runParallel: the journal .* cannot be/);
  await expect(runParallel(job, { journal: 3 as never })).rejects.toThrow(/runParallel: journal is 3; pass the path/);
});
