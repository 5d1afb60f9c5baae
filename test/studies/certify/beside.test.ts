/** Radii beside changes that were found: in the records and pages of attacks and of stability, of the same question at both ends. */
import { describe, expect, test } from "vitest";
import { attackStudy, certify, predictedClasses, stabilityStudy } from "../../../src/index.ts";
import { attackPage } from "../../../src/report/attack/page.ts";
import { attackText } from "../../../src/report/attack/text.ts";
import { stabilityPage } from "../../../src/report/stability/page.ts";
import { stabilityText } from "../../../src/report/stability/text.ts";
import { attackArrays } from "../../../src/studies/attack/record.ts";
import { rejectionOf } from "../../message-of.ts";
import { dense, networkOf } from "../../support/networks.ts";
import { noise32 } from "../../support/noise.ts";

const SIZE = 12;
const ROWS = 6;
const network = networkOf([SIZE], [dense("a", SIZE, 10, "sigmoid"), dense("b", 10, 4, "softmax")], 3);
const rows = noise32(ROWS * SIZE, 5).map((x) => 0.5 + 0.5 * x);
const answers = predictedClasses(network.scores(rows), 4);
// The last one is misread.
const labels = Uint8Array.from(answers, (answer, i) => (i === ROWS - 1 ? (answer + 1) % 4 : answer));
const data = { dataset: { rows, labels, count: ROWS, shape: [3, 4, 1] as const, classes: 4 }, name: "noise" };
const model = { network, name: "small" };
const shape = [3, 4, 1] as const;

describe("an attack", () => {
  test("without certify says nothing of radii, and has the digest that it had", async () => {
    const plain = await attackStudy(model, data, { norm: "linf" });
    const both = await attackStudy(model, data, { norm: "linf", certify: true });
    expect(plain.bothEnds).toBeUndefined();
    expect(plain.examples.every(({ certified }) => certified === undefined)).toBe(true);
    expect(attackArrays(plain.examples, shape)).not.toHaveProperty("certified");
    expect(plain.command).not.toContain("--certify");
    expect(both.examples.map(({ distance }) => distance)).toEqual(plain.examples.map(({ distance }) => distance));
  });

  for (const options of [{ norm: "linf" }, { norm: "l1" }, { target: "untargeted" }, { target: "all" }] as const) {
    test(`towards any other answer has radii of any other answer: ${JSON.stringify(options)}`, async () => {
      const record = await attackStudy(model, data, { ...options, certify: true });
      const norm = "norm" in options ? options.norm : "l2";
      const { radius } = await certify(network, { rows, truth: labels, norm });
      let both = 0;
      record.examples.forEach(({ certified = -1, distance, l2, outcome }, i) => {
        expect(certified).toBeLessThanOrEqual((radius[i] as number) * 1.004);
        if (outcome === "misclassified") expect(certified).toBe(0);
        else expect(certified).toBeGreaterThan(0.9 * (radius[i] as number));
        if (outcome !== "found") return;
        expect(certified).toBeLessThan(distance ?? l2);
        both++;
      });
      expect(both).toBeGreaterThan(2);
      expect(record.bothEnds).toMatchObject({ both });
      expect(record.bothEnds?.meanCertified).toBeLessThan(record.bothEnds?.meanFound as number);
      expect(attackArrays(record.examples, shape).certified?.data).toHaveLength(ROWS);
      expect(attackText(record)).toContain(`certified, `);
      expect(attackPage(record, undefined)).toContain("Certified and found");
      expect(record.command).toContain("--certify");
    });
  }

  test("towards one label has radii of that label, which reach farther than those of any other", async () => {
    const record = await attackStudy(model, data, { target: "least-likely", certify: true });
    const { radius } = await certify(network, { rows, truth: labels, norm: "l2" });
    let farther = 0;
    record.examples.forEach(({ certified = -1, l2, outcome }, i) => {
      if (outcome === "found") expect(certified).toBeLessThan(l2);
      if (certified > 1.1 * (radius[i] as number)) farther++;
    });
    expect(farther).toBeGreaterThan(1);
  });

  test("is refused where there are no certificates, before any work", async () => {
    expect(await rejectionOf(attackStudy(model, data, { norm: "l0", certify: true }))).toBe(
      "certify: expected a norm and a network with certificates, got norm l0 has no certificates",
    );
    const question = { output: 1, above: 2 };
    expect(await rejectionOf(attackStudy(model, data, { question, certify: true }))).toBe(
      "certify: expected a question of labels beside it, got one of an output",
    );
  });
});

describe("stability", () => {
  test("with certify has a radius of the label that was pushed for beside the change that reaches it", async () => {
    const plain = await stabilityStudy(model, data);
    expect(plain.images.every(({ linear }) => linear === undefined)).toBe(true);
    const record = await stabilityStudy(model, data, { certify: true });
    expect(record.images.length).toBeGreaterThan(1);
    for (const { linear = 0, l2, certified } of record.images) {
      expect(linear).toBeLessThan(l2);
      expect(linear).toBeGreaterThan(certified);
    }
    expect(record.command).toContain("--certify");
    expect(stabilityText(record)).toMatch(/same label +mean L2 \S+ certified, \S+ found, of \d images: by linear/);
    expect(stabilityPage(record, undefined)).toContain("The same question at both ends");
    expect(record.images.map(({ linear: _, ...image }) => image)).toEqual(plain.images);
  });

  test("is refused without data to certify", async () => {
    expect(await rejectionOf(stabilityStudy(model, undefined, { certify: true }))).toBe(
      "certify: expected data whose images are certified, got none",
    );
  });
});
