/** 5,000 damaged GraphModels: each is read, or refused in words, within seconds and 200 MiB. */
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import "../../src/wasm/inline.ts";
import { networkOf } from "../../src/formats/load.ts";
import { sizeOf } from "../../src/model/layers/index.ts";
import { Random } from "../../src/numeric/random.ts";
import { EXAMPLE_GRAPHS } from "../support/graph-examples.ts";
import { Draw, damageBytes, damageJson } from "../support/mutations.ts";

const COUNT = 5000;
const WORDED = /: expected .+, got .+/s;
const MEMORY = 200 * 2 ** 20;
/** What one model may take; most take milliseconds. */
const SECONDS = 60;
/** Numbers of all values of a row: a network of more needs the memory that its file asks for, and is not measured. */
const LARGE = 2 ** 22;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

test(`${COUNT} mutations of GraphModels`, async () => {
  const graphs = EXAMPLE_GRAPHS.map((make) => make());
  const memory = () => {
    const { rss } = process.memoryUsage();
    return rss;
  };
  collect();
  let before = memory();
  const outcomes = { read: 0, refused: 0, large: 0 };
  for (let seed = 0; seed < COUNT; seed++) {
    const draw = new Draw(new Random(seed));
    const graph = draw.of(graphs);
    const isText = draw.below(4) === 0;
    const text = new TextEncoder().encode(JSON.stringify(isText ? graph.json() : damageJson(graph.json(), draw)));
    const bytes = isText && draw.below(2) === 0 ? damageBytes(text, draw) : text;
    const weights = isText && bytes === text ? damageBytes(graph.bytes(), draw) : graph.bytes();
    const started = performance.now();
    let isLarge = false;
    try {
      const network = await networkOf({ name: "damaged", bytes, beside: async () => weights }, {});
      isLarge = network.layers.reduce((sum, { outputShape }) => sum + sizeOf(outputShape), network.inputSize) > LARGE;
      if (isLarge) outcomes.large++;
      else network.predict(new Float32Array(network.inputSize));
      outcomes.read++;
    } catch (error) {
      expect((error as Error).message, `seed ${seed}: ${(error as Error).stack}`).toMatch(WORDED);
      outcomes.refused++;
    }
    expect(performance.now() - started, `seed ${seed}`).toBeLessThan(SECONDS * 1000);
    if (isLarge) {
      collect();
      before = Math.max(before, memory());
    }
    // A network's memory is outside of the engine's heap, which therefore sees no need to collect it.
    if (memory() - before > MEMORY / 2) collect();
    expect(memory() - before, `memory at seed ${seed}`).toBeLessThan(MEMORY);
  }
  expect(outcomes.read + outcomes.refused).toBe(COUNT);
  expect(Math.min(outcomes.read, outcomes.refused)).toBeGreaterThan(COUNT / 20);
  expect(outcomes.large).toBeLessThan(COUNT / 100);
});
