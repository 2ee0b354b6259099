import { attempt, reject } from "../door/arguments.ts";

/** Allocates the numbers of a job. */
export function numbersFor(count: number): Float64Array {
  const room = attempt(() => new Float64Array(count), undefined);
  return room ?? reject(`the job has ${count} numbers, more than fit in memory; pass a smaller job`);
}
