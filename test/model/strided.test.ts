import ndarray from "ndarray";
import { expect, test } from "vitest";
import { readMatrix } from "../../src/door/arrays.ts";
import { Strided } from "../../src/model/strided.ts";

const block = new Strided(
  Float64Array.from({ length: 24 }, (_, i) => i),
  [2, 3, 4],
);

test("entries lie as in an ndarray of the same shape", () => {
  const same = ndarray(block.data, [2, 3, 4]);
  for (let i = 0; i < 2; i++)
    for (let j = 0; j < 3; j++) for (let k = 0; k < 4; k++) expect(block.get(i, j, k)).toBe(same.get(i, j, k));
  expect(block.stride).toEqual(same.stride);
});

test("an index outside of its axis has no entry", () => {
  expect([block.get(2, 0, 0), block.get(0, 3, 0), block.get(0, 0, -1)]).toEqual([undefined, undefined, undefined]);
});

test("a row is a view", () => {
  expect([...block.row(1)]).toEqual(Array.from({ length: 12 }, (_, i) => 12 + i));
  expect(block.row(1).buffer).toBe(block.data.buffer);
});

test("clones and JSON keep the fields, and two axes are read wherever an ndarray is", () => {
  expect(structuredClone(block)).toEqual({ data: block.data, shape: [2, 3, 4], stride: [12, 4, 1], offset: 0 });
  const plane = new Strided(block.data, [6, 4]);
  for (const copy of [plane, structuredClone(plane), JSON.parse(JSON.stringify(plane))])
    expect(readMatrix("x", copy)).toEqual({ rows: 6, columns: 4, data: block.data });
});
