/** Shared types of the recognisers of architectures: layers by module, and the result of a recogniser. */
import type { NetworkFacts } from "./heads.ts";
import { type Layer, type Skipped, wholeOf } from "./layer.ts";
import type { View } from "./view.ts";

/** Two layers; the inner one feeds the outer one, directly or through an activation or a normalisation. */
export interface LayerPair {
  readonly outer: View;
  readonly inner: View;
  /** The same pair with the tensors transposed, if their layout is unknown and both readings fit. */
  readonly transposed?: { readonly outer: View; readonly inner: View };
  /** A note for the user on how the pair was chosen. */
  readonly notes?: readonly string[];
}

/** The result of a recogniser. */
export interface Found {
  readonly pairs: LayerPair[];
  /** The layers that were recognised, in pairs or not. */
  readonly claimed: Set<string>;
  readonly skipped: Skipped[];
}

/** The layers of a network, by module. */
export class NetworkLayers {
  readonly layers: readonly Layer[];
  readonly facts: NetworkFacts;
  private readonly byModule: ReadonlyMap<string, Layer>;

  constructor(layers: readonly Layer[], facts: NetworkFacts) {
    this.layers = layers;
    this.facts = facts;
    this.byModule = new Map(layers.map((layer) => [layer.module, layer]));
  }

  /** The layer at a path from a module, as in `fc1`, or `^.output.dense`: ^ is the module around it. */
  at(module: string, path: string): Layer | undefined {
    const parts = module === "" ? [] : module.split(".");
    for (const part of path.split(".")) {
      if (part === "^") parts.pop();
      else parts.push(part);
    }
    return this.byModule.get(parts.join("."));
  }

  /**
   * All modules that contain layers, directly or in submodules, each once, in the order of their first layer.
   */
  modules(): string[] {
    const all = new Set<string>([""]);
    for (const { module } of this.layers) {
      const parts = module.split(".");
      for (let n = 1; n < parts.length; n++) all.add(parts.slice(0, n).join("."));
    }
    return [...all];
  }

  /** The layers that are directly in a module. */
  inside(module: string): Layer[] {
    return this.layers.filter(({ parent }) => parent === module);
  }
}

export function nothing(): Found {
  return { pairs: [], claimed: new Set(), skipped: [] };
}

export const whole: (layer: Layer) => View = (layer) => wholeOf(layer);
