/** The forms of data that the CLI reads and writes. Stands apart, so that to name them loads no reader. */

export const dataForms = ["csv", "json", "jsonl", "npy"] as const;
export type DataForm = (typeof dataForms)[number];

const endings: ReadonlyMap<string, DataForm> = new Map<string, DataForm>([
  ["csv", "csv"],
  ["tsv", "csv"],
  ["json", "json"],
  ["jsonl", "jsonl"],
  ["ndjson", "jsonl"],
  ["npy", "npy"],
]);

/** The form that a file's name ends in (.gz aside); undefined for other endings. */
export function formOfName(file: string): DataForm | undefined {
  const ending = /\.([a-z]+)(?:\.gz)?$/i.exec(file)?.[1]?.toLowerCase();
  return ending === undefined ? undefined : endings.get(ending);
}
