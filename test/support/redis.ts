/** A real redis-server for a test, on a free port, with its append-only file in a folder of its own. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { beforeAll, beforeEach, onTestFinished } from "vitest";
import { temporaryFolder } from "../temporary.ts";

function hasServer(): boolean {
  try {
    execFileSync("redis-server", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Undefined where redis-server is installed; otherwise why its tests are skipped. */
export const NO_REDIS = hasServer() ? undefined : "redis-server is not installed (apt-get install redis-server)";

/** The title of what needs a server, with the reason where it is skipped. */
export const withRedis = (title: string): string => (NO_REDIS ? `${title} (skipped: ${NO_REDIS})` : title);

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  /** A connection of the test's own. */
  readonly client: Redis;
  /** kill -9. */
  kill(): Promise<void>;
  /** Starts it again, on what it has written. */
  start(): Promise<void>;
  signal(name: NodeJS.Signals): void;
}

/** Starts a server, which does not outlive the test. `more` are settings of its own, `atEnd` takes what ends it. */
export async function startRedis(
  more: readonly string[] = [],
  atEnd: (end: () => void) => void = onTestFinished,
): Promise<TestServer> {
  const [port, folder] = [await freePort(), temporaryFolder(atEnd)];
  let child: ChildProcess;
  let isGone: Promise<unknown>;
  let said = "";
  const client = new Redis(port, "127.0.0.1", {
    lazyConnect: true,
    retryStrategy: () => 50,
    maxRetriesPerRequest: null,
  });
  client.on("error", () => {});
  const start = async () => {
    const settings = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "yes"];
    child = spawn("redis-server", [...settings, ...more], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout?.on("data", (text) => {
      said += text;
    });
    isGone = new Promise((resolve) => child.once("exit", resolve));
    let isUp = false;
    isGone.then(() => {
      isUp = true;
    });
    while (!isUp) {
      isUp = said.includes("Ready to accept connections");
      await sleep(10);
    }
    if (child.exitCode !== null) throw new Error(`redis-server: ${said}`);
    said = "";
  };
  await start();
  atEnd(() => {
    client.disconnect();
    child.kill("SIGCONT");
    child.kill("SIGKILL");
  });
  return {
    url: `redis://127.0.0.1:${port}/0`,
    port,
    folder,
    client,
    start,
    async kill() {
      child.kill("SIGKILL");
      await isGone;
    },
    signal: (name) => child.kill(name),
  };
}

/** One server for the tests of a suite that leave it as it is. Each finds it empty, unless it is to keep what the others left. */
export function sharedRedis({ keeps = false } = {}): () => TestServer {
  let server: TestServer | undefined;
  beforeAll(async () => {
    if (NO_REDIS !== undefined) return undefined;
    const ends: (() => void)[] = [];
    server = await startRedis([], (end) => void ends.unshift(end));
    return () => {
      for (const end of ends) end();
    };
  });
  beforeEach(async () => {
    if (!keeps) await server?.client.flushall();
  });
  return () => server as TestServer;
}
