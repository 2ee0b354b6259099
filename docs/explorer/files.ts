/** What is on screen, as files: JSON, CSV, SVG and the program. */
/** Offers a file to be saved. */
export function save(name: string, text: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/** Rows as CSV, a line a time; numbers within a record or a list have a column each. */
export function csvOf(rows: readonly object[]): string {
  const flat = rows.map((row) => flatten(row));
  const names = Object.keys(flat[0]!);
  return `${[names.join(","), ...flat.map((row) => names.map((name) => row[name]).join(","))].join("\n")}\n`;
}

function flatten(row: object, prefix = ""): Record<string, string> {
  const columns = Object.entries(row).map(([name, value]) =>
    typeof value === "object" && value !== null
      ? flatten(value as object, `${prefix}${name}_`)
      : { [`${prefix}${name}`]: String(value) },
  );
  return Object.assign({}, ...columns);
}

/** A picture of its own: the one on screen, with its sizes and the name space that a file needs. */
export function svgOf(picture: SVGElement): string {
  const copy = picture.cloneNode(true) as SVGElement;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return `${new XMLSerializer().serializeToString(copy)}\n`;
}
