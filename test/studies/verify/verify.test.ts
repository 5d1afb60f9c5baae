/** `verifyRecord`: a record of every study is had again; altered in any digit, option, digest or array it is found out. */
import { describe, expect, test } from "vitest";
import { verifyRecord } from "../../../src/index.ts";
import { digestRecord } from "../../../src/studies/index.ts";
import { plainRecord } from "../../../src/studies/record.ts";
import { arraysOf } from "../../../src/studies/verify/arrays.ts";
import { BITS } from "../../../src/version.ts";
import { rejectionOf } from "../../message-of.ts";
import { BY_IMAGE, WHOLE } from "./records.ts";

type Plain = Record<string, unknown>;
const made = new Map<string, Promise<object>>();

/** The record of a study, made once. */
function recordOf(name: string): Promise<object> {
  const known = made.get(name) ?? ({ ...BY_IMAGE, ...WHOLE }[name] as () => Promise<object>)();
  made.set(name, known);
  return known;
}

/** The paths of all numbers, texts, truths and nulls in a record. */
function leaves(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (ArrayBuffer.isView(value)) return [];
  if (typeof value !== "object" || value === null) return value === undefined ? [] : [path];
  return Object.entries(value).flatMap(([name, part]) => leaves(part, [...path, name]));
}

/** Another value of the same kind: a number's neighbour, a text with another last letter. */
function another(value: unknown): unknown {
  if (typeof value === "string") return value.endsWith("0") ? `${value.slice(0, -1)}1` : `${value.slice(0, -1)}0`;
  if (typeof value === "boolean") return !value;
  if (typeof value !== "number") return 0;
  if (Number.isInteger(value)) return value + 1;
  const bits = new BigInt64Array(Float64Array.of(value).buffer);
  bits[0] = (bits[0] as bigint) ^ 1n;
  return new Float64Array(bits.buffer)[0];
}

/** A record in which one leaf says something else. */
function altered(record: Plain, path: readonly (string | number)[]): Plain {
  const copy = structuredClone(record);
  const place = path.slice(0, -1).reduce<Plain>((part, name) => part[name] as Plain, copy);
  const last = path.at(-1) as string;
  place[last] = another(place[last]);
  return copy;
}

/** What gives an altered record away: its digests, the run, the version it names, or that it is refused. */
async function signs(record: Plain, again: () => Promise<object>): Promise<string[]> {
  try {
    const { isIntact, differences, madeBy } = await verifyRecord(record, again);
    return [
      ...(isIntact ? [] : ["digest"]),
      ...(differences.length > 0 ? ["run"] : []),
      ...(madeBy.length > 0 ? ["maker"] : []),
    ];
  } catch {
    return ["refused"];
  }
}

for (const name of Object.keys({ ...BY_IMAGE, ...WHOLE })) {
  describe(name, () => {
    test("the same record is intact, and the run finds the same", async () => {
      const record = await recordOf(name);
      const { [name]: again } = { ...BY_IMAGE, ...WHOLE };
      expect(await verifyRecord(record, again as () => Promise<object>)).toEqual({
        ...{ isIntact: true, differences: [], madeBy: [] },
      });
    });

    test("altered in any leaf it is found out, by its digest, and by the run where its digest is made anew", async () => {
      const record = await recordOf(name);
      const plain = plainRecord(record);
      const paths = leaves(plain).filter(([first]) => first !== "timing");
      expect(paths.length).toBeGreaterThan(15);
      for (const path of paths) {
        const one = altered(plain, path);
        const found = await signs(one, async () => record);
        expect(found.length, `${path.join(".")}, ${found}`).toBeGreaterThan(0);
        if (path[0] === "recordDigest") continue;
        const sealed = { ...one, recordDigest: await digestRecord(one) };
        const others = (await signs(sealed, async () => record)).filter((sign) => sign !== "digest");
        expect(others.length, `${path.join(".")}, sealed`).toBeGreaterThan(0);
      }
    });

    test("altered in one number of any array, it is found out by the digest of its arrays", async () => {
      const record = await recordOf(name);
      const arrays = arraysOf(record) ?? {};
      expect(Object.keys(arrays).length).toBeGreaterThan(0);
      for (const [array, { data, shape }] of Object.entries(arrays)) {
        if (data.length === 0) continue;
        const copy = data.slice();
        copy[copy.length - 1] = (copy.at(-1) as number) + 1;
        if (Object.is(copy.at(-1), data.at(-1))) copy[copy.length - 1] = 0; // of an infinity
        const stored = { ...arrays, [array]: { data: copy, ...(shape && { shape }) } };
        const { isIntact, differences } = await verifyRecord(plainRecord(record), async () => record, {
          arrays: stored,
        });
        expect([array, isIntact, differences]).toEqual([array, false, []]);
      }
    });
  });
}

describe("a sample", () => {
  for (const [name, again] of Object.entries(BY_IMAGE)) {
    test(`of ${name} is had again, image by image`, async () => {
      const record = await recordOf(name);
      const asked: number[] = [];
      const count = (rows: Parameters<typeof again>[0]) => {
        asked.push(rows?.count ?? 0);
        return again(rows);
      };
      const { isIntact, differences, sampled } = await verifyRecord(record, count, { sample: 2, seed: 3 });
      expect({ isIntact, differences }).toEqual({ isIntact: true, differences: [] });
      expect(sampled?.length).toBe(2);
      expect(asked.every((rows) => rows > 0 && rows < 6)).toBe(true);
    });

    test(`of all images of ${name} finds out what is altered in one of them, its digests made anew`, async () => {
      const record = await recordOf(name);
      const plain = plainRecord(record);
      const arrays = arraysOf(record) ?? {};
      const kept = new Map<string, Promise<object>>();
      const once = (rows: Parameters<typeof again>[0]) => {
        const key = JSON.stringify(rows);
        const known = kept.get(key) ?? again(rows);
        kept.set(key, known);
        return known;
      };
      const wrong = async (stated: Plain, stored: typeof arrays) => {
        const { differences } = await verifyRecord(stated, once, { sample: 6, arrays: stored });
        return differences.length;
      };
      expect(await wrong(plain, arrays)).toBe(0);
      const list = ["examples", "images"].find((name) => name in plain);
      const paths = list === undefined ? [] : leaves(plain).filter(([first]) => first === list);
      for (const path of paths) expect(await wrong(altered(plain, path), arrays), path.join(".")).toBeGreaterThan(0);
      for (const option of leaves(plain).filter(([first]) => first === "options")) {
        if (["first", "count", "norms", "epsilon", "minima"].includes(option[1] as string)) continue;
        expect(await wrong(altered(plain, option), arrays), option.join(".")).toBeGreaterThan(0);
      }
      for (const [array, { data, shape }] of Object.entries(arrays)) {
        if (array.startsWith("02-one-at-0.1/")) continue; // amplified by one factor for all images
        const copy = data.slice();
        copy[0] = Number.isFinite(copy[0]) && copy[0] !== 0 ? 0 : 1;
        const stored = { ...arrays, [array]: { data: copy, ...(shape && { shape }) } };
        expect(await wrong(plain, stored), array).toBeGreaterThan(0);
      }
    });
  }

  test("is the same for a seed, and another for another", async () => {
    const record = await recordOf("certify");
    const again = BY_IMAGE.certify as (typeof BY_IMAGE)[string];
    const of = async (seed: number) => (await verifyRecord(record, again, { sample: 2, seed })).sampled;
    expect(await of(1)).toEqual(await of(1));
    expect(await of(1)).not.toEqual(await of(2));
  });

  test("is refused for a study whose images depend on one another, and where arrays are missing", async () => {
    const units = await recordOf("units");
    expect(await rejectionOf(verifyRecord(units, async () => units, { sample: 1 }))).toMatch(
      /^sample of record: expected a record with images, of attack, .*, got units$/,
    );
    const transfer = plainRecord(await recordOf("transfer"));
    expect(await rejectionOf(verifyRecord(transfer, async () => transfer, { sample: 1 }))).toBe(
      "sample of record: expected the arrays of the record, in which its images stand, got none",
    );
    expect(await rejectionOf(verifyRecord(units, async () => units, { sample: 0 }))).toMatch(/^sample: /);
  });
});

test("a record of another generation of bits is refused by name, one of other kernels of the same generation is told", async () => {
  const record = plainRecord(await recordOf("certify"));
  expect(await rejectionOf(verifyRecord({ ...record, bits: BITS + 1 }, async () => record))).toBe(
    `record: expected bits of generation ${BITS}, those of this version, got generation ${BITS + 1}, which is not comparable`,
  );
  expect(await rejectionOf(verifyRecord({ ...record, version: "99.0.0" }, async () => record))).toMatch(
    /^record: expected a record of version .* or earlier, got 99\.0\.0$/,
  );
  const other = { ...record, wasm: "0".repeat(64) };
  const { differences, madeBy } = await verifyRecord(other, async () => record);
  expect(differences).toEqual([]);
  expect(madeBy).toEqual([{ path: "wasm", stated: other.wasm, found: record.wasm }]);
});
