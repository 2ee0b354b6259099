/** The implemented calls of a pickle, which make PyTorch's tensors, NumPy's arrays and plain containers. */
import { broken, bytesSource, type FileContext, limitExpansion, readCount, sizeOf } from "./bytes.ts";
import type { ByteSource } from "./checkpoint.ts";
import { columnMajorStrides, decodeFloats, floatBytes, gather, rowMajorStrides } from "./decode.ts";
import type { Node } from "./node.ts";
import { dtypeOf } from "./npy.ts";
import type { Builders } from "./pickle.ts";
import { type Buildable, PyDict, PyGlobal, PyObject } from "./pickleObjects.ts";
import { tensorLeaf } from "./tensorLeaf.ts";

/** The numbers behind one or several tensors. */
export class Storage {
  /** The type of each element; undefined for bytes whose type is that of the tensor. */
  readonly dtype: string | undefined;
  /** The number of bytes that it should have. */
  readonly bytes: number;
  /** The position of the numbers; in the legacy format it is known only at the file's end. */
  source: ByteSource | undefined;
  readonly little: boolean;
  constructor(dtype: string | undefined, bytes: number, source: ByteSource | undefined, little: boolean) {
    this.dtype = dtype;
    this.bytes = bytes;
    this.source = source;
    this.little = little;
  }
}

/** A tensor as described by a file. */
export class StoredArray implements Buildable {
  readonly node: Node;
  constructor(node: Node) {
    this.node = node;
  }
  // Attributes that a script put on a tensor.
  build(): void {}
}

const TYPES: Readonly<Record<string, { readonly dtype: string; readonly bytes: number }>> = {
  double: { dtype: "f64", bytes: 8 },
  float64: { dtype: "f64", bytes: 8 },
  float: { dtype: "f32", bytes: 4 },
  float32: { dtype: "f32", bytes: 4 },
  half: { dtype: "f16", bytes: 2 },
  float16: { dtype: "f16", bytes: 2 },
  bfloat16: { dtype: "bf16", bytes: 2 },
  float8_e4m3fn: { dtype: "f8e4m3fn", bytes: 1 },
  float8_e5m2: { dtype: "f8e5m2", bytes: 1 },
  float8_e4m3fnuz: { dtype: "f8e4m3fnuz", bytes: 1 },
  float8_e5m2fnuz: { dtype: "f8e5m2fnuz", bytes: 1 },
  float8_e8m0fnu: { dtype: "f8e8m0", bytes: 1 },
  long: { dtype: "i64", bytes: 8 },
  int64: { dtype: "i64", bytes: 8 },
  int: { dtype: "i32", bytes: 4 },
  int32: { dtype: "i32", bytes: 4 },
  short: { dtype: "i16", bytes: 2 },
  int16: { dtype: "i16", bytes: 2 },
  char: { dtype: "i8", bytes: 1 },
  int8: { dtype: "i8", bytes: 1 },
  byte: { dtype: "u8", bytes: 1 },
  uint8: { dtype: "u8", bytes: 1 },
  uint16: { dtype: "u16", bytes: 2 },
  uint32: { dtype: "u32", bytes: 4 },
  uint64: { dtype: "u64", bytes: 8 },
  bool: { dtype: "bool", bytes: 1 },
  complexfloat: { dtype: "c64", bytes: 8 },
  complex64: { dtype: "c64", bytes: 8 },
  complexdouble: { dtype: "c128", bytes: 16 },
  complex128: { dtype: "c128", bytes: 16 },
};

/**
 * The element type of a class of storages, such as torch.FloatStorage; undefined for bytes, null if the class
 * is unknown.
 */
export function storageType(name: string): { readonly dtype: string | undefined; readonly bytes: number } | null {
  const last = name.split(".").at(-1)!;
  if (last === "UntypedStorage") return { dtype: undefined, bytes: 1 };
  return TYPES[last.replace(/Storage$/, "").toLowerCase()] ?? null;
}

/** The node of a tensor whose numbers lie in a storage with strides. */
function stridedTensor(
  context: FileContext,
  storage: Storage,
  type: { readonly dtype: string; readonly bytes: number },
  offset: unknown,
  sizes: unknown,
  strides: unknown,
): Node {
  const integers = (noun: string, value: unknown): number[] =>
    Array.isArray(value)
      ? value.map((n) => readCount(context, noun, n))
      : broken(context, `has a tensor without ${noun}; it is damaged`);
  const shape = integers("a length of a tensor's axis", sizes);
  const stride = integers("a stride of a tensor", strides);
  const first = readCount(context, "the place of a tensor in its storage", offset);
  const count = sizeOf(context, shape);
  if (stride.length !== shape.length)
    broken(context, `has a tensor with ${shape.length} axes and ${stride.length} strides; it is damaged`);
  const last = count === 0 ? first : shape.reduce((at, n, axis) => at + (n - 1) * stride[axis]!, first);
  if (count > 0 && (last + 1) * type.bytes > storage.bytes)
    broken(context, `has a tensor of shape [${shape}] that leaves its storage of ${storage.bytes} bytes; it is damaged`);
  limitExpansion(context, `a tensor of shape [${shape}]`, storage.bytes, count * type.bytes);
  const { dtype } = type;
  return tensorLeaf(context, shape, dtype, `has no floating-point numbers in a tensor of ${dtype}`, (floats) => {
    if (count === 0) return decodeFloats(floats, new Uint8Array(0));
    const source = storage.source ?? broken(context, "ends before its tensors; it is truncated");
    const width = floatBytes[floats];
    const bytes = source.read(first * width, (last + 1) * width);
    const numbers = decodeFloats(floats, bytes, storage.little);
    const dense = rowMajorStrides(shape).every((step, axis) => shape[axis] === 1 || step === stride[axis]);
    return dense ? numbers : gather(numbers, shape, stride, 0);
  });
}

/** The element type of a numpy array in a pickle. */
class NumpyType implements Buildable {
  descr: string;
  constructor(descr: string) {
    this.descr = descr;
  }
  build(state: unknown): void {
    const order = Array.isArray(state) ? state[1] : undefined;
    if (typeof order === "string" && /^[<>=|]$/.test(order)) this.descr = `${order === "=" ? "<" : order}${this.descr}`;
  }
}

/** A NumPy array, whose state comes after it. */
export class NumpyArray implements Buildable {
  node: Node = { kind: "other", what: "an empty numpy array" };
  private readonly context: FileContext;
  constructor(context: FileContext) {
    this.context = context;
  }
  build(state: unknown): void {
    if (!Array.isArray(state) || state.length < 5) return;
    const [shape, type, fortran, data] = state.slice(-4) as unknown[];
    this.node = numpyNode(this.context, type, shape, fortran === true, data);
  }
}

function numpyNode(context: FileContext, type: unknown, sizes: unknown, fortran: boolean, data: unknown): Node {
  const numpyType = type instanceof NumpyType ? dtypeOf(type.descr) : undefined;
  if (numpyType === undefined || !(data instanceof Uint8Array) || !Array.isArray(sizes))
    return { kind: "other", what: "a numpy array of objects or records" };
  const shape = sizes.map((n) => readCount(context, "a length of an array's axis", n));
  if (sizeOf(context, shape) * numpyType.bytes !== data.length)
    broken(context, `has a numpy array of shape [${shape}] with ${data.length} bytes; it is damaged`);
  const stride = fortran ? columnMajorStrides(shape) : rowMajorStrides(shape);
  const storage = new Storage(numpyType.dtype, data.length, bytesSource(data), numpyType.little);
  return stridedTensor(context, storage, numpyType, 0, shape, stride);
}

/** Bytes that a pickle of protocol 2 stores as text, one character per byte. */
function bytesOf(text: unknown): Uint8Array | undefined {
  if (text instanceof Uint8Array) return text;
  return typeof text === "string" ? Uint8Array.from(text, (c) => c.charCodeAt(0)) : undefined;
}

/** A dictionary from a list of pairs, as Python 2 pickled an OrderedDict. */
function dictOf(pairs: unknown): PyDict {
  const dict = new PyDict();
  if (pairs instanceof PyDict) for (const [key, value] of pairs.entries) dict.entries.set(key, value);
  if (Array.isArray(pairs))
    for (const pair of pairs) if (Array.isArray(pair) && pair.length === 2) dict.entries.set(pair[0], pair[1]);
  return dict;
}

/**
 * The builders for the pickle of one file.
 *
 * @param storageIn - Reads the storage from a PyTorch file inside the pickle, as `pickle.dump` writes
 * tensors.
 */
export function buildersOf(context: FileContext, storageIn?: (bytes: Uint8Array) => unknown): Builders {
  const dtypeNamed = (value: unknown): { dtype: string; bytes: number } | undefined =>
    value instanceof PyGlobal && value.name.startsWith("torch.") ? TYPES[value.name.slice(6)] : undefined;

  function tensor(args: readonly unknown[], dtype?: unknown): unknown {
    const [storage, offset, sizes, strides] = args;
    if (!(storage instanceof Storage)) return new StoredArray({ kind: "other", what: "a tensor of a kind that is not read" });
    const type = dtype === undefined ? { dtype: storage.dtype, bytes: 0 } : dtypeNamed(dtype);
    const known =
      type?.dtype === undefined ? undefined : Object.values(TYPES).find((candidate) => candidate.dtype === type.dtype);
    if (known === undefined) return new StoredArray({ kind: "other", what: "a tensor of a type that is not read" });
    return new StoredArray(stridedTensor(context, storage, known, offset, sizes, strides));
  }

  const parameter = ([data]: readonly unknown[]): unknown =>
    data instanceof StoredArray ? data : new PyObject("torch.nn.Parameter", [data]);
  const unread = (description: string) => (): unknown => new StoredArray({ kind: "other", what: description });
  const first = ([value]: readonly unknown[]): unknown => value ?? null;
  const list = ([items]: readonly unknown[]): unknown => (Array.isArray(items) ? items : []);

  // Objects of protocols 0 and 1: a class, what it derives from, and the content of that.
  const reconstructed = ([of, base, content]: readonly unknown[]): unknown =>
    base instanceof PyGlobal && /\.dict$/.test(base.name)
      ? dictOf(content)
      : new PyObject(of instanceof PyGlobal ? of.name : "an unknown class", []);

  const numpyType = ([name]: readonly unknown[]): unknown => {
    const descr = name instanceof PyGlobal ? name.name.split(".").at(-1)! : String(name);
    return new NumpyType(descr);
  };
  const reconstruct = (): unknown => new NumpyArray(context);
  const scalar = ([type, data]: readonly unknown[]): unknown =>
    new StoredArray(numpyNode(context, type, [], false, bytesOf(data)));
  const fromBuffer = ([data, type, shape, order]: readonly unknown[]): unknown =>
    new StoredArray(numpyNode(context, type, shape, order === "F", bytesOf(data)));

  const builders: Map<string, (args: readonly unknown[]) => unknown> = new Map<string, (args: readonly unknown[]) => unknown>([
    ["torch._utils._rebuild_tensor", (args) => tensor(args)],
    ["torch._utils._rebuild_tensor_v2", (args) => tensor(args)],
    ["torch._utils._rebuild_tensor_v3", (args) => tensor(args, args[6] ?? null)],
    ["torch._utils._rebuild_parameter", parameter],
    ["torch._utils._rebuild_parameter_with_state", parameter],
    ["torch.nn.parameter.Parameter", parameter],
    ["torch._utils._rebuild_device_tensor_from_numpy", first],
    ["torch._utils._rebuild_device_tensor_from_cpu_tensor", first],
    ["torch._utils._rebuild_sparse_tensor", unread("a sparse tensor")],
    ["torch._utils._rebuild_sparse_csr_tensor", unread("a sparse tensor")],
    ["torch._utils._rebuild_nested_tensor", unread("a nested tensor")],
    ["torch._utils._rebuild_qtensor", unread("a quantized tensor")],
    ["torch._utils._rebuild_meta_tensor_no_storage", unread("a tensor without numbers (device meta)")],
    ["torch._utils._rebuild_wrapper_subclass", unread("a tensor of a class of its own")],
    [
      "torch._tensor._rebuild_from_type_v2",
      ([build, , args]) => {
        const builder = build instanceof PyGlobal ? builders.get(build.name) : undefined;
        return builder !== undefined && Array.isArray(args) ? builder(args) : unread("a tensor of a class of its own")();
      },
    ],
    [
      "torch.storage.TypedStorage",
      ([storage]) => (storage instanceof Storage ? storage : new PyObject("torch.storage.TypedStorage", [])),
    ],
    [
      "torch.storage._load_from_bytes",
      ([bytes]) => (bytes instanceof Uint8Array && storageIn !== undefined ? storageIn(bytes) : null),
    ],
    ["torch.Size", list],
    ["torch.device", ([name]) => String(name)],
    ["collections.OrderedDict", ([pairs]) => dictOf(pairs)],
    ["collections.defaultdict", ([, pairs]) => dictOf(pairs)],
    ["collections.Counter", ([pairs]) => dictOf(pairs)],
    ["builtins.dict", ([pairs]) => dictOf(pairs)],
    ["copy_reg._reconstructor", reconstructed],
    ["copyreg._reconstructor", reconstructed],
    ["types.MappingProxyType", ([pairs]) => dictOf(pairs)],
    ["numpy.dtype", numpyType],
    [
      "jax._src.array._reconstruct_array",
      ([, , state]) => {
        const array = new NumpyArray(context);
        array.build(state);
        return array;
      },
    ],
    ["_codecs.encode", ([text]) => bytesOf(text) ?? null],
  ]);
  for (const python of ["builtins", "__builtin__"]) {
    for (const container of ["list", "tuple", "set", "frozenset"]) builders.set(`${python}.${container}`, list);
    builders.set(`${python}.bytearray`, ([text]) => bytesOf(text) ?? new Uint8Array(0));
    builders.set(`${python}.bytes`, ([text]) => bytesOf(text) ?? new Uint8Array(0));
  }
  for (const core of ["numpy.core", "numpy._core"]) {
    builders.set(`${core}.multiarray._reconstruct`, reconstruct);
    builders.set(`${core}.multiarray.scalar`, scalar);
    builders.set(`${core}.numeric._frombuffer`, fromBuffer);
  }
  return builders;
}
