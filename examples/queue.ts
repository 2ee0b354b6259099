/**
 * A sweep over a queue: its chunks as BullMQ jobs on a Redis server, computed by worker processes on any
 * number of machines. Workers, the program that waits for them, and the server may all be killed and started
 * again.
 *
 *     node --import tsx examples/queue.ts worker redis://localhost:6379          starts a worker; start as many as you like
 *     node --import tsx examples/queue.ts run redis://localhost:6379 job.json    puts a job in, waits, prints its summary
 *     node --import tsx examples/queue.ts                                        shows all of this, with a server of its own
 *
 * The server must keep its data over a restart: redis-server --appendonly yes --appendfsync always.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Queue, type Job as QueueJob, Worker } from "bullmq";
import { assembleEnsemble, type Chunk, chunksOf, type EnsembleJob, ensemble, runChunk } from "feature-learning/sweep";

const NAME = "feature-learning";
const CHUNK = 500;

const [, , command, url, file] = process.argv;
if (command === "worker") work(url!);
else if (command === "run") await runJob(url!, JSON.parse(readFileSync(file!, "utf8")) as EnsembleJob);
else await demonstrate();

/** Waits for a server that is gone, and goes on when it is back. */
function connectionTo(server: string): { host: string; port: number; maxRetriesPerRequest: null } {
  const { hostname, port } = new URL(server);
  return { host: hostname, port: Number(port || 6379), maxRetriesPerRequest: null };
}

/** A worker: takes chunks until it is stopped. */
function work(server: string): void {
  const run = async ({ data }: { data: Chunk }): Promise<string> => {
    const { values } = runChunk(data);
    return Buffer.from(values.buffer).toString("base64");
  };
  // The chunk of a worker that dies is free again after a second; then another one takes it.
  const connection = connectionTo(server);
  const worker = new Worker(NAME, run, { connection, lockDuration: 1000, stalledInterval: 1000, maxStalledCount: 99 });
  worker.on("error", () => undefined);
}

/** Puts the chunks of a job in, as far as they are not there yet, waits for them, and prints a summary. */
async function runJob(server: string, job: EnsembleJob): Promise<void> {
  const queue = new Queue<Chunk, string>(NAME, { connection: connectionTo(server) });
  queue.on("error", () => undefined);
  const hash = createHash("sha256").update(JSON.stringify(job)).digest("hex").slice(0, 16);
  const chunks = chunksOf(job, CHUNK);
  // A chunk's job and beginning are its name: put in twice, it is there once, and one that is done is not
  // done again.
  const idOf = (chunk: Chunk): string => `${hash}-${chunk.from}`;
  await queue.addBulk(
    chunks.map((data) => ({ name: "chunk", data, opts: { jobId: idOf(data), attempts: 5, removeOnComplete: false } })),
  );
  for (;;) {
    const jobs = await Promise.all(chunks.map((chunk) => queue.getJob(idOf(chunk)) as Promise<QueueJob<Chunk, string>>));
    const failed = jobs.find(({ failedReason, finishedOn }) => failedReason && finishedOn);
    if (failed) throw new Error(`the chunk from ${failed.data.from} failed: ${failed.failedReason}`);
    const done = jobs.filter(({ returnvalue }) => returnvalue);
    if (done.length < chunks.length) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      continue;
    }
    const results = done.map(({ data: { from, to }, returnvalue }) => {
      const bytes = Uint8Array.from(Buffer.from(returnvalue, "base64"));
      return { from, to, values: new Float64Array(bytes.buffer) };
    });
    // Refuses a chunk that is lost or doubled.
    const found = assembleEnsemble(job, results);
    const digest = createHash("sha256").update(new Uint8Array(found.values.data.buffer)).digest("hex");
    console.log(`${found.draws} draws from ${results.length} chunks; sha256 of all numbers ${digest}`);
    for (const [i, name] of found.observables.entries()) {
      const [median, error] = [found.quantiles.get(3, i), found.quantileErrors.get(3, i)];
      console.log(`${name.padEnd(15)} median ${median.toPrecision(6)} ± ${error.toPrecision(1)}`);
    }
    await queue.close();
    return;
  }
}

/** Kills a worker, the server, and the program that waits, and compares the outcome with one thread's. */
async function demonstrate(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "feature-learning-queue-"));
  const port = 6300 + (process.pid % 600);
  const server = `redis://127.0.0.1:${port}`;
  const job: EnsembleJob = {
    of: "ensemble",
    settings: { width: 1e9, outputScale: 1e-5 },
    measure: ["kernelChange", "halfLife", "finalAlignment"],
    draws: 40_000,
    seed: "queue",
  };
  const jobFile = join(folder, "job.json");
  writeFileSync(jobFile, JSON.stringify(job));
  const self = fileURLToPath(import.meta.url);
  const started: ChildProcess[] = [];
  const start = (program: string, ...args: string[]): ChildProcess => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "ignore"] });
    started.push(child);
    return child;
  };
  const startServer = (): ChildProcess =>
    start("redis-server", "--port", String(port), "--dir", folder, ..."--save  --appendonly yes --appendfsync always".split(" "));
  const own = (...args: string[]): ChildProcess => start(process.execPath, "--import", "tsx", self, ...args);
  const queue = new Queue<Chunk, string>(NAME, { connection: connectionTo(server) });
  queue.on("error", () => undefined);
  const done = async (): Promise<number> => (await queue.getJobCounts("completed"))["completed"]!;
  const until = async (count: number): Promise<void> => {
    for (let tries = 0; (await done()) < count; tries++) {
      if (tries > 1200) throw new Error("the queue has stopped");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  try {
    let redis = startServer();
    const workers = [0, 1, 2].map(() => own("worker", server));
    const first = own("run", server, jobFile);
    await until(15);
    workers[0]!.kill("SIGKILL");
    console.log(`a worker killed after ${await done()} of ${chunksOf(job, CHUNK).length} chunks`);
    await until(30);
    first.kill("SIGKILL");
    console.log(`the program that waits killed after ${await done()}`);
    await until(45);
    redis.kill("SIGKILL");
    redis = startServer();
    console.log(`the server killed and started again: it has ${await done()}`);
    const second = own("run", server, jobFile);
    let said = "";
    second.stdout!.on("data", (text) => {
      said += text;
    });
    const ended = new Promise<number | null>((resolve) => second.on("exit", resolve));
    if ((await ended) !== 0) throw new Error("the second run failed");
    console.log(said.trim());
    const alone = createHash("sha256")
      .update(new Uint8Array(ensemble(job).values.data.buffer))
      .digest("hex");
    const same = said.includes(alone);
    console.log(`every bit as one thread finds it: ${same}`);
    if (!same) process.exitCode = 1;
  } finally {
    for (const child of started) child.kill("SIGKILL");
    queue.disconnect().catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  }
}
