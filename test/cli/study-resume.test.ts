/** The built commands of several jobs, killed in their middle and started again. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../temporary.ts";
import { resultsOf, start, until, untilBytes } from "./built.ts";

/** Each with the bytes of a journal that holds some of its results. */
const STUDIES: Readonly<Record<string, readonly [args: readonly string[], enough: number]>> = {
  transfer: [
    [
      "--from",
      "fc10-1e-4,fc100-100-10",
      "--effort",
      "exhaustive",
      "--count",
      "40",
      "--amplify",
      "0.1",
      "--noise",
      "0.3",
    ],
    30_000,
  ],
  units: [["--directions", "4000", "--show", "1", "--iterations", "0"], 100_000],
  pockets: [["--count", "8", "--directions", "500", "--samples", "50", "--to", "fc10-1e-4"], 70_000],
  stability: [["--data", "mnist:test", "--count", "1000"], 60_000],
  certify: [["--norm", "linf", "--count", "30"], 2500],
};

let run = 0;
for (const [name, [args, enough]] of Object.entries(STUDIES)) {
  test(`${name} goes on after kill -9 on two threads and Ctrl-C in process: the same record as of a run that nothing stopped`, async () => {
    const folder = temporaryFolder();
    const [out, whole] = [join(folder, "out"), join(folder, "whole")];
    const killed = start([name, ...args, "--workers", "2", "--out", out]);
    await untilBytes(`${out}.journal`, enough);
    killed.child.kill("SIGKILL");
    expect((await killed.end).code).toBe(null);
    expect(existsSync(out)).toBe(false);

    const stopped = start([name, ...args, "--workers", "1", "--out", out]);
    await until(() => known(stopped.text.err) > 0);
    stopped.child.kill("SIGINT");
    const first = await stopped.end;
    expect(first.code).toBe(130);
    const before = known(first.err);

    const again = await start([name, ...args, "--workers", "2", "--out", out]).end;
    expect(again.code).toBe(0);
    expect(known(again.err)).toBeGreaterThanOrEqual(before);
    expect(readdirSync(folder)).toEqual(["out"]);
    expect(await start([name, ...args, "--workers", "1", "--out", whole, "--quiet"]).end).toMatchObject({ code: 0 });
    const { timing, ...rest } = resultsOf(out);
    expect(resultsOf(whole)).toMatchObject(rest);
    expect(rest.recordDigest).toMatch(/^[0-9a-f]{64}$/);
    run++;
  });
}

/** The results that a run went on from. */
function known(err: string): number {
  return Number(/goes on from \S+: (\d+) (?:results|images) are known/.exec(err)?.[1]);
}

test("all of them ran", () => {
  expect(run).toBe(Object.keys(STUDIES).length);
});
