/** Decodes stored numbers: f64 to a Float64Array, every narrower floating type exactly to a Float32Array. */

/**
 * The floating-point types that layers are stored in; the letters fn and uz define which codes are NaN and
 * infinite.
 */
export type FloatType = "f64" | "f32" | "f16" | "bf16" | "f8e4m3fn" | "f8e5m2" | "f8e4m3fnuz" | "f8e5m2fnuz" | "f8e8m0";

/** Bytes a number. */
export const floatBytes: Readonly<Record<FloatType, number>> = {
  f64: 8,
  f32: 4,
  f16: 2,
  bf16: 2,
  f8e4m3fn: 1,
  f8e5m2: 1,
  f8e4m3fnuz: 1,
  f8e5m2fnuz: 1,
  f8e8m0: 1,
};

export function isFloatType(dtype: string): dtype is FloatType {
  return Object.hasOwn(floatBytes, dtype);
}

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The numbers in `bytes`. The bytes are kept or changed, so pass a copy. */
export function decodeFloats(dtype: FloatType, bytes: Uint8Array, little: boolean = true): Float32Array | Float64Array {
  const width = floatBytes[dtype];
  const count = Math.floor(bytes.length / width);
  if (width > 1 && little !== littleEndian) swap(bytes, width);
  const aligned = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  if (dtype === "f64") return new Float64Array(aligned.buffer, aligned.byteOffset, count);
  if (dtype === "f32") return new Float32Array(aligned.buffer, aligned.byteOffset, count);
  const out = new Float32Array(count);
  if (dtype === "bf16") {
    // The upper half of a single-precision number.
    const bits = new Uint32Array(out.buffer);
    const upper = new Uint16Array(aligned.buffer, aligned.byteOffset, count);
    for (let i = 0; i < count; i++) bits[i] = upper[i]! << 16;
  } else if (dtype === "f16") {
    const table = halves();
    const codes = new Uint16Array(aligned.buffer, aligned.byteOffset, count);
    for (let i = 0; i < count; i++) out[i] = table[codes[i]!]!;
  } else {
    const table = quarters(dtype);
    for (let i = 0; i < count; i++) out[i] = table[aligned[i]!]!;
  }
  return out;
}

/** Reverses the bytes of each number. */
function swap(bytes: Uint8Array, width: number): void {
  for (let at = 0; at + width <= bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

/**
 * The number of a code with `mantissa` bits after `exponent` bits of this bias, without codes for NaN and
 * infinity.
 */
function plain(code: number, exponent: number, mantissa: number, bias: number): number {
  const sign = code >> (exponent + mantissa) ? -1 : 1;
  const e = (code >> mantissa) & (2 ** exponent - 1);
  const fraction = (code & (2 ** mantissa - 1)) / 2 ** mantissa;
  return sign * (e === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (e - bias));
}

let halfTable: Float32Array | undefined;

/** All numbers of half precision, by their code. */
function halves(): Float32Array {
  halfTable ??= Float32Array.from({ length: 65536 }, (_, code) => ieee(code, 5, 10));
  return halfTable;
}

/** IEEE: the largest exponent is that of infinity and NaN. */
function ieee(code: number, exponent: number, mantissa: number): number {
  const largest = 2 ** exponent - 1;
  const value = plain(code, exponent, mantissa, 2 ** (exponent - 1) - 1);
  if (((code >> mantissa) & largest) !== largest) return value;
  return code & (2 ** mantissa - 1) ? Number.NaN : value > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

/** All numbers of an eight-bit type, by their code. */
const quarterCodes: Readonly<Record<Exclude<FloatType, "f64" | "f32" | "f16" | "bf16">, (code: number) => number>> = {
  // fn: finite, with one NaN a sign. fnuz: no negative zero either, whose code is the only NaN; the bias is
  // larger by one.
  f8e4m3fn: (code) => ((code & 0x7f) === 0x7f ? Number.NaN : plain(code, 4, 3, 7)),
  f8e5m2: (code) => ieee(code, 5, 2),
  f8e4m3fnuz: (code) => (code === 0x80 ? Number.NaN : plain(code, 4, 3, 8)),
  f8e5m2fnuz: (code) => (code === 0x80 ? Number.NaN : plain(code, 5, 2, 16)),
  // A power of two, the scale of a block of numbers.
  f8e8m0: (code) => (code === 0xff ? Number.NaN : 2 ** (code - 127)),
};

function quarters(dtype: keyof typeof quarterCodes): Float32Array {
  return Float32Array.from({ length: 256 }, (_, code) => quarterCodes[dtype](code));
}

/** `data` of a Fortran-ordered or otherwise strided tensor, row by row. */
export function gather<T extends Float32Array | Float64Array>(
  data: T,
  shape: readonly number[],
  stride: readonly number[],
  offset: number,
): T {
  const size = shape.reduce((product, n) => product * n, 1);
  const out = new (data.constructor as new (length: number) => T)(size);
  const axes = shape.length;
  if (size === 0) return out;
  if (axes === 0) {
    out[0] = data[offset]!;
    return out;
  }
  const [length, step] = [shape[axes - 1]!, stride[axes - 1]!];
  const index = new Array<number>(axes).fill(0);
  let row = offset;
  for (let to = 0; to < size; ) {
    for (let i = 0, at = row; i < length; i++, at += step) out[to++] = data[at]!;
    for (let axis = axes - 2; axis >= 0; axis--) {
      row += stride[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      row -= stride[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}

/** The strides of a tensor that is stored column by column, in Fortran's order. */
export function columnMajorStrides(shape: readonly number[]): number[] {
  return rowMajorStrides([...shape].reverse()).reverse();
}

/** The strides of a tensor that is stored row by row. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const stride = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) stride[axis] = stride[axis + 1]! * shape[axis + 1]!;
  return stride;
}
