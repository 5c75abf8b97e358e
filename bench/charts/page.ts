/** A chart as a page of SVG by itself: title, legend, plot and source on white, so that it reads the same on a dark page. */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** One line of the legend. */
export interface LegendEntry {
  readonly name: string;
  readonly colour: string;
}

export interface Page {
  readonly title: string;
  readonly subtitle: string;
  readonly legend: readonly LegendEntry[];
  readonly plot: Plot.PlotOptions;
  /** The results file and what it was measured on. */
  readonly source: string;
}

/** Wide enough for three panels, narrow enough for a README. */
export const pageWidth = 860;
const margin = 16;
const ink = "#1f2328";
const faint = "#59636e";
const font = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";
const legendLine = 20;

/** Colours that people with colour-blindness tell apart (Okabe and Ito, 2008), each dark enough on white. */
export const colours = {
  blue: "#0072b2",
  vermilion: "#d55e00",
  green: "#009e73",
  purple: "#aa4499",
  orange: "#d89000",
  sky: "#56b4e9",
  grey: "#6e7781",
} as const;

export function pageSvg({ title, subtitle, legend, plot, source }: Page): string {
  const { document } = parseHTML("<html><body></body></html>");
  const top = 66;
  const { lines, places } = layOut(legend);
  const plotTop = top + lines * legendLine;
  const drawn = Plot.plot({
    ...plot,
    document,
    width: pageWidth - 2 * margin,
    style: { fontSize: "12px", fontFamily: font, color: ink, background: "white", overflow: "visible" },
  });
  const height = Number(drawn.getAttribute("height"));
  drawn.setAttribute("x", String(margin));
  drawn.setAttribute("y", String(plotTop));
  const full = plotTop + height + 34;
  const text = (x: number, y: number, size: number, fill: string, words: string, weight = "normal") =>
    `<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${fill}">${escaped(words)}</text>`;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${pageWidth}" height="${full}" viewBox="0 0 ${pageWidth} ${full}" font-family="${font}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${pageWidth}" height="${full}" fill="white"/>`,
    text(margin, 28, 17, ink, title, "600"),
    text(margin, 48, 13, faint, subtitle),
    ...legend.flatMap(({ name, colour }, i) => {
      const { x, line } = places[i]!;
      const y = top + line * legendLine;
      return [
        `<rect x="${x}" y="${y - 2}" width="12" height="12" rx="2" fill="${colour}"/>`,
        text(x + 17, y + 8, 12, ink, name),
      ];
    }),
    drawn.outerHTML,
    text(margin, full - 12, 11, faint, source),
    "</svg>",
  ];
  return `${parts.join("\n")}\n`;
}

/** Entries side by side, as many to a line as fit; a letter of 12 px is taken to be 7.2 wide, an m or w twice that. */
function layOut(legend: readonly LegendEntry[]) {
  let [x, line] = [margin, 0];
  const places = legend.map(({ name }) => {
    const width = 17 + 7.2 * name.replaceAll(/[mw]/g, "xx").length + 16;
    if (x + width > pageWidth && x > margin) [x, line] = [margin, line + 1];
    const place = { x, line };
    x += width;
    return place;
  });
  return { lines: line + 1, places };
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** "1", "100", "10k", "1M". */
export function shortCount(value: number): string {
  if (value >= 1e6) return `${value / 1e6}M`;
  return value >= 1e4 ? `${value / 1e3}k` : value.toLocaleString("en");
}
