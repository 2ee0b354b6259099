/**
 * An ensemble over a queue: its chunks as BullMQ jobs on a Redis server, several worker processes, one of them killed in the middle. Nothing is
 * lost, nothing doubled, and every bit is as one thread finds it. Needs redis-server.
 *
 *     node --import tsx examples/queue.ts
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Queue, Worker } from "bullmq";
import { assembleEnsemble, type Chunk, chunksOf, type EnsembleJob, ensemble, runChunk } from "feature-learning/sweep";

const port = 6300 + (process.pid % 600);
const NAME = "ensemble";

if (process.argv[2] === "worker") work(Number(process.argv[3]));
else await main();

/** A worker process: takes chunks until it is stopped. */
function work(at: number): void {
  const connection = { host: "127.0.0.1", port: at, maxRetriesPerRequest: null };
  const run = async ({ data }: { data: Chunk }): Promise<string> => {
    const { values } = runChunk(data);
    return Buffer.from(values.buffer).toString("base64");
  };
  // A worker that dies keeps its chunk for a second; then another one takes it.
  new Worker(NAME, run, { connection, lockDuration: 1000, stalledInterval: 1000, maxStalledCount: 9 });
}

async function main(): Promise<void> {
  const job: EnsembleJob = {
    of: "ensemble",
    settings: { width: 1e9, outputScale: 1e-5 },
    measure: ["kernelChange", "halfLife", "finalAlignment"],
    draws: 40_000,
    seed: "queue",
  };
  const chunks = chunksOf(job, 500);
  const server = spawn("redis-server", ["--port", String(port), "--save", "", "--appendonly", "no"], { stdio: "ignore" });
  const failed = once(server, "error").then(([error]) => Promise.reject(error));
  const workers = [0, 1, 2].map(() => startWorker());
  const queue = new Queue<Chunk, string>(NAME, { connection: { host: "127.0.0.1", port } });
  try {
    await Promise.race([queue.waitUntilReady(), failed]);
    // A chunk's own beginning is its name: put in twice, it is there once.
    for (const chunk of [...chunks, ...chunks.slice(0, 10)])
      await queue.add("chunk", chunk, { jobId: `from-${chunk.from}`, removeOnComplete: false });
    console.log(`${chunks.length} chunks of 500 draws, 10 of them put in twice, 3 worker processes`);
    await completed(queue, 20);
    workers[0]!.kill("SIGKILL");
    console.log(`one worker killed after ${(await queue.getJobCounts("completed"))["completed"]} chunks`);
    await completed(queue, chunks.length);

    const done = await queue.getCompleted(0, chunks.length * 2);
    const results = done.map(({ data, returnvalue }) => {
      const bytes = Uint8Array.from(Buffer.from(returnvalue, "base64"));
      return { from: data.from, to: data.to, values: new Float64Array(bytes.buffer) };
    });
    // Refuses a chunk that is lost or doubled.
    const found = assembleEnsemble(job, results);
    const alone = ensemble(job);
    const same = found.values.data.every((value, i) => Object.is(value, alone.values.data[i]));
    console.log(`${found.draws} draws from ${results.length} results; every bit as one thread finds it: ${same}`);
    for (const [i, name] of found.observables.entries())
      console.log(
        `${name.padEnd(15)} median ${found.quantiles.get(3, i).toPrecision(6)} ± ${found.quantileErrors.get(3, i).toPrecision(1)}`,
      );
    if (!same) process.exitCode = 1;
  } finally {
    for (const worker of workers) worker.kill("SIGKILL");
    await queue.close();
    server.kill("SIGKILL");
  }
}

function startWorker(): ChildProcess {
  return spawn(process.execPath, ["--import", "tsx", fileURLToPath(import.meta.url), "worker", String(port)], {
    stdio: "ignore",
  });
}

/** Waits until so many chunks are done. */
async function completed(queue: Queue, count: number): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    const counts = await queue.getJobCounts("completed", "failed");
    if (counts["failed"]! > 0) throw new Error(`${counts["failed"]} chunks failed`);
    if (counts["completed"]! >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the queue has stopped");
}
