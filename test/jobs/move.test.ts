import { MessageChannel, receiveMessageOnPort, type Transferable } from "node:worker_threads";
import { expect, test } from "vitest";
import { copied, moved } from "../../src/jobs/move.ts";

/** What arrives when a value is posted. */
function posted(value: unknown, transfers: Transferable[]): unknown {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(value, transfers);
  const message = receiveMessageOnPort(port2)?.message;
  port1.close();
  return message;
}

const arrays = () => ({
  none: new Float64Array(0),
  bytes: Uint8Array.of(1, 2, 3),
  doubles: Float64Array.of(0.1, -0),
  list: [Float32Array.of(4), { deep: Int32Array.of(5, 6) }],
  part: Float32Array.from({ length: 40_000 }, (_, i) => i).subarray(1, 30_000),
  large: new Float32Array(16_384).fill(7),
  text: "x",
  nothing: null,
});

test("what is given away arrives whole: small arrays in one buffer, a large one in its own", () => {
  const value = arrays();
  const transfers: Transferable[] = [];
  const found = posted(moved(value, transfers), transfers) as ReturnType<typeof arrays>;
  expect(transfers.length).toBe(3);
  expect(found.bytes.buffer).toBe(found.doubles.buffer);
  expect(value.large.length).toBe(0); // handed over
  expect(found).toEqual(arrays());
});

test("what is kept arrives whole, and its sender still has it", () => {
  const value = arrays();
  const transfers: Transferable[] = [];
  expect(posted(copied(value, transfers), transfers)).toEqual(arrays());
  expect(value).toEqual(arrays());
});

test("arrays in shared memory are neither copied nor handed over", () => {
  const shared = new Float32Array(new SharedArrayBuffer(8));
  for (const send of [copied, moved]) {
    const transfers: Transferable[] = [];
    const there = posted(send({ shared }, transfers), transfers) as { shared: Float32Array };
    there.shared[1] = transfers.length + 3;
    expect(shared[1]).toBe(3);
    shared[1] = 0;
  }
});
