/**
 * The command line as a function: arguments and streams in, exit code out. `main.ts` calls it with the process's own; tests with
 * theirs. Commands load the library only when they run, so that help and usage errors are quick.
 */

import { version } from "../version.js";
import { benchCommand } from "./bench.js";
import { convertCommand } from "./convert.js";
import { doctorCommand } from "./doctor.js";
import { exitCodeOf, formatError, UsageError } from "./exit-code.js";
import { inspectCommand } from "./inspect.js";
import { type CliIo, isBrokenPipe, writeText } from "./io.js";
import { predictCommand } from "./predict.js";
import { wrap } from "./table.js";
import { verifyCommand } from "./verify.js";

/** Runs `calypte ...args`. Never throws: errors are one line on `io.stderr`, wrapped on a terminal, and the exit code says their kind. */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  // Without a listener a reader that has gone would end the process with a stack trace; `writeText` reports it where it matters.
  const ignore = (): void => {};
  io.stdout.on("error", ignore);
  io.stderr.on("error", ignore);
  try {
    // The commonest question of scripts, answered before the parser of arguments is even loaded.
    if (args.length === 1 && args[0] === "--version") {
      await writeText(io.stdout, `${version}\n`);
      return 0;
    }
    let said = "";
    const parser = await createParser(io);
    await parser.parseAsync(args, {}, (_error: unknown, _argv: unknown, output: string) => {
      said = output;
    });
    if (said !== "") await writeText(io.stdout, `${said}\n`);
    return 0;
  } catch (error) {
    if (isBrokenPipe(error)) return 0;
    const json = args.includes("--json");
    const text = formatError(error, json);
    // Programs read one line; a person's terminal would break it within words.
    const lines = io.stderr.isTTY === true && !json ? wrap(text.trimEnd(), "", "  ", io.stderr.columns) : undefined;
    await writeText(io.stderr, lines === undefined ? text : `${lines.join("\n")}\n`).catch(ignore);
    return exitCodeOf(error);
  } finally {
    io.stdout.removeListener("error", ignore);
    io.stderr.removeListener("error", ignore);
  }
}

async function createParser(io: CliIo) {
  const { default: yargs } = await import("yargs");
  return (
    yargs()
      .scriptName("calypte")
      // Of an option that is given twice the last counts, as in most programs.
      .parserConfiguration({ "duplicate-arguments-array": false })
      .usage("$0 <command>\n\nTrained machine-learning models as tensor programs.")
      .command(inspectCommand(io))
      .command(convertCommand(io))
      .command(predictCommand(io))
      .command(verifyCommand(io))
      .command(benchCommand(io))
      .command(doctorCommand(io))
      .completion("completion", "Print a script that completes commands in bash or zsh")
      .demandCommand(1, "expected a command: inspect, convert, predict, verify, bench or doctor; see calypte --help")
      .recommendCommands()
      .strict()
      .version(version)
      .help()
      .alias("h", "help")
      .detectLocale(false)
      .exitProcess(false)
      .showHelpOnFail(false)
      .fail((message, error) => {
        // yargs wraps what a `coerce` throws in an error of its own; all that it says itself is about usage.
        if (error !== undefined && error !== null && error.name !== "YError") throw error;
        const said = error?.message ?? message;
        if (said.includes("--help")) throw new UsageError(said);
        throw new UsageError(said.endsWith("?") ? `${said} See calypte --help` : `${said}; see calypte --help`);
      })
      .epilogue(
        "Exit codes: 0 ok, 1 internal, 2 usage, 3 malformed model or data, 4 unsupported, 5 verification mismatch, 6 limit, 130 interrupted.",
      )
  );
}
