import process from "node:process";
import { expect, test } from "vitest";
import "../../../src/index.ts";
import { codeOf } from "../../../src/check.ts";
import { networkOf } from "../../../src/formats/index.ts";
import { networkToOnnx } from "../../../src/formats/onnx/export/network.ts";
import { exampleOf } from "../../../src/goldens/layer-examples.ts";
import type { Network } from "../../../src/model/index.ts";
import { mutated } from "../../support/damaged.ts";
import { ONNX_CASES } from "../../support/onnx-cases.ts";

const COUNT = 5000;
const MOST_BYTES = 200 * 2 ** 20;
/** A file is read in milliseconds; a minute is a hang on any machine. */
const MOST_SECONDS = 60;

const FILES = [
  ...ONNX_CASES.map(({ bytes }) => bytes),
  ...["Conv2D", "BatchNormalization", "LocallyConnected2D", "Concatenate"].map((name) =>
    networkToOnnx(exampleOf(name) as Network),
  ),
];

test(`${COUNT} damaged ONNX files are read or refused in one line, in little memory and time`, async () => {
  const start = process.resourceUsage().maxRSS * 1024;
  const found = { read: 0, refused: 0 };
  for (let seed = 0; seed < COUNT; seed++) {
    const bytes = mutated(FILES[seed % FILES.length] as Uint8Array, seed);
    const began = performance.now();
    try {
      await networkOf({ name: "model.onnx", bytes, beside: () => Promise.reject(new RangeError("nothing")) }, {});
      found.read++;
    } catch (error) {
      const { message, stack } = error as Error;
      if (codeOf(error) === undefined && message !== "nothing") throw new Error(`seed ${seed}: ${stack}`);
      if (/\n/.test(message)) throw new Error(`seed ${seed}: ${message}`);
      found.refused++;
    }
    const seconds = (performance.now() - began) / 1000;
    if (seconds > MOST_SECONDS) throw new Error(`seed ${seed}: ${seconds} s`);
  }
  console.log(found, "MiB", (process.resourceUsage().maxRSS * 1024 - start) / 2 ** 20);
  expect(found.read + found.refused).toBe(COUNT);
  expect(found.read).toBeGreaterThan(COUNT / 50);
  expect(process.resourceUsage().maxRSS * 1024 - start).toBeLessThan(MOST_BYTES);
});
