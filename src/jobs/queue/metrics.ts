/** What a worker says of itself over HTTP: `/metrics`, the text that Prometheus reads, and `/healthz`. */
import { createServer, type Server } from "node:http";
import { failed } from "../../check.ts";
import type { QueueWorker } from "./serve.ts";

type Kind = "gauge" | "counter";

/** A metric of the text format: its help, its kind, and its values, each with the labels that tell it from the others. */
function metric(name: string, kind: Kind, help: string, values: readonly (readonly [string, number])[]): string {
  const lines = values.map(([labels, value]) => `blindspot_${name}${labels} ${value}`);
  return [`# HELP blindspot_${name} ${help}`, `# TYPE blindspot_${name} ${kind}`, ...lines].join("\n");
}

/** The text of `/metrics`. Jobs by state are left out while the server does not answer. */
export function metricsText({ meter }: Pick<QueueWorker, "meter">, jobs: Readonly<Record<string, number>>): string {
  const { traffic } = meter;
  const states = Object.entries(jobs).map(([state, count]) => [`{state="${state}"}`, count] as const);
  const parts = [
    states.length > 0 ? metric("jobs", "gauge", "Jobs of the queue, by state.", states) : "",
    metric("shards_total", "counter", "Shards that this worker ended.", [
      ['{outcome="done"}', meter.shards],
      ['{outcome="failed"}', meter.failed],
    ]),
    metric("rows_total", "counter", "Items that this worker computed.", [["", meter.rows]]),
    metric("rows_per_second", "gauge", "Items a second, over the last minute.", [["", meter.rowsPerSecond]]),
    metric("evaluations_total", "counter", "Evaluations of models by this worker.", [["", meter.evaluations]]),
    metric("store_bytes_total", "counter", "Bytes to and from the store.", [
      ['{direction="stored"}', traffic.stored],
      ['{direction="fetched"}', traffic.fetched],
    ]),
  ];
  return `${parts.filter((part) => part !== "").join("\n")}\n`;
}

export interface ListenAddress {
  host: string | undefined;
  port: number;
}

/** Serves a worker's metrics until the server is closed. */
export async function serveMetrics(worker: QueueWorker, { host, port }: ListenAddress): Promise<Server> {
  const server = createServer(async ({ method, url }, answer) => {
    const say = (status: number, text: string) => {
      answer.writeHead(status, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
      answer.end(method === "HEAD" ? undefined : text);
    };
    const isHealthy = await worker.isHealthy();
    if (method !== "GET" && method !== "HEAD") say(405, "expected GET\n");
    else if (url === "/healthz")
      say(isHealthy ? 200 : 503, isHealthy ? "ok\n" : "the server does not answer, or the worker stops\n");
    else if (url === "/metrics") say(200, metricsText(worker, isHealthy ? await worker.jobCounts() : {}));
    else say(404, "expected /metrics or /healthz\n");
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  }).catch((error) =>
    failed(`--metrics ${host ?? ""}:${port}`, "an address to listen at", (error as Error).message, error),
  );
  return server;
}
