/**
 * Counting n-grams. Semantics: ai.onnx TfIdfVectorizer 9 (onnxruntime core/providers/cpu/nn/tfidfvectorizer.cc): an n-gram may leave out up
 * to maxSkip elements between any two of its own, as many between each; a single element is counted once, whatever the skips.
 */

export type Item = string | bigint | number;

/** The n-grams that are counted, as a tree of items; built once, when the model is compiled. */
export class GramTable {
  /** Columns of the result. */
  readonly columns: number;
  /** The number of each item that occurs in an n-gram. */
  readonly #items: ReadonlyMap<Item, number>;
  /** By node · items + item: the node of the n-gram one longer. Node 0 is the empty n-gram. */
  readonly #children: ReadonlyMap<number, number>;
  /** By node: its column, -1 where the n-gram is only the beginning of others. */
  readonly #columnOf: Int32Array;
  /** By node: its weight. */
  readonly #weightOf: Float32Array;
  /** The numbers of the items of the row at hand. */
  #row = new Int32Array(64);

  /** All n-grams are distinct. `weights[i]` is that of `grams[i]`, which is counted in column `columns[i]`. */
  constructor(
    grams: readonly (readonly Item[])[],
    columns: readonly number[],
    weights: ArrayLike<number>,
    width: number,
  ) {
    const items = new Map<Item, number>();
    for (const gram of grams) for (const item of gram) if (!items.has(item)) items.set(item, items.size);
    const children = new Map<number, number>();
    const columnOf = [-1];
    const weightOf = [0];
    for (const [i, gram] of grams.entries()) {
      let node = 0;
      for (const item of gram) {
        const key = node * items.size + (items.get(item) ?? 0);
        const known = children.get(key) ?? columnOf.push(-1) - 1;
        children.set(key, known);
        node = known;
      }
      columnOf[node] = columns[i]!;
      weightOf[node] = weights[i]!;
    }
    this.columns = width;
    this.#items = items;
    this.#children = children;
    this.#columnOf = Int32Array.from(columnOf);
    this.#weightOf = Float32Array.from(columnOf, (_, i) => weightOf[i] ?? 0);
  }

  /** Whether an n-gram contains the item. */
  has(item: Item): boolean {
    return this.#items.has(item);
  }

  /** Adds the n-grams of one row of items to out[at…], which holds zeros. */
  count(row: readonly Item[], { least, most, maxSkip, mode }: Counting, out: Float32Array, at: number): void {
    const { length } = row;
    const count = this.#items.size;
    // One array serves all rows: making one costs more than a short row.
    if (this.#row.length < length) this.#row = new Int32Array(2 * length);
    const numbers = this.#row;
    for (let i = 0; i < length; i++) numbers[i] = this.#items.get(row[i]!) ?? -1;
    let shortest = least;
    for (let step = 1; step <= maxSkip + 1; step++) {
      for (let start = 0; start + step * (shortest - 1) < length; start++) {
        let node = 0;
        for (let n = 1, i = start; n <= most && i < length; n++, i += step) {
          if (numbers[i]! < 0) break;
          const next = this.#children.get(node * count + numbers[i]!);
          if (next === undefined) break;
          node = next;
          const column = n < shortest ? -1 : this.#columnOf[node]!;
          if (column < 0) continue;
          if (mode === "TF") out[at + column]! += 1;
          else if (mode === "TFIDF") out[at + column]! += this.#weightOf[node]!;
          else out[at + column] = this.#weightOf[node]!;
        }
      }
      if (shortest === 1 && ++shortest > most) break;
    }
  }
}

export interface Counting {
  /** Lengths of the n-grams that are counted. */
  readonly least: number;
  readonly most: number;
  /** Elements that may stand between two of an n-gram. */
  readonly maxSkip: number;
  /** The count, the weight where the count is not 0, or their product. */
  readonly mode: "TF" | "IDF" | "TFIDF";
}
