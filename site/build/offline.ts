/**
 * The service worker as a plugin: writes sw.js with the list of what the build made and a version that follows from its content,
 * so that a new build is a new cache.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { transformSync } from "esbuild";
import type { Plugin } from "vite";

/** Chunks of MNIST that are kept for later: the first thousand images, which the page of units looks at. */
const KEPT_CHUNKS = /^mnist\/\d\.images$/;

/** Files that a first visit keeps before it is over, and those that are kept once the page is idle. */
export function divide(files: readonly string[]): { first: string[]; later: string[] } {
  const kept = files.filter((file) => !/^(_headers|sw\.js)$|\.map$/.test(file)).sort();
  const isDigits = (file: string) => file.endsWith(".images");
  const isLater = (file: string) => file.startsWith("models/") || (isDigits(file) && file !== "mnist/0.images");
  const later = kept.filter((file) => isLater(file) && (!isDigits(file) || KEPT_CHUNKS.test(file)));
  return { first: kept.filter((file) => !isLater(file)), later };
}

/** The service worker as a plugin. */
export function offline(): Plugin {
  return {
    name: "offline",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      const digest = createHash("sha256");
      for (const name of Object.keys(bundle).sort()) {
        const one = bundle[name];
        digest.update(name).update(one?.type === "chunk" ? one.code : (one?.source ?? ""));
      }
      const { first, later } = divide(Object.keys(bundle));
      const { code } = transformSync(readFileSync(new URL("../src/service-worker.ts", import.meta.url), "utf8"), {
        loader: "ts",
        minify: true,
        target: "es2022",
        define: {
          VERSION: JSON.stringify(digest.digest("hex").slice(0, 16)),
          FIRST: JSON.stringify(first),
          LATER: JSON.stringify(later),
        },
      });
      this.emitFile({ type: "asset", fileName: "sw.js", source: code });
    },
  };
}
