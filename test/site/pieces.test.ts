/** The pieces of the site that need no browser: links, drawings, the frame of a page, what is kept for later, sentences. */
import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { framed } from "../../site/build/frame.ts";
import { divide } from "../../site/build/offline.ts";
import { POLICY } from "../../site/build/policy.ts";
import { drawingText, readDrawing } from "../../site/src/drawing-text.ts";
import { divided, modelNameOf } from "../../site/src/dropped.ts";
import { addStroke, centred, SIDE } from "../../site/src/ink.ts";
import { linkOf, modelOf, type Question, questionOf } from "../../site/src/link.ts";
import { SHIPPED_NAMES } from "../../site/src/shipped.ts";
import { changeWords, lengthWords, verdictWords, withArticle } from "../../site/src/words.ts";
import type { AttackExample } from "../../src/index.ts";
import { Random } from "../../src/numeric/random.ts";

const link = (text: string) => new URLSearchParams(text);

/** A drawing of some strokes. */
function drawing(): Uint8Array {
  const pixels = new Uint8Array(SIDE * SIDE);
  addStroke(pixels, { x: 8.3, y: 5 }, { x: 20, y: 5.5 });
  addStroke(pixels, { x: 20, y: 5.5 }, { x: 12, y: 24 });
  return pixels;
}

test("the site names every shipped model", () => {
  const folders = readdirSync(new URL("../../models", import.meta.url), { withFileTypes: true });
  expect([...SHIPPED_NAMES].sort()).toEqual(
    folders
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort(),
  );
});

describe("a drawing in a link", () => {
  test("comes back pixel by pixel", () => {
    const some = drawing();
    expect(new Set(some).size).toBeGreaterThan(5);
    const text = drawingText(some);
    expect(text).toMatch(/^[\w-]+$/);
    expect(readDrawing(text)).toEqual(some);
    const random = new Random(3);
    const noise = Uint8Array.from(some, (_, i) => 17 * Math.floor(16 * random.uniform(i)));
    expect(readDrawing(drawingText(noise))).toEqual(noise);
  });

  for (const text of ["", "x", "AAAA", `${drawingText(drawing())}AA`, "å", "a".repeat(2000)]) {
    test(`is refused where it is none: ${text.slice(0, 12)} of ${text.length}`, () => {
      expect(readDrawing(text)).toBeUndefined();
    });
  }

  test("centred, its ink lies in the middle and none is lost", () => {
    const moved = centred(drawing());
    let [sum, x, y] = [0, 0, 0];
    moved.forEach((ink, at) => {
      sum += ink;
      x += ink * (at % SIDE);
      y += ink * Math.floor(at / SIDE);
    });
    expect(sum).toBe(drawing().reduce((total, ink) => total + ink, 0));
    // It moves by whole pixels: half of one may be left.
    expect(Math.abs(x / sum - (SIDE - 1) / 2)).toBeLessThanOrEqual(0.5);
    expect(Math.abs(y / sum - (SIDE - 1) / 2)).toBeLessThanOrEqual(0.5);
    expect(centred(new Uint8Array(SIDE * SIDE))).toEqual(new Uint8Array(SIDE * SIDE));
  });
});

describe("a link", () => {
  const questions: Question[] = [
    { digit: { kind: "mnist", index: 9999 }, method: "linf", target: 3, effort: "thorough", seed: 2 ** 32 - 1 },
    { digit: { kind: "drawn", pixels: drawing() }, method: "paper", target: undefined, effort: "fast", seed: 0 },
  ];
  for (const question of questions) {
    test(`says the whole question: ${question.digit.kind}, ${question.method}`, () => {
      expect(questionOf(new URLSearchParams(linkOf(question)))).toEqual(question);
    });
  }

  for (const [text, words] of [
    ["image=10000", 'link, image: expected a whole number up to 9999, got "10000"'],
    ["image=-1", 'link, image: expected a whole number up to 9999, got "-1"'],
    ["norm=l3", 'link, norm: expected one of l2, linf, l1, l0, paper, got "l3"'],
    ["target=10", 'link, target: expected a whole number up to 9, got "10"'],
    ["effort=huge", 'link, effort: expected one of fast, thorough, exhaustive, got "huge"'],
    ["seed=1e3", 'link, seed: expected a whole number up to 4294967295, got "1e3"'],
    ["drawing=AAAA", 'link, drawing: expected 28 x 28 pixels, got "AAAA"'],
  ] as const) {
    test(`is refused by name: ${text}`, () => expect(() => questionOf(link(text))).toThrow(words));
  }

  test("that names another model is refused with those there are", () => {
    expect(() => modelOf(link("model=resnet"))).toThrow(
      /^link, model: expected one of fc100-100-10, .*, got "resnet"$/,
    );
  });
});

describe("the frame", () => {
  const page = "<!doctype html><html><head><title>T</title></head><body><main></main></body></html>";
  for (const [path, root] of [
    ["/index.html", "./"],
    ["/units/index.html", "../"],
    ["/guides/deep/index.html", "../../"],
  ] as const) {
    test(`leads back to the root from ${path}`, () => {
      const html = framed(page, path);
      expect(html).toContain(`<meta name="root" content="${root}">`);
      expect(html).toContain(`href="${root}model/"`);
      expect(html).toContain(POLICY);
      expect(html).toContain("<title>T · Blindspot</title>");
      expect(html.match(/aria-current/g)?.length ?? 0).toBe(path.includes("guides") ? 0 : 1);
    });
  }

  test("lets a page load from the site alone, and run no text as code", () => {
    expect(POLICY).toContain("default-src 'none'");
    expect(POLICY).not.toMatch(/https?:|\*|'unsafe-(inline|eval)'|data:/);
  });
});

test("a first visit keeps pages, code and kernels; models and a thousand digits follow", () => {
  const files = ["index.html", "a.js", "kernels.wasm", "mnist/0.images", "mnist/9.images", "mnist/10.images"];
  expect(divide([...files, "mnist/labels", "models/m/model.json", "_headers", "sw.js"])).toEqual({
    first: ["a.js", "index.html", "kernels.wasm", "mnist/0.images", "mnist/labels"],
    later: ["mnist/9.images", "models/m/model.json"],
  });
});

test("files that were dropped are a model or pictures, and the model is called what the command would call it", () => {
  const file = (name: string, path = "") =>
    Object.defineProperty(new File([], name), "webkitRelativePath", { value: path });
  const files = [
    file("b.png"),
    file("model.json", "some/folder/model.json"),
    file("group1-shard1of2"),
    file("README.md"),
    file("a.PNG"),
  ];
  const { model, pictures } = divided(files);
  expect(model.map(({ name }) => name)).toEqual(["model.json", "group1-shard1of2"]);
  expect(pictures.map(({ name }) => name)).toEqual(["a.PNG", "b.png"]);
  expect(modelNameOf(model)).toBe("folder");
  expect(modelNameOf([file("net.onnx")])).toBe("net.onnx");
  expect(modelNameOf([file("model.json")])).toBe("model");
});

describe("sentences", () => {
  const example = { label: 3, prediction: 3, adversarialPrediction: 8, evaluations: 34, l2: 2, distance: 0.5 };
  const said = (method: Parameters<typeof verdictWords>[0], more: Partial<AttackExample>) =>
    verdictWords(method, { ...example, outcome: "found", ...more } as AttackExample, 784);

  test("say what was changed, by how much, and what came of it", () => {
    expect(said("l0", { distance: 1 })).toBe("With 1 pixel of 784 changed, the 3 is read as an 8.");
    expect(said("linf", {})).toBe("With no pixel changed by more than 128 of 255 grey levels, the 3 is read as an 8.");
    expect(said("l2", {})).toBe("Changed by 4.55 of 255 grey levels a pixel, root mean square, the 3 is read as an 8.");
    expect(changeWords("l1", 784 / 255, 784)).toBe("by 1.00 of 255 grey levels a pixel on average");
    expect([lengthWords("l0", 12), lengthWords("l2", 12)]).toEqual(["12", "12.0"]);
    expect([withArticle("8"), withArticle("1"), withArticle("ostrich")]).toEqual(["an 8", "a 1", "an ostrich"]);
  });

  test("say that nothing was found, and that nothing was searched", () => {
    expect(said("l2", { outcome: "not-found" })).toContain("No other answer was found in 34 evaluations.");
    expect(said("l2", { outcome: "misclassified", prediction: 5 })).toContain("reads this 3 as a 5 before any change");
    expect(said("l2", { outcome: "already-target" })).toContain("answers 3 already");
  });
});

test("pages of the documentation lead to the page one plays with, from any folder, and links elsewhere are broken", async () => {
  const { brokenLinks } = await import(new URL("../../site/docs/links.mjs", import.meta.url).href);
  const pages = new Map([
    ["index.html", '<a href="./../">Play</a>'],
    ["a/b/c.html", '<a href="../../../">Play</a><a href="../../">Up</a>'],
  ]);
  expect(brokenLinks(pages, new Set(), { play: "../" })).toEqual(["a/b/c.html: ../../"]);
});
