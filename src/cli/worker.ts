/** `blindspot worker`: computes the jobs of a queue until it is told to stop. */
import process from "node:process";
import { Command, Option } from "commander";
import { jsonLines } from "../jobs/queue/log.ts";
import { type ListenAddress, serveMetrics } from "../jobs/queue/metrics.ts";
import { serveQueue } from "../jobs/queue/serve.ts";
import { defaultWorkers } from "../node/index.ts";
import { interruptSignal } from "./interrupt.ts";
import { addOptions, checkpointOption, decimal, names, UsageError, wholeNumber, workersOption } from "./options.ts";
import { log } from "./output.ts";

interface Flags {
  queue?: string;
  workers?: number;
  store?: string;
  allow?: string[];
  metrics?: ListenAddress;
  memory: number;
  grace: number;
  lock: number;
  patience: number;
  checkpoint: number;
}

/** A new one each time: commander's commands remember what they parsed. */
export function workerCommand(): Command {
  const command = new Command("worker")
    .summary("compute the jobs of a queue")
    .description(
      "Compute the jobs that other commands send with --queue, until SIGTERM or Ctrl-C. Begun shards are then finished, or handed " +
        "back after --grace. Needs Redis 6.2 or Valkey, and the packages bullmq and ioredis. What happens is written to standard " +
        "error, a JSON line an event.",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ blindspot worker --queue redis://localhost:6379/0
  $ blindspot worker --queue rediss://queue.example:6380/0 --store /shared/blindspot --metrics :9464
  $ blindspot attack --count 6000 --queue redis://localhost:6379/0`,
    );
  return addOptions(command, [
    new Option(
      "--queue <address>",
      "the queue: redis://host:port/database, or rediss:// over TLS (password: in the address, or BLINDSPOT_QUEUE_PASSWORD)",
    ),
    workersOption(),
    new Option(
      "--store <place>",
      "where jobs with a --store have their data: the same folder, or http(s)://... (default: the queue's Redis alone)",
    ),
    new Option("--allow <origins>", "origins of web servers whose stores jobs may name, separated by commas").argParser(
      names("--allow", "origins"),
    ),
    new Option("--metrics <address>", "serve /metrics for Prometheus and /healthz at [host]:port").argParser(
      parseListen,
    ),
    new Option("--memory <megabytes>", "arrays of jobs that are held in memory at most")
      .argParser(wholeNumber("--memory", 1))
      .default(4096),
    new Option("--grace <seconds>", "how long begun shards may take after a stop before they are handed back")
      .argParser(decimal("--grace", 0))
      .default(30),
    new Option("--lock <seconds>", "after how long without a sign of this worker its shards go to others")
      .argParser(decimal("--lock", 0.1))
      .default(30),
    new Option("--patience <seconds>", "how long to wait for a server that does not answer")
      .argParser(decimal("--patience", 0))
      .default(300),
    checkpointOption(),
  ]).action(async (flags: Flags) => {
    if (flags.queue === undefined) throw new UsageError("--queue: expected the address of a queue, got none");
    await serve({ ...flags, queue: flags.queue });
  });
}

/** ":9464" or "127.0.0.1:9464". */
function parseListen(text: string): ListenAddress {
  const [, host = "", port = ""] = /^\[?([^\]]*)\]?:(\d{1,5})$/.exec(text) ?? [];
  if (port === "" || Number(port) > 65_535) {
    throw new UsageError(`--metrics: expected [host]:port, got ${JSON.stringify(text)}`);
  }
  return { host: host === "" ? undefined : host, port: Number(port) };
}

async function serve(flags: Flags & { queue: string }): Promise<void> {
  const signal = interruptSignal();
  const {
    queue: url,
    workers = defaultWorkers(),
    store,
    allow,
    metrics,
    memory,
    grace,
    lock,
    patience,
    checkpoint,
  } = flags;
  const worker = await serveQueue({
    url,
    workers,
    ...(store !== undefined && { store }),
    ...(allow && { allow }),
    memoryBytes: memory * 2 ** 20,
    graceSeconds: grace,
    lockSeconds: lock,
    patienceSeconds: patience,
    saveSeconds: checkpoint,
    log: jsonLines(log),
  });
  const server = metrics && (await serveMetrics(worker, metrics));
  const interrupted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  try {
    await Promise.race([interrupted, worker.ended]);
  } finally {
    await worker.stop();
    server?.close();
    // BullMQ has timers of half a minute, which stay where the server is gone.
    setTimeout(() => process.exit(), 500).unref();
  }
}
