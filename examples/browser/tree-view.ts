/** The first levels of one tree as SVG: the way on the left is taken where the comparison holds. */

import { type Model, type Plan, type TreeNode, type TreeSplit, treeOf } from "calypte";
import { element, number } from "./elements.js";

const levels = 3;
const [width, height, rowHeight, gap] = [132, 34, 78, 10];

/** A chooser of trees and the drawing of the one chosen. `columns`: names of the columns, where the forest compares them as they are. */
export function treeView(
  model: Model,
  forests: Plan["forests"],
  columns: readonly string[] | undefined,
): readonly HTMLElement[] {
  const counts = forests.map((f) => f.shape.trees);
  const total = counts.reduce((sum, n) => sum + n, 0);
  const chooser = element("input", { class: "number" });
  chooser.type = "number";
  chooser.min = "1";
  chooser.max = String(total);
  chooser.value = "1";
  const drawing = element("div", { class: "scroll" });
  const draw = () => {
    let tree = Math.min(total, Math.max(1, Math.trunc(Number(chooser.value)) || 1)) - 1;
    let forest = 0;
    while (tree >= counts[forest]!) tree -= counts[forest++]!;
    drawing.replaceChildren(drawTree(treeOf(model, { forest, tree, depth: levels }), columns));
  };
  chooser.addEventListener("input", draw);
  draw();
  // Once it has a width: the root in the middle of a narrow screen.
  requestAnimationFrame(() => {
    drawing.scrollLeft = (drawing.scrollWidth - drawing.clientWidth) / 2;
  });
  const label = element("label", { text: "Tree " }, chooser, document.createTextNode(` of ${total}`));
  const note = element("p", {
    class: "soft",
    text: `Its first ${levels + 1} levels; • marks the way of missing values.`,
  });
  return [label, drawing, note];
}

function drawTree(root: TreeNode, columns: readonly string[] | undefined): SVGElement {
  const parts: SVGElement[] = [];
  let leaves = 0;
  let deepest = 0;
  /** Draws a node over its children, left to right, and answers the middle of it. */
  const place = (node: TreeNode, level: number): number => {
    deepest = Math.max(deepest, level);
    const y = level * rowHeight;
    if (node.kind === "leaf" || node.yes === undefined || node.no === undefined) {
      const x = leaves++ * (width + gap) + width / 2;
      parts.push(box(node, x, y, columns));
      return x;
    }
    const ends = [place(node.yes, level + 1), place(node.no, level + 1)];
    const x = (ends[0]! + ends[1]!) / 2;
    for (const [i, end] of ends.entries()) {
      const way = i === 0 ? "yes" : "no";
      parts.push(svg("line", { x1: x, y1: y + height, x2: end, y2: y + rowHeight }));
      const text = svg("text", { class: "way", x: (x + end) / 2 + (i === 0 ? -14 : 14), y: y + height + 20 });
      text.textContent = node.missing === way ? `${way} •` : way;
      parts.push(text);
    }
    parts.push(box(node, x, y, columns));
    return x;
  };
  place(root, 0);
  const [w, h] = [leaves * (width + gap) - gap + 2, deepest * rowHeight + height + 2];
  const drawing = svg("svg", { class: "tree", width: w, height: h, viewBox: `-1 -1 ${w} ${h}`, role: "img" });
  drawing.append(...parts);
  return drawing;
}

function box(node: TreeNode, x: number, y: number, columns: readonly string[] | undefined): SVGElement {
  const group = svg("g", { class: node.kind });
  const text = svg("text", { x, y: y + height / 2 + 4 });
  const full = node.kind === "leaf" ? leafText(node.votes) : splitText(node, columns);
  const more = node.kind === "split" && node.yes === undefined ? " …" : "";
  text.textContent = (full.length > 20 ? `${full.slice(0, 19)}…` : full) + more;
  const title = svg("title", {});
  title.textContent = `node ${node.id}: ${full}`;
  group.append(svg("rect", { x: x - width / 2, y, width, height, rx: 8 }), text, title);
  return group;
}

function leafText(votes: readonly { readonly output: number; readonly value: number }[]): string {
  const values = votes.map(({ output, value }) => (votes.length === 1 ? short(value) : `${output}: ${short(value)}`));
  return values.length === 0 ? "0" : values.join(", ");
}

function splitText(node: TreeSplit, columns: readonly string[] | undefined): string {
  const name = columns?.[node.column] ?? `x[${node.column}]`;
  if (node.threshold !== undefined) return `${name} ${node.comparison} ${short(node.threshold)}`;
  const sets = (node.intervals ?? []).map(([low, high]) =>
    low === high ? short(low) : `${short(low)}–${short(high)}`,
  );
  return `${name} in ${sets.join(", ")}`;
}

const short = (value: number): string => number(Number(value.toPrecision(4)));

function svg(tag: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag) as SVGElement;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}
