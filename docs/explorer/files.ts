/** What is on screen, as files: JSON, CSV, SVG and the program. */
import type { Trajectory } from "feature-learning";

/** Offers a file to be saved. */
export function save(name: string, text: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/** The columns of a trajectory, a line a time. */
export function csvOf(trajectory: Trajectory): string {
  const rows = trajectory.toRows();
  const names = Object.keys(rows[0]!);
  const lines = rows.map((row) => names.map((name) => String((row as unknown as Record<string, unknown>)[name])).join(","));
  return `${[names.join(","), ...lines].join("\n")}\n`;
}

/** A picture of its own: the one on screen, with its sizes and the name space that a file needs. */
export function svgOf(picture: SVGElement): string {
  const copy = picture.cloneNode(true) as SVGElement;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return `${new XMLSerializer().serializeToString(copy)}\n`;
}
