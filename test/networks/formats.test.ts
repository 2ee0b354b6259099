/** Checkpoints as frameworks write them: every form of the same network gives the same numbers. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FeatureLearningError } from "feature-learning";
import { type Checkpoint, readCheckpoint, readNpz, type TensorEntry } from "feature-learning/deep";
import { describe, expect, test } from "vitest";
import { withoutWrappers } from "../../src/networks/formats/wrappers.ts";

const FIXTURES = "test/networks/fixtures";
const open = (file: string): Checkpoint => readCheckpoint(new Uint8Array(readFileSync(file)), { file });

/** Half a unit in the last place of each type, relative. */
const ROUNDING: Readonly<Record<string, number>> = {
  f64: 2 ** -24,
  f32: 2 ** -24,
  f16: 2 ** -11,
  bf16: 2 ** -8,
  f8e4m3fn: 2 ** -4,
  f8e4m3fnuz: 2 ** -4,
  f8e5m2: 2 ** -3,
  f8e5m2fnuz: 2 ** -3,
};

/** The layers of a checkpoint from the first to the last, outputs first, by the frameworks' names for them. */
function layersOf({
  tensors,
  orientation,
}: Checkpoint): { outputs: number; inputs: number; at: (o: number, i: number) => number }[] {
  const names = [
    ["0.weight", "2.weight", "4.weight"],
    ["Dense_0.kernel", "Dense_1.kernel", "Dense_2.kernel"],
    ["dense.kernel", "dense_1.kernel", "dense_2.kernel"],
    ["dense.vars.0", "dense_1.vars.0", "dense_2.vars.0"],
  ].find((set) => set.every((name) => tensors.some((tensor) => tensor.name === name)));
  if (names === undefined) throw new Error(`no layers among ${tensors.map(({ name }) => name)}`);
  return names.map((name) => {
    const { shape, read } = tensors.find((tensor) => tensor.name === name)!;
    const data = read();
    const [a, b] = shape as [number, number];
    return orientation === "in-out"
      ? { outputs: b, inputs: a, at: (o, i) => data[i * b + o]! }
      : { outputs: a, inputs: b, at: (o, i) => data[o * b + i]! };
  });
}

/** [‖W₂‖², ‖W₁‖², ‖W₂W₁‖], plainly. */
function overlaps(checkpoint: Checkpoint): number[] {
  const layers = layersOf(checkpoint);
  const square = ({ outputs, inputs, at }: (typeof layers)[number]): number => {
    let sum = 0;
    for (let o = 0; o < outputs; o++) for (let i = 0; i < inputs; i++) sum += at(o, i) ** 2;
    return sum;
  };
  return layers.slice(1).flatMap((outer, n) => {
    const inner = layers[n]!;
    expect(outer.inputs).toBe(inner.outputs);
    let sum = 0;
    for (let o = 0; o < outer.outputs; o++)
      for (let i = 0; i < inner.inputs; i++) {
        let entry = 0;
        for (let k = 0; k < outer.inputs; k++) entry += outer.at(o, k) * inner.at(k, i);
        sum += entry ** 2;
      }
    return [square(outer), square(inner), Math.sqrt(sum)];
  });
}

function expectTruth(checkpoint: Checkpoint, truth: Readonly<Record<string, readonly number[]>>): void {
  const expected = ["2.weight·0.weight", "4.weight·2.weight"].flatMap((pair) => truth[pair]!);
  const found = overlaps(checkpoint);
  const dtype = checkpoint.tensors.find(({ shape, floating }) => floating && shape.length === 2)!.dtype;
  expect(found.length).toBe(6);
  // A square has twice the relative error of its entries; small entries of eight-bit types are not relative.
  for (const [i, value] of found.entries()) expect(Math.abs(value / expected[i]! - 1)).toBeLessThan(2 * ROUNDING[dtype]!);
}

describe("every form of a training run", () => {
  const forms = readdirSync(`${FIXTURES}/mlp`).filter((form) => form !== "truth");
  test("there are thirteen", () => expect(forms.length).toBe(13));
  test.each(forms)("%s has the overlaps of the truth, to the rounding of its type", (form) => {
    const files = readdirSync(join(FIXTURES, "mlp", form));
    expect(files.length).toBe(4);
    for (const file of files) {
      const truth = JSON.parse(readFileSync(`${FIXTURES}/mlp/truth/${file.replace(/\..*$/, ".json")}`, "utf8"));
      expectTruth(open(join(FIXTURES, "mlp", form, file)), truth);
    }
  });
});

describe("every form of a small network", () => {
  const truth = JSON.parse(readFileSync(`${FIXTURES}/written/truth.json`, "utf8"));
  const written = (file: string): Checkpoint => open(`${FIXTURES}/written/${file}`);
  const read = [
    ..."ddp compiled parameters f16 f64 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz"
      .split(" ")
      .map((n) => `${n}.pt`),
    ..."protocol-3 protocol-4 protocol-5 legacy-protocol-4 views legacy-views odd-tensors with-average odd-objects"
      .split(" ")
      .map((n) => `${n}.pt`),
    ..."without-checksums.pt arrays-2.pkl arrays-5.pkl tensors.pkl bfloat16.npz fortran.npz latest.h5 tracked.h5 userblock.h5".split(
      " ",
    ),
    ..."gzip.h5 lzf.h5 latest-gzip.h5 f16-big-endian.h5 bfloat16.msgpack train-state.msgpack chunked.msgpack jax.pkl".split(" "),
    ..."keras.h5 keras.weights.h5".split(" "),
  ];
  test.each(read)("%s has the overlaps of the truth", (file) => expectTruth(written(file), truth));

  test("all files are tested here", () => {
    const elsewhere = [
      "module.pt",
      "module-in-dictionary.pt",
      "optimizer-state.pt",
      "object.pt",
      "torchscript.pt",
      "archive.keras",
    ];
    const others = ["growing.h5", "many.h5", "truth.json", "write.py"];
    expect(readdirSync(`${FIXTURES}/written`).sort()).toEqual([...read, ...elsewhere, ...others].sort());
  });

  test("of several states in a file the model is read, and the others are listed", () => {
    const { tensors, skipped } = written("with-average.pt");
    expect(tensors.length).toBe(6);
    expect(skipped).toContainEqual({ name: "ema", because: "it is an average of the weights" });
    expect(skipped).toContainEqual({ name: "optimizer", because: "it is the optimizer's state" });
    expect(written("train-state.msgpack").skipped).toContainEqual({ name: "opt_state", because: "it is the optimizer's state" });
  });

  test("tensors that are not floating-point are skipped and named", () => {
    const names = ({ skipped }: Checkpoint): string[] => skipped.map(({ name }) => name).sort();
    expect(names(written("odd-tensors.pt"))).toEqual(["nowhere", "quantized", "sparse"]);
    expect(names(written("bfloat16.npz"))).toEqual(["complex", "date", "objects", "records", "text"]);
    expect(names(written("growing.h5"))).toEqual(["0.weight", "2.weight", "4.weight"]);
    const integers = written("bfloat16.npz").tensors.filter(({ floating }) => !floating);
    expect(integers.map(({ name, dtype }) => `${name} ${dtype}`)).toEqual(["integers i64", "truth bool"]);
    expect(Object.keys(readNpz(readFileSync(`${FIXTURES}/written/bfloat16.npz`))).length).toBe(6);
  });

  test("views are read by their strides, an expanded tensor too", () => {
    for (const file of ["views.pt", "legacy-views.pt"]) {
      const expanded = written(file).tensors.find(({ name }) => name === "expanded")!;
      expect([expanded.shape, expanded.read()]).toEqual([[5, 7], new Float32Array(35).fill(1)]);
    }
  });

  test("groups of many members are in the order of their numbers", () => {
    const { tensors } = written("many.h5");
    expect(tensors.map(({ read: values }) => values()[0])).toEqual(Array.from({ length: 40 }, (_, i) => i));
  });

  test("which axis is the outputs is known from the framework", () => {
    const orientations = [
      "ddp.pt",
      "arrays-5.pkl",
      "latest.h5",
      "bfloat16.msgpack",
      "jax.pkl",
      "keras.h5",
      "keras.weights.h5",
    ].map((file) => written(file).orientation);
    expect(orientations).toEqual(["out-in", "out-in", "out-in", "in-out", "in-out", "in-out", "in-out"]);
  });

  test("an archive without checksums is read and says so", () => {
    expect(written("without-checksums.pt").warnings.join()).toMatch(/was written without checksums.*--no-checksums/);
    expect(written("protocol-5.pt").warnings).toEqual([]);
    const bytes = new Uint8Array(readFileSync(`${FIXTURES}/written/without-checksums.pt`));
    expect(readCheckpoint(bytes, { checksums: false }).warnings).toEqual([]);
  });

  test("a file without a model is refused with its kind and advice", () => {
    for (const [file, message] of [
      [
        "module.pt",
        /^readCheckpoint: save model\.state_dict\(\) .*module\.pt is a pickled module of class torch\.nn\.\S*Sequential/,
      ],
      ["module-in-dictionary.pt", /^readCheckpoint: save model\.state_dict\(\)/],
      ["optimizer-state.pt", /holds an optimizer's state and no model/],
      ["object.pt", /holds an object of __main__\.Odd and no tensors/],
      ["torchscript.pt", /TorchScript.*state_dict/],
      ["archive.keras", /Keras archive.*save_weights/],
    ] as const) {
      const run = (): unknown => written(file);
      expect(run).toThrow(FeatureLearningError);
      expect(run).toThrow(message);
    }
  });
});

describe("files of other kinds say what they are", () => {
  const text = (content: string): Uint8Array => new TextEncoder().encode(content);
  test.each([
    [
      "model.safetensors",
      text("version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12\n"),
      /Git LFS pointer.*git lfs pull/,
    ],
    ["model.gguf", text("GGUF\u0003\0\0\0"), /GGUF/],
    ["model.pt", new Uint8Array(0), /is empty/],
    ["model.pt", text("<!DOCTYPE html><html>"), /web page/],
    ["model.tflite", text("\u001c\0\0\0TFL3"), /TFLite/],
    ["model.onnx", text("\u0008\u0007"), /ONNX/],
    ["__0_0.distcp", text("PK"), /distributed PyTorch checkpoint.*dcp_to_torch/],
    ["model.pt.gz", new Uint8Array([0x1f, 0x8b, 8, 0]), /gunzip/],
    ["model.pt", new Uint8Array(100).fill(7), /in no format that is read/],
  ])("%s", (file, bytes, message) => {
    const run = (): unknown => readCheckpoint(bytes, { file });
    expect(run).toThrow(FeatureLearningError);
    expect(run).toThrow(message);
  });
});

describe("names", () => {
  test("lose their wrappers, whatever the order and number of these", () => {
    expect(withoutWrappers(["module._orig_mod.model.a.weight", "module._orig_mod.model.b.weight"])).toEqual([
      "a.weight",
      "b.weight",
    ]);
    expect(withoutWrappers(["a._orig_mod.0.weight", "b.0.weight"])).toEqual(["a.0.weight", "b.0.weight"]);
    expect(withoutWrappers(["model.layers.0.weight", "lm_head.weight"])).toEqual(["layers.0.weight", "lm_head.weight"]);
  });

  test("keep them where two would become equal, or two networks one", () => {
    for (const names of [
      ["module.a", "a"],
      ["net.0.weight", "model.1.weight"],
      ["model", "model."],
    ])
      expect(withoutWrappers(names)).toEqual(names);
  });
});

test("numbers of every narrow type are exact, by all their codes", () => {
  // The codes against the definition: sign, exponent, fraction.
  const value = (code: number, exponent: number, mantissa: number, bias: number): number => {
    const e = (code >> mantissa) % 2 ** exponent;
    const fraction = (code % 2 ** mantissa) / 2 ** mantissa;
    return (code >> (exponent + mantissa) ? -1 : 1) * (e === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (e - bias));
  };
  const tensor = (dtype: string, bytes: Uint8Array, count: number): TensorEntry => {
    const header = new TextEncoder().encode(JSON.stringify({ w: { dtype, shape: [count], data_offsets: [0, bytes.length] } }));
    const file = new Uint8Array(8 + header.length + bytes.length);
    new DataView(file.buffer).setUint32(0, header.length, true);
    file.set(header, 8);
    file.set(bytes, 8 + header.length);
    return readCheckpoint(file).tensors[0]!;
  };
  const eight = Uint8Array.from({ length: 256 }, (_, code) => code);
  const finite = (dtype: string, e: number, m: number, bias: number): number => {
    const found = tensor(dtype, eight, 256).read();
    const right = Array.from(found).filter((x, code) => Object.is(x, value(code, e, m, bias)));
    return right.length;
  };
  // All but the codes of NaN, infinity, and of what would be negative zero.
  expect(finite("F8_E4M3", 4, 3, 7)).toBe(254);
  expect(finite("F8_E5M2", 5, 2, 15)).toBe(248);
  expect(finite("F8_E4M3FNUZ", 4, 3, 8)).toBe(255);
  expect(finite("F8_E5M2FNUZ", 5, 2, 16)).toBe(255);
  const sixteen = new Uint8Array(Uint16Array.from({ length: 65536 }, (_, code) => code).buffer);
  const halves = tensor("F16", sixteen, 65536).read();
  expect(Array.from(halves).filter((x, code) => Object.is(x, value(code, 5, 10, 15))).length).toBe(65536 - 2048);
  const brains = tensor("BF16", sixteen, 65536).read();
  expect(Array.from(brains).filter((x, code) => Object.is(x, value(code, 8, 7, 127))).length).toBe(65536 - 256);
});
