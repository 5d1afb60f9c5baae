import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect, onTestFinished, test, vi } from "vitest";
import { Journal } from "../../src/jobs/journal.ts";
import { lockRun, thisProcess } from "../../src/node/run-lock.ts";
import { compiled } from "../compiled.ts";
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

const ours = (holder: object) => JSON.stringify({ generator: "blindspot", ...holder });

test("the lock of a process that is gone is taken over", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "x.lock");
  const stale = [
    { pid: deadProcess(), host: hostname(), started: null },
    { pid: deadProcess(), host: hostname(), started: "some boot 12" },
    { pid: process.pid, host: hostname(), started: "another boot 12" }, // ours now, another's then
  ];
  for (const holder of stale) {
    writeFileSync(path, ours(holder));
    const release = await lockRun("the run", path);
    expect(JSON.parse(readFileSync(path, "utf8")).pid).toBe(process.pid);
    release();
    expect(readdirSync(folder)).toEqual([]);
  }
});

test("a file of the user's in the place of a lock, one that was never written whole and a folder are left alone", async () => {
  const path = join(temporaryFolder(), "x.lock");
  for (const text of ["", '{"pid": 12', "packages", JSON.stringify({ pid: deadProcess(), host: hostname() })]) {
    writeFileSync(path, text);
    await expect(lockRun("the run", path)).rejects.toThrow(
      `the run: expected a lock of Blindspot at ${path}, or nothing there, got another file (if it is nobody's, delete it)`,
    );
    expect(readFileSync(path, "utf8")).toBe(text);
  }
  rmSync(path);
  mkdirSync(path);
  await expect(lockRun("the run", path)).rejects.toThrow(
    `${path}: expected a lock, or nothing there, got what is no file`,
  );
});

test("a lock that another process has taken over is not released", async () => {
  const path = join(temporaryFolder(), "x.lock");
  const release = await lockRun("the run", path);
  writeFileSync(path, ours({ pid: process.ppid, host: hostname(), started: null }));
  release();
  expect(existsSync(path)).toBe(true);
});

test("a process that exits releases its locks", () => {
  const folder = temporaryFolder();
  const program = `
    import { lockRun } from ${JSON.stringify(compiled("src/node/run-lock.ts"))};
    await lockRun("the run", ${JSON.stringify(join(folder, "x.lock"))});
    process.exit(3);
  `;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  expect([status, stderr, readdirSync(folder)]).toEqual([3, "", []]);
});

test("the lock of a process that lives, and one of another machine, are left alone", async () => {
  const path = join(temporaryFolder(), "x.lock");
  const others = [
    { pid: process.ppid, host: hostname(), started: null },
    { pid: deadProcess(), host: `not-${hostname()}`, started: null },
  ];
  for (const holder of others) {
    writeFileSync(path, ours(holder));
    await expect(lockRun("the run", path)).rejects.toThrow(`process ${holder.pid} on ${holder.host} is at it`);
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject(holder);
  }
});

test.runIf(process.platform === "linux")("a number that another process has by now is no holder", async () => {
  const path = join(temporaryFolder(), "x.lock");
  writeFileSync(path, ours({ pid: process.ppid, host: hostname(), started: "before the restart 7" }));
  (await lockRun("the run", path))();
});

test("a lock in a folder that is not there is an error that names it", async () => {
  await expect(lockRun("the run", join(temporaryFolder(), "none", "x.lock"))).rejects.toThrow(
    /x\.lock: expected a lock that can be written, got no such file or folder \(ENOENT\)/,
  );
});

test.runIf(process.platform === "linux")(
  "the lock of another container with the same host name holds while it is renewed",
  async () => {
    const path = join(temporaryFolder(), "x.lock");
    const own = thisProcess();
    expect(own.space).toMatch(/^pid:/);
    const boot = own.started?.split(" ")[0];
    for (const pid of [1, process.pid]) {
      const other = { pid, host: hostname(), started: `${boot} 77`, space: "pid:[1]" };
      writeFileSync(path, ours(other));
      const minutesAgo = (minutes: number) => new Date(Date.now() - 60_000 * minutes);
      utimesSync(path, minutesAgo(14), minutesAgo(14));
      await expect(lockRun("the run", path)).rejects.toThrow(`process ${pid} on ${hostname()} is at it`);
      utimesSync(path, minutesAgo(16), minutesAgo(16));
      (await lockRun("the run", path))();
      // Before the restart of the machine, no container of now ran.
      writeFileSync(path, ours({ ...other, started: "another 77" }));
      (await lockRun("the run", path))();
    }
  },
);

test("a lock that is held is renewed", async () => {
  vi.resetModules();
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  const { lockRun: lockAnew } = await import("../../src/node/run-lock.ts");
  const path = join(temporaryFolder(), "x.lock");
  const release = await lockAnew("the run", path);
  utimesSync(path, 0, 0);
  vi.advanceTimersByTime(20_000);
  expect(Date.now() - statSync(path).mtimeMs).toBeLessThan(60_000);
  release();
});

test.skipIf(process.platform === "win32")(
  "a named pipe in the place of a lock or a journal is refused at once",
  async () => {
    const path = join(temporaryFolder(), "pipe");
    execFileSync("mkfifo", [path]);
    await expect(lockRun("the run", path)).rejects.toThrow(
      `${path}: expected a lock, or nothing there, got what is no file`,
    );
    await expect(Journal.open(path, { version: "1" })).rejects.toThrow(
      `${path}: expected a journal, or nothing there, got what is no file`,
    );
    expect(existsSync(`${path}.lock`)).toBe(false);
  },
  5000,
);
