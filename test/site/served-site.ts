/** The site as a visitor meets it: built, served as a file host would, and opened in a real browser. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  firefox,
  type Page,
} from "playwright-core";
import { build, type PreviewServer, preview } from "vite";

const { CHROMIUM, FIREFOX, INSTALLS } = await import(new URL("../../scripts/browsers.mjs", import.meta.url).href);

const CONFIG = fileURLToPath(new URL("../../site/vite.config.ts", import.meta.url));

export interface ServedSite {
  folder: string;
  /** The address of its root, with a slash. */
  url: string;
  close(): Promise<void>;
}

/** Builds the site into a folder of its own. */
export async function buildSite(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "blindspot-site-"));
  await build({ configFile: CONFIG, logLevel: "error", build: { outDir: folder } });
  return folder;
}

/** Serves a built site until it is closed. */
export async function serveSite(folder: string): Promise<ServedSite> {
  const server: PreviewServer = await preview({
    configFile: CONFIG,
    logLevel: "error",
    build: { outDir: folder },
    preview: { port: 0, host: "127.0.0.1" },
  });
  const address = server.httpServer.address();
  if (typeof address !== "object" || address === null) throw new Error("site: expected an address, got none");
  return { folder, url: `http://127.0.0.1:${address.port}/`, close: () => closed(server) };
}

/** Browsers keep their connections, and a server that closes waits for them. */
async function closed(server: PreviewServer): Promise<void> {
  const ended = server.close();
  if ("closeAllConnections" in server.httpServer) server.httpServer.closeAllConnections();
  await ended;
}

export const removeSite = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** Each browser: how it is started, or what installs it. */
export const BROWSERS: Readonly<Record<"chromium" | "firefox", { missing?: string; launch(): Promise<Browser> }>> = {
  chromium: {
    ...(!CHROMIUM && { missing: INSTALLS.chromium }),
    launch: () => chromium.launch({ executablePath: CHROMIUM as string, args: ["--no-sandbox"], timeout: 0 }),
  },
  firefox: {
    ...(!FIREFOX && { missing: INSTALLS.firefox }),
    // By WebDriver BiDi, which Debian's Firefox speaks as it is.
    launch: () => firefox.launch({ executablePath: FIREFOX as string, channel: "moz-firefox", timeout: 0 }),
  },
};

/** A page with what it asked for and what went wrong in it. */
export interface Visit {
  page: Page;
  context: BrowserContext;
  /** Addresses that were asked for. */
  asked: string[];
  /** Errors of scripts, and of the console, where refusals by the policy are told. */
  faults: string[];
}

/** Opens a page in a profile of its own, which keeps nothing for use without a network unless it is asked to: that is 6 MB. */
export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    serviceWorkers: "block",
    ...options,
  });
  context.setDefaultTimeout(100_000); // far beyond what a busy machine takes: what waits longer is not coming
  const page = await context.newPage();
  const [asked, faults]: string[][] = [[], []];
  page.on("request", (request) => asked?.push(request.url()));
  page.on("pageerror", (error) => faults?.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" || /Content.Security.Policy/.test(message.text())) faults?.push(message.text());
  });
  await page.goto(url, { waitUntil: "load" });
  return { page, context, asked: asked as string[], faults: faults as string[] };
}
