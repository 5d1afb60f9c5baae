import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { OutputFolder, outputFolder } from "../../src/node/output-folder.ts";
import { compiled } from "../compiled.ts";
import { rejectionOf } from "../message-of.ts";
import { temporaryFolder } from "../temporary.ts";

const OURS = JSON.stringify({ generator: "blindspot" });

/** A report of Blindspot at `out`, with one more file. */
function makeOurs(out: string): void {
  mkdirSync(out);
  writeFileSync(join(out, "results.json"), OURS);
  writeFileSync(join(out, "old.txt"), "old");
}

/** The number of a process that has ended. */
function deadProcess(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid;
}

describe("outputFolder", () => {
  test("appears at the end, with folders inside, and leaves nothing beside it", async () => {
    const parent = temporaryFolder();
    const out = join(parent, "deep", "report");
    const result = await outputFolder(out, {}, async (folder) => {
      await folder.write("images/1.png", Uint8Array.of(1, 2));
      await folder.write("index.html", "<p>");
      expect(existsSync(out)).toBe(false);
      expect(readdirSync(join(parent, "deep"))).toEqual([`report.partial-${process.pid}`]);
      return 42;
    });
    expect(result).toBe(42);
    expect(readdirSync(join(parent, "deep"))).toEqual(["report"]);
    expect([...readFileSync(join(out, "images/1.png"))]).toEqual([1, 2]);
    expect(readFileSync(join(out, "index.html"), "utf8")).toBe("<p>");
  });

  test("leaves nothing if the work fails, and passes the error on", async () => {
    const parent = temporaryFolder();
    const failing = outputFolder(join(parent, "report"), {}, async (folder) => {
      await folder.write("a", "b");
      throw new RangeError("labels: expected 3, got 4");
    });
    await expect(failing).rejects.toThrow(RangeError);
    expect(readdirSync(parent)).toEqual([]);
  });

  test("refuses an existing folder before the work starts, even an empty one", async () => {
    const out = join(temporaryFolder(), "report");
    mkdirSync(out);
    let started = false;
    const refused = outputFolder(out, {}, async () => {
      started = true;
    });
    expect(await rejectionOf(refused)).toBe(
      `${out}: expected a path that is free, got an existing folder (overwrite is off)`,
    );
    expect(started).toBe(false);
  });

  test("with overwrite replaces a folder of Blindspot whole, so that no file of the old one is left", async () => {
    const parent = temporaryFolder();
    const out = join(parent, "report");
    makeOurs(out);
    await outputFolder(out, { overwrite: true }, async (folder) => {
      await folder.write("results.json", OURS);
      expect(readFileSync(join(out, "old.txt"), "utf8")).toBe("old");
    });
    expect(readdirSync(out)).toEqual(["results.json"]);
    expect(readdirSync(parent)).toEqual(["report"]);
  });

  test("with overwrite replaces an empty folder", async () => {
    const out = join(temporaryFolder(), "report");
    mkdirSync(out);
    await outputFolder(out, { overwrite: true }, (folder) => folder.write("a", "b"));
    expect(readdirSync(out)).toEqual(["a"]);
  });

  for (const [kind, content] of [
    ["no results.json", undefined],
    ["a results.json that is no JSON", "{"],
    ["a results.json of null", "null"],
    ["a results.json of another program", '{"generator":"other"}'],
  ] as const) {
    test(`with overwrite refuses a folder with ${kind}, and leaves it`, async () => {
      const out = join(temporaryFolder(), "report");
      mkdirSync(out);
      writeFileSync(join(out, "thesis.tex"), "dear");
      if (content !== undefined) writeFileSync(join(out, "results.json"), content);
      expect(await rejectionOf(OutputFolder.create(out, { overwrite: true }))).toBe(
        `${out}: expected a folder that Blindspot wrote, to overwrite it, got a folder with other files`,
      );
      expect(readFileSync(join(out, "thesis.tex"), "utf8")).toBe("dear");
    });
  }

  test("with overwrite refuses the working directory and those above it", async () => {
    expect(await rejectionOf(OutputFolder.create(".", { overwrite: true, isOurs: async () => true }))).toBe(
      `${process.cwd()}: expected a folder to overwrite outside the working directory, got the working directory or one above it`,
    );
    const above = join(process.cwd(), "..");
    expect(await rejectionOf(OutputFolder.create(above, { overwrite: true, isOurs: async () => true }))).toBe(
      `${above}: expected a folder to overwrite outside the working directory, got the working directory or one above it`,
    );
  });

  test("refuses a path that is a file or a link, with overwrite or without", async () => {
    const parent = temporaryFolder();
    const file = join(parent, "file");
    const link = join(parent, "link");
    writeFileSync(file, "mine");
    symlinkSync(parent, link);
    for (const overwrite of [false, true]) {
      expect(await rejectionOf(OutputFolder.create(file, { overwrite }))).toBe(
        `${file}: expected a folder or nothing there, got a file`,
      );
      expect(await rejectionOf(OutputFolder.create(link, { overwrite }))).toBe(
        `${link}: expected a folder or nothing there, got a symbolic link`,
      );
    }
    expect(readFileSync(file, "utf8")).toBe("mine");
  });

  test.runIf(process.platform === "linux")("refuses a place where the system lets nobody make a folder", async () => {
    expect(await rejectionOf(OutputFolder.create("/proc/blindspot/report"))).toBe(
      "/proc/blindspot/report: expected a folder that can be made, got no such file or folder (ENOENT)",
    );
  });

  test("refuses a parent that is a file", async () => {
    const parent = join(temporaryFolder(), "file");
    writeFileSync(parent, "");
    expect(await rejectionOf(OutputFolder.create(join(parent, "report")))).toMatch(
      /report: expected a folder that can be made, got a file in the place of a folder \(ENOTDIR\)$/,
    );
  });

  test.skipIf(process.getuid?.() === 0 || process.platform === "win32")(
    "refuses a parent without permission",
    async () => {
      const parent = temporaryFolder();
      chmodSync(parent, 0o555);
      expect(await rejectionOf(OutputFolder.create(join(parent, "report")))).toBe(
        `${join(parent, "report")}: expected a folder that can be made, got permission denied (EACCES)`,
      );
      chmodSync(parent, 0o755);
    },
  );

  test.skipIf(!existsSync("/proc/self"))("refuses a parent that nobody may write to", async () => {
    expect(await rejectionOf(OutputFolder.create("/proc/report"))).toMatch(
      /^\/proc\/report: expected a folder that can be made, got .* \(E[A-Z]+\)$/,
    );
  });

  test.skipIf(!existsSync("/dev/full"))("on a full disk says so in one line and leaves nothing", async () => {
    const parent = temporaryFolder();
    const out = join(parent, "report");
    const failing = outputFolder(out, {}, async (folder) => {
      await folder.write("first", "fits");
      symlinkSync("/dev/full", join(folder.partial, "second")); // every write to it fails as on a full disk
      await folder.write("second", "does not");
    });
    expect(await rejectionOf(failing)).toBe(
      `${join(out, "second")}: expected a file that can be written, got no space left on the device (ENOSPC)`,
    );
    expect(readdirSync(parent)).toEqual([]);
  });

  test("refuses names outside the folder", async () => {
    const out = join(temporaryFolder(), "report");
    for (const name of ["../x", "/tmp/x", "a/../../x", "."]) {
      expect(await rejectionOf(outputFolder(out, {}, (folder) => folder.write(name, "")))).toBe(
        `${out}: expected names of files inside the folder, got ${name}`,
      );
    }
  });

  test("refuses a second writer to the same folder, and takes one after the first has discarded", async () => {
    const out = join(temporaryFolder(), "report");
    const first = await OutputFolder.create(out);
    expect(await rejectionOf(OutputFolder.create(out))).toBe(`${out}: expected one writer at a time, got a second one`);
    await first.discard();
    const second = await OutputFolder.create(out);
    await second.discard();
  });

  test("leaves a folder that appeared in its place meanwhile, and discards its own", async () => {
    const parent = temporaryFolder();
    const out = join(parent, "report");
    const folder = await OutputFolder.create(out);
    makeOurs(out);
    expect(await rejectionOf(folder.commit())).toBe(
      `${out}: expected a path that is free, got an existing folder (overwrite is off)`,
    );
    expect(readFileSync(join(out, "old.txt"), "utf8")).toBe("old");
    expect(readdirSync(parent)).toEqual(["report"]);
  });
});

describe("after a crash", () => {
  test("between the two renames of a swap the next run puts the old folder back", async () => {
    const parent = temporaryFolder();
    const out = join(parent, "report");
    makeOurs(`${out}.replaced-${deadProcess()}`);
    expect(await rejectionOf(OutputFolder.create(out))).toBe(
      `${out}: expected a path that is free, got an existing folder (overwrite is off)`,
    );
    expect(readFileSync(join(out, "old.txt"), "utf8")).toBe("old");
    expect(readdirSync(parent)).toEqual(["report"]);
  });

  test("behind the second rename the next run removes the old folder", async () => {
    const parent = temporaryFolder();
    const out = join(parent, "report");
    makeOurs(out);
    makeOurs(`${out}.replaced-${deadProcess()}`);
    await expect(OutputFolder.create(out)).rejects.toThrow("an existing folder");
    expect(readdirSync(parent)).toEqual(["report"]);
  });

  test("the swap of a process that lives is left alone", async () => {
    const parent = temporaryFolder();
    const out = join(parent, "report");
    makeOurs(`${out}.replaced-${process.ppid}`);
    const folder = await OutputFolder.create(out);
    await folder.discard();
    expect(readdirSync(parent)).toEqual([`report.replaced-${process.ppid}`]);
  });

  test("a process that exits half-way removes its partial folder", () => {
    const parent = temporaryFolder();
    const program = `
      import { readdirSync } from "node:fs";
      import { OutputFolder } from ${JSON.stringify(compiled("src/node/output-folder.ts"))};
      const folder = await OutputFolder.create(${JSON.stringify(join(parent, "report"))});
      await folder.write("a", "b");
      console.log(readdirSync(${JSON.stringify(parent)}).length);
      process.exit(130);
    `;
    const run = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
    expect([run.stderr, run.status, run.stdout.trim()]).toEqual(["", 130, "1"]);
    expect(readdirSync(parent)).toEqual([]);
  });
});
