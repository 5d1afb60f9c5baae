import { beforeAll, describe, expect, test } from "vitest";
import { type TransferCell, type TransferRow, transferMatrix } from "../../../src/analysis/index.ts";
import type { ImageShape } from "../../../src/data/dataset.ts";
import { digestArrays } from "../../../src/data/digest.ts";
import { readNpy } from "../../../src/data/npy.ts";
import { decodePng } from "../../../src/data/png.ts";
import { comparisonTable } from "../../../src/report/kit/comparison.ts";
import { heatMap } from "../../../src/report/kit/heat-map.ts";
import { distortionMultiples } from "../../../src/report/kit/histogram.ts";
import { html } from "../../../src/report/kit/markup.ts";
import { page } from "../../../src/report/kit/page.ts";
import { sideBySide, sideBySideFigure } from "../../../src/report/kit/side-by-side.ts";
import { transferFiles } from "../../../src/report/transfer/files.ts";
import { transferText, transferVerdict } from "../../../src/report/transfer/text.ts";
import { type FedImages, fileName, type TransferRecord, transferArrays } from "../../../src/studies/transfer/record.ts";

const SHAPE: ImageShape = [2, 2, 1];

/** A model that answers 1 where the first pixel is above a threshold. */
const above = (threshold: number) => ({
  inputSize: 4,
  classes: 2,
  predict: (rows: Float32Array) => {
    const scores = new Float32Array(rows.length / 2);
    for (let i = 0; i < rows.length / 4; i++) scores[2 * i + ((rows[4 * i] as number) > threshold ? 1 : 0)] = 1;
    return scores;
  },
});

/** Four images of class 0 at 0.1, pushed over 0.3 (which fools "low"), two of them over 0.6 (which fools "high" too). */
async function report(change: Partial<TransferRecord> = {}, names = ["low", "high"]): Promise<TransferRecord> {
  const [low, high] = names as [string, string];
  const originals = new Float32Array(16).fill(0.1);
  const rows = originals.slice();
  [0.35, 0.65, 0.4, 0.7].forEach((x, i) => {
    rows[4 * i] = x;
  });
  const truth = new Uint8Array(4);
  const made = { targets: Int32Array.of(1, 1, 1, 1), found: Uint8Array.of(1, 1, 1, 1) };
  const sets = [
    { name: low, kind: "adversarial" as const, source: low, rows, originals, truth, ...made },
    { name: "noise 0.1", kind: "noise" as const, rows: originals.map((x) => x + 0.1), originals, truth },
  ];
  const matrix = await transferMatrix(
    [
      { name: low, target: above(0.3) },
      { name: high, target: above(0.6) },
    ],
    sets,
  );
  return {
    generator: "blindspot",
    kind: "transfer",
    title: "low to high on squares",
    command: "npx blindspot transfer",
    version: "1.2.3",
    bits: 1,
    models: [
      { name: low, digest: "a".repeat(64) },
      { name: high, digest: "b".repeat(64) },
    ],
    shape: SHAPE,
    data: { name: "squares", digest: "d".repeat(64) },
    options: { target: "random", seed: 7 },
    sources: [{ model: low, misclassified: 1, alreadyTarget: 0, attacked: 4, found: 4, evaluations: 40 }],
    rows: sets.map(({ rows: images, ...set }, s): FedImages => {
      return { ...(matrix.rows[s] as TransferRow), ...set, images };
    }),
    timing: { milliseconds: 500, imagesPerSecond: 8 },
    wasm: "f".repeat(64),
    digest: "c".repeat(64),
    recordDigest: "e".repeat(64),
    ...change,
  };
}

const text = (files: Map<string, Uint8Array | string>, name: string) => files.get(name) as string;

describe("transferFiles", () => {
  let files: Map<string, Uint8Array | string>;
  beforeAll(async () => {
    files = await transferFiles(await report());
  });

  test("gives the page, the numbers, the arrays and the pictures", () => {
    expect([...files.keys()]).toEqual([
      "results.json",
      "index.html",
      "heat-map.svg",
      "distortions.svg",
      "examples.png",
      "arrays/original.npy",
      "arrays/label.npy",
      "arrays/01-low/images.npy",
      "arrays/01-low/distortion.npy",
      "arrays/01-low/target.npy",
      "arrays/01-low/success.npy",
      "arrays/01-low/answers.npy",
      "arrays/02-noise-0.1/images.npy",
      "arrays/02-noise-0.1/distortion.npy",
      "arrays/02-noise-0.1/answers.npy",
    ]);
    const answers = readNpy("f", files.get("arrays/01-low/answers.npy") as Uint8Array);
    expect([answers.shape, [...answers.data]]).toEqual([
      [2, 4],
      [1, 1, 1, 1, 0, 1, 0, 1],
    ]);
  });

  test("gives the same bytes for the same report", async () => {
    expect(await transferFiles(await report())).toEqual(files);
  });

  test("results.json has the rates as fractions, with their counts, and no pixels", () => {
    const json = JSON.parse(text(files, "results.json"));
    expect(json).toMatchObject({ generator: "blindspot", kind: "transfer", digest: "c".repeat(64) });
    expect(json.rows.map(({ name, kind, source }: Record<string, string>) => [name, kind, source])).toEqual([
      ["low", "adversarial", "low"],
      ["noise 0.1", "noise", undefined],
    ]);
    expect(json.rows[0].cells[1]).toMatchObject({
      model: "high",
      error: { rate: 0.5, hits: 2, count: 4 },
      carried: { rate: 0.5, hits: 2, count: 4 },
      target: { rate: 0.5 },
    });
    expect(Object.keys(json.rows[0].cells[1])).not.toContain("answers");
    expect(Object.keys(json.rows[0])).toEqual(["name", "count", "distortion", "cells", "kind", "source"]);
  });

  test("the page stands alone and names what it shows", () => {
    const shown = text(files, "index.html");
    expect(shown).not.toMatch(/<script|<link|@import|url\(/);
    expect(shown).toContain("50.0\u00a0% of the images that fool one model also fool the other model.");
    expect(shown).toContain("low: 1 misclassified before any change: fed as they are.");
    expect(shown.match(/<table class="matrix">/g)).toHaveLength(3);
  });

  test("escapes every text that a user can choose", async () => {
    const evil = `"><script>alert('&')</script>`;
    const bad = await report(
      {
        title: evil,
        command: evil,
        version: evil,
        data: { name: evil, digest: evil },
        options: { [evil]: evil },
        digest: evil,
      },
      [evil, `${evil}2`],
    );
    const names = await transferFiles(bad);
    for (const file of ["index.html", "heat-map.svg", "distortions.svg"])
      expect(text(names, file)).not.toContain("<script");
    for (const name of names.keys()) expect(name).toMatch(/^[\w./-]+$/);
  });

  test("draws no distortions and no images where none fools its own model", async () => {
    const made = await report();
    const rows = made.rows.map((row) => (row.kind === "noise" ? row : { ...row, found: new Uint8Array(4) }));
    const none = await transferFiles({ ...made, rows });
    expect([none.has("distortions.svg"), none.has("examples.png"), none.has("heat-map.svg")]).toEqual([
      false,
      false,
      true,
    ]);
  });
});

test("transferArrays: the digest changes with an answer, a pixel or a target, and with nothing else", async () => {
  const made = await report();
  const digest = await digestArrays(transferArrays(made));
  expect(await digestArrays(transferArrays(await report({ title: "another" })))).toBe(digest);
  const copy = () => structuredClone({ rows: made.rows, shape: SHAPE });
  const answered = copy();
  const [, cell] = answered.rows[0]?.cells ?? [];
  (cell as TransferCell).answers[0] = 1;
  const moved = copy();
  (moved.rows[1] as FedImages).images[3] = 0.25;
  const aimed = copy();
  (aimed.rows[0] as FedImages).targets = Int32Array.of(1, 1, 1, 0);
  const digests = await Promise.all([answered, moved, aimed].map((one) => digestArrays(transferArrays(one))));
  expect(new Set([digest, ...digests]).size).toBe(4);
});

test("transferText prints the matrix, what carries over, and the digest", async () => {
  expect(transferText(await report())).toBe(`low to high on squares
50.0 % of the images that fool one model also fool the other model.

Error, of the model that the images are fed to:
  made for \\ fed to    low    high  images  distortion
  no change            0 %     0 %       4           0
  low                100 %  50.0 %       4       0.226
  noise 0.1            0 %     0 %       4       0.100
  still correct      100 %   100 %

Carried over (of the images that fool their own model and whose original the other model classifies correctly):
  made for \\ fed to    low    high
  low                100 %  50.0 %
  noise 0.1            0 %     0 %

Answered with the very target that was asked for:
  made for \\ fed to    low    high
  low                100 %  50.0 %

95 % intervals, for 4 images at most 35.0 points to either side, are in results.json.

  attack       low: 4 of 4 attacked
  not attacked low: 1 image misclassified before any change
  time         500 ms
  digest       ${"c".repeat(64)}
`);
});

test("transferVerdict has a sentence where there is no other model, and where nothing counts", async () => {
  const made = await report();
  const alone = made.rows.map((row) => ({ ...row, cells: row.cells.slice(0, 1) }));
  expect(transferVerdict({ rows: alone })).toBe("There is no other model that the images could fool.");
  const blind = made.rows.map((row) => ({ ...row, cells: row.cells.map(({ carried, ...cell }) => cell) }));
  expect(transferVerdict({ rows: blind })).toMatch(/^No image fools/);
});

test("fileName keeps what every file system takes", () => {
  expect(["FC10(1e-4)", "../a b", "…", "noise 0.1"].map(fileName)).toEqual([
    "FC10-1e-4",
    "a-b",
    "unnamed",
    "noise-0.1",
  ]);
});

describe("drawings", () => {
  test("a heat map has a square for each pair, an outline for each own one, and the rates as text", async () => {
    const { wide, narrow } = heatMap(
      ["a", "b"],
      [
        { name: "a", rates: [1, 0.117], own: 0 },
        { name: "noise of 0.1", rates: [0, 0.9996] },
      ],
    );
    expect(wide.match(/fill-opacity="[\d.]+"/g)).toHaveLength(4);
    const opacities = [...wide.matchAll(/fill-opacity="([\d.]+)"/g)].map(([, opacity]) => Number(opacity));
    // 0.05 + 0.95 rate
    [1, 0.16115, 0.05, 0.99962].forEach((wanted, i) => {
      expect(opacities[i]).toBeCloseTo(wanted, 9);
    });
    for (const rate of ["100 %", "11.7 %", "0 %", "&gt; 99.9 %"]) expect(wide).toContain(`>${rate}<`);
    expect(wide.match(/stroke="currentColor" stroke-width="1.5"/g)).toHaveLength(1);
    expect(narrow).toContain(">12<");
    expect(heatMap(["a"], [{ name: "a", rates: [0.5] }])).toEqual(heatMap(["a"], [{ name: "a", rates: [0.5] }]));
  });

  test("small multiples stand on one axis, in the order given, each with its median", async () => {
    const models = [
      { name: "z", distortions: [0.01, 0.02, 0.03] },
      { name: "a", distortions: [0.02, 0.3] },
    ];
    const { wide } = distortionMultiples(models);
    expect(wide.indexOf(">z<")).toBeGreaterThan(0);
    expect(wide.indexOf(">a<")).toBeGreaterThan(wide.indexOf(">z<"));
    expect(wide.match(/stroke-dasharray="4,3"/g)).toHaveLength(2);
    expect(wide.match(/>distortion \(root/g)).toHaveLength(1);
    expect(distortionMultiples(models)).toEqual({ wide, narrow: distortionMultiples(models).narrow });
  });

  test("pictures side by side are the images, line by line", () => {
    const image = (...pixels: number[]) => Float32Array.from(pixels);
    const lines = [
      { name: "no change", images: [image(0, 1, 0, 1), image(1, 1, 1, 1)] },
      { name: "noise", note: "0.1", images: [image(-1, 0.5, 2, 0), image(0, 0, 0, 0)] },
    ];
    const sheet = sideBySide(lines, SHAPE);
    const factor = 42;
    expect([sheet.width, sheet.height]).toEqual([2 * 2 * factor + 18, 2 * 2 * factor + 18]);
    const at = (x: number, y: number) => sheet.data[3 * (y * sheet.width + x)];
    // The second line's first image starts below the first and a gap: clipped to black, grey, white, black.
    const top = 6 + 2 * factor + 6;
    expect([at(6, top), at(6 + factor, top), at(6, top + factor), at(6 + factor, top + factor)]).toEqual([
      0, 128, 255, 0,
    ]);
    expect([at(6, 6), at(6 + factor, 6), at(0, 0)]).toEqual([0, 255, 242]);
    const figure = sideBySideFigure(lines, SHAPE).text;
    expect(figure.match(/<img /g)).toHaveLength(2);
    expect(figure).toContain("<p>noise <small>0.1</small></p>");
    const [strip] = [...figure.matchAll(/base64,([^"]+)"/g)].map(([, base64]) =>
      Buffer.from(base64 as string, "base64"),
    );
    expect(decodePng("strip", strip as Buffer).shape).toEqual([2, 5, 3]);
  });
});

test("comparisonTable writes value, interval, seeds and the paper's number, and a dash for nothing", () => {
  const table = comparisonTable({
    corner: "made for",
    columns: [
      { name: "<b>", kind: "rate" },
      { name: "distortion", kind: "figure" },
    ],
    rows: [
      {
        name: "x",
        own: 0,
        cells: [
          {
            value: 0.123,
            interval: { low: 0.1, high: 0.2 },
            seeds: { count: 3, mean: 0.12, min: 0.08, max: 0.3, low: 0, high: 1 },
            paper: 0.117,
          },
          { value: 0.0623, interval: { low: 0.06, high: 0.0649 } },
        ],
      },
      { name: "y", cells: [undefined] },
    ],
  }).text;
  expect(table).toContain('<th scope="col" class="number">&lt;b&gt;</th>');
  expect(table).toContain(
    '<td class="own number"><b>12.3 %</b><small>10.0–20.0</small><small>seeds 8.0–30.0</small><small class="paper">paper 11.7 %</small></td>',
  );
  expect(table).toContain('<td class="number"><b>0.0623</b><small>0.0600–0.0649</small></td>');
  expect(table.match(/<td class="empty number">–<\/td>/g)).toHaveLength(2);
});

test("page puts its parts in one frame and escapes them", () => {
  const made = page({
    title: "<t>",
    heading: "<h>",
    asides: ["<a>", undefined],
    sections: [undefined, html`<section>s</section>`],
    version: "<v>",
  });
  expect(made).toContain("<title>&lt;t&gt; · Blindspot</title>");
  expect(made).toContain("<h1>&lt;h&gt;</h1>");
  expect(made.match(/class="aside"/g)).toHaveLength(1);
  expect(made).toContain("<section>s</section>");
  expect(made).not.toContain("undefined");
});
