/** A real web server that keeps what is put to it, for tests of stores behind one. */
import { createServer } from "node:http";
import { onTestFinished } from "vitest";

/** A web server that keeps what is put to it, for whoever knows the password, or for everybody. */
export async function keepingServer({ isOpen = false } = {}) {
  const kept = new Map<string, Buffer>();
  const asked: string[] = [];
  const server = createServer(async (request, answer) => {
    const { method, url = "", headers } = request;
    asked.push(`${method} ${url}`);
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const known = kept.get(url);
    if (!isOpen && headers.authorization !== `Basic ${Buffer.from("me:secret").toString("base64")}`)
      answer.writeHead(401).end();
    else if (url.endsWith("/moved")) answer.writeHead(302, { location: "/elsewhere" }).end();
    else if (method === "PUT") {
      kept.set(url, Buffer.concat(parts));
      answer.writeHead(201).end();
    } else if (method === "DELETE") answer.writeHead(kept.delete(url) ? 204 : 404).end();
    else answer.writeHead(known ? 200 : 404).end(method === "GET" ? known : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return { kept, asked, port };
}
