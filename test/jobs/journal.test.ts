import { existsSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { Journal } from "../../src/jobs/journal.ts";
import type { Plain } from "../../src/jobs/record.ts";
import { temporaryFolder } from "../temporary.ts";

const RUN = { version: "1", target: "next", seed: 7 };
const record = (i: number) => ({ i, row: new Float32Array(3).fill(i / 7), distortion: Number.NaN });

async function reopened(path: string, run: Record<string, string | number> = RUN) {
  const records: Plain[] = [];
  const journal = await Journal.open(path, run, { onRecord: (found) => records.push(found) });
  return { journal, records };
}

/** A journal of three records, and where the last of them begins. */
async function written(): Promise<{ path: string; ends: number[] }> {
  const path = join(temporaryFolder(), "run.journal");
  const journal = await Journal.open(path, RUN);
  const ends: number[] = [statSync(path).size];
  for (let i = 0; i < 3; i++) {
    await journal.append(record(i));
    ends.push(statSync(path).size);
  }
  await journal.close();
  return { path, ends };
}

test("what was appended is there when the journal is opened again, in its order, and it goes on", async () => {
  const { path } = await written();
  const first = await reopened(path);
  expect(first.records).toEqual([record(0), record(1), record(2)]);
  expect([first.journal.resumed, first.journal.records, first.journal.dropped]).toEqual([3, 3, 0]);
  await Promise.all([3, 4, 5].map((i) => first.journal.append(record(i))));
  expect(first.journal.records).toBe(6);
  await first.journal.close();
  const second = await reopened(path);
  expect(second.records).toEqual([0, 1, 2, 3, 4, 5].map(record));
  await second.journal.remove();
  expect([existsSync(path), existsSync(`${path}.lock`)]).toEqual([false, false]);
});

test("a journal cut at any byte loses the record that was cut, says so, and goes on", async () => {
  const { path, ends } = await written();
  const whole = readFileSync(path);
  for (let size = 0; size < whole.length; size++) {
    writeFileSync(path, whole.subarray(0, size));
    const kept = Math.max(0, ends.filter((end) => end <= size).length - 1);
    const { journal, records } = await reopened(path);
    expect(records).toEqual([0, 1, 2].slice(0, kept).map(record));
    expect(journal.dropped).toBe(
      ends.includes(size) ? 0 : size - (size < (ends[0] as number) ? 0 : (ends[kept] as number)),
    );
    await journal.append(record(kept));
    await journal.close();
    const again = await reopened(path);
    expect(again.records).toEqual([0, 1, 2].slice(0, kept + 1).map(record));
    expect(again.journal.dropped).toBe(0);
    await again.journal.close();
  }
});

test("a last record with any byte changed is dropped", async () => {
  const { path, ends } = await written();
  const whole = readFileSync(path);
  for (let at = ends[2] as number; at < whole.length; at++) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] as number) ^ 0x40;
    writeFileSync(path, changed);
    const { journal, records } = await reopened(path);
    expect(records).toEqual([record(0), record(1)]);
    expect(journal.dropped).toBe(whole.length - (ends[2] as number));
    await journal.close();
  }
});

test("a record with any byte changed that has whole ones behind it is an error, and the file stays as it is", async () => {
  const { path, ends } = await written();
  const whole = readFileSync(path);
  for (let at = ends[0] as number; at < (ends[2] as number); at++) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] as number) ^ 0x40;
    writeFileSync(path, changed);
    const begin = ends[at < (ends[1] as number) ? 0 : 1];
    await expect(reopened(path)).rejects.toThrow(
      `${path}: expected whole records; delete the file to start over, got a damaged one at byte ${begin}, before others`,
    );
    expect(readFileSync(path).equals(changed)).toBe(true);
  }
  expect(existsSync(`${path}.lock`)).toBe(false);
});

test("zeros behind the last record, as a power cut leaves them, are dropped", async () => {
  const { path } = await written();
  const size = statSync(path).size;
  truncateSync(path, size + 4096);
  const { journal, records } = await reopened(path);
  expect([records.length, journal.dropped, statSync(path).size]).toEqual([3, 4096, size]);
  await journal.close();
});

test("a run with another setting is refused, naming it; so is a setting that is new or gone", async () => {
  const { path } = await written();
  const again = "as the run that was stopped (or delete the file to start over)";
  await expect(reopened(path, { ...RUN, target: "random" })).rejects.toThrow(
    `${path}: target: expected next, ${again}, got random`,
  );
  await expect(reopened(path, { ...RUN, effort: "fast" })).rejects.toThrow(
    `${path}: effort: expected undefined, ${again}, got fast`,
  );
  const { seed, ...rest } = RUN;
  await expect(reopened(path, rest)).rejects.toThrow(`${path}: seed: expected ${seed}, ${again}, got undefined`);
  await (await reopened(path)).journal.close(); // refusals hold nothing
});

test("a file of another kind is refused and left alone", async () => {
  const path = join(temporaryFolder(), "run.journal");
  writeFileSync(path, "my notes");
  await expect(reopened(path)).rejects.toThrow(
    `${path}: expected a blindspot journal 2; delete the file to start over, got a file of another kind`,
  );
  expect(readFileSync(path, "utf8")).toBe("my notes");
  await expect(Journal.open(join(path, "x.journal"), RUN)).rejects.toThrow(/got a file in the place of a folder/);
});

test("whole records that were swapped, doubled, removed or put at another place are refused, and the file stays", async () => {
  const { path, ends } = await written();
  const whole = readFileSync(path);
  const start = whole.subarray(0, whole.indexOf("bjrd"));
  const all = [start.length, ...ends];
  const records = ends.map((end, i) => whole.subarray(all[i], end)) as [Buffer, Buffer, Buffer, Buffer];
  const [run, first, second, third] = records;
  const damaged: Record<string, { parts: Buffer[]; at: number }> = {
    swapped: { parts: [run, second, first, third], at: 1 },
    doubled: { parts: [run, first, first, second, third], at: 2 },
    "without its first": { parts: [first, second, third], at: 0 },
    "without one in the middle": { parts: [run, first, third], at: 2 },
    "the run's description twice": { parts: [run, run, first, second, third], at: 1 },
  };
  for (const { parts, at } of Object.values(damaged)) {
    const content = Buffer.concat([start, ...parts]);
    writeFileSync(path, content);
    const before = parts.slice(0, at).reduce((sum, part) => sum + part.length, start.length);
    await expect(reopened(path)).rejects.toThrow(
      `${path}: expected records in the order in which they were written; delete the file to start over, ` +
        `got another one at byte ${before}: some were moved, doubled or removed`,
    );
    expect(readFileSync(path).equals(content)).toBe(true);
  }
  expect(Object.keys(damaged)).toHaveLength(5);
});

test("a record of another run's journal is refused, whole and at its own position as it is", async () => {
  const { path, ends } = await written();
  const other = join(temporaryFolder(), "run.journal");
  const journal = await Journal.open(other, RUN);
  await journal.append(record(9));
  await journal.close();
  const [own, foreign] = [readFileSync(path), readFileSync(other)];
  writeFileSync(other, Buffer.concat([foreign, own.subarray(ends[1], ends[2])]));
  await expect(reopened(other)).rejects.toThrow("expected records in the order in which they were written");
});

test("a journal of version 1 is refused as what it is", async () => {
  const path = join(temporaryFolder(), "run.journal");
  writeFileSync(path, "blindspot journal 1\n and records");
  await expect(reopened(path)).rejects.toThrow(
    `${path}: expected a blindspot journal 2; delete the file to start over, got one of version 1, whose records were not chained`,
  );
});

test("a second run on the same journal is refused while the first holds it", async () => {
  const path = join(temporaryFolder(), "run.journal");
  const first = await Journal.open(path, RUN);
  await expect(Journal.open(path, RUN)).rejects.toThrow(
    `${path}: expected one run at a time, got a second one: process`,
  );
  await first.append(record(0));
  await first.close();
  const second = await reopened(path);
  expect(second.records).toEqual([record(0)]);
  await second.journal.close();
});

test("a full disk is an error that names the journal, and leaves no lock", async () => {
  const path = join(temporaryFolder(), "run.journal");
  const handle = await open(`${path}.probe`, "w");
  const full = Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
  const write = vi.spyOn(Object.getPrototypeOf(handle), "write").mockRejectedValue(full);
  await handle.close();
  onTestFinished(() => write.mockRestore());
  await expect(Journal.open(path, RUN)).rejects.toThrow(
    `${path}: expected a journal that can be written, got no space left on the device (ENOSPC)`,
  );
  expect(write).toHaveBeenCalledOnce();
  expect(existsSync(`${path}.lock`)).toBe(false);
});

test.runIf(existsSync("/dev/full"))("a device is no journal, and leaves no lock", async () => {
  const path = join(temporaryFolder(), "run.journal");
  symlinkSync("/dev/full", path);
  await expect(Journal.open(path, RUN)).rejects.toThrow(
    `${path}: expected a journal, or nothing there, got what is no file`,
  );
  expect(existsSync(`${path}.lock`)).toBe(false);
});
