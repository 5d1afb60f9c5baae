import { describe, expect, test } from "vitest";
import { readNpy } from "../../../src/data/npy.ts";
import { decodePng } from "../../../src/data/png.ts";
import { attackFiles } from "../../../src/report/attack/files.ts";
import { example, examples, report } from "./example-report.ts";

const text = (files: Map<string, Uint8Array | string>, name: string) => files.get(name) as string;

describe("attackFiles", () => {
  test("gives the page, the numbers, the arrays and the pictures", async () => {
    const files = await attackFiles(report());
    const names = [...files.keys()];
    expect(names.filter((name) => !/^(arrays|images)\//.test(name))).toEqual([
      "results.json",
      "index.html",
      "histogram.svg",
      "examples.png",
    ]);
    expect(names.filter((name) => name.startsWith("images/")).length).toBe(3 * 6);
    expect(names).toContain("images/00005-adversarial.png");
    expect(readNpy("f", files.get("arrays/adversarial.npy") as Uint8Array).shape).toEqual([6, 4, 4, 1]);
  });

  test("gives the same bytes for the same report", async () => {
    expect(await attackFiles(report())).toEqual(await attackFiles(report()));
  });

  test("results.json is known as Blindspot's and has every digit and no pixels", async () => {
    const json = JSON.parse(text(await attackFiles(report()), "results.json"));
    expect([json.generator, json.kind, json.digest]).toEqual(["blindspot", "attack", "c".repeat(64)]);
    expect(json.summary).toEqual(report().summary);
    expect(json.examples.map((e: { outcome: string }) => e.outcome)).toEqual([
      "found",
      "found",
      "misclassified",
      "not-found",
      "found",
      "found",
    ]);
    expect(json.examples[0]).not.toHaveProperty("original");
  });

  test("has no histogram without a success, and no sheet without an attacked image", async () => {
    const failed = await attackFiles(report({ examples: [example(0, { success: false })] }));
    expect([failed.has("histogram.svg"), failed.has("examples.png")]).toEqual([false, true]);
    expect(text(failed, "index.html")).toContain(
      "No change was found that fools the model into answering the next label, in 1 image.",
    );
    const wrong = await attackFiles(report({ examples: [example(0, { prediction: 2 })] }));
    expect([wrong.has("histogram.svg"), wrong.has("examples.png")]).toEqual([false, false]);
    expect(text(wrong, "index.html")).toContain("The one image was misclassified before any change.");
    const none = await attackFiles(report({ examples: [] }));
    expect(text(none, "index.html")).toContain("No image was given.");
  });

  test("shows the 200 nearest of 201 examples and says so; the arrays have all", async () => {
    const many = Array.from({ length: 201 }, (_, i) => example(i % 6, { index: i, distortion: (i + 1) / 1000 }));
    const files = await attackFiles(report({ examples: many }));
    expect([...files.keys()].filter((name) => name.startsWith("images/")).length).toBe(3 * 200);
    expect(files.has("images/00200-original.png")).toBe(false);
    expect(text(files, "index.html")).toContain("Here are the 200 nearest of 201 images; all are in arrays/.");
    expect(readNpy("f", files.get("arrays/distortion.npy") as Uint8Array).shape).toEqual([201]);
  });

  test("the pictures are the images", async () => {
    const files = await attackFiles(report());
    const { rows, shape } = decodePng("f", files.get("images/00001-original.png") as Uint8Array);
    expect(shape).toEqual([4, 4, 1]);
    const original = examples()[1]?.original as Float32Array;
    for (let i = 0; i < 16; i++) expect(rows[i]).toBeCloseTo(original[i] as number, 2);
  });
});

describe("the page", () => {
  test("escapes every text that a user can choose", async () => {
    const evil = `"><script>alert('&')</script>`;
    const page = text(
      await attackFiles(
        report({
          title: evil,
          command: evil,
          version: evil,
          model: { ...report().model, name: evil, digest: evil, classNames: [evil, evil, evil] },
          data: { name: evil, digest: evil },
          options: { [evil]: evil },
          digest: evil,
        }),
      ),
      "index.html",
    );
    expect(page).not.toContain("<script");
    expect(page.match(/&quot;&gt;&lt;script&gt;alert\(&#39;&amp;&#39;\)&lt;\/script&gt;/g)?.length).toBeGreaterThan(20);
  });

  test("needs nothing from outside: no script, no link, images inside", async () => {
    const page = text(await attackFiles(report()), "index.html");
    expect(page).not.toMatch(/<script|<link|@import|url\(/);
    expect(page.match(/src="(?!data:image\/png;base64,)/)).toBe(null);
    expect(page.match(/(?:href|src)="https?:/)).toBe(null);
    expect(page.match(/<img /g)?.length).toBe(3 * 5 + 1); // the misclassified image stands alone
  });

  test("orders by distortion through style alone, failures last in every order but the given one", async () => {
    const page = text(await attackFiles(report()), "index.html");
    const order = [...page.matchAll(/--ends:(\d+);--nearest:(\d+);--farthest:(\d+);--given:(\d+)/g)];
    expect(order.map(([, ...places]) => places.map(Number))).toEqual([
      [0, 0, 3, 0],
      [1, 1, 2, 1],
      [5, 5, 5, 2],
      [4, 4, 4, 3],
      [2, 2, 1, 4],
      [3, 3, 0, 5],
    ]);
    expect(page).not.toContain('name="page"');
  });

  test("pages of twelve: the six nearest and the six farthest first, every card on one page of each order", async () => {
    const many = Array.from({ length: 30 }, (_, i) => example(i % 6, { index: i, distortion: ((i * 7) % 30) / 100 }));
    const page = text(await attackFiles(report({ examples: many })), "index.html");
    expect(page.match(/name="page"/g)).toHaveLength(3);
    for (const order of ["ends", "nearest", "farthest", "given"]) {
      const pages = [...page.matchAll(new RegExp(` data-${order}="(\\d+)"`, "g"))].map(([, number]) => Number(number));
      expect(pages).toHaveLength(30);
      expect([0, 1, 2].map((number) => pages.filter((one) => one === number).length)).toEqual([12, 12, 6]);
      for (const number of [0, 1, 2]) {
        expect(page).toContain(
          `main:has(#sort-${order}:checked):has(#page-${number}:checked) .example:not([data-${order}="${number}"]){display:none}`,
        );
      }
    }
    const places = [...page.matchAll(/--ends:(\d+);/g)].map(([, place]) => Number(place));
    const first = many
      .filter((_, i) => (places[i] as number) < 12)
      .map(({ distortion }) => Math.round(100 * distortion));
    expect(first.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 24, 25, 26, 27, 28, 29]);
  });

  test("names classes where names are given, and numbers them where not", async () => {
    const named = report({ model: { ...report().model, classNames: ["cat", "dog", "house"] } });
    expect(text(await attackFiles(named), "index.html")).toContain("target dog");
    expect(text(await attackFiles(report()), "index.html")).toContain("target 1");
  });
});
