/** `blindspot stability` and `blindspot units`, from flags to folders. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { digestArrays } from "../../src/data/digest.ts";
import { readNpy } from "../../src/data/index.ts";
import { loadMnist, loadNetwork, saveNetwork } from "../../src/node/index.ts";
import { conv, dense, networkOf, part } from "../support/networks.ts";
import { temporaryFolder } from "../temporary.ts";
import { blindspot } from "./blindspot.ts";

/** The digest of a folder's arrays, named as the run names them. */
async function digestOf(folder: string): Promise<string> {
  const files = readdirSync(join(folder, "arrays"), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const arrays = files.map(({ parentPath, name }) => {
    const path = join(parentPath, name);
    const { data, shape } = readNpy(name, new Uint8Array(readFileSync(path)));
    return [path.slice(join(folder, "arrays").length + 1, -4), { data, shape }] as const;
  });
  return digestArrays(Object.fromEntries(arrays));
}

const jsonOf = (folder: string) => JSON.parse(readFileSync(join(folder, "results.json"), "utf8"));
const pageOf = (folder: string) => readFileSync(join(folder, "index.html"), "utf8");

describe("blindspot stability", () => {
  const attack = ["stability", "--model", "fc100-100-10", "--data", "mnist:test", "--count", "30", "--quiet"];

  test("writes table 5 with what was seen, the same on one worker and on two", async () => {
    const folder = temporaryFolder();
    const [one, two] = [join(folder, "one"), join(folder, "two")];
    const first = await blindspot(...attack, "--workers", "1", "--out", one);
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(first.out).toMatch(/No change of an image moves the logits more than 73\.52 times as far; adversarial ones/);
    expect(await blindspot(...attack, "--workers", "2", "--out", two)).toMatchObject({ code: 0 });
    const [a, b] = [jsonOf(one), jsonOf(two)];
    expect(a).toMatchObject({ generator: "blindspot", kind: "stability" });
    expect({ ...b, timing: a.timing }).toEqual(a);
    expect(await digestOf(one)).toBe(a.digest);
    expect(readdirSync(one).sort()).toEqual([".blindspot.json", "arrays", "bounds.svg", "index.html", "results.json"]);
    expect(a.layers.map(({ layer }: { layer: string }) => layer)).toEqual(["fc1", "fc2", "fc3"]);
    expect(a.images.length).toBeGreaterThan(20);
    for (const { l2, certified } of a.images) expect(certified).toBeLessThanOrEqual(l2);
    for (const { bound, running, seen } of a.layers) {
      expect(seen.most).toBeLessThanOrEqual(bound);
      expect(seen.wholeMost).toBeLessThanOrEqual(running);
    }
    expect(pageOf(one)).toContain("784×100");
    expect(pageOf(one)).not.toContain("<script");
  });

  test("without images it tells the bounds; a network built here has no paper beside it; --json is the file", async () => {
    const folder = temporaryFolder();
    const out = join(folder, "bounds");
    const { code, out: printed } = await blindspot(
      "stability",
      "--model",
      "initial:mnist-convnet",
      "--out",
      out,
      "--json",
    );
    expect(code).toBe(0);
    expect(printed).toBe(readFileSync(join(out, "results.json"), "utf8"));
    const { layers, images } = JSON.parse(printed);
    expect(images).toEqual([]);
    expect(layers).toHaveLength(7);
    for (const { plane } of layers.filter((layer: { plane?: object }) => layer.plane)) {
      expect(plane.upper / plane.lower - 1).toBeLessThan(0.01);
    }
    expect(layers.some((layer: object) => "paper" in layer)).toBe(false);
  });

  test("refuses the flags of an attack where no images are given to attack", async () => {
    const out = join(temporaryFolder(), "bounds");
    for (const [flag, value] of [
      ["--count", "5"],
      ["--first", "0"],
      ["--truth", "model"],
      ["--target", "random"],
    ] as const) {
      const { code, err } = await blindspot("stability", flag, value, "--out", out);
      expect({ code, err }).toEqual({ code: 2, err: `blindspot: ${flag}: expected --data beside it, got none\n` });
    }
    expect(existsSync(out)).toBe(false);
  });

  test("names the layer that stretches without bound, and leaves no folder", async () => {
    const folder = temporaryFolder();
    const network = networkOf(
      [4, 4, 1],
      [
        part("LayerNormalization", { name: "ln", epsilon: 0, center: false, scale: false }),
        part("Flatten", { name: "flat" }),
        dense("fc", 16, 3, "softmax"),
      ],
    );
    await saveNetwork(network, join(folder, "model"));
    const { code, err } = await blindspot(
      "stability",
      "--model",
      join(folder, "model"),
      "--out",
      join(folder, "out"),
      "--quiet",
    );
    expect(code).toBe(1);
    expect(err).toMatch(/ln \(LayerNormalization\): expected a layer whose stretch is bounded/);
    expect(readdirSync(folder)).toEqual(["model"]);
  });
});

describe("blindspot units", () => {
  test("--weights takes torchvision's AlexNet alone, and names what a file lacks", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "weights.safetensors");
    const header = JSON.stringify({ other: { dtype: "F32", shape: [1], data_offsets: [0, 4] } });
    const bytes = Buffer.alloc(8 + header.length + 4);
    bytes.writeBigUInt64LE(BigInt(header.length));
    bytes.write(header, 8);
    writeFileSync(file, bytes);
    const out = join(folder, "out");
    const refused = async (...flags: string[]) => (await blindspot("units", ...flags, "--out", out, "--quiet")).err;
    expect(await refused("--weights", file)).toContain(
      "torchvision alexnet: expected a tensor classifier.6.weight, got none of that name",
    );
    expect(await refused("--model", `alexnet:${file}`)).toContain("expected a tensor classifier.6.weight");
    expect(await refused("--weights", file, "--model", "fc10-1")).toContain("--weights: expected no --model beside it");
    expect(await refused("--weights", file, "--survey")).toContain("--weights: expected none beside --survey");
    expect(readdirSync(folder)).toEqual(["weights.safetensors"]);
  });

  const units = ["units", "--model", "fc100-100-10", "--count", "400", "--top", "5", "--show", "3", "--quiet"];

  test("writes the paper's figure and the tests, the same on one worker and on two", async () => {
    const folder = temporaryFolder();
    const [one, two] = [join(folder, "one"), join(folder, "two")];
    const first = await blindspot(...units, "--workers", "1", "--iterations", "20", "--out", one);
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(await blindspot(...units, "--workers", "2", "--iterations", "20", "--out", two)).toMatchObject({ code: 0 });
    const [a, b] = [jsonOf(one), jsonOf(two)];
    expect({ ...b, timing: a.timing }).toEqual(a);
    expect(a).toMatchObject({ generator: "blindspot", kind: "units", layer: "fc2", featureLayer: "fc1", size: 100 });
    expect(await digestOf(one)).toBe(a.digest);
    expect(a.lines).toHaveLength(6);
    for (const { images, values, maximiser } of a.lines) {
      expect(images).toHaveLength(5);
      expect(maximiser.value).toBeGreaterThan(values[0]);
    }
    expect(readdirSync(one).sort()).toEqual([".blindspot.json", "arrays", "index.html", "results.json", "units.png"]);
    expect(pageOf(one)).not.toContain("<script");
  });

  test("maps of a layer by --reduce; class names are escaped", async () => {
    const folder = temporaryFolder();
    const network = networkOf(
      [28, 28, 1],
      [
        conv(
          "Conv2D",
          { name: "c", filters: 6, kernel_size: [5, 5], strides: [3, 3], activation: "relu" },
          { kernel: [5, 5, 1, 6] },
        ),
        part("Flatten", { name: "flat" }),
        dense("fc", 384, 10, "softmax"),
      ],
    );
    await saveNetwork(network, join(folder, "model"));
    const names = join(folder, "names.txt");
    writeFileSync(names, `<b>zero</b>\n${"one two three four five six seven eight nine".split(" ").join("\n")}\n`);
    const args = [
      "units",
      "--model",
      join(folder, "model"),
      "--layer",
      "c",
      "--count",
      "60",
      "--class-names",
      names,
      "--quiet",
    ];
    const refused = await blindspot(...args, "--out", join(folder, "no"));
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(
      /layer c: expected a vector output, or reduce: "flatten", "mean", "max", got \[8, 8, 6\]/,
    );
    const out = join(folder, "out");
    expect(await blindspot(...args, "--reduce", "max", "--iterations", "5", "--out", out)).toMatchObject({ code: 0 });
    expect(jsonOf(out).size).toBe(6);
    expect(pageOf(out)).not.toContain("<b>zero</b>");
    expect(pageOf(out)).toContain("&lt;b&gt;zero&lt;/b&gt;");
  });

  test("--between adds directions from one label's images to another's", async () => {
    const out = join(temporaryFolder(), "out");
    const args = [...units, "--between", "4-9,3-8", "--iterations", "0", "--out", out];
    expect(await blindspot(...args)).toMatchObject({ code: 0 });
    const { lines, digest, command } = jsonOf(out);
    expect(command).toContain(" --between 4-9,3-8 ");
    expect(await digestOf(out)).toBe(digest);
    const given = lines.filter(({ kind }: { kind: string }) => kind === "given");
    expect(given.map(({ name }: { name: string }) => name)).toEqual(["from 4 to 9", "from 3 to 8"]);
    // Along each, the mean image of the one label lies further than that of the other.
    const network = await loadNetwork("fc100-100-10");
    const { rows, labels } = await loadMnist("test");
    const phi = network.activations(rows.subarray(0, 400 * 784), "fc2");
    const { data: directions } = readNpy(
      "directions",
      new Uint8Array(readFileSync(join(out, "arrays/given/directions.npy"))),
    );
    [
      [4, 9],
      [3, 8],
    ].forEach(([from, to], k) => {
      const mean = (label: number): Float64Array => {
        const sum = new Float64Array(100);
        const own = Array.from({ length: 400 }, (_, r) => r).filter((r) => labels[r] === label);
        for (const r of own)
          for (let i = 0; i < 100; i++) sum[i] = (sum[i] as number) + (phi[r * 100 + i] as number) / own.length;
        return sum;
      };
      const [a, b] = [mean(from as number), mean(to as number)];
      const length = Math.sqrt(a.reduce((sum, x, i) => sum + (x - (b[i] as number)) ** 2, 0));
      a.forEach((x, i) => {
        expect(directions[k * 100 + i]).toBeCloseTo(((b[i] as number) - x) / length, 5);
      });
    });
    for (const [flag, code, why] of [
      ["4-4", 2, "--between: expected pairs of labels such as 4-9,3-8"],
      ["4-11", 1, "--between: expected labels that images have, got 11, which none of them has"],
    ] as const) {
      const refused = await blindspot(...units, "--between", flag, "--out", join(temporaryFolder(), "no"));
      expect(refused).toMatchObject({ code, err: expect.stringContaining(why) });
    }
  });

  test("what is asked for must be there", async () => {
    const folder = temporaryFolder();
    const say = async (...args: string[]) => {
      const { code, err } = await blindspot(...units, ...args, "--out", join(folder, "out"));
      return { code, err };
    };
    expect(await say("--top", "500")).toEqual({
      code: 1,
      err: expect.stringContaining("--top: expected at most the 400 images of mnist:test, got 500"),
    });
    expect(await say("--layer", "fc7")).toEqual({ code: 1, err: expect.stringContaining('got "fc7"') });
    expect(await say("--directions", "none")).toEqual({ code: 2, err: expect.stringContaining("--directions") });
    expect(readdirSync(folder)).toEqual([]);
  });

  test("--top is all there are where these are fewer than ten", async () => {
    const out = join(temporaryFolder(), "few");
    const args = ["units", "--count", "6", "--show", "1", "--iterations", "0", "--quiet", "--out", out];
    expect(await blindspot(...args)).toMatchObject({ code: 0 });
    expect(jsonOf(out)).toMatchObject({ options: { top: 6 }, command: expect.stringContaining("--top 6") });
  });

  test("--survey tests every hidden layer in one table, the same on one worker and on two", async () => {
    const folder = temporaryFolder();
    const [one, two] = [join(folder, "one"), join(folder, "two")];
    const survey = ["units", "--survey", "--model", "fc100-100-10,ae400-10", "--count", "300", "--directions", "20"];
    const first = await blindspot(...survey, "--quiet", "--workers", "1", "--out", one);
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(await blindspot(...survey, "--quiet", "--workers", "2", "--out", two)).toMatchObject({ code: 0 });
    const [a, b] = [jsonOf(one), jsonOf(two)];
    expect({ ...b, timing: a.timing }).toEqual(a);
    expect(await digestOf(one)).toBe(a.digest);
    expect(a).toMatchObject({ generator: "blindspot", kind: "units-survey", tests: 12 });
    expect(a.rows.map(({ model, layer }: { model: string; layer: string }) => `${model} ${layer}`)).toEqual([
      "fc100-100-10 fc1",
      "fc100-100-10 fc2",
      "ae400-10 encoder",
    ]);
    expect(first.out).toContain("not told apart");
    expect(pageOf(one)).toContain("Holm");
    expect(pageOf(one)).not.toContain("<script");
  });

  test("--survey refuses the flags of one layer and a model without hidden layers", async () => {
    const out = join(temporaryFolder(), "no");
    const say = (...args: string[]) => blindspot("units", "--survey", "--quiet", "--out", out, ...args);
    expect(await say("--layer", "fc1")).toMatchObject({ code: 2, err: expect.stringContaining("--layer") });
    expect(await say("--between", "4-9")).toMatchObject({ code: 2, err: expect.stringContaining("--between") });
    expect(await say("--model", "fc10-1", "--count", "20")).toMatchObject({
      code: 1,
      err: expect.stringContaining("fc10-1: expected a model with hidden layers, got none"),
    });
  });
});
