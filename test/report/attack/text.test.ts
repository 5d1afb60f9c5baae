import { describe, expect, test } from "vitest";
import { attackPage } from "../../../src/report/attack/page.ts";
import { attackText } from "../../../src/report/attack/text.ts";
import { verdict } from "../../../src/report/attack/verdict.ts";
import { duration, figure, percent, whole } from "../../../src/report/kit/format.ts";
import { html } from "../../../src/report/kit/markup.ts";
import { DISTORTION_MEANING, NORM_MEANINGS } from "../../../src/report/kit/meaning.ts";
import { example, report } from "./example-report.ts";

test("attackText says what was found, what it cost, and the digest", () => {
  expect(attackText(report())).toBe(`toy on squares
4 of 5 images fool the model into answering the next label at a mean distortion of 0.0700 (17.9 of 255 grey levels a pixel).

  success      4 of 5 attacked
  not attacked 1 image misclassified before any change
  distortion   mean 0.0700, median 0.0700, largest 0.120
  L2           mean 0.280
  8 bits       2 of 4 still fool the model as 8-bit pictures
  evaluations  29.8 an image, 149 in all
  time         500 ms, 10.0 images a second
  digest       ${"c".repeat(64)}
`);
});

test("attackText and the page say that an image that is the target already is not attacked", () => {
  const made = report({ examples: [example(0, { target: 0, adversarialPrediction: 0, distortion: 0 }), example(1)] });
  expect(attackText(made)).toContain("not attacked 1 image classified as the target before any change\n");
  const page = attackPage(made, undefined);
  expect(page).toContain("1 image of 2\nwas classified as the target before any change and not attacked.");
  expect(page).toContain("Read as 0 as wanted. Not attacked.");
});

test("attackText without a success has no line on distortions", () => {
  const text = attackText(report({ examples: [example(0, { success: false })] }));
  expect(text).toContain("No change was found that fools the model into answering the next label, in 1 image.");
  expect(text).not.toContain("distortion ");
});

describe("verdict", () => {
  const summary = report().summary;
  const cases: [string, Partial<typeof summary>, string][] = [
    [
      "all",
      { found: 5 },
      "Every one of 5 images fools the model at a mean distortion of 0.0700 (17.9 of 255 grey levels a pixel).",
    ],
    [
      "one of many",
      { found: 1 },
      "1 of 5 images fools the model at a distortion of 0.0700 (17.9 of 255 grey levels a pixel).",
    ],
    [
      "one of one",
      { attacked: 1, found: 1 },
      "The one image that was attacked fools the model at a distortion of 0.0700 (17.9 of 255 grey levels a pixel).",
    ],
    ["none", { found: 0 }, "No change was found that fools the model, in 5 images."],
    ["none attacked", { attacked: 0, misclassified: 6 }, "All of 6 images were misclassified before any change."],
    [
      "none but targets",
      { attacked: 0, alreadyTarget: 5 },
      "No image was attacked: each was misclassified or classified as the target before any change.",
    ],
    ["the one not attacked", { attacked: 0, count: 1 }, "The one image was misclassified before any change."],
    ["none given", { count: 0, attacked: 0 }, "No image was given."],
  ];
  test.each(cases)("%s", (_, change, sentence) => {
    expect(verdict({ ...report(), options: {}, summary: { ...summary, ...change } })).toBe(sentence);
  });
});

test.each([
  ["next", "the next label"],
  ["random", "a random wrong label"],
  ["runner-up", "the likeliest wrong label"],
  ["least-likely", "the least likely label"],
  ["all", "the nearest wrong label"],
  ["3", "label 3"],
])("the headline says the target rule %s", (target, words) => {
  expect(verdict({ ...report(), options: { target } })).toContain(`fool the model into answering ${words} at`);
});

test.each([
  ["linf", 0.04, "a mean L-infinity distance of 0.0400 (10.2 of 255 grey levels at most)"],
  ["l2", 0.4, "a mean L2 distance of 0.400 (25.5 of 255 grey levels a pixel)"], // 0.4 / sqrt(16) * 255
  ["l1", 0.4, "a mean L1 distance of 0.400 (102 grey levels in all)"],
  ["l0", 3, "a mean L0 distance of 3.00 (of 16 values)"],
] as const)("the headline says what a distance in %s means", (norm, meanDistance, words) => {
  const minimal = { norm, asked: "any other answer", meanDistance, medianDistance: meanDistance, largestDistance: 9 };
  expect(verdict({ ...report(), minimal })).toContain(words);
  expect(attackPage({ ...report(), minimal }, undefined)).toContain(NORM_MEANINGS[norm]);
});

test("the page of the paper's attack says what distortion is below the headline", () => {
  expect(attackPage(report(), undefined)).toContain(`<p class="aside">${DISTORTION_MEANING}</p>`);
});

test("figures have three digits, no exponent down to 0.0001, and a dash for what was not found", () => {
  const shown = [0, 0.00001234, 0.0001, 0.04567, 1.349, 71.14, 99.96, 1234567, null].map(figure);
  expect(shown).toEqual(["0", "1.23e-5", "0.000100", "0.0457", "1.35", "71.1", "100", "1,234,567", "–"]);
});

test("a probability that is not certain is never shown as 0 or 100 per cent", () => {
  const shown = [0, 0.0001, 0.001, 0.5, 0.999, 0.99999, 1].map(percent);
  expect(shown).toEqual(["0 %", "< 0.1 %", "0.1 %", "50.0 %", "99.9 %", "> 99.9 %", "100 %"]);
});

test("durations change unit at a second and at a minute", () => {
  expect([5, 999, 1000, 59_900, 61_000].map(duration)).toEqual(["5.00 ms", "999 ms", "1.00 s", "59.9 s", "1 min 1 s"]);
});

test("whole numbers have commas between thousands", () => {
  expect([0, 999, 1000, 1234567].map(whole)).toEqual(["0", "999", "1,000", "1,234,567"]);
});

test("markup escapes text once, keeps markup, joins lists and drops what is undefined", () => {
  const item = html`<i>${"a&b"}</i>`;
  expect(html`<p title="${`"'`}">${[item, item]}${undefined}${7}</p>`.text).toBe(
    `<p title="&quot;&#39;"><i>a&amp;b</i><i>a&amp;b</i>7</p>`,
  );
});
