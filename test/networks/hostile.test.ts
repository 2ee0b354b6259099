/**
 * Damaged and harmful files are refused in bounded time and memory with the library's own error, or read with
 * the changed content.
 */
import { readFileSync } from "node:fs";
import { FeatureLearningError } from "feature-learning";
import { readCheckpoint } from "feature-learning/deep";
import { zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { crc32 } from "../../src/networks/formats/crc32.ts";

const FIXTURES = "test/networks/fixtures";
const text = (content: string): Uint8Array => Uint8Array.from(content, (c) => c.charCodeAt(0));
function join(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
const u32 = (n: number): Uint8Array => new Uint8Array(Uint32Array.of(n).buffer);

/** All numbers of a file, with names and shapes; undefined where it is refused by an error of our own. */
function contentOf(file: string, bytes: Uint8Array): string | undefined {
  try {
    return readCheckpoint(bytes, { file })
      .tensors.filter(({ floating }) => floating)
      .map(({ name, shape, read }) => `${name} ${shape}: ${read().join()}`)
      .join("\n");
  } catch (error) {
    if (!(error instanceof FeatureLearningError)) throw error;
    expect(error.message).toMatch(/^readCheckpoint: /);
    // One line, and no control characters that a terminal would obey.
    expect(error.message).not.toMatch(/\p{Cc}/u);
    return undefined;
  }
}

const small = [
  // Of each file: which bits are turned over, every one or every n-th, and whether checksums cover all that
  // is read.
  { file: "step-0.npz", every: 1, covered: true },
  { file: "written/protocol-5.pt", every: 5, covered: true },
  { file: "written/fortran.npz", every: 7, covered: true },
  { file: "numpy.safetensors", every: 1, covered: false },
  { file: "written/legacy-protocol-4.pt", every: 1, covered: false },
  { file: "written/arrays-5.pkl", every: 1, covered: false },
  { file: "written/bfloat16.msgpack", every: 1, covered: false },
  { file: "float16.npy", every: 1, covered: false },
  { file: "written/latest.h5", every: 7, covered: false },
  { file: "written/gzip.h5", every: 101, covered: false },
];

describe.each(small)("$file", ({ file, every, covered }) => {
  const original = new Uint8Array(readFileSync(`${FIXTURES}/${file}`));
  const content = contentOf(file, original);

  test("cut off at any byte is refused", () => {
    expect(content).toBeDefined();
    for (let length = 0; length < original.length; length += Math.ceil(every / 8))
      expect(contentOf(file, original.slice(0, length)), `${length} bytes`).toBeUndefined();
  });

  test("with any single bit flipped is refused, or read with the changed content", () => {
    let refused = 0;
    let changed = 0;
    let tried = 0;
    const bytes = original.slice();
    for (let bit = 0; bit < 8 * original.length; bit += every, tried++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      const found = contentOf(file, bytes);
      bytes[bit >> 3] = original[bit >> 3]!;
      if (found === undefined) refused++;
      else if (found !== content) changed++;
    }
    expect(tried).toBe(Math.ceil((8 * original.length) / every));
    expect(refused).toBeGreaterThan(0);
    // A checksum leaves no number that is not as it was written.
    if (covered) expect(changed).toBe(0);
    else expect(changed).toBeGreaterThan(0);
  });
});

describe("a pickle that would run something is refused by the name of what it would run", () => {
  const global = (module: string, name: string): Uint8Array => text(`c${module}\n${name}\n`);
  const stackGlobal = (module: string, name: string): Uint8Array =>
    join([0x8c, module.length], text(module), [0x8c, name.length], text(name), [0x93]);
  const call = (callable: Uint8Array): Uint8Array => join(callable, text("(S'echo harm'\ntR"));
  const within = (payload: Uint8Array): Uint8Array => join([0x80, 4], text("}("), text("S'weight'\n"), payload, text("u."));
  const torch = (pickle: Uint8Array): Uint8Array => zipSync({ "archive/data.pkl": pickle }, { level: 0 });

  test.each([
    ["os", "system"],
    ["posix", "system"],
    ["nt", "system"],
    ["subprocess", "Popen"],
    ["builtins", "eval"],
    ["builtins", "exec"],
    ["builtins", "__import__"],
    ["__builtin__", "compile"],
    ["builtins", "open"],
    ["runpy", "run_path"],
    ["importlib", "import_module"],
    ["pty", "spawn"],
    ["socket", "socket"],
    ["webbrowser", "open"],
    ["ctypes", "CDLL"],
    ["pickle", "loads"],
    ["torch", "load"],
    ["torch.hub", "load"],
    ["numpy.testing._private.utils", "runstring"],
    ["operator", "attrgetter.system"],
    ["logging", "os.system"],
  ])("%s.%s", (module, name) => {
    const builders = [global(module, name), stackGlobal(module, name)];
    for (const callable of builders)
      for (const [file, bytes] of [
        ["x.pkl", within(call(callable))],
        ["x.pt", torch(within(call(callable)))],
        ["x.pkl", join([0x80, 2], call(callable), text("."))],
      ] as const) {
        const run = (): unknown => readCheckpoint(bytes, { file });
        expect(run).toThrow(FeatureLearningError);
        expect(run).toThrow(`would run ${module}.${name} when Python loads it; nothing was executed`);
      }
  });

  test("an unknown call makes a placeholder, which is skipped next to a model, and is not a model by itself", () => {
    const array = join(
      text("cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(I1\nI2\nt"),
      text("cnumpy\ndtype\n(S'f4'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\n"),
      [0x43, 8],
      new Uint8Array(Float32Array.of(1, 2).buffer),
      text("tb"),
    );
    const unknown = call(global("my.package", "Thing"));
    const pickle = join([0x80, 4], text("}(S'w'\n"), array, text("S'thing'\n"), unknown, text("u."));
    const { tensors, skipped } = readCheckpoint(pickle, { file: "x.pkl" });
    expect(tensors.map(({ name, read }) => [name, ...read()])).toEqual([["w", 1, 2]]);
    expect(skipped).toEqual([{ name: "thing", because: "it is an object of my.package.Thing" }]);
    expect(() => readCheckpoint(join([0x80, 4], unknown, text(".")), { file: "x.pkl" })).toThrow(
      /holds an object of my\.package\.Thing and no tensors/,
    );
  });

  test("containers within themselves, deep nests and endless stacks end in an error", () => {
    const start = Date.now();
    const cases: Uint8Array[] = [
      // A list that contains itself, and a dictionary.
      join([0x80, 2], text("]q\0h\0a.")),
      join([0x80, 2], text("}q\0S'a'\nh\0s.")),
      // A list in a list in a list …, and lists that share their items: 2⁶⁰ paths.
      join([0x80, 2], text("]".repeat(100_000)), text("a".repeat(99_999)), text(".")),
      join([0x80, 2], text("]q\0"), text("0](h\0h\0eq\0".repeat(60)), text("h\0.")),
      // Marks, frames and recalls without end.
      join([0x80, 2], text("(".repeat(1_000_000))),
      join([0x80, 4, 0x95, 255, 255, 255, 255, 255, 255, 255, 0]),
      join([0x80, 2], text("h\0.")),
      join([0x80, 2], text("X"), u32(0xffffffff)),
      join([0x80, 2, 0x8b], u32(0x7fffffff)),
      join([0x80, 9]),
      join([0x80, 2], text("\x82\x01.")),
    ];
    for (const bytes of cases) expect(contentOf("x.pkl", bytes)).toBeUndefined();
    expect(Date.now() - start).toBeLessThan(20_000);
  });
});

/** A zip archive whose directory says what it is told. */
function archive(
  members: readonly { name: string; data: Uint8Array; size?: number; at?: number; method?: number; crc?: number }[],
): Uint8Array {
  const locals: Uint8Array[] = [];
  const entries: Uint8Array[] = [];
  let at = 0;
  for (const { name, data, size = data.length, at: place = at, method = 0, crc = crc32(data) } of members) {
    const common = join([0, 0], [method, 0], [0, 0, 0, 0], u32(crc), u32(data.length), u32(size), [name.length, 0]);
    const local = join(u32(0x04034b50), [20, 0], common, [0, 0], text(name), data);
    entries.push(join(u32(0x02014b50), [20, 0, 20, 0], common, [0, 0, 0, 0, 0, 0, 0, 0], u32(0), u32(place), text(name)));
    locals.push(local);
    at += local.length;
  }
  const directory = join(...entries);
  const count = [members.length & 255, members.length >> 8];
  return join(...locals, directory, u32(0x06054b50), [0, 0, 0, 0], count, count, u32(directory.length), u32(at), [0, 0]);
}

const npy = (shape: string, data: Uint8Array): Uint8Array => {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117);
  return join([0x93], text("NUMPY"), [1, 0, 118, 0], text(`${header}\n`), data);
};

describe("archives and headers that declare more than they contain", () => {
  const refuse = (file: string, bytes: Uint8Array, message: RegExp): void => {
    const start = Date.now();
    const run = (): unknown => readCheckpoint(bytes, { file }).tensors.map(({ read }) => read().length);
    expect(run).toThrow(FeatureLearningError);
    expect(run).toThrow(message);
    expect(Date.now() - start).toBeLessThan(5000);
  };

  test("a small archive that would expand without bound", () => {
    const zeros = zipSync({ "a.npy": npy("(2500, 10000)", new Uint8Array(100_000_000)) });
    expect(zeros.length).toBeLessThan(150_000);
    refuse("bomb.npz", zeros, /would expand from \d+ bytes to 100000128/);
    // A layer of zeros is no bomb.
    const layer = zipSync({ "a.npy": npy("(1000, 1000)", new Uint8Array(4_000_000)) });
    expect(readCheckpoint(layer, { file: "zeros.npz" }).tensors[0]!.read().length).toBe(1_000_000);
  });

  test("members that overlap, lie about their length, or share a name", () => {
    const one = npy("(1, 1)", new Uint8Array(4));
    refuse(
      "x.npz",
      archive([
        { name: "a.npy", data: one },
        { name: "b.npy", data: one, at: 0 },
      ]),
      /overlap/,
    );
    refuse("x.npz", archive([{ name: "a.npy", data: one, size: 10 }]), /two lengths/);
    refuse(
      "x.npz",
      archive([
        { name: "a.npy", data: one },
        { name: "a.npy", data: one },
      ]),
      /two zip members/,
    );
    refuse("x.npz", archive([{ name: "a.npy", data: one, method: 12 }]), /compressed by method 12/);
    refuse("x.npz", archive([{ name: "a.npy", data: one, crc: 1 }]), /is damaged: a\.npy has the checksum/);
    expect(
      readCheckpoint(archive([{ name: "a.npy", data: one, crc: 1 }]), { file: "x.npz", checksums: false }).tensors[0]!.read(),
    ).toEqual(Float32Array.of(0));
  });

  test("arrays whose shape is not that of their bytes", () => {
    for (const [shape, message] of [
      ["(2, 2)", /4 bytes for the shape \[2,2\].*truncated/],
      ["(0, 1)", /more than that/],
      ["(99999999, 99999999)", /damaged/],
      ["(-1, 1)", /without descr/],
      ["(1e9, 1)", /without descr/],
    ] as const)
      refuse("x.npy", npy(shape, new Uint8Array(4)), message);
    expect(readCheckpoint(npy("(1L, 1L)", new Uint8Array(4)), { file: "x.npy" }).tensors[0]!.shape).toEqual([1, 1]);
  });

  const safetensors = (header: unknown, bytes: number): Uint8Array => {
    const json = text(typeof header === "string" ? header : JSON.stringify(header));
    return join(u32(json.length), u32(0), json, new Uint8Array(bytes));
  };
  test("safetensors that overlap, leave gaps, repeat names, or have a huge header", () => {
    const at = (from: number, to: number, n: number): object => ({ dtype: "F32", shape: [n], data_offsets: [from, to] });
    refuse("x.safetensors", safetensors({ a: at(0, 8, 2), b: at(0, 8, 2) }, 8), /overlap or leave a gap/);
    refuse("x.safetensors", safetensors({ a: at(0, 8, 2), b: at(4, 12, 2) }, 12), /overlap or leave a gap/);
    refuse("x.safetensors", safetensors({ a: at(0, 4, 1), b: at(8, 12, 1) }, 12), /overlap or leave a gap/);
    refuse("x.safetensors", safetensors({ a: at(0, 4, 1) }, 8), /4 bytes after its last tensor/);
    refuse("x.safetensors", safetensors('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":1}', 4), /same name/);
    refuse("x.safetensors", safetensors({ a: { dtype: "F99", shape: [1], data_offsets: [0, 4] } }, 4), /type F99/);
    refuse("x.safetensors", join(u32(0xffffffff), u32(0xffffff), text("{}")), /its header would have/);
    refuse("x.safetensors", safetensors("[".repeat(100_000), 0), /not a JSON object/);
  });

  test("MessagePack of maps without end", () => {
    refuse("x.msgpack", join([0x81, 0xa1, 97], new Uint8Array(5000).fill(0x91)), /deep/);
    refuse("x.msgpack", join([0xdf, 0xff, 0xff, 0xff, 0xff], text("\xa1a\xc0")), /truncated|two entries/);
    refuse("x.msgpack", join([0x81, 0xa1, 97, 0xc9, 0xff, 0xff, 0xff, 0xff, 1]), /truncated/);
  });

  test("escape sequences in names are not echoed", () => {
    const header = { "\u001b[31mred\u0007": { dtype: "F32", shape: [2], data_offsets: [0, 4] } };
    try {
      readCheckpoint(safetensors(header, 4), { file: "\u001b[2J.safetensors" });
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message).toBe(
        "readCheckpoint: \\u{1b}[2J.safetensors, tensor \\u{1b}[31mred\\u{7}, has 4 bytes for the shape [2] of F32.",
      );
    }
  });
});
