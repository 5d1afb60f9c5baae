import { describe, expect, test } from "vitest";
import { Arena, Region } from "../../src/wasm/index.ts";
import { messageOf } from "../message-of.ts";

const arenaOf = (initial: number, maximum: number) => new Arena(new WebAssembly.Memory({ initial, maximum }));

test("blocks start on 64 bytes, do not overlap, and none is at address 0", () => {
  const arena = arenaOf(1, 4);
  const blocks = [1, 63, 64, 65, 0, 200].map((bytes) => ({ bytes, at: arena.allocate(bytes) }));
  blocks.forEach(({ at }, i) => {
    expect(at % 64).toBe(0);
    const before = blocks[i - 1];
    expect(at).toBeGreaterThanOrEqual(before ? before.at + before.bytes : 64);
  });
  expect(blocks).toHaveLength(6);
});

test("allocateF32 and allocateF64 count elements of 4 and of 8 bytes", () => {
  const arena = arenaOf(1, 4);
  const start = arena.mark();
  arena.allocateF32(33);
  expect(arena.mark() - start).toBe(192);
  arena.allocateF64(33);
  expect(arena.mark() - start).toBe(192 + 320);
});

test("views see the memory at the pointer, in their own type", () => {
  const arena = arenaOf(1, 4);
  const at = arena.allocate(16);
  arena.f64(at, 2).set([1.5, -2]);
  expect([...arena.f64(at, 2)]).toEqual([1.5, -2]);
  expect(arena.f32(at, 4)[1]).toBe(1.9375); // the upper half of the double 1.5
  expect(arena.i32(at, 4)[3]).toBe(-1073741824); // and of -2
});

test("release gives back all that was allocated since the mark, and no more", () => {
  const arena = arenaOf(1, 4);
  const kept = arena.allocateF32(4);
  arena.f32(kept, 4).fill(7);
  const mark = arena.mark();
  const first = arena.allocateF32(100);
  arena.release(mark);
  expect(arena.allocateF32(1)).toBe(first);
  expect([...arena.f32(kept, 4)]).toEqual([7, 7, 7, 7]);
});

test("memory grows by need, keeps its contents, and a margin stays free behind the last block", () => {
  const arena = arenaOf(1, 64);
  const first = arena.allocateF32(4);
  arena.f32(first, 4).fill(3);
  let grown = 0;
  for (const n of [1, 16000, 16384, 100_000]) {
    const before = arena.memory.buffer.byteLength;
    const at = arena.allocateF32(n);
    expect(arena.memory.buffer.byteLength).toBeGreaterThanOrEqual(at + 4 * n + 16); // one vector load past the end
    if (arena.memory.buffer.byteLength > before) grown++;
  }
  expect(grown).toBeGreaterThanOrEqual(2);
  expect([...arena.f32(first, 4)]).toEqual([3, 3, 3, 3]);
});

describe("freeable blocks", () => {
  /** A sequence of whole numbers below `n`, the same each time. */
  function* numbers(n: number): Generator<number> {
    for (let state = 12345; ; ) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      yield (state >>> 8) % n;
    }
  }

  test("blocks allocated and freed in any order never overlap, and what is freed whole is one gap again", () => {
    const arena = arenaOf(1, 64);
    const held: { at: number; end: number; bytes: number }[] = [];
    const draw = numbers(1000);
    const kept = arena.allocate(10);
    let most = 0;
    for (let i = 0; i < 3000; i++) {
      const chosen = draw.next().value as number;
      const [old] = chosen % 2 === 0 ? held.splice(chosen % Math.max(held.length, 1), 1) : [];
      if (old) arena.free(old.at, old.bytes);
      const bytes = draw.next().value as number;
      const at = arena.allocateFreeable(bytes);
      expect(at % 64).toBe(0);
      expect(held.filter((block) => at < block.end && block.at < at + bytes)).toEqual([]);
      held.push({ at, end: at + bytes, bytes });
      if (held.length > 20) for (const { at, bytes } of held.splice(0, 10)) arena.free(at, bytes);
      most = Math.max(most, held.length);
    }
    expect(most).toBe(20);
    for (const { at, bytes } of held) arena.free(at, bytes);
    const top = arena.mark();
    expect(arena.allocateFreeable(top - kept - 64)).toBe(kept + 64);
    expect(arena.mark()).toBe(top);
    arena.allocateFreeable(1);
    expect(arena.mark()).toBe(top + 64);
  });

  test("a scope that ends takes the gaps behind its mark with it", () => {
    const arena = arenaOf(1, 4);
    const before = arena.allocateFreeable(64);
    const mark = arena.mark();
    const within = arena.allocateFreeable(128);
    arena.free(before, 64);
    arena.free(within, 128);
    arena.release(mark);
    expect(arena.allocateFreeable(128)).toBe(mark);
    expect(arena.allocateFreeable(64)).toBe(before);
  });

  test("a region frees all of its blocks and none beside them", () => {
    const arena = arenaOf(1, 4);
    const region = new Region(arena);
    const first = region.allocateF32(100);
    const beside = arena.allocateF32(4);
    arena.f32(beside, 4).fill(7);
    region.allocateF32(50);
    region.release();
    const again = new Region(arena);
    expect(again.allocateF32(100)).toBe(first);
    arena.f32(first, 100).fill(1);
    expect([...arena.f32(beside, 4)]).toEqual([7, 7, 7, 7]);
  });
});

describe("refusals", () => {
  test("more than 4 GiB", () => {
    const message = messageOf(() => arenaOf(1, 65536).allocate(2 ** 32));
    expect(message).toBe("arena: expected at most 4 GiB in one WebAssembly memory, got 4294967424 bytes");
  });

  test("more than the memory may grow to, and then less is still there to have", () => {
    const arena = arenaOf(1, 2);
    const message = messageOf(() => arena.allocate(3 * 65536));
    expect(message).toBe("arena: expected memory that the engine can grow, got a refusal at 196736 bytes");
    expect(arena.allocate(65536)).toBe(64);
  });
});
