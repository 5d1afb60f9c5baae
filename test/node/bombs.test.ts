/** Small files that claim or hold gigabytes, and what is no file at all: refused in words, at once, without taking memory. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { deflateSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { crc32 } from "../../src/data/gzip.ts";
import { decodePng, encodePng, parseIdx } from "../../src/data/index.ts";
import { loadImages } from "../../src/node/image-folder.ts";
import { loadIdx } from "../../src/node/mnist-files.ts";
import { readArtifacts } from "../../src/node/model-folder.ts";
import { readBytes, readText } from "../../src/node/read-file.ts";
import { loadSafetensors } from "../../src/node/safetensors-file.ts";
import { messageOf, rejectionOf } from "../message-of.ts";
import { temporaryFolder } from "../temporary.ts";

/** The refusal, which came soon (in milliseconds where no other process is at work) and took less than 200 MiB. */
async function refusalOf(action: () => Promise<unknown>): Promise<string> {
  const [start, before] = [performance.now(), process.memoryUsage().rss];
  const refusal = await rejectionOf(action());
  expect(performance.now() - start).toBeLessThan(3000);
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
  return refusal;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const [head, tail] = [Buffer.alloc(4), Buffer.alloc(4)];
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  head.writeUInt32BE(data.length);
  tail.writeUInt32BE(crc32(body));
  return Buffer.concat([head, body, tail]);
}

function png(width: number, height: number, colour: number, ...data: Buffer[]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  header[9] = colour;
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([signature, chunk("IHDR", header), ...data, chunk("IEND", Buffer.alloc(0))]);
}

const pixels = (bytes: Uint8Array) => chunk("IDAT", deflateSync(bytes, { level: 9 }));

function folderOf(name: string, content: Uint8Array): string {
  const file = join(temporaryFolder(), name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return dirname(file);
}

test("a PNG whose header claims more pixels than there may be, or than its data can hold", async () => {
  const claims = folderOf("a.png", png(0x80000000, 1, 4, pixels(Buffer.alloc(20))));
  expect(await refusalOf(() => loadImages(claims))).toBe(
    `${join(claims, "a.png")}: expected an image of at most 16777216 samples, got 2147483648 x 1 pixels of 2`,
  );
  const few = folderOf("a.png", png(4000, 4000, 0, pixels(Buffer.alloc(20))));
  expect(await refusalOf(() => loadImages(few))).toMatch(
    /a\.png: expected 16004000 bytes of pixels, as its header says, got \d+ compressed ones, too few for it$/,
  );
});

test("a PNG whose data go on beyond its header, in one chunk or in many", async () => {
  const data = deflateSync(Buffer.alloc(2 ** 28), { level: 9 });
  const half = data.length >> 1;
  for (const parts of [[data], [data.subarray(0, half), data.subarray(half)]]) {
    const folder = folderOf("a.png", png(1, 1, 0, ...parts.map((part) => chunk("IDAT", part))));
    expect(await refusalOf(() => loadImages(folder))).toBe(
      `${join(folder, "a.png")}: expected 2 bytes of pixels, as its header says, got more`,
    );
  }
});

test("a PNG's compressed profile is not inflated, and what else is no pixels is not read", () => {
  const profile = chunk(
    "iCCP",
    Buffer.concat([Buffer.from("p\0\0"), deflateSync(Buffer.alloc(2 ** 28), { level: 9 })]),
  );
  const before = process.memoryUsage().rss;
  expect([...decodePng("a.png", png(1, 1, 0, profile, pixels(Buffer.from([0, 51])))).rows]).toEqual([Math.fround(0.2)]);
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
});

test("a PNG with interlaced pixels is as long as its passes are", () => {
  const header = png(5, 3, 0, pixels(Buffer.from([0, 7, 0, 1, 2, 0, 9])));
  header[28] = 1;
  header.writeUInt32BE(crc32(header.subarray(12, 29)), 29);
  expect(messageOf(() => decodePng("a.png", header))).toBe(
    "a.png: expected 22 bytes of pixels, as its header says, got 7",
  );
});

const idxHeader = (...shape: number[]) => {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header[2] = 8;
  header[3] = shape.length;
  shape.forEach((n, i) => {
    header.writeUInt32BE(n, 4 + 4 * i);
  });
  return header;
};

function idxFolder(name: string, images: Uint8Array): string {
  const folder = folderOf(name, images);
  writeFileSync(join(folder, "t10k-labels-idx1-ubyte"), Buffer.concat([idxHeader(1), Buffer.from([1])]));
  return folder;
}

test("a gzip file that inflates beyond what its IDX header says, that says too much, or that is no IDX file", async () => {
  const name = "t10k-images-idx3-ubyte.gz";
  const zipped = (start: Uint8Array, zeros: number) => {
    const all = Buffer.alloc(start.length + zeros);
    all.set(start);
    return gzipSync(all, { level: 9 });
  };
  const beyond = zipped(idxHeader(1, 28, 28), 2 ** 28);
  const unequal = idxFolder(name, beyond);
  expect(await refusalOf(() => loadIdx(unequal, "test"))).toBe(
    `${join(unequal, name)}: expected a whole gzip file, got one whose checksum or length differs from its content`,
  );
  beyond.writeUInt32LE(16 + 784, beyond.length - 4);
  const lying = idxFolder(name, beyond);
  expect(await refusalOf(() => loadIdx(lying, "test"))).toBe(
    `${join(lying, name)}: expected 800 bytes of content, as it begins, got more`,
  );
  const claims = idxFolder(name, zipped(idxHeader(1000, 1000, 1000), 0));
  expect(await refusalOf(() => loadIdx(claims, "test"))).toMatch(
    /expected a whole gzip file, got one whose checksum or length differs|too few for it$/,
  );
  const zeros = idxFolder(name, zipped(Buffer.alloc(4), 2 ** 28));
  expect(await refusalOf(() => loadIdx(zeros, "test"))).toBe(
    `${join(zeros, name)}: expected an IDX file of unsigned bytes (type 0x08), got unknown type 0`,
  );
  expect(messageOf(() => parseIdx("f", beyond))).toBe("f: expected 800 bytes of content, as it begins, got more");
});

test("files that are mostly a hole: sizes are compared before anything is read", async () => {
  const idx = idxFolder("t10k-images-idx3-ubyte", idxHeader(1, 28, 28));
  truncateSync(join(idx, "t10k-images-idx3-ubyte"), 2 ** 34);
  expect(await refusalOf(() => loadIdx(idx, "test"))).toMatch(/expected 784 bytes behind the header for \[1, 28, 28\]/);
  const image = folderOf("a.png", encodePng({ width: 1, height: 1, channels: 1, data: Uint8Array.of(1) }));
  truncateSync(join(image, "a.png"), 2 ** 34);
  expect(await refusalOf(() => loadImages(image))).toMatch(
    /expected a PNG image, of at most \d+ bytes, got 17179869184/,
  );
  const model = folderOf("model.json", Buffer.from("{}"));
  truncateSync(join(model, "model.json"), 2 ** 34);
  expect(await refusalOf(() => readArtifacts(model))).toMatch(/of at most 67108864 bytes, got 17179869184 bytes$/);
  const tensors = folderOf("a.safetensors", Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 123, 125]));
  truncateSync(join(tensors, "a.safetensors"), 2 ** 34);
  expect(await refusalOf(() => loadSafetensors(join(tensors, "a.safetensors")))).toMatch(
    /expected 0 bytes of tensors, got 17179869174: the file is too long$/,
  );
});

test.runIf(existsSync("/dev/zero"))("devices, pipes and folders in the place of files", async () => {
  const folder = temporaryFolder();
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const kinds: [string, string][] = [
    ["/dev/zero", "a device"],
    [pipe, "a pipe"],
    [folder, "a folder"],
  ];
  for (const [target, kind] of kinds) {
    expect(await refusalOf(() => readBytes(target))).toBe(`${target}: expected a file that can be read, got ${kind}`);
    expect(await refusalOf(() => readText(target, "words"))).toBe(`${target}: expected words, got ${kind}`);
    expect(await refusalOf(() => loadSafetensors(target))).toMatch(`got ${kind}`);
    const places: [string, (place: string) => Promise<unknown>][] = [
      ["model.json", readArtifacts],
      ["a.png", loadImages],
      ["t10k-images-idx3-ubyte", (place) => loadIdx(place, "test")],
    ];
    for (const [name, read] of places) {
      const place = temporaryFolder();
      symlinkSync(target, join(place, name));
      if (name.startsWith("t10k")) writeFileSync(join(place, "t10k-labels-idx1-ubyte"), "");
      expect(await refusalOf(() => read(place))).toMatch(new RegExp(`${name}: expected .+, got ${kind}$`));
    }
  }
});

test("signals are answered while a large file is inflated", async () => {
  const images = Buffer.concat([idxHeader(60_000, 28, 28), Buffer.alloc(60_000 * 784, 7)]);
  const folder = folderOf("t10k-images-idx3-ubyte.gz", gzipSync(images, { level: 1 }));
  writeFileSync(join(folder, "t10k-labels-idx1-ubyte"), Buffer.concat([idxHeader(60_000), Buffer.alloc(60_000)]));
  let turns = 0;
  let isDone = false;
  const tick = () => {
    turns++;
    if (!isDone) setImmediate(tick);
  };
  setImmediate(tick);
  const set = await loadIdx(folder, "test");
  isDone = true;
  expect(set.count).toBe(60_000);
  expect(turns).toBeGreaterThan(3);
});
