/**
 * Reads from the name of a file its ending, whether it may be a checkpoint, and whether it belongs to the
 * model.
 */
import { basename } from "node:path";
import { formats, isIndex } from "../networks/formats/registry.ts";

/** The endings of all formats that are read, without the dot. */
export const ENDINGS: readonly string[] = formats.flatMap(({ endings }) => endings);

/** The ending of a name. Older PyTorch scripts write .pth.tar, which is not a tar archive. */
export function endingOf(path: string): string {
  if (/\.(pt|pth|ckpt)\.tar$/i.test(path)) return "pth";
  return /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
}

/** The name without its ending. */
export function stemOf(name: string): string {
  const endings = [
    ...ENDINGS,
    "safetensors.index.json",
    "bin.index.json",
    "msgpack.index.json",
    "weights.h5",
    "ckpt.pt",
    "pth.tar",
    "pt.tar",
    "ckpt.tar",
  ];
  const ending = endings
    .filter((candidate) => name.toLowerCase().endsWith(`.${candidate}`))
    .sort((a, b) => b.length - a.length)[0];
  return ending === undefined ? name : name.slice(0, -ending.length - 1);
}

/** The position of a file's format in the registry. Of two files of a step, the first is preferred. */
export function rankOf(file: string): number {
  const ending = isIndex(file) ? endingOf(file.replace(/\.index\.json$/i, "")) : endingOf(file);
  const rank = formats.findIndex(({ endings }) => endings.includes(ending));
  return rank < 0 ? formats.length : rank;
}

/**
 * Whether a file of a folder may be a checkpoint: by its ending, or by the names that Flax uses, such as
 * checkpoint_100.
 */
export function isCandidate(path: string): boolean {
  const ending = endingOf(path);
  if (ENDINGS.includes(ending) || isIndex(path)) return true;
  if (["gguf", "onnx", "tflite", "distcp", "pb", "index"].includes(ending) || /\.data-\d+-of-\d+$/.test(path)) return true;
  return /^(checkpoint|ckpt|step|iter|params|state)[-_]?\d+$/i.test(basename(path));
}

/** Names of files that are saved with a model and do not contain it. */
const NO_MODEL =
  /(^|[-_.])(optim|optimizer|optim_states|scheduler|lr_scheduler|scaler|grad_scaler|rng_state|random_states|training_args|trainer_state|sampler|dataloader|tokenizer|vocab|hparams)([-_.]?\d+)*([-_.]|$)/i;
const AVERAGE = /(^|[-_.])(ema|swa)([-_.]|$)/i;

/** The reason why a file does not contain the model, according to its name. */
export function noModel(name: string): string | undefined {
  // Megatron's files contain the model, too.
  if (/^model_optim_rng/.test(name)) return undefined;
  const stem = name.replace(/\.[^.]+$/, "");
  if (NO_MODEL.test(stem) || /_optim_states$/.test(stem)) return "its name says that it holds no model";
  if (AVERAGE.test(stem)) return "its name says that it holds an average of the weights";
  if (/^events\.out\./.test(name)) return "it is a log";
  return undefined;
}
