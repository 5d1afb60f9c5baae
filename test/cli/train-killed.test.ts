/** Trainings that are killed without warning, in processes of their own from dist/, and resumed by the same command. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryFolder } from "../temporary.ts";
import { blindspot, bytesOf, writeSet } from "./blindspot.ts";

const MAIN = fileURLToPath(new URL("../../dist/bundle/main.js", import.meta.url));

/** Long enough that it is still running when its first state is seen. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
  "full batches": ["--model", "fc60-60-3", "--iterations", "4000", "--spectral", "0.01"],
  minibatches: [
    "--model",
    "fc8-3",
    "--strategy",
    "adversarial-layers",
    "--pool",
    "30",
    "--epochs",
    "800",
    "--batch",
    "10",
  ],
};

for (const [name, way] of Object.entries(WAYS)) {
  test(`train by ${name}, killed again and again, is resumed by the same command to the same bytes`, async () => {
    const folder = temporaryFolder();
    const set = writeSet(join(folder, "set"));
    const train = ["train", "--data", set, ...way, "--checkpoint", "0", "--quiet", "--out"];
    const out = join(folder, "killed");
    const states = () =>
      existsSync(`${out}.checkpoints`)
        ? readdirSync(`${out}.checkpoints`).filter((file) => !file.includes(".partial-"))
        : [];
    for (let kills = 0; kills < 2; kills++) {
      const child = spawn(process.execPath, [MAIN, ...train, out], { stdio: "ignore" });
      const ended = new Promise<boolean>((resolve) => child.on("exit", () => resolve(false)));
      if (kills > 0) await sleep(400); // the state of the last run is there from the start
      while (states().length === 0) if (!(await Promise.race([ended, sleep(2, true)]))) break;
      expect(child.exitCode).toBe(null); // it was still at it
      child.kill("SIGKILL");
      await ended;
      expect(states()).toHaveLength(1);
      expect(existsSync(out)).toBe(false);
    }
    const { code, err } = await blindspot(...train.filter((flag) => flag !== "--quiet"), out);
    expect(code).toBe(0);
    expect(err).toContain(`train: goes on from the state in ${out}.checkpoints\n`);
    // Neither journal nor lock nor checkpoint nor partial folder is left.
    expect(readdirSync(folder).sort()).toEqual(["killed", "set"]);
    expect(await blindspot(...train, join(folder, "whole"))).toMatchObject({ code: 0, err: "" });
    expect(bytesOf(out)).toEqual(bytesOf(join(folder, "whole")));
  }, 60_000);
}
