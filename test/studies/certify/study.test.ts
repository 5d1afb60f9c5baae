/** The study of certificates: exhaustive efforts and their budgets, and searches that are stopped between two balls and gone on with. */
import { expect, test } from "vitest";
import type { RadiusState } from "../../../src/certify/exhaust.ts";
import { certifyStudy, predictedClasses } from "../../../src/index.ts";
import { certifyPage } from "../../../src/report/certify/page.ts";
import { certifyText } from "../../../src/report/certify/text.ts";
import { type CertifiedRow, type CertifyInput, certify as certifyTask } from "../../../src/studies/tasks/certify.ts";
import { dense, networkOf } from "../../support/networks.ts";
import { noise32 } from "../../support/noise.ts";

const SIZE = 14;
const ROWS = 4;
const network = networkOf(
  [SIZE],
  [dense("a", SIZE, 12, "relu"), dense("b", 12, 10, "relu"), dense("c", 10, 3, "linear")],
);
const rows = noise32(ROWS * SIZE, 5).map((x) => 0.5 + 0.5 * x);
const truth = predictedClasses(network.scores(rows), 3);
const data = {
  dataset: { rows, labels: Uint8Array.from(truth), count: ROWS, shape: [2, 7, 1] as const, classes: 3 },
  name: "noise",
};
const model = { network, name: "rectifiers" };

test("an exhaustive study says its effort, comes within a hundredth of a change, and is no worse than linear bounds", async () => {
  const fast = await certifyStudy(model, data);
  const whole = await certifyStudy(model, data, { effort: "exhaustive" });
  expect(whole).toMatchObject({ effort: "exhaustive" });
  expect(whole.budget).toBeUndefined();
  let farther = 0;
  whole.images.forEach(({ verdict, certified, found }, i) => {
    expect(verdict).toBe("proved");
    expect(certified).toBeGreaterThanOrEqual(fast.images[i]?.certified as number);
    if (found === null) return;
    expect(certified).toBeGreaterThan(0.989 * found);
    expect(certified).toBeLessThan(found);
    farther++;
  });
  expect(farther).toBeGreaterThan(0);
  expect(whole.command).toContain("--effort exhaustive");
  expect(certifyText(whole)).toContain("exhaustive: branch and bound, until the answer is known");
  expect(certifyPage(whole, undefined)).toContain("exhaustive: branch and bound, until the answer is known");
  expect(certifyText(fast)).toContain("fast: linear bounds, to 0.3 % of the largest radius");
});

test("a budget that ends the search leaves the radius so far, marked; the command repeats it", async () => {
  const fast = await certifyStudy(model, data);
  const cut = await certifyStudy(model, data, { effort: { evaluations: 300 } });
  expect(cut).toMatchObject({ effort: "exhaustive", budget: { evaluations: 300 } });
  expect(cut.command).toContain("--effort exhaustive --evaluations 300");
  const marked = cut.images.filter(({ verdict }) => verdict === "cut");
  expect(marked.length).toBeGreaterThan(0);
  cut.images.forEach(({ certified }, i) => {
    expect(certified).toBeGreaterThanOrEqual(fast.images[i]?.certified as number);
    expect(certified).toBeGreaterThan(0);
  });
  expect(certifyText(cut)).toMatch(/cut +\d: the search ended before the answer was known/);
  expect(certifyPage(cut, undefined)).toContain("cut short");
  const timed = await certifyStudy(model, data, { effort: { seconds: 0 } });
  expect(certifyPage(timed, undefined)).toContain("The budget went by the clock");
});

/** One image of the task, stopped at the n-th state that it offers. */
async function search(
  settings: CertifyInput["settings"],
  item: number,
  { resume, stopAt = Number.POSITIVE_INFINITY }: { resume?: RadiusState | undefined; stopAt?: number } = {},
): Promise<{ row: CertifiedRow | undefined; state: RadiusState | undefined; first: RadiusState | undefined }> {
  const stop = new AbortController();
  let row: CertifiedRow | undefined;
  let [state, first]: [RadiusState | undefined, RadiusState | undefined] = [undefined, undefined];
  let states = 0;
  const ended = certifyTask({ model: network, rows, truth: Int32Array.from(truth), settings }, [item], {
    signal: stop.signal,
    resume,
    more: () => undefined,
    done: (_, result) => {
      row = result;
    },
    tell: () => {},
    save: (snapshot) => {
      // Through what a checkpoint keeps.
      state = structuredClone(snapshot());
      first ??= state;
      if (++states >= stopAt) stop.abort(new Error("stopped"));
    },
  });
  const why = await Promise.resolve(ended).catch((error: Error) => error.message);
  expect(why).toBe(stop.signal.aborted ? "stopped" : undefined);
  return { row, state, first };
}

test("a search that is stopped between two balls goes on to the same bits, as often as it is stopped", async () => {
  let stops = 0;
  for (const settings of [
    { norm: "linf", effort: "exhaustive" },
    { norm: "l2", effort: { evaluations: 3000 } },
  ] as const) {
    for (let item = 0; item < ROWS; item++) {
      const whole = await search(settings, item);
      let part = await search(settings, item, { stopAt: 1 });
      while (part.row === undefined) {
        stops++;
        const { state } = part;
        part = await search(settings, item, { resume: state, stopAt: 2 });
        // Intervals of the balls before, too: they narrow those of the next.
        expect(part.first?.regions).toEqual(state?.regions);
        expect(part.first?.bracket).toEqual(state?.bracket);
      }
      expect(part.row).toEqual(whole.row);
    }
  }
  expect(stops).toBeGreaterThan(6);
});
