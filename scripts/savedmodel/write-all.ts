/** Writes the SavedModel of every fixture that takes numbers: write-all.ts FOLDER. Models that TensorFlow cannot run are named. */

import { join } from "node:path";
import { convert } from "../../src/convert.js";
import { UnsupportedError } from "../../src/errors.js";
import { load } from "../../src/load.js";
import { save } from "../../src/save.js";
import { fixtureNames, loadFixture } from "../../test-models/fixtures.js";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: write-all.ts FOLDER");
for (const name of fixtureNames()) {
  const model = await load(loadFixture(name).model);
  try {
    await save(await convert(model, { target: "savedmodel" }), join(folder, name));
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    console.log(`${name}: ${error.message}`);
  }
}
