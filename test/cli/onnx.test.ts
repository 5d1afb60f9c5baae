/** The built command on an ONNX file: in process, on threads, stopped and started again. */
import { join } from "node:path";
import { expect, test } from "vitest";
import "../../src/index.ts";
import { loadNetwork, saveNetwork } from "../../src/node/index.ts";
import { temporaryFolder } from "../temporary.ts";
import { resultsOf, start, untilBytes } from "./built.ts";

const NAME = "fc100-100-10";
const ATTACK = ["attack", "--target", "next", "--count", "30", "--effort", "exhaustive"];
const blindspot = (...args: string[]) => start([...ATTACK, ...args]).end;

test("blindspot attack --model model.onnx finds what it finds on the LayersModel, on any number of threads, and goes on where it stopped", async () => {
  const folder = temporaryFolder();
  const model = join(folder, "model.onnx");
  await saveNetwork(await loadNetwork(NAME), model);
  const at = (name: string) => join(folder, name);

  expect(await blindspot("--model", model, "--workers", "1", "--out", at("one"), "--quiet")).toMatchObject({
    code: 0,
    err: "",
  });
  expect(await blindspot("--model", NAME, "--workers", "1", "--out", at("layers"), "--quiet")).toMatchObject({
    code: 0,
    err: "",
  });
  const digest = resultsOf(at("one")).digest;
  expect(resultsOf(at("layers")).digest).toBe(digest);

  const { child, end } = start([...ATTACK, "--model", model, "--workers", "2", "--out", at("two")]);
  await untilBytes(`${at("two")}.journal`, 5_000);
  child.kill("SIGKILL");
  await end;
  expect(await blindspot("--model", model, "--workers", "2", "--out", at("two"), "--quiet")).toMatchObject({ code: 0 });
  expect(resultsOf(at("two")).digest).toBe(digest);
});
