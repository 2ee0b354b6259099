import { attempt, reject } from "../door/arguments.ts";

/** Room for the numbers of a job. */
export function numbersFor(count: number): Float64Array {
  const room = attempt(() => new Float64Array(count), undefined);
  return room ?? reject(`the job gives ${count} numbers, more than fit in memory; ask for fewer`);
}
