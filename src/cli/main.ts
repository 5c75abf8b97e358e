#!/usr/bin/env node
/** The program `calypte`: the process's arguments and streams through `runCli`. */

import { runCli } from "./run.js";

// Exit handlers remove half-written files; the codes are those of a shell for the two signals.
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));

// The listeners stay: a pipe may break after the last write, too.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

// Not process.exit: what is still in a pipe's buffer would be lost.
process.exitCode = await runCli(process.argv.slice(2), process);
