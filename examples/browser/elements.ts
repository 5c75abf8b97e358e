/** DOM elements in one call. Text is always set as text: names come from files that anyone may have written. */

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: { readonly text?: string; readonly class?: string } = {},
  ...children: readonly Node[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (properties.text !== undefined) made.textContent = properties.text;
  if (properties.class !== undefined) made.className = properties.class;
  made.append(...children);
  return made;
}

/** The element with that id, which index.html has. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no #${id}`);
  return found;
}

/** A table that scrolls sideways where it is wider than the screen. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): HTMLElement {
  const line = (tag: "th" | "td", cells: readonly string[]) =>
    element("tr", {}, ...cells.map((text) => element(tag, { text })));
  const body = element("tbody", {}, ...rows.map((cells) => line("td", cells)));
  return element("div", { class: "scroll" }, element("table", {}, element("thead", {}, line("th", head)), body));
}

/** Six digits are enough to read; the title of nothing depends on them. */
export function number(value: number): string {
  return Number.isFinite(value) && !Number.isInteger(value) ? String(Number(value.toPrecision(6))) : String(value);
}

export function seconds(value: number): string {
  if (value >= 1) return `${value.toPrecision(3)} s`;
  return value >= 1e-3 ? `${(value * 1e3).toPrecision(3)} ms` : `${(value * 1e6).toPrecision(3)} µs`;
}

export function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
