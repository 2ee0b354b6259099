/** The checkpoints of a run and their order. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FeatureLearningError } from "feature-learning";
import { afterAll, describe, expect, test } from "vitest";
import { onDisk } from "../../src/cli/fileSource.ts";
import { findCheckpoints } from "../../src/cli/findCheckpoints.ts";
import { stepsOf } from "../../src/networks/steps.ts";

const FIXTURES = "test/networks/fixtures";

/** The steps of paths, without the endings of their formats. */
function steps(paths: readonly string[], pattern?: RegExp): (number | undefined)[] {
  const parts = paths.map((file) => ({ file, folders: file.split("/").slice(0, -1), name: file.split("/").at(-1)! }));
  return stepsOf(parts, pattern);
}

describe("the step of a checkpoint", () => {
  test.each<[string, string[], (number | undefined)[]]>([
    ["is the number after step in its name", ["step-10", "step-100", "step-2"], [10, 100, 2]],
    ["after iter, checkpoint or ckpt", ["iter_0000500", "iter_0001000"], [500, 1000]],
    ["in any case and form", ["modelStep10", "model.STEP=20", "model step 30"], [10, 20, 30]],
    ["with a thousand or a million", ["step_500", "step_10k", "step_1M"], [500, 10_000, 1_000_000]],
    ["before the word", ["500steps", "1000steps"], [500, 1000]],
    ["else in its folder's", ["run/checkpoint-500/model", "run/checkpoint-1000/model"], [500, 1000]],
    ["of the innermost folder", ["step-7/global_step10/mp_rank_00", "step-7/global_step20/mp_rank_00"], [10, 20]],
    ["else after epoch", ["epoch=1-val_loss=0.91", "epoch=2-val_loss=0.55", "epoch=3-val_loss=0.30"], [1, 2, 3]],
    ["a step rather than an epoch", ["epoch=0-step=200-v1", "epoch=1-step=400-v1"], [200, 400]],
    ["else the only number that differs", ["gpt2-124M-1000", "gpt2-124M-2000"], [1000, 2000]],
    ["also of folders", ["100/model", "200/model"], [100, 200]],
    ["no metric", ["a-acc=0.91-1", "a-acc=0.93-2"], [1, 2]],
    ["no metric without an equals sign", ["loss0.3-ep10", "loss0.2-ep20"], [10, 20]],
    ["no temperature", ["model-1-t=0.25", "model-2-t=0.5"], [1, 2]],
    ["no version", ["model-v1-10", "model-v2-20"], [10, 20]],
    ["no type", ["model-fp16-3", "model-bf16-7"], [3, 7]],
    ["no hash", ["10-a1b2c3d", "20-1234567", "30-ab00112"], [10, 20, 30]],
    ["a hash before it", ["a1b2c3d-10", "bb12ffd-20"], [10, 20]],
    ["no layer count", ["resnet18_1", "resnet18_2"], [1, 2]],
    ["no number that is the same everywhere", ["seed3/step5-model_1", "seed3/step5-model_2"], [1, 2]],
    ["none of copies beside checkpoints", ["best", "last-v2", "step-1", "step-5"], [undefined, undefined, 1, 5]],
    ["none of what the run ends with", ["out/checkpoint-5/model", "out/checkpoint-9/model", "out/model"], [5, 9, undefined]],
  ])("is %s", (_, paths, expected) => expect(steps(paths)).toEqual(expected));

  test.each<[string, string[]]>([
    ["two numbers differ", ["model_3_1500", "model_4_2000"]],
    ["only metrics differ", ["loss_0.3", "loss_0.5"]],
    ["only versions differ", ["model-v1", "model-v2"]],
    ["no name has a number", ["best", "last"]],
    ["a name has two steps", ["step-1-step-2", "step-3-step-4"]],
    ["one has a number that others call a step", ["step-1", "model-2"]],
    ["a hash may be a number", ["ckpt-3f2a9c1", "ckpt-1234567"]],
  ])("is ambiguous if %s, and the error names --step", (_, paths) => {
    expect(() => steps(paths)).toThrow(FeatureLearningError);
    expect(() => steps(paths)).toThrow(/ambiguous.*--step/);
  });

  test("is what a pattern finds, its first group or all of it", () => {
    expect(steps(["model_3_1500", "model_4_2000"], /_(\d+)$/)).toEqual([1500, 2000]);
    expect(steps(["a/3x", "b/4x"], /\dx/)).toEqual([3, 4]);
    expect(() => steps(["model"], /it(\d+)/)).toThrow(/finds no number in model/);
  });
});

describe("the checkpoints in a folder", () => {
  const root = mkdtempSync(join(tmpdir(), "folders-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const npz = `${FIXTURES}/step-0.npz`;
  const pt = `${FIXTURES}/written/ddp.pt`;
  const st = `${FIXTURES}/numpy.safetensors`;
  let made = 0;
  /** A folder with copies of fixtures, or text. */
  function folder(files: Readonly<Record<string, string>>): string {
    const path = join(root, String.fromCharCode(97 + made++).repeat(3));
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(join(path, name, ".."), { recursive: true });
      if (content.startsWith(FIXTURES)) copyFileSync(content, join(path, name));
      else writeFileSync(join(path, name), content);
    }
    return path;
  }
  const found = (...paths: string[]): { files: string[]; skipped: Record<string, string> } => {
    const { checkpoints, skipped } = findCheckpoints(paths);
    for (const checkpoint of checkpoints) {
      const opened = checkpoint.open();
      expect(opened.tensors.length).toBeGreaterThan(0);
      opened.close();
    }
    const short = (path: string): string => path.replace(`${paths[0]}/`, "");
    return {
      files: checkpoints.map(({ file, step }) => `${step} ${short(file)}`),
      skipped: Object.fromEntries(skipped.map(({ name, because }) => [short(name), because])),
    };
  };

  test("are in the order of their steps; files without a model are skipped, and a step is read once", () => {
    const path = folder({
      "checkpoint-1000/model.safetensors": st,
      "checkpoint-1000/pytorch_model.bin": pt,
      "checkpoint-1000/optimizer.pt": "x",
      "checkpoint-1000/scheduler.pt": "x",
      "checkpoint-1000/rng_state_0.pth": "x",
      "checkpoint-1000/training_args.bin": "x",
      "checkpoint-1000/config.json": "{}",
      "checkpoint-20/pytorch_model.bin": pt,
      "model.safetensors": st,
      "README.md": "text",
    });
    const { files, skipped } = found(path);
    expect(files).toEqual(["20 checkpoint-20/pytorch_model.bin", "1000 checkpoint-1000/model.safetensors"]);
    expect(Object.keys(skipped).sort()).toEqual([
      "checkpoint-1000/optimizer.pt",
      "checkpoint-1000/pytorch_model.bin",
      "checkpoint-1000/rng_state_0.pth",
      "checkpoint-1000/scheduler.pt",
      "checkpoint-1000/training_args.bin",
      "model.safetensors",
    ]);
    expect(skipped["checkpoint-1000/pytorch_model.bin"]).toMatch(/step 1000 is read from .*model\.safetensors/);
  });

  test("may have the endings of older scripts, or none as Flax writes them", () => {
    const { files, skipped } = found(
      folder({ "checkpoint-1.pth.tar": pt, "checkpoint-20.pth.tar": pt, "model_best.pth.tar": pt }),
    );
    expect(files).toEqual(["1 checkpoint-1.pth.tar", "20 checkpoint-20.pth.tar"]);
    expect(Object.keys(skipped)).toEqual(["model_best.pth.tar"]);
    const flax = `${FIXTURES}/written/train-state.msgpack`;
    expect(found(folder({ checkpoint_5: flax, checkpoint_10: flax })).files).toEqual(["5 checkpoint_5", "10 checkpoint_10"]);
  });

  test("may be given in any order, as a shell gives them", () => {
    const path = folder({ "step-10.npz": npz, "step-100.npz": npz, "step-2.npz": npz });
    const given = ["step-10.npz", "step-100.npz", "step-2.npz"].map((name) => join(path, name));
    expect(findCheckpoints(given).checkpoints.map(({ step }) => step)).toEqual([2, 10, 100]);
  });

  test("are one of several files by their index", () => {
    const header = (name: string): string => {
      const json = JSON.stringify({ [name]: { dtype: "F32", shape: [1, 1], data_offsets: [0, 4] } });
      return `${String.fromCharCode(json.length)}\0\0\0\0\0\0\0${json}\0\0\0\0`;
    };
    const index = JSON.stringify({
      weight_map: { a: "model-00001-of-00002.safetensors", b: "model-00002-of-00002.safetensors" },
    });
    const path = folder({
      "step-1/model.safetensors.index.json": index,
      "step-1/model-00001-of-00002.safetensors": header("a"),
      "step-1/model-00002-of-00002.safetensors": header("b"),
    });
    expect(found(path).files).toEqual(["1 step-1/model.safetensors.index.json"]);
    const opened = findCheckpoints([path]).checkpoints[0]!.open();
    expect(opened.tensors.map(({ name, read }) => [name, ...read()])).toEqual([
      ["a", 0],
      ["b", 0],
    ]);
    opened.close();
    rmSync(join(path, "step-1/model-00002-of-00002.safetensors"));
    expect(() => findCheckpoints([path]).checkpoints[0]!.open()).toThrow(
      /lists model-00002-of-00002\.safetensors, which is not next to it/,
    );
    writeFileSync(join(path, "step-1/model.safetensors.index.json"), JSON.stringify({ weight_map: { a: "../../secret" } }));
    expect(() => findCheckpoints([path])).toThrow(/outside of its own folder/);
  });

  test("are stacks of .npy files, a folder a step or a name a step", () => {
    const layer = `${FIXTURES}/float32.npy`;
    const folders = folder({
      "step-0/fc1.npy": layer,
      "step-0/fc2.npy": layer,
      "step-9/fc1.npy": layer,
      "step-9/fc2.npy": layer,
    });
    expect(found(folders).files).toEqual(["0 step-0", "9 step-9"]);
    const beside = folder({ "step-0.npz": npz, "step-9.npz": npz, "losses.npy": layer });
    expect(found(beside)).toEqual({
      files: ["0 step-0.npz", "9 step-9.npz"],
      skipped: { "*.npy": "neither its name nor its folder's has a step" },
    });
    const flat = folder({ "step0_fc1.npy": layer, "step0_fc2.npy": layer, "step5_fc1.npy": layer, "step5_fc2.npy": layer });
    const { checkpoints } = findCheckpoints([flat]);
    expect(checkpoints.map(({ step }) => step)).toEqual([0, 5]);
    expect(checkpoints[1]!.open().tensors.map(({ name }) => name)).toEqual(["fc1", "fc2"]);
  });

  test("links are followed once; circles, pipes and devices end at once", () => {
    const path = folder({ "step-1.npz": npz, "step-2.npz": npz });
    symlinkSync(path, join(path, "circle"));
    symlinkSync("step-2.npz", join(path, "last.npz"));
    symlinkSync("nowhere", join(path, "step-3.npz"));
    symlinkSync("self.npz", join(path, "self.npz"));
    execFileSync("mkfifo", [join(path, "step-4.npz")]);
    const { files, skipped } = found(path);
    expect(files).toEqual(["1 step-1.npz", "2 step-2.npz"]);
    expect(Object.keys(skipped).sort()).toEqual(["last.npz", "self.npz", "step-3.npz"]);
    for (const [bad, message] of [
      [join(path, "step-4.npz"), /is not a regular file/],
      ["/dev/zero", /is not a regular file/],
      [join(path, "self.npz"), /symbolic links form a cycle \(ELOOP\)/],
      [join(path, "none.npz"), /does not exist/],
      [join(path, "step-1.npz/x"), /not a folder \(ENOTDIR\)|does not exist/],
    ] as const) {
      expect(() => findCheckpoints([bad])).toThrow(FeatureLearningError);
      expect(() => findCheckpoints([bad])).toThrow(message);
    }
  });

  test("errors of the system become a sentence", () => {
    const fail = (code: string) => (): never => {
      throw Object.assign(new Error(code), { code });
    };
    expect(() => onDisk("run/a.pt", fail("EACCES"))).toThrow(/^run\/a\.pt cannot be read: permission denied \(EACCES\)\.$/);
    expect(() => onDisk("x", fail("ENOSPC"), "written")).toThrow(/^x cannot be written: the disk is full \(ENOSPC\)\.$/);
    expect(() => onDisk("x", fail("EXOTIC"))).toThrow(/^x cannot be read: EXOTIC\.$/);
  });

  test("of two runs, or two files of a step, are refused", () => {
    const path = folder({ "a/step-1.npz": npz, "b/step-1.npz": npz });
    expect(() => findCheckpoints([path])).toThrow(/are both step 1; pass the files of one run and one model/);
    const ranks = folder({ "iter_1/mp_rank_00/model.pt": pt, "iter_1/mp_rank_01/model.pt": pt });
    expect(() => findCheckpoints([ranks])).toThrow(/split over several devices; merge them first/);
    const twice = folder({ "epoch=1-v1.ckpt": pt, "epoch=1.ckpt": pt });
    expect(() => findCheckpoints([twice])).toThrow(/both step 1/);
  });

  test("of two runs side by side are refused with the names of their folders, unless a pattern tells the step", () => {
    const path = folder({ "run0/step-0.npz": npz, "run0/step-10.npz": npz, "run1/step-5.npz": npz, "run1/step-15.npz": npz });
    expect(() => findCheckpoints([path])).toThrow(/order of the checkpoints is ambiguous: 2 folders .*run0, .*run1/);
    expect(findCheckpoints([path], { step: /step-(\d+)/u }).checkpoints.map(({ step }) => step)).toEqual([0, 5, 10, 15]);
    const nested = folder(
      Object.fromEntries(
        ["a/checkpoint-0", "a/checkpoint-9", "b/checkpoint-5", "b/checkpoint-7"].map((at) => [`${at}/model.npz`, npz]),
      ),
    );
    expect(() => findCheckpoints([nested])).toThrow(/2 folders hold several steps each/);
    const one = folder({ "checkpoint-0/model.npz": npz, "global_step5/sub/model.npz": npz, "checkpoint-9/model.npz": npz });
    expect(findCheckpoints([one]).checkpoints.map(({ step }) => step)).toEqual([0, 5, 9]);
    const last = folder({ "steps/step-0.npz": npz, "steps/step-5.npz": npz, "step-9.npz": npz });
    expect(findCheckpoints([last]).checkpoints).toHaveLength(3);
  });

  test("for a folder without checkpoints, the error says what it contains", () => {
    expect(() => findCheckpoints([folder({ "a.txt": "x" })])).toThrow(
      /holds no checkpoint; files of these kinds are read: \.safetensors/,
    );
    expect(() => findCheckpoints([folder({ "step-1.gguf": "GGUF" })])).toThrow(/GGUF file of quantized weights/);
    expect(() => findCheckpoints([folder({ "step-1/_CHECKPOINT_METADATA": "{}", "step-1/manifest.ocdbt": "x" })])).toThrow(
      /Orbax/,
    );
    expect(() => findCheckpoints([folder({ "step-1-optimizer.pt": "x" })])).toThrow(/its name says that it holds no model/);
  });
});
