/** Known formats that are not supported, with advice on conversion. */
import { latin1 } from "./bytes.ts";
import { startsWith } from "./format.ts";

/** A description of the file and advice; undefined if it is unknown. The sentence follows the file's name. */
export function unreadableAs(head: Uint8Array, file: string, members: readonly string[] = []): string | undefined {
  const text = latin1(head.subarray(0, 512));
  const ending = /\.([^./\\]+)$/.exec(file)?.[1]?.toLowerCase() ?? "";
  if (head.length === 0) return "is empty: it was not written to its end";
  if (text.startsWith("version https://git-lfs"))
    return "is a Git LFS pointer, not the file itself; fetch it by git lfs pull, or download it again";
  if (startsWith(head, "GGUF") || startsWith(head, "lmgg") || startsWith(head, "tjgg") || ending === "gguf")
    return "is a GGUF file of quantized weights for inference; analyze the checkpoints of the training run, which are .safetensors or .pt";
  if (members.includes("config.json") && members.includes("model.weights.h5"))
    return 'is a Keras archive; write the weights alone by model.save_weights("step-100.weights.h5"), or unzip model.weights.h5 from it';
  if (members.some((name) => /(^|\/)saved_model\.pb$/.test(name)) || /(^|[\\/])saved_model\.pb$/.test(file) || ending === "pb")
    return 'is a TensorFlow graph; write the weights by model.save_weights("step-100.weights.h5"), or by np.savez';
  if (ending === "index" && !text.startsWith("{"))
    return "is a checkpoint of TensorFlow; write its variables by np.savez(file, **{v.name: v.numpy() for v in model.variables})";
  if (/\.data-\d+-of-\d+$/.test(file))
    return "is a checkpoint of TensorFlow; write its variables by np.savez(file, **{v.name: v.numpy() for v in model.variables})";
  if (ending === "onnx") return "is an ONNX graph; analyze the checkpoints of the training run, which are .safetensors or .pt";
  if (ending === "tflite" || text.slice(4, 8) === "TFL3")
    return "is a TFLite graph; analyze the checkpoints of the training run, which are .safetensors or .pt";
  if (ending === "distcp")
    return "is a part of a distributed PyTorch checkpoint; convert its folder by python -m torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER step-100.pt";
  if (/(^|[\\/])(_CHECKPOINT_METADATA|_METADATA|manifest\.ocdbt)$/.test(file)) return ORBAX;
  if (startsWith(head, [0x1f, 0x8b])) return "is compressed by gzip; decompress it by gunzip";
  if (startsWith(head, [0x28, 0xb5, 0x2f, 0xfd])) return "is compressed by zstd; decompress it by unzstd";
  if (text.slice(257, 262) === "ustar" || ending === "tar") return "is a tar archive; unpack it by tar -xf";
  if (/^\s*(<!doctype|<html|<\?xml)/i.test(text)) return "is a web page, not the file itself; download it again";
  if (/^\s*[{[]/.test(text) && /^[\t\n\r -~]*$/.test(text)) return "is JSON text, not a checkpoint";
  return undefined;
}

export const ORBAX: string =
  "is an Orbax checkpoint, whose storage is read by JAX only; write the parameters by " +
  "flax.serialization.to_bytes(params) into a .msgpack file, or by np.savez";
