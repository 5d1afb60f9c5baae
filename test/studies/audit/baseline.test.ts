/** An audit beside a baseline: differences are told from nothing, and a baseline that does not pair is refused by name. */
import { describe, expect, test } from "vitest";
import "../../../src/index.ts";
import { canonicalJson } from "../../../src/data/canonical-json.ts";
import { digestBytes } from "../../../src/data/digest.ts";
import { signTest } from "../../../src/numeric/sign-test.ts";
import { compareAudits } from "../../../src/studies/audit/compare.ts";
import type { AuditBracket, AuditImage, AuditRecord } from "../../../src/studies/audit/record.ts";
import { auditBaseline } from "../../../src/studies/index.ts";
import { BITS } from "../../../src/version.ts";
import { rejectionOf } from "../../message-of.ts";
import { audit, BORDER, COUNT, linearNetwork } from "./linear-audit.ts";

const record = await audit({ norms: ["l2"] });
const json = (value: object): Record<string, never> => JSON.parse(JSON.stringify(value));

/** The baseline of the audit with every length times a factor. */
function scaled(factor: (index: number) => number) {
  const times = (length: number | null, index: number) => (length === null ? null : length * factor(index));
  const images = record.images.map((image): AuditImage => {
    const { found, certified, ...rest } = image.norms.l2 as AuditBracket;
    return {
      ...image,
      norms: { l2: { ...rest, found: times(found, image.index), certified: times(certified, image.index) } },
    };
  });
  return auditBaseline({ ...record, images });
}

/** The same baseline with some of it replaced, and a digest that agrees. */
async function altered(change: object): Promise<object> {
  const { digest, ...rest } = { ...json(await auditBaseline(record)), ...change } as Record<string, unknown>;
  return { ...rest, digest: await digestBytes(new TextEncoder().encode(canonicalJson(rest))) };
}

const comparisonOf = ({ baseline }: AuditRecord, measure: string) =>
  baseline?.comparisons.find((one) => one.measure === measure);

test("the same model differs in nothing", async () => {
  const again = await audit({ norms: ["l2"], baseline: json(await auditBaseline(record)) });
  expect(again.holds).toBe(true);
  expect(again.baseline?.comparisons.length).toBeGreaterThan(8);
  for (const { better, worse, same, p, verdict } of again.baseline?.comparisons ?? []) {
    expect([better, worse, same, p, verdict]).toEqual([0, 0, COUNT, 1, "not told apart"]);
  }
});

test("longer lengths before: worse, by the ratio that it is; allowed if as much is", async () => {
  const baseline = json(await scaled(() => 1.25));
  const worse = await audit({ norms: ["l2"], baseline });
  expect(comparisonOf(worse, "found")).toMatchObject({
    verdict: "worse",
    better: 0,
    worse: COUNT - 1,
    same: 1, // the image that is misread has length 0 in both
    p: signTest(0, COUNT - 1),
  });
  expect(comparisonOf(worse, "found")?.change.high).toBeCloseTo(0.8, 12);
  expect(worse.holds).toBe(false);
  expect(worse.checks.filter(({ holds }) => !holds).map(({ name }) => name)).toEqual([
    "L2: smallest change found: no worse than the baseline",
    "L2: radius certified: no worse than the baseline",
  ]);
  expect((await audit({ norms: ["l2"], baseline, allow: 0.19 })).holds).toBe(false);
  expect((await audit({ norms: ["l2"], baseline, allow: 0.21 })).holds).toBe(true);
});

test("lengths that go either way are not told apart, however far", async () => {
  const mixed = await audit({ norms: ["l2"], baseline: json(await scaled((index) => (index % 2 === 0 ? 3 : 1 / 3))) });
  expect(comparisonOf(mixed, "found")?.verdict).toBe("not told apart");
  expect(mixed.holds).toBe(true);
});

test("a retrained model is compared, its answers too", async () => {
  const moved = await audit(
    { norms: ["l2"], baseline: json(await auditBaseline(record)) },
    linearNetwork(BORDER + 0.05),
  );
  expect(moved.model.digest).not.toBe(record.model.digest);
  expect(moved.baseline?.model.digest).toBe(record.model.digest);
  expect(comparisonOf(moved, "found")).toMatchObject({
    same: 0 + (moved.images.at(-1)?.norms.l2?.found === 0 ? 1 : 0),
  });
});

test("a change that is found no more is better, one that was not found before is worse; ends that are not bounded are null", async () => {
  const images = record.images.map((image): AuditImage => {
    return { ...image, norms: { l2: { ...(image.norms.l2 as AuditBracket), found: null } } };
  });
  const baseline = await auditBaseline(record);
  const { comparisons } = compareAudits(images, record.norms, [], baseline);
  expect(comparisons[1]).toMatchObject({ measure: "found", better: COUNT, worse: 0, verdict: "better" });
  expect(comparisons[1]?.change).toEqual({ of: "ratio", value: null, low: null, high: null });
});

describe("refuses by name a baseline", () => {
  const base = async () => json(await auditBaseline(record));
  for (const [title, make, message] of [
    [
      "of another model",
      () => altered({ model: { ...record.model, name: "other" } }),
      /^baseline: expected a baseline of the model linear, got one of other; if it is the same model by another name, say so by --name$/,
    ],
    [
      "of a model of other inputs",
      () => altered({ model: { ...record.model, inputShape: [16, 1, 1] } }),
      /^baseline: expected a baseline of a model of 4 x 4 x 1 to 2 classes, got 16 x 1 x 1 to 2 classes$/,
    ],
    [
      "of other images",
      () => altered({ data: { ...record.data, images: "0".repeat(64) } }),
      /^baseline: expected a baseline of the images twelve, digest [0-9a-f]{64}, got twelve, digest 0{64}$/,
    ],
    [
      "of other labels",
      () => altered({ data: { ...record.data, digest: "1".repeat(64) } }),
      /^baseline: expected a baseline of twelve with the labels of digest [0-9a-f]{64}, got other labels, digest 1{64}$/,
    ],
    [
      "of other bits",
      () => altered({ bits: BITS + 1 }),
      new RegExp(
        `^baseline: expected a baseline with bits of generation ${BITS}, those of this version, got generation ${BITS + 1}$`,
      ),
    ],
    [
      "of another effort",
      () => altered({ options: { ...json(record.options), effort: "thorough", truth: "labels" } }),
      /^baseline: expected a baseline with --effort fast, got --effort thorough$/,
    ],
    [
      "of a later schema",
      () => altered({ schema: 2, more: true }),
      /^baseline: expected schema 1, the latest that this version reads, got schema 2, of a later version$/,
    ],
    [
      "that was altered",
      async () => ({ ...(await base()), right: new Array(COUNT).fill(true) }),
      /^baseline: expected contents with the digest [0-9a-f]{64}, which it states, got [0-9a-f]{64}: it was altered$/,
    ],
    [
      "with too few images",
      () => altered({ right: [true] }),
      /^baseline: right: expected 12 entries, one an image, got 1$/,
    ],
    [
      "that is a record",
      async () => json(record),
      /^baseline: expected the audit\.json of blindspot audit, got kind "audit"$/,
    ],
    ["that is a list", async () => [], /^baseline: expected a baseline of an audit, got /],
    [
      "with a length below zero",
      () => altered({ norms: { l2: { proof: "none", epsilon: null, certified: null, found: [-1] } } }),
      /^baseline: norms\.l2\.found\.0: expected >=0, got -1$/,
    ],
  ] as const) {
    test(title, async () => {
      expect(await rejectionOf(audit({ norms: ["l2"], baseline: await make() }))).toMatch(message);
    });
  }
});
