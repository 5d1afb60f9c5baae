import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect, test } from "vitest";
import { lockRun } from "../../src/jobs/run-lock.ts";
import { temporaryFolder } from "../temporary.ts";

/** The number of a process that has ended. */
function deadProcess(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid;
}

test("a lock is held once, names its holder, and is free again when it is released", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "x.lock");
  const release = await lockRun("the run", path);
  await expect(lockRun("the run", path)).rejects.toThrow(
    `the run: expected one run at a time, got a second one: process ${process.pid} on ${hostname()} is at it ` +
      `(if it is not, delete ${path})`,
  );
  release();
  expect(existsSync(path)).toBe(false);
  (await lockRun("the run", path))();
  release(); // twice does no harm
  expect(readdirSync(folder)).toEqual([]);
});

test("the lock of a process that is gone is taken over, also one that was never written whole", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "x.lock");
  const stale = [
    JSON.stringify({ pid: deadProcess(), host: hostname(), started: null }),
    JSON.stringify({ pid: deadProcess(), host: hostname(), started: "some boot 12" }),
    JSON.stringify({ pid: process.pid, host: hostname(), started: "another boot 12" }), // ours now, another's then
    "",
    '{"pid": 12',
  ];
  for (const text of stale) {
    writeFileSync(path, text);
    const release = await lockRun("the run", path);
    expect(JSON.parse(readFileSync(path, "utf8")).pid).toBe(process.pid);
    release();
    expect(readdirSync(folder)).toEqual([]);
  }
});

test("the lock of a process that lives, and one of another machine, are left alone", async () => {
  const path = join(temporaryFolder(), "x.lock");
  const others = [
    { pid: process.ppid, host: hostname(), started: null },
    { pid: deadProcess(), host: `not-${hostname()}`, started: null },
  ];
  for (const holder of others) {
    writeFileSync(path, JSON.stringify(holder));
    await expect(lockRun("the run", path)).rejects.toThrow(`process ${holder.pid} on ${holder.host} is at it`);
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(holder);
  }
});

test.runIf(process.platform === "linux")("a number that another process has by now is no holder", async () => {
  const path = join(temporaryFolder(), "x.lock");
  writeFileSync(path, JSON.stringify({ pid: process.ppid, host: hostname(), started: "before the restart 7" }));
  (await lockRun("the run", path))();
});

test("a lock in a folder that is not there is an error that names it", async () => {
  await expect(lockRun("the run", join(temporaryFolder(), "none", "x.lock"))).rejects.toThrow(
    /x\.lock: expected a lock that can be written, got no such file or folder \(ENOENT\)/,
  );
});
