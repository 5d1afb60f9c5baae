/** Studies whose workers give images up: the others are as they are without that, and the record says which are missing. */
import { describe, expect, test } from "vitest";
import { type Dataset, slice } from "../../src/data/index.ts";
import {
  attackStudy,
  auditStudy,
  certifyStudy,
  pocketsStudy,
  robustStudy,
  stabilityStudy,
  transferStudy,
  unitsStudy,
  unitsSurvey,
  verifyRecord,
} from "../../src/index.ts";
import { fullyConnected, predictedClasses } from "../../src/model/index.ts";
import { auditFiles } from "../../src/report/index.ts";
import { auditBaseline } from "../../src/studies/audit/baseline.ts";
import { DividingExecutor, LostShareError } from "../../src/studies/division.ts";
import { thisThread } from "../../src/studies/in-process.ts";
import type { Executor, StudyModel } from "../../src/studies/index.ts";
import { noise32 } from "../support/noise.ts";

const SHAPE = [5, 5, 1] as const;
const COUNT = 12;
const FIRST = 40;
const network = fullyConnected([25, 12, 4], { seed: 5 });
const model: StudyModel = { name: "one", network };
const other: StudyModel = { name: "two", network: fullyConnected([25, 12, 4], { seed: 6 }) };

/** Images that the model reads as they are labelled. */
function imagesOf(count: number): Dataset {
  const rows = noise32(count * 25, 6).map((value) => Math.abs(value) % 1) as Float32Array;
  const labels = predictedClasses(network.scores(rows), 4);
  return { rows, labels, count, shape: SHAPE, classes: 4 };
}
const data = { name: "noise", dataset: imagesOf(COUNT) };

/** Runs everything here, an item a share, but for what is lost: items by task. */
function losing(lost: Readonly<Record<string, readonly number[]>>): Executor {
  const here = thisThread(Number.POSITIVE_INFINITY);
  return new DividingExecutor({
    ...here,
    fixedShares: ({ items }) => Array.from({ length: items }, (_, item) => [item]),
    runShare: async (task, input, items, options) => {
      const [item] = items as readonly number[];
      if (lost[task]?.includes(item as number))
        throw new LostShareError([item as number], `shard ${item} was given up`);
      await here.runShare(task, input, items, options);
    },
  });
}

const kept = <T>(list: readonly T[], ...without: number[]): T[] => list.filter((_, i) => !without.includes(i));
const keptRows = (rows: Float32Array, ...without: number[]) =>
  kept(
    Array.from({ length: rows.length / 25 }, (_, i) => Array.from(rows.subarray(25 * i, 25 * (i + 1)))),
    ...without,
  );
const twoAndSeven = { images: [FIRST + 2, FIRST + 7], reasons: ["shard 2 was given up", "shard 7 was given up"] };

describe("without the images that were given up", () => {
  for (const [way, options, task] of [
    ["in a norm", { norm: "linf", directions: 20 }, "minimal"],
    ["by name", { attack: "pgd", epsilon: 0.1 }, "named"],
    ["to a target", { target: "next" }, "attack"],
  ] as const) {
    test(`an attack ${way} has the others`, async () => {
      const asked = { first: FIRST, ...options };
      const whole = await attackStudy(model, data, asked);
      const part = await attackStudy(model, data, asked, { executor: losing({ [task]: [2, 7] }) });
      expect(part.missing).toEqual(twoAndSeven);
      expect(part.examples).toEqual(kept(whole.examples, 2, 7));
      expect(part.summary.count).toBe(COUNT - 2);
      expect(part.command).toBe(whole.command);
      expect(whole).not.toHaveProperty("missing");
    });
  }

  test("an attack on every label is without an image of which any search is missing", async () => {
    const asked = { first: FIRST, target: "all" };
    const whole = await attackStudy(model, data, asked);
    const part = await attackStudy(model, data, asked, { executor: losing({ attack: [2 * 3 + 1, 7 * 3] }) });
    expect(part.missing?.images).toEqual([FIRST + 2, FIRST + 7]);
    expect(part.examples).toEqual(kept(whole.examples, 2, 7));
  });

  test("an audit has the others, in all norms, beside its baseline, and does not hold", async () => {
    const asked = { first: FIRST, norms: ["l2", "linf"], draws: 5 } as const;
    const whole = await auditStudy(model, data, asked);
    const baseline = await auditBaseline(whole);
    const executor = losing({ minimal: [2], certify: [6], corruption: [4] });
    const part = await auditStudy(model, data, { ...asked, baseline }, { executor });
    // Certificates are asked of the images that are there: item 6 is image 7 in the first norm, and image 8 in the second.
    expect(part.missing?.images).toEqual([2, 4, 7, 8].map((image) => FIRST + image));
    expect(part.images).toEqual(kept(whole.images, 2, 4, 7, 8));
    expect(keptRows(part.adversarial.l2 as Float32Array)).toEqual(
      keptRows(whole.adversarial.l2 as Float32Array, 2, 4, 7, 8),
    );
    expect(part.clean.count).toBe(COUNT - 4);
    expect(part.baseline?.comparisons.every(({ better, worse }) => better + worse === 0)).toBe(true);
    const { holds, said, rule } = part.checks[0] as (typeof part.checks)[number];
    expect({ holds, said, rule, all: part.holds }).toMatchObject({ holds: false, rule: "complete", all: false });
    expect(said).toContain("Without images 42, 44, 47-48: ");
    const files = await auditFiles(part, { evidence: true });
    for (const file of ["index.html", "evidence.html"]) {
      expect(files.get(file)).toContain(
        "Incomplete: 4 images of those asked for are missing in all numbers here (42, 44, 47-48).",
      );
    }
    expect(files.get("junit.xml")).toContain('classname="blindspot.audit.complete"');
    expect(JSON.parse(files.get("audit.sarif") as string).runs[0]).toMatchObject({
      invocations: [{ exitCode: 4 }],
      results: [{ ruleId: "complete" }],
    });
  });

  test("a transfer has the others, with the noise that is theirs", async () => {
    const asked = { first: FIRST, noise: [0.3], amplify: [0.2], target: "next" };
    const models = { from: [model], to: [other] };
    const whole = await transferStudy(models, data, asked);
    const part = await transferStudy(models, data, asked, { executor: losing({ attack: [2, 7] }) });
    expect(part.missing).toEqual(twoAndSeven);
    const noise = (record: typeof whole) =>
      record.rows.findLast(({ kind }) => kind === "noise") as (typeof whole.rows)[0];
    expect(keptRows(noise(part).images)).toEqual(keptRows(noise(whole).images, 2, 7));
    for (const [r, row] of part.rows.entries()) {
      if (row.kind === "amplified") continue; // by one factor for all images
      for (const [c, cell] of row.cells.entries()) {
        const answers = whole.rows[r]?.cells[c]?.answers ?? [];
        expect([...cell.answers]).toEqual(kept([...answers], 2, 7));
      }
    }
  });

  test("certificates have the others, whichever of the two jobs gave them up", async () => {
    const asked = { first: FIRST, norm: "linf" } as const;
    const whole = await certifyStudy(model, data, asked);
    const part = await certifyStudy(model, data, asked, { executor: losing({ certify: [2], minimal: [7] }) });
    expect(part.missing?.images).toEqual([FIRST + 2, FIRST + 7]);
    expect(part.images).toEqual(kept(whole.images, 2, 7));
  });

  test("a robust accuracy counts an image as missing whose certificate is", async () => {
    const asked = { first: FIRST, norm: "linf", epsilon: 0.02 } as const;
    const whole = await robustStudy(model, data, asked);
    const part = await robustStudy(model, data, asked, { executor: losing({ robust: [2], certify: [0] }) });
    const resists = (i: number) => ["proved", "undecided"].includes(whole.images[i]?.verdict as string);
    const first = [...whole.images.keys()].find((i) => i !== 2 && resists(i)) as number;
    const without = [2, first].sort((a, b) => a - b);
    expect(part.missing?.images).toEqual(without.map((i) => FIRST + i));
    expect(part.images).toEqual(kept(whole.images, ...without));
    expect(keptRows(part.adversarial)).toEqual(keptRows(whole.adversarial, ...without));
    expect(part.upper.count).toBe(COUNT - 2);
  });

  test("pockets have the others", async () => {
    const asked = { first: FIRST, directions: 10, samples: 10 };
    const whole = await pocketsStudy(model, data, { ...asked, to: [other] });
    const executor = losing({ minimal: [2], pocket: [4], pocketBalls: [6] });
    const part = await pocketsStudy(model, data, { ...asked, to: [other] }, { executor });
    const positions = whole.images.map(({ index }) => index).filter((index) => index !== FIRST + 2);
    const gone = [FIRST + 2, positions[4] as number, positions[6] as number];
    expect(part.missing?.images).toEqual(gone);
    expect(part.images).toEqual(whole.images.filter(({ index }) => !gone.includes(index)));
    expect(part.attacked).toBe(whole.attacked - 3);
  });

  test("the stretches of layers are those of the others", async () => {
    const asked = { first: FIRST };
    const whole = await stabilityStudy(model, data, asked);
    const part = await stabilityStudy(model, data, asked, { executor: losing({ attack: [2, 7] }) });
    expect(part.missing).toEqual(twoAndSeven);
    expect(part.images).toEqual(whole.images.filter(({ index }) => ![FIRST + 2, FIRST + 7].includes(index)));
  });

  test("units rank the images of the other chunks", async () => {
    const many = { name: "noise", dataset: imagesOf(4200) };
    const asked = { first: FIRST, show: 1, iterations: 0, top: 3 };
    const part = await unitsStudy(model, many, asked, { executor: losing({ unitImages: [1] }) });
    expect(part.missing?.images).toEqual(Array.from({ length: 4200 - 4096 }, (_, i) => FIRST + 4096 + i));
    const alone = await unitsStudy(model, { name: "noise", dataset: slice(many.dataset, 0, 4096) }, asked);
    expect(part.groups.units).toEqual(alone.groups.units);
  });
});

describe("the study ends where", () => {
  test("no image is left", async () => {
    const all = Array.from({ length: COUNT }, (_, i) => i);
    await expect(attackStudy(model, data, { norm: "l2" }, { executor: losing({ minimal: all }) })).rejects.toThrow(
      /^task minimal: expected a result of each of 12 items, got none of 0-11: shard 0 was given up$/,
    );
  });

  test("it compares layers over the same images", async () => {
    await expect(unitsSurvey([model], data, { top: 2 }, { executor: losing({ unitImages: [0] }) })).rejects.toThrow(
      /^task unitImages: expected a result of each of 1 items, got none of 0: /,
    );
  });
});

test("a record without some of its images is not verified", async () => {
  const part = await attackStudy(model, data, { norm: "l2" }, { executor: losing({ minimal: [2] }) });
  await expect(verifyRecord(part, async () => part)).rejects.toThrow(
    "record: expected a record of all images that were asked for, got one of which some are missing",
  );
});
