/** For the browser tests: opens a page of a site in Chromium and brings back its report with what the browser saw of it. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";
import type { Report } from "./page.js";
import type { Site } from "./serve.js";

export interface Browser {
  /** The report of the page at `path`, and the errors on its console; `requests` are the URLs that it asked for. */
  visit(
    site: Site,
    path: string,
  ): Promise<{ readonly report: Report; readonly errors: readonly string[]; readonly requests: readonly string[] }>;
  close(): Promise<void>;
}

/** A page that has not reported by then hangs. */
const patience = 60_000;

/** Starts the Chromium at that path with an empty profile, and nothing that asks the network by itself. */
export async function startChromium(executablePath: string): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), "calypte-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  return {
    visit: (site, path) => visit(context, site, path),
    close: async () => {
      await context.close();
      // Chromium's children may still be writing.
      rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

async function visit(context: BrowserContext, site: Site, path: string): ReturnType<Browser["visit"]> {
  const page = await context.newPage();
  const errors: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("request", (request) => requests.push(request.url()));
  const reported = site.nextReport();
  await page.goto(`${site.origin}${path}`);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no report from ${path}; its console says: ${errors.join("; ")}`)),
      patience,
    );
  });
  try {
    const report = (await Promise.race([reported, late])) as Report;
    // A round trip: console messages that stand before it have arrived.
    await page.title();
    return { report, errors, requests };
  } finally {
    clearTimeout(timer);
    await page.close();
  }
}
