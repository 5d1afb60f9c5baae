/** An audit of a model of which every smallest change is known. */
import { expect, test } from "vitest";
import "../../../src/index.ts";
import { corruptionsOf } from "../../../src/analysis/corruptions.ts";
import { CERTIFY_EFFORTS } from "../../../src/certify/index.ts";
import { slice } from "../../../src/data/index.ts";
import type { AuditBracket } from "../../../src/studies/audit/record.ts";
import { auditStudy, digestRecord } from "../../../src/studies/index.ts";
import { rejectionOf } from "../../message-of.ts";
import { audit, COUNT, dataset, exactLength, network, rounding } from "./linear-audit.ts";

const NORMS = ["l2", "linf", "l1"] as const;
const RIGHT = COUNT - 1;

test("each image's bracket holds the exact length, and both ends come near it", async () => {
  const record = await audit({ norms: NORMS });
  expect(record.clean).toMatchObject({ hits: RIGHT, count: COUNT });
  for (const norm of NORMS) {
    for (const { index, label, read, norms } of record.images) {
      const { found, certified, answer } = norms[norm] as AuditBracket;
      if (label !== read) {
        expect([index, found, certified, answer]).toEqual([RIGHT, 0, 0, null]);
        continue;
      }
      const exact = exactLength(norm, index);
      // The border of the numbers that run is where rounding puts it; a certificate allows for it a second time.
      const off = rounding(norm);
      expect(certified, `${norm} ${index}`).toBeLessThanOrEqual(exact + off);
      expect(found, `${norm} ${index}`).toBeGreaterThanOrEqual(exact - off);
      expect(found, `${norm} ${index}`).toBeLessThan(1.01 * exact + 2 * off);
      expect(certified, `${norm} ${index}`).toBeGreaterThan((1 - CERTIFY_EFFORTS.fast) * exact - 3 * off);
      expect(answer).toBe(1 - label);
    }
  }
  expect(record.checks.map(({ rule, holds }) => [rule, holds])).toEqual(NORMS.map(() => ["ends-agree", true]));
  expect(record.holds).toBe(true);
  expect(await digestRecord(record)).toBe(record.recordDigest);
});

test("shares at a budget, spreads, labels and the most fragile follow from the exact lengths", async () => {
  const lengths = Array.from({ length: RIGHT }, (_, row) => exactLength("l2", row));
  const sorted = lengths.toSorted((a, b) => a - b);
  // Between two lengths that are well apart.
  const gap = sorted.slice(2, 9).findIndex((length, i) => (sorted[i + 3] as number) > 1.2 * length) + 2;
  const epsilon = (1.1 * (sorted[gap] as number)) as number;
  const resisting = sorted.filter((length) => length > epsilon).length;
  expect(resisting).toBeGreaterThan(0);
  const { norms, holds, checks } = await audit({
    norms: ["l2"],
    epsilon: [epsilon],
    failUnder: [resisting / COUNT],
    proved: true,
  });
  const [norm] = norms;
  expect([norm?.robust?.upper.hits, norm?.robust?.lower.hits]).toEqual([resisting, resisting]);
  expect(holds).toBe(true);
  expect(checks.at(-1)?.said).toContain(`${resisting} of ${COUNT} images`);
  expect(norm?.fragile).toEqual([...lengths.keys()].sort((a, b) => (lengths[a] as number) - (lengths[b] as number)));
  expect(norm?.found?.count).toBe(RIGHT);
  expect(norm?.found?.least).toBeCloseTo(sorted[0] as number, 2);
  expect(norm?.foundOverCertified).toBeGreaterThan(1);
  expect(norm?.foundOverCertified).toBeLessThan(1.05);
  for (const label of [0, 1]) {
    const own = norm?.classes[label];
    expect(own?.count).toBe(dataset.labels.filter((one) => one === label).length);
    expect(own?.resisting).toBe(
      lengths.filter((length, row) => dataset.labels[row] === label && length > epsilon).length,
    );
    expect(own?.proved).toBe(own?.resisting);
  }
  const failing = await audit({ norms: ["l2"], epsilon: [epsilon], failUnder: [(resisting + 1) / COUNT] });
  expect(failing.holds).toBe(false);
  expect(failing.checks.filter((check) => !check.holds).map(({ rule }) => rule)).toEqual(["robust-share"]);
  const fast = await audit({ norms: ["l2"], epsilon: [epsilon], certify: "epsilon" });
  expect(fast.norms[0]?.robust).toEqual(norm?.robust);
  expect(fast.norms[0]?.bounds).toBe(resisting);
  expect(fast.norms[0]?.certified).toBeNull();
});

test("says why a norm is not certified, and a share that is to be proved is not reached there", async () => {
  const { norms, holds, checks } = await audit({ norms: ["l0"], epsilon: [1], failUnder: [0.1], proved: true });
  expect(norms[0]).toMatchObject({ uncertified: "norm l0 has no certificates", certified: null });
  expect(holds).toBe(false);
  expect(checks[0]?.said).toContain("nothing is: norm l0 has no certificates");
  const none = await audit({ norms: ["l2"], certify: "none" });
  expect(none.norms[0]?.uncertified).toBe("certificates were not asked for");
  expect(none.checks).toEqual([]);
});

test("an image's numbers are its own: a part of the set has those of the whole, noise and corruptions too", async () => {
  const whole = await audit();
  const part = await auditStudy(
    { network, name: "linear" },
    { dataset: slice(dataset, 4, 7), name: "twelve" },
    { first: 4 },
  );
  expect(part.images).toEqual(whole.images.slice(4, 7));
  expect(Object.keys(part.images[0]?.corruptions ?? {})).toEqual(corruptionsOf([4, 4, 1]).map(({ name }) => name));
  // Noise of the very length of the smallest change goes the one way that alters the answer next to never.
  expect(whole.norms[0]?.noise?.rate).toBeLessThan(0.05);
  expect(whole.norms[0]?.noise?.count).toBe(10 * RIGHT);
});

test("refuses what does not belong together, by name", async () => {
  for (const [options, message] of [
    [{ norms: [] }, "norms: expected at least one, got none"],
    [{ norms: ["l2", "l2"] }, "norms: expected each once, got l2 twice"],
    [{ norms: ["l3"] }, 'norms[0]: expected l2, linf, l1, l0, got "l3"'],
    [{ epsilon: [0.1] }, "epsilon: expected 2 budgets, one for each of l2, linf, got 1"],
    [{ epsilon: [0.1, 0] }, "epsilon[1]: expected a length above 0, got 0"],
    [{ failUnder: [0.5] }, "failUnder: expected epsilon beside it, within which that share resists, got none"],
    [{ certify: "epsilon" }, 'certify: expected epsilon beside "epsilon", got none'],
    [{ epsilon: [1, 1], failUnder: [1, 1, 1] }, "failUnder: expected one share, or one for each of l2, linf, got 3"],
    [{ epsilon: [1, 1], failUnder: [2] }, "failUnder[0]: expected a number in [0, 1], got 2"],
    [{ proved: true }, "proved: expected failUnder beside it, got none"],
    [
      { epsilon: [1, 1], failUnder: [1], proved: true, certify: "none" },
      'proved: expected certificates, got certify "none"',
    ],
    [{ draws: 0 }, "draws: expected a whole number in [1, 10000], got 0"],
    [{ allow: 2 }, "allow: expected a number in [0, 1], got 2"],
    [{ effort: "lazy" }, 'effort: expected fast, thorough, exhaustive, got "lazy"'],
  ] as const) {
    expect(await rejectionOf(audit(options as never))).toBe(message);
  }
});
