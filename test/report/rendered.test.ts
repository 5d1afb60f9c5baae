/**
 * Every kind of report as a reader meets it, in Chromium: on a screen and on a telephone, light and dark. What is set out to be so is measured:
 * decimal points in a line, nothing wider than the screen, wide tables that say so, contrast, pages that end.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { featuresStudy, fitQuocNet, fullyConnected, pocketsStudy, predictedClasses } from "../../src/index.ts";
import * as report from "../../src/report/index.ts";
import { paperStudy } from "../../src/studies/index.ts";
import { BROWSERS } from "../site/served-site.ts";
import { audit } from "../studies/audit/linear-audit.ts";
import { BY_IMAGE, splits, WHOLE } from "../studies/verify/records.ts";
import { noise32 } from "../support/noise.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** A telephone shows so many pixels of a report at most; it was 30,000 once. */
const LONGEST = { wide: 9000, narrow: 14_000 };

type Files = ReadonlyMap<string, string | Uint8Array>;
/** A record goes to the files of its kind. */
// biome-ignore lint/suspicious/noExplicitAny: each function takes the record of its own study
const record = async (name: string, files: (record: any) => Files | Promise<Files>): Promise<Files> =>
  files(await (BY_IMAGE[name] ?? WHOLE[name])?.());

/** A network of many images, so that their cards take more than a page. */
function many(count: number) {
  const network = fullyConnected([16, 8, 3], { seed: 1 });
  const rows = Float32Array.from(noise32(count * 16, 3), Math.abs);
  const labels = predictedClasses(network.predict(rows), 3);
  return {
    model: { network, name: "one" },
    data: { name: "squares", dataset: { rows, labels, count, shape: [4, 4, 1] as const, classes: 3 } },
  };
}

async function features(): Promise<Files> {
  const images = (count: number, seed: number) => {
    const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
    const rows = noise32(count * 64, seed).map(Math.abs) as Float32Array;
    return { rows, labels, count, shape: [8, 8, 1] as const, classes: 3 };
  };
  const recipe = {
    ...{ name: "tiny", classes: 3, lambda: 0.1, epsilon: 1e-2 },
    quocnet: { image: 8, channels: 1, stages: 1, field: 4, stride: 2, maps: 3, pool: 2, window: 3 },
    stages: [{ rows: 40, iterations: 3 }],
    classifier: { decay: 1e-3, iterations: 3 },
  };
  const data = { train: images(48, 3), test: images(30, 4), name: "bars" };
  const { network } = await fitQuocNet(data.train, recipe, { seed: 5 });
  return report.featuresFiles(
    await featuresStudy({ network, name: "bars" }, recipe, data, { count: 48, iterations: 3, seed: 5 }),
  );
}

/** Each kind of report: how one is made, and what its head has to say of lengths. */
const KINDS: Readonly<Record<string, { make: () => Promise<Files>; says?: readonly RegExp[] }>> = {
  attack: {
    make: () => record("attack", report.attackFiles),
    says: [
      /a random wrong label/,
      /of 255 grey levels a pixel/,
      /Distortion is the root mean square change of a pixel/,
    ],
  },
  "attack in linf": {
    make: () => record("attack in linf", report.attackFiles),
    says: [
      /Asked for: any other answer/,
      /of 255 grey levels at most/,
      /L-infinity is the largest change of any pixel/,
    ],
  },
  "attack on many": {
    make: async () => {
      const { attackStudy } = await import("../../src/index.ts");
      const { model, data } = many(30);
      return report.attackFiles(await attackStudy(model, data, { norm: "l2" }));
    },
  },
  audit: {
    make: async () => report.auditFiles(await audit({ norms: ["l2", "linf"], epsilon: [0.01, 0.01], draws: 2 })),
    says: [
      /any answer but the right one/,
      /L2 is the Euclidean length/,
      /L-infinity is the largest/,
      /of 255 grey levels/,
    ],
  },
  "bench-attacks": {
    make: () => record("bench-attacks", report.benchAttacksFiles),
    says: [/any answer but the right one/, /L2 is the Euclidean length/, /L-infinity is the largest/],
  },
  certify: {
    make: () => record("certify", report.certifyFiles),
    says: [/Any answer but the right one counts/, /L2 is the Euclidean length/, /of 255 grey levels/],
  },
  features: { make: features },
  paper: {
    make: async () =>
      report.paperFiles(await paperStudy(splits(), { tables: [1, 2], count: 5, iterations: 1 }), [5, 5, 1]),
    says: [/Distortion is the root mean square change of a pixel/, /a random wrong label/],
  },
  pockets: {
    make: async () => {
      const { model, data } = many(30);
      return report.pocketsFiles(await pocketsStudy(model, data, { directions: 5, samples: 4 }));
    },
    says: [/any answer but the right one/, /L2 is the Euclidean length/, /of 255 grey levels a pixel/],
  },
  preregistered: { make: () => record("preregistered", report.preregisteredFiles) },
  robust: {
    make: () => record("robust", report.robustFiles),
    says: [/resist every attack/, /L-infinity is the largest change/, /of 255 grey levels at most/],
  },
  "sparsity-search": { make: () => record("sparsity-search", report.sparsityFiles) },
  stability: {
    make: () => record("stability", report.stabilityFiles),
    says: [/L2 is the Euclidean length/],
  },
  training: { make: () => record("training", report.trainingFiles) },
  "training-search": { make: () => record("training-search", report.searchFiles) },
  transfer: {
    make: () => record("transfer", report.transferFiles),
    says: [/a random wrong label/, /Distortion is the root mean square change of a pixel/],
  },
  units: { make: () => record("units", report.unitsFiles) },
  "units-survey": { make: () => record("units-survey", report.surveyFiles) },
};

/** What is wrong with a page at the width that it is shown at. */
function faultsOf(): string[] {
  const faults: string[] = [];
  for (const details of document.querySelectorAll("details")) details.open = true;
  if (document.documentElement.scrollWidth > innerWidth) faults.push("wider than the screen");
  if (/\bundefined\b|\bNaN\b|\[object/.test(document.body.innerText)) faults.push("a value that is none");
  for (const table of document.querySelectorAll<HTMLTableElement>("table.matrix")) {
    const region = table.parentElement as HTMLElement;
    const says = region.previousElementSibling as HTMLElement | null;
    const isSaid = says?.classList.contains("scrolls") && says.offsetParent !== null;
    if (region.scrollWidth > region.clientWidth + 1 && !(isSaid && region.tabIndex === 0)) {
      faults.push(`a table scrolls and does not say so: ${table.innerText.slice(0, 60)}`);
    }
    const rows = Array.from(table.tBodies[0]?.rows ?? []);
    for (let column = 1; column < (rows[0]?.cells.length ?? 0); column++) {
      const points = rows.flatMap((row) => {
        const cell = row.cells[column] as HTMLElement;
        const place = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT).nextNode() as Text | null;
        if (!cell.classList.contains("number") || !place) return [];
        const at = place.data.indexOf(".");
        if (at < 0) return [];
        const range = document.createRange();
        range.setStart(place, at);
        range.setEnd(place, at + 1);
        return [range.getBoundingClientRect().left];
      });
      if (points.length > 0 && Math.max(...points) - Math.min(...points) > 0.75) {
        faults.push(`decimal points of column ${column} are apart by ${Math.max(...points) - Math.min(...points)}`);
      }
      const texts = rows.map((row) => (row.cells[column] as HTMLElement).innerText.split("\n")[0] as string);
      const isNumeric = texts.every((text) =>
        /^[<>≈]?\s?[-−+]?[\d.,]+\s?%?[\u2007\u2008]*$|^[–—-]?$/.test(text.trim()),
      );
      if (
        isNumeric &&
        texts.some((text) => text.includes(".")) &&
        !rows[0]?.cells[column]?.classList.contains("number")
      ) {
        faults.push(`column ${column} is of numbers and not aligned: ${texts.join(" ")}`);
      }
    }
  }
  // A mark of two colours is explained beside it.
  for (const plot of document.querySelectorAll(".plot .wide svg")) {
    const colours = new Set(
      [...plot.querySelectorAll("circle, rect:not([fill-opacity])")].map((mark) => mark.getAttribute("fill")),
    );
    const section = plot.closest("section");
    if (colours.size > 1 && !section?.querySelector(".colours, .legend"))
      faults.push(`colours without a legend: ${section?.querySelector("h2")?.textContent}`);
  }
  return faults;
}

const { missing, launch } = BROWSERS.chromium;
describe(missing ? `skipped: Chromium is not installed: ${missing}` : "in Chromium", {
  skip: missing !== undefined,
  timeout: 600_000,
}, () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await launch();
    page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(0);
  }, 300_000);
  afterAll(() => browser?.close());

  test("every study that has files is here", () => {
    const made = Object.keys(report).filter((name) => name.endsWith("Files"));
    expect(made.length).toBeGreaterThan(12);
    expect(Object.keys(KINDS).filter((kind) => !kind.startsWith("attack ")).length).toBe(made.length);
  });

  test.each(Object.entries(KINDS))("%s", async (_, { make, says = [] }) => {
    const html = (await make()).get("index.html") as string;
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.emulateMedia({ colorScheme: "light" });
    await page.setContent(html);
    const head = await page.locator("header").innerText();
    for (const words of says) expect(head).toMatch(words);
    const cards = await page.locator(".gallery .example").count();
    const visible = await page.locator(".gallery .example:visible").count();
    if ((await page.locator("fieldset[aria-label=Order]").count()) > 0) {
      expect(visible).toBe(Math.min(cards, 12));
      expect(await page.locator("fieldset[aria-label=Order] label").first().innerText()).toBe("nearest and farthest");
      if (cards > 12) expect(await page.locator("fieldset.pages input").count()).toBe(Math.ceil(cards / 12));
    } else expect(cards).toBeLessThanOrEqual(12);
    const height = () => page.evaluate(() => document.documentElement.scrollHeight);
    expect(await height()).toBeLessThan(LONGEST.wide);
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await height()).toBeLessThan(LONGEST.narrow);
    await page.setViewportSize({ width: 1280, height: 900 });
    const faults = await page.evaluate(faultsOf);
    await page.setViewportSize({ width: 390, height: 800 });
    faults.push(...(await page.evaluate(faultsOf)));
    await page.evaluate(AXE);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      faults.push(
        ...(await page.evaluate(async () => {
          const { axe } = globalThis as unknown as {
            axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
          };
          return (await axe.run()).violations.map(
            ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" ")}`,
          );
        })),
      );
    }
    expect(faults).toEqual([]);
  });
});
