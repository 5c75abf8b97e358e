/** For the browser tests: a static site on 127.0.0.1 with the headers under test, and the place where its page leaves its report. */

import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";

export interface Site {
  readonly origin: string;
  /** "GET /path" of every request so far, in order. */
  readonly requests: readonly string[];
  /** What the page posts to /report next. */
  nextReport(): Promise<unknown>;
  close(): Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  "": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
};

/** `read` gives the content of a path, undefined where there is none; queries are left off. */
export async function serve(
  headers: Readonly<Record<string, string>>,
  read: (path: string) => Uint8Array | string | undefined,
): Promise<Site> {
  const requests: string[] = [];
  const waiting: ((report: unknown) => void)[] = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    requests.push(`${request.method} ${pathname}`);
    if (request.method === "POST" && pathname === "/report") {
      const report: unknown = JSON.parse(await textOf(request));
      response.writeHead(204, headers).end();
      waiting.shift()?.(report);
      return;
    }
    const content = read(pathname);
    if (content === undefined) {
      response.writeHead(404, headers).end();
      return;
    }
    const type = types[extname(pathname)] ?? "application/octet-stream";
    response.writeHead(200, { ...headers, "content-type": type }).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    nextReport: () => new Promise((resolve) => waiting.push(resolve)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}
