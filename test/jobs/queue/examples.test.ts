/** The examples of many machines: valid YAML, whose commands are ones that `blindspot worker` takes and whose parts fit together. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { workerCommand } from "../../../src/cli/worker.ts";

const read = (file: string) =>
  readFileSync(new URL(`../../../examples/many-machines/${file}`, import.meta.url), "utf8");

// biome-ignore lint/suspicious/noExplicitAny: YAML of any shape
type Yaml = any;

/** The documents of a file, without a warning or an error; a key that stands twice is one. */
function documents(file: string): Yaml[] {
  return parseAllDocuments(read(file), { uniqueKeys: true, strict: true }).map((document) => {
    expect([...document.errors, ...document.warnings]).toEqual([]);
    return document.toJS();
  });
}

/** The flags that `blindspot worker` reads of these words. */
async function workerFlags(words: readonly string[]): Promise<Record<string, unknown>> {
  const [name, ...args] = words;
  expect(name).toBe("worker");
  const command = workerCommand().exitOverride();
  command.action(() => {});
  await command.parseAsync(args, { from: "user" });
  return command.opts();
}

const SERVER = ["--appendonly yes", "--maxmemory-policy noeviction", "--requirepass"];

describe("docker-compose", () => {
  test("starts a server that keeps what it has, and workers of it", async () => {
    const [compose, ...others] = documents("compose.yaml");
    expect(others).toEqual([]);
    const { queue, worker } = compose.services;
    for (const setting of SERVER) expect(queue.command).toContain(setting);
    const [, folder] = queue.volumes[0].split(":");
    expect(folder).toBe("/data");
    expect(Object.keys(compose.volumes)).toContain(queue.volumes[0].split(":")[0]);
    const flags = await workerFlags(worker.command.split(" "));
    expect(flags).toMatchObject({ queue: "redis://queue:6379/0", metrics: { port: 9464 } });
    expect(worker.depends_on).toEqual(["queue"]);
    expect(Number.parseInt(worker.stop_grace_period, 10)).toBeGreaterThan(flags.grace as number);
    for (const service of [queue, worker])
      expect(Object.keys(service.environment)).toEqual(["BLINDSPOT_QUEUE_PASSWORD"]);
  });
});

describe("Kubernetes", () => {
  test("has a service, a server that keeps what it has, and workers of it", async () => {
    const [service, server, workers, ...others] = documents("kubernetes.yaml");
    expect(others).toEqual([]);
    expect([service, server, workers].map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual([
      "v1 Service",
      "apps/v1 StatefulSet",
      "apps/v1 Deployment",
    ]);
    for (const { spec } of [server, workers]) {
      expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
    }
    expect(service.spec.selector).toEqual(server.spec.selector.matchLabels);
    const [redis] = server.spec.template.spec.containers;
    for (const setting of SERVER) expect(redis.args[0]).toContain(setting);
    expect(redis.volumeMounts[0].name).toBe(server.spec.volumeClaimTemplates[0].metadata.name);
    const { containers, terminationGracePeriodSeconds } = workers.spec.template.spec;
    const flags = await workerFlags(containers[0].args);
    expect(flags).toMatchObject({
      queue: `redis://${service.metadata.name}:${service.spec.ports[0].port}/0`,
      workers: 4,
    });
    expect(terminationGracePeriodSeconds).toBeGreaterThan(flags.grace as number);
    expect(containers[0].ports[0].containerPort).toBe((flags.metrics as { port: number }).port);
    expect(containers[0].livenessProbe.httpGet).toEqual({ path: "/healthz", port: containers[0].ports[0].name });
    // No secret stands in the file: each is taken from one of the cluster.
    for (const container of [redis, containers[0]]) {
      expect(container.env).toEqual([
        { name: "BLINDSPOT_QUEUE_PASSWORD", valueFrom: { secretKeyRef: { name: "blindspot-queue", key: "password" } } },
      ]);
    }
  });
});
