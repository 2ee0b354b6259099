/** What the recognisers of architectures share: layers by module, and what each recogniser finds. */
import type { NetworkFacts } from "./heads.ts";
import { type Layer, type Skipped, wholeOf } from "./layer.ts";
import type { View } from "./view.ts";

/** Two layers of which the inner feeds the outer, directly or through an activation or a normalisation. */
export interface LayerPair {
  readonly outer: View;
  readonly inner: View;
  /**
   * The same pair with the tensors transposed, where nothing says how they are stored and both readings fit.
   */
  readonly transposed?: { readonly outer: View; readonly inner: View };
  /** A note for the user on how the pair was chosen. */
  readonly notes?: readonly string[];
}

/** What a recogniser finds. */
export interface Found {
  readonly pairs: LayerPair[];
  /** Layers that it recognises, whether in pairs or not. */
  readonly claimed: Set<string>;
  readonly skipped: Skipped[];
}

/** The layers of a network, to be looked up by module. */
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
   * All modules that hold layers, themselves or in modules within, each once, in the order of their first
   * layer.
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
