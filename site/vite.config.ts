/**
 * Builds the site into site/dist: static files with relative links, which any file host serves from any folder. Every
 * index.html below site/ is a page; `build/frame.ts` puts the same frame around each.
 */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { frame } from "./build/frame.ts";
import { offline } from "./build/offline.ts";
import { POLICY } from "./build/policy.ts";
import { served } from "./build/served.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** The pages, those that a generator has put there too. */
function pages(): string[] {
  return readdirSync(HERE, { recursive: true, encoding: "utf8" })
    .filter((path) => /(^|\/)index\.html$/.test(path) && !/^(dist|node_modules)\//.test(path))
    .sort()
    .map((page) => `${HERE}${page}`);
}

export default defineConfig(({ command }) => ({
  root: HERE,
  base: "./",
  publicDir: false,
  appType: "mpa",
  define: { IS_BUILT: command === "build" },
  plugins: [frame(), served(), offline()],
  worker: { format: "es" },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // the policy allows no data: in scripts and styles
    modulePreload: { polyfill: false },
    rolldownOptions: { input: pages() },
  },
  preview: { port: 4173, headers: { "Content-Security-Policy": POLICY } },
}));
