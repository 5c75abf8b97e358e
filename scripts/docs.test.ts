/**
 * What README and docs/ say, done: every js snippet runs against the built package beside a small trained model, a `text` block
 * after it is what it prints, every `calypte …` line runs on the built command line, every results file and page named exists.
 * A comment `<!-- not run: why -->` before a block leaves it out. Needs dist/, which `npm test` builds first.
 */

import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "calypte-docs-"));
const pages = [
  "README.md",
  ...readdirSync(join(root, "docs"))
    .filter((n) => n.endsWith(".md"))
    .map((n) => `docs/${n}`),
];

interface Block {
  readonly language: string;
  readonly text: string;
  /** Content of the `text` block right after a js block. */
  readonly prints?: string;
}

function blocksOf(markdown: string): readonly Block[] {
  const blocks: Block[] = [];
  const fence = /(<!-- not run: [^\n]*-->\n+)?^```(\w*)\n([\s\S]*?)^```$(?:\n+^```text\n([\s\S]*?)^```$)?/gm;
  for (const [, skipped, language = "", text = "", prints] of markdown.matchAll(fence)) {
    if (skipped === undefined) blocks.push({ language, text, ...(prints === undefined ? {} : { prints }) });
  }
  return blocks;
}

/** Commands of a block, and whether it shows them to fail. */
function commandsOf({
  language,
  text,
}: Block): readonly { readonly words: readonly string[]; readonly fails: boolean }[] {
  if (language !== "" && language !== "console") return [];
  const lines = text.split("\n");
  return lines.flatMap((line, i) => {
    const command = /^(?:\$ )?calypte ([^…[]*?)(?:\s+#.*)?$/.exec(line)?.[1];
    if (command === undefined || /^[A-Z]/.test(command)) return [];
    return [{ words: command.split(/\s+/), fails: lines[i + 1]?.startsWith("calypte: ") === true }];
  });
}

function run(words: readonly string[]) {
  const done = spawnSync(process.execPath, ["--no-warnings", ...words], { cwd: folder, encoding: "utf8" });
  return { code: done.status, stdout: done.stdout, stderr: done.stderr };
}

beforeAll(() => {
  if (!existsSync(join(root, "dist/index.js"))) throw new Error("dist/ is missing; run npm run build first");
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/calypte"));
  cpSync(join(root, "test-models/onnx/iris-tree/model.onnx"), join(folder, "model.onnx"));
  cpSync(join(root, "test-models/lightgbm/binary/model.txt"), join(folder, "model.txt"));
  const answers = unzipSync(readFileSync(join(root, "test-models/onnx/iris-tree/answers.npz")));
  const { sets } = JSON.parse(readFileSync(join(root, "test-models/onnx/iris-tree/fixture.json"), "utf8")) as {
    readonly sets: readonly {
      readonly inputs: { readonly X: string };
      readonly trainer: { readonly predict: string };
    }[];
  };
  const [trainer] = sets;
  for (const [file, key] of [
    ["X", trainer?.inputs.X],
    ["y", trainer?.trainer.predict],
  ] as const) {
    const bytes = answers[`${key}.npy`];
    if (bytes === undefined) throw new Error(`iris-tree has no ${key}`);
    writeFileSync(join(folder, `${file}.npy`), bytes);
  }
  writeFileSync(join(folder, "rows.csv"), "a,b,c,d\n5.1,3.5,1.4,0.2\n6.7,3.0,5.2,2.3\n5.9,3.0,5.1,1.8\n");
  writeFileSync(join(folder, "e.csv"), "a,b,c,d,acid\n5.1,NA,1.4,0.2,NA\n");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(pages)("%s", (page) => {
  const markdown = readFileSync(join(root, page), "utf8");
  const blocks = blocksOf(markdown);

  const snippets = blocks.filter((b) => b.language === "js");
  test.each(snippets.map((b, i) => [i + 1, b] as const))("snippet %i runs", (i, { text, prints }) => {
    const file = `${page.replace(/\W/g, "-")}-${i}.mjs`;
    writeFileSync(join(folder, file), text);
    const { code, stdout, stderr } = run([file]);
    expect(code, `${stdout}${stderr}`).toBe(0);
    if (prints !== undefined) expect(stdout).toBe(prints);
  });

  const commands = blocks.flatMap(commandsOf);
  test.each(commands.map((c) => [c.words.join(" "), c] as const))("calypte %s", (_, { words, fails }) => {
    const short =
      words[0] === "bench" ? ["--seconds", "0.001", ...(words.includes("--batches") ? [] : ["--batches", "1,10"])] : [];
    const force = words.includes("-o") ? ["--force"] : [];
    const { code, stdout, stderr } = run([join(root, "dist/cli.js"), ...words, ...short, ...force]);
    expect(code === 0, `exit code ${code}\n${stdout}${stderr}`).toBe(!fails);
    if (fails) expect(stderr).toMatch(/^calypte: /);
  });

  test("names no results file and no page that is not there", () => {
    const results = [...markdown.matchAll(/bench\/results\/[\w.-]+\.(?:json|txt|svg)/g)].map(([path]) => path);
    const links = [...markdown.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, to]) => join(dirname(page), to ?? ""));
    for (const path of [...results, ...links]) expect(existsSync(join(root, path)), path).toBe(true);
  });
});
