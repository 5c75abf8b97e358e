/** docs/devices.md from what scripts/devices.ts measured. */

import type { Cell } from "./measure.js";

export interface DeviceResult {
  /** Day of the measurement. */
  readonly date: string;
  /** Versions. */
  readonly on: string;
  readonly primitives: Readonly<Record<string, Cell>>;
  readonly fixtures: Readonly<Record<string, Cell>>;
}

const words = ({ worst, differ, refused, partlyRefused }: Cell): string => {
  if (refused !== undefined) return "refused";
  const error = worst === 0 ? "0" : worst.toExponential(0).replace("e-", "e−");
  return `${error}${differ === 0 ? "" : `, ${differ} differ`}${partlyRefused === undefined ? "" : ", partly refused"}`;
};

function tableOf(results: Readonly<Record<string, DeviceResult>>, part: "primitives" | "fixtures"): string[] {
  const devices = Object.keys(results);
  const names = [...new Set(devices.flatMap((d) => Object.keys(results[d]?.[part] ?? {})))].sort();
  const rows = names.map((name) => {
    const cells = devices.map((device) => {
      const cell = results[device]?.[part][name];
      return cell === undefined ? "" : words(cell);
    });
    return `| ${[name, ...cells].join(" | ")} |`;
  });
  return [`| | ${devices.join(" | ")} |`, `|---${"|---".repeat(devices.length)}|`, ...rows];
}

/** Why something is refused, once each, with the devices that do. */
function refusals(results: Readonly<Record<string, DeviceResult>>, part: "primitives" | "fixtures"): string[] {
  const found = new Map<string, Set<string>>();
  for (const [device, result] of Object.entries(results)) {
    for (const [name, cell] of Object.entries(result[part])) {
      const refused = cell.refused ?? cell.partlyRefused;
      if (refused === undefined) continue;
      const line = `${name}: ${refused}`;
      found.set(line, (found.get(line) ?? new Set()).add(device));
    }
  }
  return [...found].sort().map(([line, devices]) => `- ${line} (${[...devices].join("; ")})`);
}

export function renderDevices(results: Readonly<Record<string, DeviceResult>>): string {
  const measured = Object.entries(results).map(([device, { date, on }]) => `| ${device} | ${date} | ${on} |`);
  return `${[
    "# Backends and devices: the largest errors",
    "",
    "Written by `npx tsx scripts/devices.ts`; do not edit. Errors are |got − want| in units of max(|want|, s), s as in",
    "[numbers.md](numbers.md). `differ` counts what is no number to be near to: integers, labels, leaves, NaN and infinities.",
    "",
    "| device | measured | on |",
    "|---|---|---|",
    ...measured,
    "",
    "## Fixtures",
    "",
    "Each under the strategy `auto`, on the trainer's rows and on rows at thresholds, beside them and with special values, against the",
    "file's answers. TF.js has no float64: there, rows that float32 cannot represent are left out.",
    "",
    ...tableOf(results, "fixtures"),
    "",
    ...refusals(results, "fixtures"),
    "",
    "## Primitives",
    "",
    "Each on edge values, against the reference; devices that flush denormals get none, and shaders no integers above 2^10.",
    "",
    ...tableOf(results, "primitives"),
    "",
    ...refusals(results, "primitives"),
  ].join("\n")}\n`;
}
