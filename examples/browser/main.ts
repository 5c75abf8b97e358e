/** The page: a model is dropped, shown, given rows and timed. Everything happens in this browser. */

import { type Answers, compile, load, type Model, type Scorer } from "calypte";
import { answersView } from "./answers.js";
import { onFile } from "./drop.js";
import { byId, element, message, seconds, table } from "./elements.js";
import { planView } from "./plan-view.js";
import { columnsOf, parseCell, parseRows, toGiven } from "./rows.js";
import { entrants, run, timeBackend } from "./timings.js";
import { treeView } from "./tree-view.js";

interface Open {
  readonly model: Model;
  readonly scorer: Scorer;
}

let open: Open | undefined;
/** The rows of the last prediction, for the timings. */
let last: { readonly given: unknown; readonly rows: number; readonly answers: Answers } | undefined;

function say(text: string, bad = false): void {
  const status = byId("status");
  status.textContent = text;
  status.className = bad ? "bad" : "";
}

async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    say(message(error), true);
  }
}

/** Rows where a model is open and the name says rows; else a model. */
async function take(file: File): Promise<void> {
  if (open !== undefined && /\.csv$/i.test(file.name)) return predictText(await file.text());
  const start = performance.now();
  say(`Reading ${file.name} …`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  let model: Model;
  try {
    model = await load(bytes);
  } catch (error) {
    // A .json may be either.
    if (open === undefined || !/\.json$/i.test(file.name)) throw error;
    return predictText(new TextDecoder().decode(bytes));
  }
  const scorer = await compile(model);
  open?.scorer.dispose();
  open = { model, scorer };
  last = undefined;
  byId("model").hidden = false;
  byId("facts").replaceChildren(...planView(file.name, bytes.length, model, scorer));
  byId("answers").replaceChildren();
  showTree(open);
  showRows(open);
  showTimings();
  say(`Ready in ${seconds((performance.now() - start) / 1000)}.`);
}

function showTree({ model, scorer }: Open): void {
  const { forests } = scorer.plan;
  const some = forests.some((f) => f.shape.trees > 0);
  byId("tree-section").hidden = !some;
  // Files of boosters compare their inputs as they are; in ONNX other operators may stand before.
  const names = model.format === "onnx" ? undefined : scorer.inputs[0]?.columns;
  if (some) byId("tree").replaceChildren(...treeView(model, forests, names));
}

function showRows({ scorer }: Open): void {
  const columns = columnsOf(scorer.inputs);
  const text = element("textarea");
  text.setAttribute("aria-label", "Rows as CSV or JSON");
  text.placeholder = "CSV, or JSON: an array of rows";
  const predict = element("button", { text: "Predict these rows" });
  predict.addEventListener("click", () => attempt(() => predictText(text.value)));
  const many = element(
    "details",
    {},
    element("summary", { text: "Many rows: paste CSV or JSON, or drop a file" }),
    text,
    predict,
  );
  if (columns === undefined || columns.length > 200) {
    many.open = true;
    byId("rows").replaceChildren(many);
    return;
  }
  const inputs = columns.map(({ text }) => {
    const input = element("input");
    input.inputMode = text ? "text" : "decimal";
    return input;
  });
  const fields = columns.map(({ name }, i) => element("label", { text: name }, inputs[i]!));
  const button = element("button", { text: "Predict" });
  button.id = "predict";
  const form = element("form", {}, element("div", { class: "fields" }, ...fields), button);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt(async () => {
      const row = columns.map((column, i) => parseCell(inputs[i]!.value, column, "the row"));
      await predictRows(toGiven([row], scorer, columns), 1);
    });
  });
  byId("rows").replaceChildren(element("p", { class: "soft", text: "An empty field is a missing value." }), form, many);
}

async function predictText(text: string): Promise<void> {
  if (open === undefined) return;
  const { given, count } = await parseRows(text, open.scorer);
  await predictRows(given, count);
}

async function predictRows(given: unknown, rows: number): Promise<void> {
  if (open === undefined) return;
  const start = performance.now();
  const answers = await run(open.scorer, given);
  const time = (performance.now() - start) / 1000;
  last = { given, rows, answers };
  byId("answers").replaceChildren(...answersView(answers, open.scorer));
  say(`Predicted ${rows === 1 ? "1 row" : `${rows} rows`} in ${seconds(time)}.`);
}

function showTimings(): void {
  const button = element("button", { text: "Time every backend" });
  button.id = "time";
  const result = element("div");
  button.addEventListener("click", () =>
    attempt(async () => {
      const [model, rows] = [open?.model, last];
      if (model === undefined || rows === undefined)
        throw new Error("Predict some rows first: they are what is timed.");
      button.disabled = true;
      try {
        const lines: (readonly string[])[] = [];
        for (const entrant of entrants) {
          result.replaceChildren(
            table(["backend", "strategy", "a call", "answers"], [...lines, [entrant.name, "…", "", ""]]),
          );
          lines.push(await timeBackend(entrant, model, rows.given, rows.rows, rows.answers));
        }
        result.replaceChildren(table(["backend", "strategy", "a call", "answers"], lines));
        result.dataset["done"] = "true";
      } finally {
        button.disabled = false;
      }
    }),
  );
  const note = element("p", {
    class: "soft",
    text: "On the rows of the last prediction. TF.js is loaded when first timed.",
  });
  byId("timings").replaceChildren(note, button, result);
}

onFile((file) => attempt(() => take(file)));
