/**
 * Turns names with slashes, such as "params/Dense_0/kernel", into a tree. Containers without dictionaries use
 * such names.
 */
import type { Node } from "./node.ts";

export function nested(entries: readonly (readonly [name: string, node: Node])[]): Node {
  interface Level {
    readonly children: Map<string, Node | Level>;
  }
  const isLevel = (child: Node | Level): child is Level => "children" in child && child.children instanceof Map;
  const root: Level = { children: new Map() };
  for (const [name, node] of entries) {
    const parts = name.split("/").filter((part) => part !== "");
    let level = root;
    for (const part of parts.slice(0, -1)) {
      const next = level.children.get(part);
      if (next !== undefined && isLevel(next)) level = next;
      else {
        // If a tensor and a group have the same name, the group gets another one.
        const made: Level = { children: new Map() };
        level.children.set(next === undefined ? part : `${part}/`, made);
        level = made;
      }
    }
    const last = parts.at(-1) ?? name;
    level.children.set(level.children.has(last) ? name : last, node);
  }
  const branch = (level: Level): Node => ({
    kind: "branch",
    children: Array.from(level.children, ([key, child]) => [key, isLevel(child) ? branch(child) : child] as const),
  });
  return branch(root);
}
