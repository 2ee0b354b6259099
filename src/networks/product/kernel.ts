/**
 * The inner loops in WebAssembly with 128-bit vectors, written here as bytes: a product's sum of squares,
 * tile by tile, and a step of power iteration. If WebAssembly is missing or forbidden by a policy, callers
 * use plain loops.
 *
 * The code sections below are assembled from the instruction names of the WebAssembly specification.
 */

/**
 * A tile of the product, rows × columns. The panels of the outer factor have the width of the tile's rows,
 * those of the inner factor the width of its columns.
 */
interface Tile {
  readonly rows: number;
  readonly columns: number;
}

export interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  /** Σ of squares of a panel of rows times `count` panels of columns; addresses in bytes. */
  squares(rows: number, columns: number, count: number, depth: number): number;
  /**
   * z += Σ_r (w_r·x) w_r over `groups` of 4 rows; x and z in double precision, rows of `pairs` pairs of
   * numbers.
   */
  normal(w: number, x: number, z: number, groups: number, pairs: number): void;
}

/** Bytes at the beginning of the memory that belong to the kernel. */
export const SCRATCH = 1024;

export const tiles: { readonly single: Tile; readonly double: Tile } = {
  single: { rows: 4, columns: 8 },
  double: { rows: 4, columns: 4 },
};

/** Products are summed in single precision in blocks of this size, and the blocks in double precision. */
const BLOCK = 256;

interface Wasm {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
}

const kernels: { single?: Kernel | undefined; double?: Kernel | undefined } = {};

/** The kernel for a precision; undefined if WebAssembly is missing or not allowed. */
export function kernelFor(precision: "single" | "double"): Kernel | undefined {
  if (!(precision in kernels)) kernels[precision] = make(precision);
  return kernels[precision];
}

function make(precision: "single" | "double"): Kernel | undefined {
  try {
    const { Module, Instance } = (globalThis as unknown as { WebAssembly: Wasm }).WebAssembly;
    return new Instance(new Module(moduleBytes(precision === "single"))).exports as Kernel;
  } catch {
    return undefined;
  }
}

/** A number in the variable-length form of WebAssembly. */
function leb(n: number): number[] {
  const out: number[] = [];
  for (let rest = n; ; rest >>= 7) {
    const last = rest >> 7 === 0 && (rest & 0x40) === 0;
    out.push((rest & 0x7f) | (last ? 0 : 0x80));
    if (last) return out;
  }
}
function unsigned(n: number): number[] {
  return n < 128 ? [n] : [(n & 0x7f) | 0x80, ...unsigned(n >>> 7)];
}

const sized = (bytes: readonly number[]): number[] => [...unsigned(bytes.length), ...bytes];
const section = (id: number, ...items: readonly number[][]): number[] => [
  id,
  ...sized([...unsigned(items.length), ...items.flat()]),
];

const [I32, F64, V128] = [0x7f, 0x7c, 0x7b];
const get = (local: number): number[] => [0x20, ...unsigned(local)];
const set = (local: number): number[] => [0x21, ...unsigned(local)];
const i32 = (n: number): number[] => [0x41, ...leb(n)];
const [ADD, SUB, MUL, GREATER, SELECT, END] = [[0x6a], [0x6b], [0x6c], [0x4b], [0x1b], [0x0b]];
const simd = (code: number, ...rest: number[]): number[] => [0xfd, ...unsigned(code), ...rest];
const load = (code: number, offset: number): number[] => simd(code, 0, ...unsigned(offset));
const VECTOR = 0x00;
const STORE = 0x0b;
const zero = simd(0x0c, ...new Array<number>(16).fill(0));
const double = { add: simd(0xf0), mul: simd(0xf2), splat: simd(0x14), lane: (i: number) => simd(0x21, i) };
const promote = simd(0x5f);
/** The upper two of four numbers. */
const upper = (local: number): number[] => [
  ...get(local),
  ...get(local),
  ...simd(0x0d, ...[8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]),
];
/** A loop that ends when `counter`, less `step`, is 0. */
const loop = (counter: number, step: readonly number[], body: readonly number[]): number[] => [
  ...[0x03, 0x40, ...body],
  ...[...get(counter), ...step, ...SUB, 0x22, ...unsigned(counter), 0x0d, 0],
  ...END,
];
const advance = (local: number, by: readonly number[]): number[] => [...get(local), ...by, ...ADD, ...set(local)];
const code = (locals: readonly (readonly [number, number])[], body: readonly number[]): number[] =>
  sized([...unsigned(locals.length), ...locals.flatMap(([n, type]) => [...unsigned(n), type]), ...body, ...END]);

function moduleBytes(single: boolean): Uint8Array {
  const functions = [squaresCode(single), normalCode(single)];
  const name = (text: string): number[] => sized(Array.from(text, (c) => c.charCodeAt(0)));
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [0x60, 4, I32, I32, I32, I32, 1, F64], [0x60, 5, I32, I32, I32, I32, I32, 0]),
    ...section(3, [0], [1]),
    ...section(5, [0, 1]),
    ...section(7, [...name("memory"), 2, 0], [...name("squares"), 0, 0], [...name("normal"), 0, 1]),
    ...section(10, ...functions),
  ]);
}

function squaresCode(single: boolean): number[] {
  const { rows, columns } = single ? tiles.single : tiles.double;
  const bytes = single ? 4 : 8;
  const vectors = (columns * bytes) / 16;
  const [add, mul, splat] = single ? [simd(0xe4), simd(0xe6), 0x09] : [double.add, double.mul, 0x0a];
  // Locals: the arguments; the place in the row panel, numbers left, in this block; factors; accumulators;
  // the sum.
  const [a, b, panels, depth, at, left, block, factor] = [0, 1, 2, 3, 4, 5, 6, 7];
  const column = (j: number): number => 8 + j;
  const sum = 8 + vectors;
  const accumulator = (i: number, j: number): number => sum + 1 + i * vectors + j;
  const tile = Array.from({ length: rows }, (_, i) => Array.from({ length: vectors }, (_, j) => accumulator(i, j))).flat();
  // One neuron at a time: with several, V8 runs out of registers and halves the speed.
  const products = [
    ...Array.from({ length: vectors }, (_, j) => [...get(b), ...load(VECTOR, 16 * j), ...set(column(j))]).flat(),
    ...Array.from({ length: rows }, (_, i) => [
      ...[...get(at), ...load(splat, bytes * i), ...set(factor)],
      ...Array.from({ length: vectors }, (_, j) => [
        ...[...get(accumulator(i, j)), ...get(factor), ...get(column(j)), ...mul, ...add],
        ...set(accumulator(i, j)),
      ]).flat(),
    ]).flat(),
    ...advance(b, i32(16 * vectors)),
    ...advance(at, i32(bytes * rows)),
  ];
  const halves = single ? 2 : 1;
  const put = (slot: number, value: readonly number[]): number[] => [
    ...[...i32(0), ...i32(0), ...load(VECTOR, 16 * slot), ...value, ...double.add],
    ...simd(STORE, 0, ...unsigned(16 * slot)),
  ];
  const flush = tile.flatMap((local, k) =>
    single ? [...put(2 * k, [...get(local), ...promote]), ...put(2 * k + 1, [...upper(local), ...promote])] : put(k, get(local)),
  );
  const slots = Array.from({ length: tile.length * halves }, (_, k) => k);
  const perPanel = [
    ...slots.flatMap((k) => [...i32(0), ...zero, ...simd(STORE, 0, ...unsigned(16 * k))]),
    ...[...get(a), ...set(at), ...get(depth), ...set(left)],
    ...loop(left, get(block), [
      ...tile.flatMap((local) => [...zero, ...set(local)]),
      ...[...i32(BLOCK), ...get(left), ...get(left), ...i32(BLOCK), ...GREATER, ...SELECT, ...set(block)],
      // The block's length is needed again after its loop, so another local is counted down.
      ...[...get(block), ...set(accumulator(rows, 0))],
      ...loop(accumulator(rows, 0), i32(1), products),
      ...flush,
    ]),
    ...slots.flatMap((k) => [
      ...[...get(sum), ...i32(0), ...load(VECTOR, 16 * k), ...i32(0), ...load(VECTOR, 16 * k), ...double.mul, ...double.add],
      ...set(sum),
    ]),
  ];
  return code(
    [
      [3, I32],
      [1 + vectors + 1 + rows * vectors, V128],
      [1, I32],
    ],
    [...loop(panels, i32(1), perPanel), ...[...get(sum), ...double.lane(0), ...get(sum), ...double.lane(1), 0xa0]],
  );
}

function normalCode(single: boolean): number[] {
  const rows = 4;
  const bytes = single ? 4 : 8;
  // Locals: the arguments; places in x, z and the rows, pairs left, bytes of a row; four sums.
  const [w, x, z, groups, pairs, p, q, left, width] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const row = (i: number): number => 9 + i;
  const sum = (i: number): number => 9 + rows + i;
  const value = (i: number): number[] => [...get(row(i)), ...(single ? [...load(0x5d, 0), ...promote] : load(VECTOR, 0))];
  const each = (make: (i: number) => number[]): number[] => Array.from({ length: rows }, (_, i) => make(i)).flat();
  const rewind = [
    ...each((i) => [...get(w), ...get(width), ...i32(i), ...MUL, ...ADD, ...set(row(i))]),
    ...[...get(x), ...set(p), ...get(z), ...set(q), ...get(pairs), ...set(left)],
  ];
  const dots = [
    ...each((i) => [...get(sum(i)), ...get(p), ...load(VECTOR, 0), ...value(i), ...double.mul, ...double.add, ...set(sum(i))]),
    ...each((i) => advance(row(i), i32(2 * bytes))),
    ...advance(p, i32(16)),
  ];
  const whole = (i: number): number[] => [
    ...[...get(sum(i)), ...double.lane(0), ...get(sum(i)), ...double.lane(1), 0xa0, ...double.splat, ...set(sum(i))],
  ];
  const back = [
    ...[...get(q), ...get(q), ...load(VECTOR, 0)],
    ...each((i) => [...value(i), ...get(sum(i)), ...double.mul, ...double.add]),
    ...simd(STORE, 0, 0),
    ...each((i) => advance(row(i), i32(2 * bytes))),
    ...advance(q, i32(16)),
  ];
  const group = [
    ...each((i) => [...zero, ...set(sum(i))]),
    ...[...rewind, ...loop(left, i32(1), dots)],
    ...each(whole),
    ...[...rewind, ...loop(left, i32(1), back)],
    ...advance(w, [...get(width), ...i32(rows), ...MUL]),
  ];
  return code(
    [
      [4 + rows, I32],
      [rows, V128],
    ],
    [...get(pairs), ...i32(2 * bytes), ...MUL, ...set(width), ...loop(groups, i32(1), group)],
  );
}
