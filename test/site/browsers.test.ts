/**
 * The site in real browsers: what a visitor does, what the page says, the digest beside the command's, no request to anywhere
 * else, accessibility, and use without a network.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
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

/** Evaluations of a search until the first changed image that is read as another digit, of the digit that the test asks about. */
const FIRST_MET = 16;

type Name = keyof typeof BROWSERS;
const NAMES = Object.keys(BROWSERS) as Name[];

let site: ServedSite;
let place: string;
const browsers = {} as Record<Name, Browser>;

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), "blindspot-played-"));
  const launched = NAMES.map(async (name) => {
    if (BROWSERS[name].missing === undefined) browsers[name] = await BROWSERS[name].launch();
  });
  [site] = await Promise.all([buildSite().then(serveSite), ...launched]);
}, 600_000);
afterAll(async () => {
  await Promise.all([...Object.values(browsers).map((browser) => browser.close()), site?.close()]);
  removeSite(site?.folder);
  rmSync(place, { recursive: true, force: true });
}, 600_000);

interface Digests {
  digest: string;
  recordDigest: string;
}

const answers = new Map<string, Promise<Digests>>();

/** What the command prints, run in the folder of the models and pictures. Each command runs once. */
function commanded(command: string): Promise<Digests> {
  const known = answers.get(command);
  if (known) return known;
  const args = command.replace(/^npx blindspot /, "").split(" ");
  const flags = ["--workers", "1", "--out", join(place, `out-${answers.size}`), "--json"];
  const answer = promisify(execFile)(process.execPath, [MAIN, ...args, ...flags], {
    cwd: place,
    maxBuffer: 2 ** 26,
  }).then(({ stdout }): Digests => JSON.parse(stdout));
  answers.set(command, answer);
  return answer;
}

/** Expects the command of each experiment to print the digest that the page shows. */
async function expectSame(shown: readonly { command: string; digest: string }[]): Promise<void> {
  const printed = await Promise.all(shown.map(({ command }) => commanded(command)));
  expect(printed.map(({ digest }) => digest)).toEqual(shown.map(({ digest }) => digest));
}

/** Puts a file where the commands find it. What two browsers give is the same. */
function put(name: string, content: Uint8Array): void {
  const path = join(place, name);
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path)) expect(readFileSync(path).equals(content), name).toBe(true);
  else writeFileSync(path, content);
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

/** A model of one product, and a picture: files as a user would drop them. Without weights it answers the same whatever it is given. */
function ownModel(scale = 1): Buffer {
  const random = new Random(5);
  const weights = Float32Array.from({ length: 36 * 3 }, (_, i) => scale * (random.uniform(i) - 0.5));
  const nodes = [onnxNode("Gemm", ["x", "w", "b"], "s"), onnxNode("Softmax", ["s"], "y")];
  const constants = { w: floats([36, 3], weights), b: floats([3], [0, 0.1, 0.2]) };
  return Buffer.from(onnxFile(nodes, { inputs: [{ name: "x", shape: ["batch", 36] }], constants }));
}

function picture(stream: number, side: number): Buffer {
  const random = new Random(7, stream);
  const data = Uint8Array.from({ length: side * side }, (_, i) => 255 * random.uniform(i));
  return Buffer.from(encodePng({ width: side, height: side, channels: 1, data }));
}

const file = (name: string, buffer: Buffer) => ({ name, buffer, mimeType: "application/octet-stream" });

/**
 * Drops a folder on the page: what a browser hands over is a tree of entries, read in parts. Scripts cannot make such a tree, so the event
 * carries one that behaves alike.
 */
async function dropFolder(
  page: Page,
  folder: string,
  files: readonly { name: string; base64: string }[],
): Promise<void> {
  await page.evaluate(
    ({ folder, files }) => {
      const entries = files.map(({ name, base64 }) => ({
        ...{ isFile: true, isDirectory: false, name, fullPath: `/${folder}/${name}` },
        file: (done: (file: File) => void) =>
          done(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name)),
      }));
      const directory = {
        ...{ isFile: false, isDirectory: true, name: folder, fullPath: `/${folder}` },
        createReader: () => {
          const left = [...entries];
          return { readEntries: (done: (some: unknown[]) => void) => done(left.splice(0, 1)) };
        },
      };
      const event = new Event("drop", { bubbles: true, cancelable: true });
      const dataTransfer = { items: [{ webkitGetAsEntry: () => directory }], files: [] };
      document.getElementById("drop")?.dispatchEvent(Object.assign(event, { dataTransfer }));
    },
    { folder, files },
  );
}

for (const name of NAMES) {
  const { missing } = BROWSERS[name];
  const title = missing ? `${name} (skipped: it is not installed: ${missing})` : name;
  describe.concurrent(title, { skip: missing !== undefined, timeout: 600_000 }, () => {
    test("a digit, a click, a blind spot: the digests are those of the command", async () => {
      const { page, context, asked, faults } = await visit(browsers[name], site.url);
      await page.getByLabel("A 3, position 18").check({ force: true });
      await page.locator(".bars .answer").waitFor();
      const before = asked.length;
      await page.getByRole("button", { name: "Find the blind spot" }).click();
      const [{ command, digest }] = (await shown(page)) as [{ command: string; digest: string }];
      // What the first changed image takes: a few evaluations, and nothing that is fetched after the click.
      const fetched = asked.slice(before).filter((url) => /kernels|worker|fc100-100-10\//.test(url));
      expect(fetched).toEqual([]);
      expect(await page.locator(".verdict").textContent()).toMatch(
        /^Changed by [\d.]+ of 255 .*, the 3 is read as an? \d\.$/,
      );
      expect(command).toContain("--model fc100-100-10 --data mnist:test --norm l2 --target untargeted");
      expect(command).toContain("--first 18 --count 1");
      const printed = await commanded(command);
      expect(digest).toBe(printed.digest);
      if (name === "chromium") expect((await saved(page)).recordDigest).toBe(printed.recordDigest);

      // Transfer: each of the other models said something.
      await page.locator("#transfer .card").nth(9).waitFor();
      // The slider goes back through the search, in which the first answer that is wanted comes soon.
      const slider = page.getByRole("slider", { name: "Evaluation" });
      await slider.focus();
      await page.keyboard.press("Home");
      expect(await page.locator(".slider-note").textContent()).toMatch(/^1 of \d+$/);
      await page.keyboard.press("End");
      const met = await page
        .locator(".chart circle:is(.met, .unmet)")
        .evaluateAll((all) => all.map((one) => one.matches(".met")));
      expect(met.indexOf(true)).toBeGreaterThan(0);
      expect(met.indexOf(true)).toBeLessThanOrEqual(FIRST_MET);

      // The link repeats the experiment.
      const link = page.url();
      expect(new URL(link).hash).toBe("#model=fc100-100-10&image=18&norm=l2&seed=0");
      await context.close();
      const again = await visit(browsers[name], link);
      expect(await shown(again.page)).toEqual([{ command, digest }]);
      await again.context.close();

      expect(asked.length).toBeGreaterThan(5);
      expect([...asked, ...again.asked].filter((url) => !url.startsWith(site.url) && !url.startsWith("blob:"))).toEqual(
        [],
      );
      expect([...faults, ...again.faults]).toEqual([]);
    });

    test("a digit drawn with the keyboard, and the search of the paper for a label", async () => {
      const { page, context, faults } = await visit(browsers[name], site.url, {
        viewport: { width: 390, height: 800 },
      });
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
      put("drawn/drawing.png", encodePng({ width: 28, height: 28, channels: 1, data: pixels as Uint8Array }));
      await expectSame([{ command, digest }]);
      // Nothing is wider than the screen of a phone.
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
      expect(faults).toEqual([]);
      await context.close();
    });

    test("a model and pictures of one's own: what was understood, both ends of the answer, the command's digests", async () => {
      const onnx = ownModel();
      const pictures = [file("a.png", picture(1, 6)), file("b.png", picture(2, 6))];
      for (const { name, buffer } of pictures) put(`pictures/${name}`, buffer);
      put("net.onnx", onnx);
      const { page, context, asked, faults } = await visit(browsers[name], `${site.url}model/`);
      await page.getByLabel("Choose files").setInputFiles([file("net.onnx", onnx), ...pictures]);
      await page.getByRole("button", { name: "Attack and certify" }).click();
      const said = await page.locator("#understood").textContent();
      expect(said).toMatch(/net\.onnx: what was understood.*36 values.*3 classes.*a softmax.*111/);
      const repeats = await shown(page, 2);
      await expectSame(repeats);
      expect(repeats.map(({ command }) => command.split(" ")[2])).toEqual(["attack", "certify"]);
      const ends = await page.locator(".ends").allTextContents();
      expect(ends).toHaveLength(2);
      for (const text of ends) {
        const [, certified, found] = /no change up to ([\d.]+) alters .*found at ([\d.]+)\.$/.exec(text) ?? [];
        expect(Number(certified)).toBeGreaterThan(0);
        expect(Number(found)).toBeGreaterThanOrEqual(Number(certified));
      }

      // Of a model that takes pixels in another range, both commands say so.
      await page.getByLabel("The model takes pixels from").selectOption("0,255");
      await page.locator("#status", { hasText: "Ready: 2 pictures." }).waitFor();
      await page.getByRole("button", { name: "Attack and certify" }).click();
      await page.locator("#status", { hasText: "Done." }).waitFor();
      const ranged = await shown(page, 2);
      for (const { command } of ranged) expect(command).toContain("--range 0,255");
      await expectSame(ranged);

      // A search that finds nothing says so: this model gives one answer to everything.
      await page.getByLabel("Choose files").setInputFiles([file("same.onnx", ownModel(0))]);
      await page.locator("#status", { hasText: "Ready: 2 pictures." }).waitFor();
      await page.getByRole("button", { name: "Attack and certify" }).click();
      await page.locator("#status", { hasText: "Done." }).waitFor();
      expect(await page.locator(".card-verdict").allTextContents()).toEqual(
        new Array(2).fill(expect.stringMatching(/^No other answer was found in [\d,]+ evaluations\. That is no proof/)),
      );
      expect(await page.locator(".ends").allTextContents()).toEqual(
        new Array(2).fill(expect.stringMatching(/no change up to [\d.]+ alters .*nothing found\.$/)),
      );

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
      const { page, context, faults } = await visit(browsers[name], link);
      const repeats = await shown(page, 2);
      await expectSame(repeats);
      expect(repeats.map(({ command }) => /--target (\w+)/.exec(command)?.[1])).toEqual(["7", "7"]);
      await page.locator("#cross li").nth(2).waitFor();
      expect(faults).toEqual([]);
      await context.close();
    });

    test("no page and no result has a violation that axe finds, light or dark, on a screen or a telephone", async () => {
      const { page, context } = await visit(browsers[name], site.url);
      for (const path of PAGES) {
        await page.goto(`${site.url}${path}`, { waitUntil: "load" });
        expect(await violations(page), path).toEqual([]);
      }
      await page.goto(`${site.url}#image=0&norm=linf`);
      await shown(page);
      expect(await violations(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: "dark" });
      await page.setViewportSize({ width: 390, height: 800 });
      expect(await violations(page)).toEqual([]);
      await context.close();
    });

    test("units and random directions, with the command's digest", async () => {
      const link = `${site.url}units/#model=fc100-100-10&layer=fc1&count=500&seed=1`;
      const { page, context, faults } = await visit(browsers[name], link);
      await expectSame(await shown(page));
      expect(await page.locator(".line").count()).toBe(12);
      expect(await page.locator("#status").textContent()).toMatch(/told apart by how often/);
      expect(await violations(page)).toEqual([]);
      expect(faults).toEqual([]);
      await context.close();
    });

    test("a folder of tfjs that is dropped, and pictures after it", async () => {
      const { page, context, faults } = await visit(browsers[name], `${site.url}model/`);
      const files = ["model.json", "group1-shard1of1.bin"].map((name) => ({
        name,
        base64: readFileSync(join(ROOT, "models/fc10-1e-4", name)).toString("base64"),
      }));
      const notes = { name: "README.md", base64: Buffer.from("notes").toString("base64") };
      await dropFolder(page, "fc10-1e-4", [...files, notes]);
      await page.locator("#understood", { hasText: "fc10-1e-4: what was understood" }).waitFor();
      expect(await page.locator("#understood").textContent()).toMatch(/784 values.*10 classes.*7,840/);
      expect(await page.locator("#status").textContent()).toBe("Now drop PNG pictures.");
      await dropFolder(page, "digits", [{ name: "a.png", base64: picture(1, 28).toString("base64") }]);
      await page.locator("#status", { hasText: "Ready: 1 picture." }).waitFor();
      await page.getByRole("button", { name: "Attack and certify" }).click();
      await page.locator("#status", { hasText: "Done." }).waitFor();
      const commands = (await shown(page, 2)).map(({ command }) => command);
      expect(commands[0]).toContain("attack --model fc10-1e-4 --data images:pictures");
      expect(faults).toEqual([]);
      await context.close();
    });

    test("after the first visit it works without a network, and asks for nothing elsewhere to get there", async () => {
      const own = await serveSite(site.folder);
      const { page, context, asked } = await visit(browsers[name], own.url, { serviceWorkers: "allow" });
      await page.locator("#offline", { hasText: "It works without a network now." }).waitFor();
      await own.close();
      await page.goto(`${own.url}#model=fc200-200-10&image=18&norm=l2&seed=0`);
      await page.reload();
      await expectSame(await shown(page));
      await page.goto(`${own.url}units/`);
      expect(await page.locator("h1").textContent()).toBe("Does a single unit mean something?");
      expect(asked.filter((url) => !url.startsWith(own.url) && !url.startsWith("blob:"))).toEqual([]);
      await context.close();
    });
  });
}

const chromium = BROWSERS.chromium;
const without = chromium.missing ? ` (skipped: Chromium is not installed: ${chromium.missing})` : "";

describe.concurrent(`in Chromium alone${without}`, { skip: chromium.missing !== undefined, timeout: 600_000 }, () => {
  const name = "chromium";

  test("a folder that is dragged onto the page from a desktop", async () => {
    const { page, context } = await visit(browsers[name], `${site.url}model/`);
    const { x, y, width, height } = (await page.locator("#drop").boundingBox()) as {
      x: number;
      y: number;
      width: number;
      height: number;
    };
    const session = await context.newCDPSession(page);
    const at = {
      x: x + width / 2,
      y: y + height / 8,
      data: { items: [], files: [join(ROOT, "models/fc10-1")], dragOperationsMask: 1 },
    };
    for (const type of ["dragEnter", "dragOver", "drop"] as const)
      await session.send("Input.dispatchDragEvent", { type, ...at });
    await page.locator("#understood", { hasText: "fc10-1: what was understood" }).waitFor();
    await context.close();
  });

  test("before a model is chosen the page is at most 200 KB, gzipped", async () => {
    const { context, page, asked } = await visit(browsers[name], site.url);
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

  test("a link that asks for what is not there is refused by name, and what was not found is said", async () => {
    const { page, context } = await visit(browsers[name], `${site.url}#norm=l3`);
    await page.locator(".verdict", { hasText: "link, norm: expected one of" }).waitFor();
    // A misread digit: there is nothing to search for, and the page says so.
    await page.goto(`${site.url}#model=fc10-1&image=8&norm=l2`);
    await shown(page);
    expect(await page.locator(".verdict").textContent()).toMatch(
      /before any change: there is nothing to search for\.$/,
    );
    await context.close();
  });

  test("a search stops when it is told to, and a certificate too", async () => {
    const { page, context, faults } = await visit(
      browsers[name],
      `${site.url}#model=mnist-convnet&image=18&norm=l2&effort=exhaustive`,
    );
    await page.getByRole("button", { name: "Stop" }).click();
    await page.locator(".verdict", { hasText: "Stopped." }).waitFor();
    await page.goto(`${site.url}model/`);
    const model = (name: string) => file(name, readFileSync(join(ROOT, "models/mnist-convnet", name)));
    const files = [model("model.json"), model("group1-shard1of1.bin"), file("a.png", picture(1, 28))];
    await page.getByLabel("Choose files").setInputFiles(files);
    await page.getByRole("button", { name: "Attack and certify" }).click();
    await page.locator("#status", { hasText: "Certifying" }).waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.locator("#status", { hasText: "Stopped." }).waitFor();
    // The model is still there, whether the worker heard of the stop or was ended.
    await page.getByRole("button", { name: "Attack and certify" }).click();
    await page.locator("#status", { hasText: "Certifying" }).waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });

  test("a tab that is closed in the middle of a search loses nothing but itself", async () => {
    const long = `${site.url}#model=mnist-convnet&image=18&norm=l2&effort=exhaustive`;
    const { page: closed, context } = await visit(browsers[name], long);
    await closed.getByRole("button", { name: "Stop" }).waitFor();
    const other = await context.newPage();
    await other.goto(`${site.url}#model=fc100-100-10&image=3&norm=linf`);
    await closed.close();
    await expectSame(await shown(other));
    // The link of the closed one begins anew.
    const again = await context.newPage();
    await again.goto(long);
    await again.getByRole("button", { name: "Stop" }).waitFor();
    await context.close();
  });
});
