/** Which layer feeds which, in the architectures that people train: names and shapes as their libraries write them. */
import { describe, expect, test } from "vitest";
import { type Architecture, type ArchitectureOptions, architectureOf } from "../../src/networks/architecture/pairs.ts";

type Shapes = Readonly<Record<string, readonly number[]>>;

/** The pairs, in words, and what was skipped. */
function pairsOf(
  shapes: Shapes,
  options: Partial<ArchitectureOptions> = {},
): { pairs: string[]; skipped: Record<string, string>; views: Architecture["pairs"] } {
  const tensors = Object.entries(shapes).map(([name, shape]) => ({ name, shape, floating: true }));
  const { pairs, skipped } = architectureOf(tensors, { orientation: "out-in", ...options });
  const short = (label: string): string => label.replace(/[./](weight|kernel)(?=\[|$)/, "");
  return {
    pairs: pairs.map(({ outer, inner }) => `${short(outer.label)}·${short(inner.label)}`),
    skipped: Object.fromEntries(skipped.map(({ name, because }) => [name, because])),
    views: pairs,
  };
}

const block = (prefix: string, layers: Shapes): Shapes =>
  Object.fromEntries(Object.entries(layers).map(([name, shape]) => [`${prefix}.${name}`, shape]));
const heads = (count: number, pair: (head: number) => string): string[] => Array.from({ length: count }, (_, head) => pair(head));

describe("plain networks", () => {
  test("a Sequential and numbered layers follow their numbers", () => {
    expect(pairsOf({ "0.weight": [8, 4], "0.bias": [8], "2.weight": [8, 8], "10.weight": [2, 8] }).pairs).toEqual([
      "2·0",
      "10·2",
    ]);
    // As sorted by name in a safetensors file.
    expect(pairsOf({ "fc1.weight": [8, 8], "fc10.weight": [8, 8], "fc2.weight": [8, 8] }).pairs).toEqual(["fc2·fc1", "fc10·fc2"]);
    expect(pairsOf({ "mlp.fc1.weight": [8, 4], "mlp.fc2.weight": [8, 8], "mlp.fc3.weight": [2, 8] }).pairs).toHaveLength(2);
  });

  test("names are ordered by what they mean where a format sorts them", () => {
    const sorted = { "hidden.weight": [64, 64], "input.weight": [64, 10], "output.weight": [3, 64] };
    expect(pairsOf(sorted).pairs).toEqual(["hidden·input", "output·hidden"]);
    const autoencoder = {
      "decoder.0.weight": [64, 16],
      "decoder.2.weight": [784, 64],
      "encoder.0.weight": [64, 784],
      "encoder.2.weight": [16, 64],
    };
    expect(pairsOf(autoencoder).pairs).toEqual(["encoder.2·encoder.0", "decoder.0·encoder.2", "decoder.2·decoder.0"]);
  });

  test("the file's own order is kept where it has one", () => {
    expect(pairsOf({ "stage_b.weight": [8, 8], "stage_a.weight": [8, 8], "end.weight": [8, 8] }).pairs).toEqual([
      "stage_a·stage_b",
      "end·stage_a",
    ]);
  });

  test("shapes decide where names do not", () => {
    expect(pairsOf({ "a.weight": [3, 64], "b.weight": [64, 10], "c.weight": [7, 3] }).pairs).toEqual(["a·b", "c·a"]);
  });

  test("layers that do not fit are listed with the reason, and the others are kept", () => {
    const { pairs, skipped } = pairsOf({ "a.weight": [32, 10], "b.weight": [7, 5], "c.weight": [3, 7] });
    expect(pairs).toEqual(["c·b"]);
    expect(skipped["b.weight"]).toBe("has 5 inputs, and a.weight before it has 32 outputs");
  });

  test("layers beside one another are not joined: means and variances of an autoencoder", () => {
    const { pairs, skipped } = pairsOf({
      "fc1.weight": [64, 784],
      "fc21.weight": [16, 64],
      "fc22.weight": [16, 64],
      "fc3.weight": [64, 16],
    });
    expect(pairs).toEqual(["fc21·fc1", "fc3·fc21"]);
    expect(skipped["fc22.weight"]).toMatch(/is parallel to fc21/);
  });

  test("all kernels of a decoder are those of transposed convolutions, where one of them fits only as such", () => {
    const encoder = { "encoder.0.weight": [8, 3, 3, 3], "encoder.2.weight": [8, 8, 3, 3] };
    const decoder = { "decoder.0.weight": [8, 8, 3, 3], "decoder.2.weight": [8, 3, 3, 3] };
    const { pairs, views } = pairsOf({ ...encoder, ...decoder });
    expect(pairs).toEqual(["encoder.2·encoder.0", "decoder.0·encoder.2", "decoder.2·decoder.0"]);
    // [inputs, outputs, 3, 3]: inputs are the slow axis.
    const turned = views.map(({ outer }) => outer.inputs.stride > outer.outputs.stride);
    expect(turned).toEqual([false, true, true]);
  });

  test("recurrent layers are listed and skipped, and nothing is joined across them", () => {
    const lstm = { "lstm.weight_ih_l0": [64, 16], "lstm.weight_hh_l0": [64, 16] };
    const after = { "fc.weight": [4, 16], "fc2.weight": [4, 4] };
    const { pairs, skipped } = pairsOf({ ...lstm, ...after });
    expect(pairs).toEqual(["fc2·fc"]);
    expect(Object.keys(skipped)).toEqual(Object.keys(lstm));
    for (const because of Object.values(skipped)) expect(because).toMatch(/is recurrent/);
    const before = { "enc_a.weight": [16, 8], "enc_b.weight": [16, 16] };
    expect(pairsOf({ ...before, ...lstm, ...after }).pairs).toEqual(["enc_b·enc_a", "fc2·fc"]);
    const keras = { "lstm/kernel": [8, 32], "lstm/recurrent_kernel": [8, 32], "a/kernel": [8, 8], "b/kernel": [8, 8] };
    expect(pairsOf(keras, { orientation: "in-out" }).pairs).toEqual(["b·a"]);
  });

  test("complete networks beside one another are not joined, though their widths fit", () => {
    const net = { "fc1.weight": [12, 12], "fc2.weight": [12, 12] };
    for (const [a, b] of [
      ["actor", "critic"],
      ["policy", "value"],
      ["online_net", "target_net"],
      ["generator", "discriminator"],
      ["q1", "q2"],
      ["alice", "bob"],
    ] as const) {
      for (const prefix of ["", "agent."])
        expect(pairsOf({ ...block(prefix + a, net), ...block(prefix + b, net) }).pairs.sort()).toEqual(
          [a, b].map((name) => `${prefix}${name}.fc2·${prefix}${name}.fc1`).sort(),
        );
    }
    // Parts of one network are joined; what actor and critic share feeds each of them.
    for (const [a, b] of [
      ["encoder", "decoder"],
      ["backbone", "head"],
    ] as const)
      expect(pairsOf({ ...block(a, net), ...block(b, net) }).pairs).toEqual([
        `${a}.fc2·${a}.fc1`,
        `${b}.fc1·${a}.fc2`,
        `${b}.fc2·${b}.fc1`,
      ]);
    const three = { "0.weight": [12, 12], "2.weight": [12, 12], "4.weight": [12, 12] };
    expect(pairsOf({ ...block("part1", three), ...block("part2", three) }).pairs).toContain("part2.0·part1.4");
    expect(pairsOf({ ...block("q1", three), ...block("q2", three) }).pairs).not.toContain("q2.0·q1.4");
    expect(pairsOf({ ...block("shared", net), ...block("actor", net), ...block("critic", net) }).pairs).toEqual([
      "shared.fc2·shared.fc1",
      "actor.fc1·shared.fc2",
      "actor.fc2·actor.fc1",
      "critic.fc1·shared.fc2",
      "critic.fc2·critic.fc1",
    ]);
  });

  test("biases are not layers, for any pattern", () => {
    const shapes = { "fc1.weight": [8, 4], "fc1.bias": [8, 1], "fc2.weight": [2, 8], "fc2.bias": [2], "other.weight": [2, 2] };
    expect(pairsOf(shapes, { layers: /fc/u }).pairs).toEqual(["fc2·fc1"]);
  });
});

describe("convolutions", () => {
  test("feed the dense layers that flatten them, channels first in PyTorch and last in Flax", () => {
    const lenet = {
      "conv1.weight": [6, 1, 5, 5],
      "conv2.weight": [16, 6, 5, 5],
      "fc1.weight": [120, 400],
      "fc2.weight": [10, 120],
    };
    expect(pairsOf(lenet).pairs).toEqual(["conv2·conv1", "fc1·conv2", "fc2·fc1"]);
    const tensors = [
      { name: "conv2.weight", shape: [16, 6, 5, 5], floating: true },
      { name: "fc1.weight", shape: [120, 400], floating: true },
    ];
    const { outer } = architectureOf(tensors, { orientation: "out-in" }).pairs[0]!;
    expect([outer.inputs, outer.taps]).toEqual([
      { count: 16, stride: 25 },
      { count: 25, stride: 1 },
    ]);
    const flax = { "Conv_0/kernel": [3, 3, 1, 32], "Dense_0/kernel": [1568, 10] };
    expect(pairsOf(flax, { orientation: "in-out" }).pairs).toEqual(["Dense_0·Conv_0"]);
    const last = architectureOf(
      Object.entries(flax).map(([name, shape]) => ({ name, shape, floating: true })),
      { orientation: "in-out" },
    ).pairs[0]!.outer;
    expect([last.inputs, last.taps]).toEqual([
      { count: 32, stride: 10 },
      { count: 49, stride: 320 },
    ]);
  });

  test("of a VGG are a chain", () => {
    const vgg = {
      "features.0.weight": [8, 3, 3, 3],
      "features.3.weight": [16, 8, 3, 3],
      "classifier.0.weight": [64, 784],
      "classifier.3.weight": [10, 64],
    };
    expect(pairsOf(vgg).pairs).toEqual(["features.3·features.0", "classifier.0·features.3", "classifier.3·classifier.0"]);
  });

  test("of a ResNet are paired within blocks only: sums with a shortcut have no single source", () => {
    const basic = (i: number, o: number): Shapes => ({
      "conv1.weight": [o, i, 3, 3],
      "bn1.weight": [o],
      "conv2.weight": [o, o, 3, 3],
    });
    const shapes = {
      "conv1.weight": [8, 3, 7, 7],
      ...block("layer1.0", basic(8, 8)),
      ...block("layer2.0", basic(8, 16)),
      "layer2.0.downsample.0.weight": [16, 8, 1, 1],
      "fc.weight": [10, 16],
    };
    const { pairs, skipped } = pairsOf(shapes);
    expect(pairs).toEqual(["layer1.0.conv1·conv1", "layer1.0.conv2·layer1.0.conv1", "layer2.0.conv2·layer2.0.conv1"]);
    expect(Object.keys(skipped)).toEqual(["layer2.0.downsample.0.weight", "fc.weight"]);
    const bottleneck = { "conv1.weight": [4, 16, 1, 1], "conv2.weight": [4, 4, 3, 3], "conv3.weight": [16, 4, 1, 1] };
    const deep = pairsOf({ ...block("layer1.0", bottleneck), ...block("layer1.1", bottleneck) }).pairs;
    expect(deep).toEqual(
      ["0", "1"].flatMap((b) => [`layer1.${b}.conv2·layer1.${b}.conv1`, `layer1.${b}.conv3·layer1.${b}.conv2`]),
    );
  });

  test("transposed ones are read as PyTorch stores them", () => {
    const shapes = { "encoder.0.weight": [16, 1, 3, 3], "decoder.0.weight": [16, 8, 2, 2], "decoder.2.weight": [8, 1, 2, 2] };
    expect(pairsOf(shapes).pairs).toEqual(["decoder.0·encoder.0", "decoder.2·decoder.0"]);
  });

  test("tell how the layers of a file are stored, where nothing else does", () => {
    const { layers } = architectureOf(
      [
        { name: "a/w", shape: [3, 3, 1, 32], floating: true },
        { name: "b/w", shape: [3, 3, 32, 64], floating: true },
      ],
      { orientation: "unknown" },
    );
    expect(layers.map(({ layout }) => layout)).toEqual(["in-out", "in-out"]);
  });
});

describe("transformers", () => {
  test("GPT-2 stores [inputs, outputs], nanoGPT under the same names [outputs, inputs]", () => {
    const gpt2 = {
      "attn.c_attn.weight": [32, 96],
      "attn.c_proj.weight": [32, 32],
      "mlp.c_fc.weight": [32, 128],
      "mlp.c_proj.weight": [128, 32],
    };
    const nano = {
      "attn.c_attn.weight": [96, 32],
      "attn.c_proj.weight": [32, 32],
      "mlp.c_fc.weight": [128, 32],
      "mlp.c_proj.weight": [32, 128],
    };
    const expected = [...heads(2, (h) => `h.0.attn.c_proj[head ${h}]·h.0.attn.c_attn[head ${h}]`), "h.0.mlp.c_proj·h.0.mlp.c_fc"];
    for (const [layers, layout] of [
      [gpt2, "in-out"],
      [nano, "out-in"],
    ] as const) {
      const shapes = { "wte.weight": [100, 32], "wpe.weight": [8, 32], ...block("h.0", layers) };
      const config = { n_head: 2 };
      expect(pairsOf(shapes, { config }).pairs).toEqual(expected);
      const tensors = Object.entries(shapes).map(([name, shape]) => ({ name, shape, floating: true }));
      const found = architectureOf(tensors, { orientation: "out-in", config });
      expect(found.layers.map((layer) => layer.layout)).toEqual([layout, layout, layout, layout]);
      // Values are the last third of c_attn's outputs.
      const value = found.pairs[1]!.inner;
      expect(value.outputs).toEqual({ count: 16, stride: layout === "in-out" ? 1 : 32 });
      expect(value.offset).toBe(layout === "in-out" ? 80 : 80 * 32);
    }
  });

  test("Llama has gate, up and down, and heads that share values", () => {
    const layer = {
      "self_attn.q_proj.weight": [64, 64],
      "self_attn.k_proj.weight": [32, 64],
      "self_attn.v_proj.weight": [32, 64],
      "self_attn.o_proj.weight": [64, 64],
      "mlp.gate_proj.weight": [128, 64],
      "mlp.up_proj.weight": [128, 64],
      "mlp.down_proj.weight": [64, 128],
    };
    const { pairs, skipped } = pairsOf(
      { "embed_tokens.weight": [100, 64], ...block("layers.0", layer), "lm_head.weight": [100, 64] },
      { config: { num_attention_heads: 4, num_key_value_heads: 2 } },
    );
    const at = (name: string): string => `layers.0.${name}`;
    expect(pairs).toEqual([
      `${at("mlp.down_proj")}·${at("mlp.gate_proj")}`,
      `${at("mlp.down_proj")}·${at("mlp.up_proj")}`,
      ...heads(4, (h) => `${at("self_attn.o_proj")}[head ${h}]·${at("self_attn.v_proj")}[head ${h >> 1}]`),
    ]);
    expect(Object.keys(skipped).sort()).toEqual(
      ["embed_tokens.weight", at("self_attn.k_proj.weight"), at("self_attn.q_proj.weight"), "lm_head.weight"].sort(),
    );
  });

  test("BERT and ViT: intermediate and output, attention's values and output", () => {
    const layer = {
      "attention.self.query.weight": [32, 32],
      "attention.self.key.weight": [32, 32],
      "attention.self.value.weight": [32, 32],
      "attention.output.dense.weight": [32, 32],
      "intermediate.dense.weight": [64, 32],
      "output.dense.weight": [32, 64],
    };
    const shapes = {
      "embeddings.word_embeddings.weight": [100, 32],
      ...block("encoder.layer.0", layer),
      "pooler.dense.weight": [32, 32],
      "classifier.weight": [2, 32],
    };
    const mlp = "encoder.layer.0.output.dense·encoder.layer.0.intermediate.dense";
    expect(pairsOf(shapes, { heads: 2 }).pairs).toEqual([
      ...heads(2, (h) => `encoder.layer.0.attention.output.dense[head ${h}]·encoder.layer.0.attention.self.value[head ${h}]`),
      mlp,
      "classifier·pooler.dense",
    ]);
    // Without a configuration nobody knows how many heads there are.
    const unknown = pairsOf(shapes);
    expect(unknown.pairs).toEqual([mlp, "classifier·pooler.dense"]);
    expect(unknown.skipped["encoder.layer.0.attention.output.dense.weight"]).toMatch(
      /whose number of heads is unknown; .* --heads/,
    );
    const vit = {
      "attn.qkv.weight": [96, 32],
      "attn.proj.weight": [32, 32],
      "mlp.fc1.weight": [128, 32],
      "mlp.fc2.weight": [32, 128],
    };
    const timm = pairsOf(
      { pos_embed: [1, 17, 32], "patch_embed.proj.weight": [32, 1, 7, 7], ...block("blocks.0", vit), "head.weight": [10, 32] },
      { heads: 1 },
    );
    expect(timm.pairs).toEqual(["blocks.0.attn.proj[head 0]·blocks.0.attn.qkv[head 0]", "blocks.0.mlp.fc2·blocks.0.mlp.fc1"]);
    expect(Object.keys(timm.skipped).sort()).toEqual(["head.weight", "patch_embed.proj.weight", "pos_embed"]);
  });

  test("interleaved, stacked and split projections, Flax's heads, T5's table of positions", () => {
    const neox = {
      "attention.query_key_value.weight": [96, 32],
      "attention.dense.weight": [32, 32],
      "mlp.dense_h_to_4h.weight": [64, 32],
      "mlp.dense_4h_to_h.weight": [32, 64],
    };
    const tensors = Object.entries(block("layers.0", neox)).map(([name, shape]) => ({ name, shape, floating: true }));
    const interleaved = architectureOf(tensors, { orientation: "out-in", config: { num_attention_heads: 2 } }).pairs;
    expect(interleaved).toHaveLength(3);
    // Head 1 has its queries at row 48, its keys at 64, its values at 80.
    expect(interleaved[1]!.inner.offset).toBe(80 * 32);
    const phi = {
      "self_attn.qkv_proj.weight": [64, 32],
      "self_attn.o_proj.weight": [32, 32],
      "mlp.gate_up_proj.weight": [128, 32],
      "mlp.down_proj.weight": [32, 64],
    };
    expect(pairsOf(block("layers.0", phi), { config: { num_attention_heads: 4 } }).pairs).toContain(
      "layers.0.mlp.down_proj·layers.0.mlp.gate_up_proj[gate]",
    );
    const flax = {
      "value/kernel": [32, 2, 16],
      "out/kernel": [2, 16, 32],
      "query/kernel": [32, 2, 16],
      "key/kernel": [32, 2, 16],
    };
    const attention = Object.fromEntries(
      Object.entries(flax).map(([name, shape]) => [`layer_0/MultiHeadDotProductAttention_0/${name}`, shape]),
    );
    expect(pairsOf(attention, { orientation: "in-out" }).pairs).toHaveLength(2);
    const t5 = {
      "q.weight": [32, 32],
      "k.weight": [32, 32],
      "v.weight": [32, 32],
      "o.weight": [32, 32],
      "relative_attention_bias.weight": [32, 4],
    };
    expect(pairsOf(block("block.0.layer.0.SelfAttention", t5)).pairs).toHaveLength(4);
  });

  test("low-rank adapters are pairs of their own beside the layers they adapt", () => {
    const shapes = {
      "layers.0.q_proj.base_layer.weight": [64, 64],
      "layers.0.q_proj.lora_A.default.weight": [8, 64],
      "layers.0.q_proj.lora_B.default.weight": [64, 8],
    };
    expect(pairsOf(shapes).pairs).toEqual(["layers.0.q_proj.lora_B.default·layers.0.q_proj.lora_A.default"]);
    // An adapter's file holds nothing else.
    const alone = { "layers.0.q_proj.lora_A.weight": [8, 64], "layers.0.q_proj.lora_B.weight": [64, 8] };
    expect(pairsOf(alone).pairs).toEqual(["layers.0.q_proj.lora_B·layers.0.q_proj.lora_A"]);
  });

  test("up and down projections without a gate are a pair within their block, in whatever order they are stored", () => {
    const block0 = { "down_proj.weight": [16, 64], "up_proj.weight": [64, 16] };
    for (const parent of ["mlp", "ffn", "feed_forward"])
      for (const shapes of [
        block0,
        { "up_proj.weight": [64, 16], "down_proj.weight": [16, 64] },
        { "down_proj.weight": [8, 8], "up_proj.weight": [8, 8] },
      ]) {
        const at = (n: number): string => `layers.${n}.${parent}`;
        const { pairs } = pairsOf({ ...block(at(0), shapes), ...block(at(1), shapes) });
        expect(pairs).toEqual([0, 1].map((n) => `${at(n)}.down_proj·${at(n)}.up_proj`));
      }
    const notesIn = (parent: string): readonly string[] => {
      const tensors = Object.entries(block(parent, block0)).map(([name, shape]) => ({ name, shape, floating: true }));
      return architectureOf(tensors, { orientation: "out-in" }).pairs.flatMap(({ notes = [] }) => notes);
    };
    expect(notesIn("block.0.mlp")).toEqual([]);
    expect(notesIn("block.0")).toEqual([expect.stringMatching(/if the block is an adapter/)]);
  });

  test("GPT-2's layers are [inputs, outputs] where c_attn, a bias or the configuration says so, though c_fc is square", () => {
    const layoutsOf = (attn: readonly number[], more: Shapes, config?: object): string[] => {
      const shapes = {
        "attn.c_attn.weight": attn,
        "attn.c_proj.weight": [16, 16],
        "mlp.c_fc.weight": [16, 16],
        "mlp.c_proj.weight": [16, 16],
        ...more,
      };
      const tensors = Object.entries(block("h.0", shapes)).map(([name, shape]) => ({ name, shape, floating: true }));
      const found = architectureOf(tensors, { orientation: "out-in", config: { n_head: 4, ...config } });
      expect(found.pairs).toHaveLength(5);
      return [...new Set(found.layers.map(({ layout }) => String(layout)))];
    };
    expect(layoutsOf([16, 48], {})).toEqual(["in-out"]);
    expect(layoutsOf([16, 48], { "attn.c_attn.bias": [48] })).toEqual(["in-out"]);
    expect(layoutsOf([48, 16], { "attn.c_attn.bias": [48] })).toEqual(["out-in"]);
    expect(layoutsOf([16, 48], {}, { model_type: "gpt2" })).toEqual(["in-out"]);
    const mlp = { "h.0.mlp.c_fc.weight": [16, 16], "h.0.mlp.c_proj.weight": [16, 16] };
    const tensors = Object.entries(mlp).map(([name, shape]) => ({ name, shape, floating: true }));
    const layout = (config: object): unknown =>
      architectureOf(tensors, { orientation: "out-in", config: { ...config } }).layers[0]!.layout;
    expect([layout({ model_type: "gpt2" }), layout({})]).toEqual(["in-out", "out-in"]);
  });

  test("queries, keys and values are known under any prefix and separator, and are never in a chain", () => {
    for (const name of [
      (role: string): string => `attn_${role}`,
      (role: string): string => `${role}-linear`,
      (role: string): string => `fc_${role}`,
      (role: string): string => `self${role.toUpperCase()}`,
    ]) {
      const layers = Object.fromEntries(["k", "o", "q", "v"].map((role) => [`${name(role)}.weight`, [16, 16]]));
      const { pairs, skipped } = pairsOf({ ...block("layers.0", layers), ...block("layers.1", layers) }, { heads: 1 });
      expect(pairs).toEqual([0, 1].map((n) => `layers.${n}.${name("o")}[head 0]·layers.${n}.${name("v")}[head 0]`));
      expect(Object.keys(skipped)).toHaveLength(4);
    }
    const words = Object.fromEntries(["key", "proj", "query", "value"].map((role) => [`${role}.weight`, [16, 16]]));
    expect(pairsOf({ ...block("sa0", words), ...block("sa1", words) }, { heads: 1 }).pairs).toEqual([
      "sa0.proj[head 0]·sa0.value[head 0]",
      "sa1.proj[head 0]·sa1.value[head 0]",
    ]);
    const without = pairsOf({ "a.key.weight": [16, 16], "a.query.weight": [16, 16], "a.value.weight": [16, 16] });
    expect(without.pairs).toEqual([]);
    expect(without.skipped["a.value.weight"]).toMatch(/output layer is not known/);
  });

  test("mixers have blocks without attention", () => {
    const mixer = {
      "mlp_tokens.fc1.weight": [8, 4],
      "mlp_tokens.fc2.weight": [4, 8],
      "mlp_channels.fc1.weight": [64, 16],
      "mlp_channels.fc2.weight": [16, 64],
    };
    const { pairs } = pairsOf({ ...block("blocks.0", mixer), ...block("blocks.1", mixer), "head.weight": [10, 16] });
    expect(pairs).toHaveLength(4);
    expect(pairs.every((pair) => /fc2·.*fc1$/.test(pair))).toBe(true);
  });
});

describe("how layers are stored", () => {
  test("follows from the shapes of a chain if nothing else determines it", () => {
    const shapes = { W1: [10, 32], W2: [32, 24], W3: [24, 3] };
    expect(pairsOf(shapes, { orientation: "unknown" }).pairs).toEqual(["W2·W1", "W3·W2"]);
    const [first] = architectureOf(
      Object.entries(shapes).map(([name, shape]) => ({ name, shape, floating: true })),
      { orientation: "unknown" },
    ).pairs;
    expect(first!.transposed).toBeUndefined();
    expect(first!.inner.outputs).toEqual({ count: 32, stride: 1 });
  });

  test("is undetermined for square layers without --transpose", () => {
    const tensors = ["W1", "W2"].map((name) => ({ name, shape: [8, 8], floating: true }));
    expect(architectureOf(tensors, { orientation: "unknown" }).pairs[0]!.transposed).toBeDefined();
    const told = architectureOf(tensors, { orientation: "unknown", transpose: /W/u }).pairs[0]!;
    expect([told.transposed, told.inner.outputs.stride]).toEqual([undefined, 1]);
  });
});

describe("pairs that the user names", () => {
  const shapes = { "a.weight": [32, 10], "b.weight": [7, 5], "c.weight": [3, 7] };
  test("are the only ones, by full names or without the parameter's", () => {
    const { pairs, skipped } = pairsOf(shapes, {
      pairs: [
        { outer: "c", inner: "b.weight" },
        { outer: "b", inner: "a" },
      ],
    });
    expect(pairs).toEqual(["c·b"]);
    expect(skipped["b·a"]).toMatch(/b has 5 inputs, and a\.weight before it has 32 outputs/);
  });

  test("must be there", () => {
    expect(() => pairsOf(shapes, { pairs: [{ outer: "c", inner: "x" }] })).toThrow(
      /no layer x for --pairs; there are a\.weight, b\.weight/,
    );
  });

  test("may be heads", () => {
    const layer = { "attn.qkv.weight": [96, 32], "attn.proj.weight": [32, 32] };
    const pairs = [{ outer: "b.0.attn.proj.weight[head 1]", inner: "b.0.attn.qkv.weight[head 0]" }];
    expect(pairsOf(block("b.0", layer), { heads: 2, pairs }).pairs).toEqual(["b.0.attn.proj[head 1]·b.0.attn.qkv[head 0]"]);
  });
});
