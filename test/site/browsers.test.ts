/**
 * The site in real browsers: what a visitor does, what the page says, the digest beside the command's, no request to anywhere
 * else, accessibility, and use without a network.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodePng } from "../../src/data/index.ts";
import { Random } from "../../src/numeric/random.ts";
import { floats, onnxFile, onnxNode } from "../support/onnx-files.ts";
import { BROWSERS, buildSite, removeSite, type ServedSite, serveSite, visit } from "./served-site.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MAIN = join(ROOT, "dist/bundle/main.js");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** Pages by their address below the root. */
const PAGES = ["", "model/", "units/", "compare/"];

let site: ServedSite;
let place: string;

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), "blindspot-played-"));
  site = await serveSite(await buildSite());
}, 300_000);
afterAll(async () => {
  await site?.close();
  removeSite(site?.folder);
  rmSync(place, { recursive: true, force: true });
});

interface Digests {
  digest: string;
  recordDigest: string;
}

const answers = new Map<string, Digests>();

/** What the command prints, run in the folder of the models and pictures. Each command runs once. */
function commanded(command: string): Digests {
  const known = answers.get(command);
  if (known) return known;
  const args = command.replace(/^npx blindspot /, "").split(" ");
  const out = join(place, `out-${answers.size}`);
  const printed = execFileSync(process.execPath, [MAIN, ...args, "--workers", "1", "--out", out, "--json"], {
    cwd: place,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  const { digest, recordDigest } = JSON.parse(printed);
  answers.set(command, { digest, recordDigest });
  return { digest, recordDigest };
}

/** The commands and digests that a page shows, once it shows `count` of them. */
async function shown(page: Page, count = 1): Promise<{ command: string; digest: string }[]> {
  await page
    .locator(".repeat")
    .nth(count - 1)
    .waitFor();
  const commands = await page.locator(".repeat pre").allTextContents();
  const digests = await page.locator(".digest code").allTextContents();
  expect(commands).toHaveLength(count);
  return commands.map((command, i) => ({ command, digest: digests[i] as string }));
}

/** The record that the page would save. */
async function saved(page: Page): Promise<Digests> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save results.json" }).first().click(),
  ]);
  return JSON.parse(readFileSync(await download.path(), "utf8"));
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
  return found;
}

/** A model of one product, and a picture: files as a user would drop them. */
function ownFiles() {
  const random = new Random(5);
  const weights = Float32Array.from({ length: 36 * 3 }, (_, i) => random.uniform(i) - 0.5);
  const nodes = [onnxNode("Gemm", ["x", "w", "b"], "s"), onnxNode("Softmax", ["s"], "y")];
  const constants = { w: floats([36, 3], weights), b: floats([3], [0, 0.1, 0.2]) };
  const onnx = onnxFile(nodes, { inputs: [{ name: "x", shape: ["batch", 36] }], constants });
  const picture = (stream: number, side: number) =>
    Buffer.from(
      encodePng({
        width: side,
        height: side,
        channels: 1,
        data: Uint8Array.from({ length: side * side }, (_, i) => 255 * new Random(7, stream).uniform(i)),
      }),
    );
  return { onnx: Buffer.from(onnx), picture };
}

const file = (name: string, buffer: Buffer) => ({ name, buffer, mimeType: "application/octet-stream" });

for (const [name, { missing, launch }] of Object.entries(BROWSERS)) {
  const title = missing ? `${name} (skipped: it is not installed: ${missing})` : name;
  describe(title, { skip: missing !== undefined, timeout: 600_000 }, () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launch();
    }, 300_000);
    afterAll(() => browser?.close());

    test("a digit, a click, a blind spot: the digests are those of the command", async () => {
      const { page, context, asked, faults } = await visit(browser, site.url);
      await page.getByLabel("A 3, position 18").check({ force: true });
      await page.getByRole("button", { name: "Find the blind spot" }).click();
      const [{ command, digest }] = (await shown(page)) as [{ command: string; digest: string }];
      expect(await page.locator(".verdict").textContent()).toMatch(
        /^Changed by [\d.]+ of 255 .*, the 3 is read as an? \d\.$/,
      );
      expect(command).toContain("--model fc100-100-10 --data mnist:test --norm l2 --target untargeted");
      expect(command).toContain("--first 18 --count 1");
      const printed = commanded(command);
      expect(digest).toBe(printed.digest);
      if (name === "chromium") expect((await saved(page)).recordDigest).toBe(printed.recordDigest);

      // Transfer: each of the other models said something.
      await page.locator("#transfer .card").nth(9).waitFor();
      // The slider goes back through the search.
      const slider = page.getByRole("slider", { name: "Evaluation" });
      await slider.focus();
      await page.keyboard.press("Home");
      expect(await page.locator(".slider-note").textContent()).toMatch(/^1 of \d+$/);

      // The link repeats the experiment.
      const link = page.url();
      expect(new URL(link).hash).toBe("#model=fc100-100-10&image=18&norm=l2&seed=0");
      await context.close();
      const again = await visit(browser, link);
      expect(await shown(again.page)).toEqual([{ command, digest }]);
      await again.context.close();

      expect(asked.length).toBeGreaterThan(5);
      expect([...asked, ...again.asked].filter((url) => !url.startsWith(site.url) && !url.startsWith("blob:"))).toEqual(
        [],
      );
      expect([...faults, ...again.faults]).toEqual([]);
    });

    test("a digit drawn with the keyboard, and the search of the paper for a label", async () => {
      const { page, context, faults } = await visit(browser, site.url, { viewport: { width: 390, height: 800 } });
      await page.getByLabel("of your own").check({ force: true });
      await page.getByLabel(/^Drawing pad/).focus();
      for (const key of ["ArrowUp", "ArrowUp", "ArrowUp", "Space", ...Array(9).fill("ArrowDown")]) {
        await page.keyboard.press(key);
      }
      expect(await page.locator("#pen").textContent()).toMatch(/^Pen down, column 14, row \d+\.$/);
      await page.getByLabel("the paper’s").check({ force: true });
      await page.getByLabel("To reach").selectOption("8");
      await page.getByRole("button", { name: "Find the blind spot" }).click();
      const [{ command, digest }] = (await shown(page)) as [{ command: string; digest: string }];
      expect(command).toContain("--data images:drawn --target 8");
      // The drawing as the page would save it: from the pixels that the link has.
      const { readDrawing } = await import("../../site/src/drawing-text.ts");
      const pixels = readDrawing(new URLSearchParams(new URL(page.url()).hash.slice(1)).get("drawing") as string);
      mkdirSync(join(place, "drawn"), { recursive: true });
      writeFileSync(
        join(place, "drawn/drawing.png"),
        encodePng({ width: 28, height: 28, channels: 1, data: pixels as Uint8Array }),
      );
      expect(digest).toBe(commanded(command).digest);
      // Nothing is wider than the screen of a phone.
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
      expect(faults).toEqual([]);
      await context.close();
    });

    test("a model and pictures of one's own: what was understood, both ends of the answer, the command's digests", async () => {
      const { onnx, picture } = ownFiles();
      const pictures = [file("a.png", picture(1, 6)), file("b.png", picture(2, 6))];
      mkdirSync(join(place, "pictures"), { recursive: true });
      for (const { name, buffer } of pictures) writeFileSync(join(place, "pictures", name), buffer);
      writeFileSync(join(place, "net.onnx"), onnx);
      const { page, context, asked, faults } = await visit(browser, `${site.url}model/`);
      await page.getByLabel("Choose files").setInputFiles([file("net.onnx", onnx), ...pictures]);
      await page.getByRole("button", { name: "Attack and certify" }).click();
      const said = await page.locator("#understood").textContent();
      expect(said).toMatch(/net\.onnx: what was understood.*36 values.*3 classes.*a softmax.*111/);
      const repeats = await shown(page, 2);
      for (const { command, digest } of repeats) expect(commanded(command).digest).toBe(digest);
      expect(repeats.map(({ command }) => command.split(" ")[2])).toEqual(["attack", "certify"]);
      const ends = await page.locator(".ends").allTextContents();
      expect(ends).toHaveLength(2);
      for (const text of ends) {
        const [, certified, found] = /no change up to ([\d.]+) alters .*found at ([\d.]+)\.$/.exec(text) ?? [];
        expect(Number(certified)).toBeGreaterThan(0);
        expect(Number(found)).toBeGreaterThanOrEqual(Number(certified));
      }

      // What is refused is refused in the library's words.
      await page.getByLabel("Choose files").setInputFiles([file("c.png", picture(3, 5))]);
      await page.getByRole("button", { name: "Attack and certify" }).click();
      await page.locator("#status", { hasText: "images: expected images of 36 values" }).waitFor();
      await page.getByLabel("Choose files").setInputFiles([file("net.onnx", Buffer.from("no model"))]);
      await page.locator("#status", { hasText: /^net\.onnx: expected .*, got / }).waitFor();
      await page.getByLabel("Choose files").setInputFiles([file("notes.txt", Buffer.from("words"))]);
      await page
        .locator("#status", {
          hasText: "files: expected a model.json with its shards, an .onnx file or PNG pictures, got notes.txt",
        })
        .waitFor();
      expect(asked.filter((url) => !url.startsWith(site.url))).toEqual([]);
      expect(faults).toEqual([]);
      await context.close();
    });

    test("two models side by side, by a link", async () => {
      const link = `${site.url}compare/#first=fc10-1e-4&second=fc100-100-10&image=2&norm=linf&target=7&seed=3`;
      const { page, context, faults } = await visit(browser, link);
      const repeats = await shown(page, 2);
      for (const { command, digest } of repeats) expect(commanded(command).digest).toBe(digest);
      expect(repeats.map(({ command }) => /--target (\w+)/.exec(command)?.[1])).toEqual(["7", "7"]);
      await page.locator("#cross li").nth(2).waitFor();
      expect(faults).toEqual([]);
      await context.close();
    });

    test("a result without a violation that axe finds", async () => {
      const { page, context } = await visit(browser, `${site.url}#image=0&norm=linf`);
      await shown(page);
      expect(await violations(page)).toEqual([]);
      await context.close();
    });
  });
}

const chromium = BROWSERS.chromium;
const without = chromium.missing ? ` (skipped: Chromium is not installed: ${chromium.missing})` : "";

describe(`in Chromium${without}`, { skip: chromium.missing !== undefined, timeout: 600_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch();
  }, 300_000);
  afterAll(() => browser?.close());

  test("units and random directions, with the command's digest", async () => {
    const { page, context, faults } = await visit(
      browser,
      `${site.url}units/#model=fc100-100-10&layer=fc1&count=500&seed=1`,
    );
    const [{ command, digest }] = (await shown(page)) as [{ command: string; digest: string }];
    expect(commanded(command).digest).toBe(digest);
    expect(await page.locator(".line").count()).toBe(12);
    expect(await page.locator("#status").textContent()).toMatch(/told apart by how often/);
    expect(await violations(page)).toEqual([]);
    expect(faults).toEqual([]);
    await context.close();
  });

  test("before a model is chosen the page is at most 200 KB, gzipped", async () => {
    const { context, page, asked } = await visit(browser, site.url);
    await page.waitForLoadState("networkidle");
    const own = asked
      .filter((url) => url.startsWith(site.url))
      .map((url) => new URL(url).pathname.slice(1) || "index.html");
    expect(own).toContain("index.html");
    expect(own.filter((path) => path.startsWith("models/"))).toEqual([]);
    const bytes = [...new Set(own)].reduce(
      (sum, path) => sum + gzipSync(readFileSync(join(site.folder, path))).length,
      0,
    );
    expect(bytes).toBeLessThan(200_000);
    await context.close();
  });

  test("every page without a violation that axe finds, and a result on a phone in the dark", async () => {
    for (const path of PAGES) {
      const { page, context } = await visit(browser, `${site.url}${path}`);
      expect(await violations(page), path).toEqual([]);
      await context.close();
    }
    const dark = { colorScheme: "dark", viewport: { width: 390, height: 800 } } as const;
    const { page, context } = await visit(browser, `${site.url}#image=0&norm=l0`, dark);
    await shown(page);
    expect(await violations(page)).toEqual([]);
    await context.close();
  });

  test("a link that asks for what is not there is refused by name, and what was not found is said", async () => {
    const { page, context } = await visit(browser, `${site.url}#norm=l3`);
    await page.locator(".verdict", { hasText: "link, norm: expected one of" }).waitFor();
    // A misread digit: there is nothing to search for, and the page says so.
    await page.goto(`${site.url}#model=fc10-1&image=8&norm=l2`);
    await shown(page);
    expect(await page.locator(".verdict").textContent()).toMatch(
      /before any change: there is nothing to search for\.$/,
    );
    await context.close();
  });

  test("a search stops when it is told to, and a certificate too, which computes without a pause", async () => {
    const { page, context, faults } = await visit(
      browser,
      `${site.url}#model=mnist-convnet&image=18&norm=l2&effort=exhaustive`,
    );
    await page.getByRole("button", { name: "Stop" }).click();
    await page.locator(".verdict", { hasText: "Stopped." }).waitFor();
    await page.goto(`${site.url}model/`);
    const model = (name: string) => file(name, readFileSync(join(ROOT, "models/mnist-convnet", name)));
    const files = [model("model.json"), model("group1-shard1of1.bin"), file("a.png", ownFiles().picture(1, 28))];
    await page.getByLabel("Choose files").setInputFiles(files);
    await page.getByRole("button", { name: "Attack and certify" }).click();
    await page.locator("#status", { hasText: "Certifying" }).waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.locator("#status", { hasText: "Stopped." }).waitFor();
    // A new worker goes on where the old one was: the model is still there.
    await page.getByRole("button", { name: "Attack and certify" }).click();
    await page.locator("#status", { hasText: "Certifying" }).waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });

  test("after the first visit it works without a network", async () => {
    const own = await serveSite(site.folder);
    const { page, context } = await visit(browser, own.url);
    await page.locator("#offline", { hasText: "It works without a network now." }).waitFor();
    await own.close();
    await page.goto(`${own.url}#model=fc200-200-10&image=18&norm=l2&seed=0`);
    await page.reload();
    const [{ command, digest }] = (await shown(page)) as [{ command: string; digest: string }];
    expect(commanded(command).digest).toBe(digest);
    await page.goto(`${own.url}units/`);
    expect(await page.locator("h1").textContent()).toBe("Does a single unit mean something?");
    await context.close();
  });
});
