import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { OutputFolder, outputFolder } from "../../src/node/output-folder.ts";
import { compiled } from "../compiled.ts";
import { rejectionOf } from "../message-of.ts";
import { temporaryFolder } from "../temporary.ts";

/** A report of Blindspot at `out`. */
function makeOurs(out: string): Promise<void> {
  return outputFolder(out, {}, async (folder) => {
    await folder.write("results.json", "{}");
    await folder.write("arrays/old.txt", "old");
  });
}

/** The mark that a process leaves in a folder which it fills or replaces. */
function writeMarkOf(folder: string, kind: string, place: string, pid: number): void {
  const holder = { pid, host: hostname(), started: null };
  const mark = JSON.stringify({ generator: "blindspot", kind, place, holder });
  writeFileSync(join(folder, ".blindspot-run"), `${mark}\n`);
}

/** A report that a process has put aside to replace it, and did not come further. */
async function makeReplaced(out: string, pid: number, aside = `${out}.replaced-0a`): Promise<void> {
  await makeOurs(out);
  writeMarkOf(out, "replaced", basename(out), pid);
  renameSync(out, aside);
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
      const beside = readdirSync(join(parent, "deep")).sort();
      expect(beside).toEqual(["report.lock", expect.stringMatching(/^report\.partial-[0-9a-f]{12}$/)]);
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
      `${out}: expected a path that is free, got an existing folder (--overwrite replaces one that Blindspot wrote)`,
    );
    expect(started).toBe(false);
  });

  test("with overwrite replaces a folder of Blindspot whole, so that no file of the old one is left", async () => {
    const parent = temporaryFolder();
    const out = join(parent, "report");
    await makeOurs(out);
    await outputFolder(out, { overwrite: true }, async (folder) => {
      await folder.write("results.json", "new");
      expect(readFileSync(join(out, "arrays/old.txt"), "utf8")).toBe("old");
    });
    expect(readdirSync(out).sort()).toEqual([".blindspot.json", "results.json"]);
    expect(readdirSync(parent)).toEqual(["report"]);
  });

  test("lists what it wrote, with SHA-256, to the same bytes for the same files", async () => {
    const out = join(temporaryFolder(), "report");
    await makeOurs(out);
    const hash = (text: string) => createHash("sha256").update(text).digest("hex");
    const files = { "arrays/old.txt": hash("old"), "results.json": hash("{}") };
    const manifest = { generator: "blindspot", kind: "report", files };
    expect(readFileSync(join(out, ".blindspot.json"), "utf8")).toBe(`${JSON.stringify(manifest, null, 1)}\n`);
  });

  test("with overwrite replaces an empty folder", async () => {
    const out = join(temporaryFolder(), "report");
    mkdirSync(out);
    await outputFolder(out, { overwrite: true }, (folder) => folder.write("a", "b"));
    expect(readdirSync(out).sort()).toEqual([".blindspot.json", "a"]);
  });

  for (const [what, disturb, named] of [
    ["a file", (out: string) => writeFileSync(join(out, "thesis.tex"), "dear"), "thesis.tex"],
    ["a file inside a folder of ours", (out: string) => writeFileSync(join(out, "arrays/x"), "dear"), "arrays/x"],
    ["a folder, even empty", (out: string) => mkdirSync(join(out, "mine")), "mine/"],
    ["a link", (out: string) => symlinkSync("nowhere", join(out, "link")), "link"],
    [
      "a link in the place of a file",
      (out: string) => {
        rmSync(join(out, "results.json"));
        writeFileSync(`${out}.beside`, "{}");
        symlinkSync(`${out}.beside`, join(out, "results.json"));
      },
      "results.json",
    ],
    ["a changed file", (out: string) => writeFileSync(join(out, "results.json"), "{ }"), "results.json"],
    ["a mark that is none", (out: string) => writeFileSync(join(out, ".blindspot-run"), "my notes"), ".blindspot-run"],
  ] as const) {
    test(`with overwrite refuses a folder with ${what} of the user's, names it, and leaves all`, async () => {
      const out = join(temporaryFolder(), "report");
      await makeOurs(out);
      disturb(out);
      const before = readdirSync(out, { recursive: true });
      expect(await rejectionOf(OutputFolder.create(out, { overwrite: true }))).toBe(
        `${out}: expected nothing but what Blindspot wrote, to overwrite it, got ${named}, added or changed since`,
      );
      expect(readdirSync(out, { recursive: true })).toEqual(before);
    });
  }

  test("with overwrite refuses what the user put there while the run was at it, and discards its own", async () => {
    const parent = temporaryFolder();
    const out = join(parent, "report");
    await makeOurs(out);
    const failing = outputFolder(out, { overwrite: true }, async (folder) => {
      await folder.write("results.json", "new");
      writeFileSync(join(out, "notes"), "dear");
    });
    expect(await rejectionOf(failing)).toContain("got notes, added or changed since");
    expect(readFileSync(join(out, "notes"), "utf8")).toBe("dear");
    expect(readFileSync(join(out, "results.json"), "utf8")).toBe("{}");
    expect(readdirSync(parent)).toEqual(["report"]);
  });

  test("with overwrite refuses a model in the place of a report", async () => {
    const out = join(temporaryFolder(), "model");
    await outputFolder(out, { kind: "model" }, (folder) => folder.write("a", "b"));
    expect(await rejectionOf(OutputFolder.create(out, { overwrite: true }))).toBe(
      `${out}: expected a report that Blindspot wrote, to overwrite it, got a model`,
    );
  });

  for (const [kind, name, content] of [
    ["no list of files", "results.json", '{"generator":"blindspot"}'],
    ["a list that is no JSON", ".blindspot.json", "{"],
    ["a list of null", ".blindspot.json", "null"],
    ["a list of another program", ".blindspot.json", '{"generator":"other","files":{}}'],
  ] as const) {
    test(`with overwrite refuses a folder with ${kind}, and leaves it`, async () => {
      const out = join(temporaryFolder(), "report");
      mkdirSync(out);
      writeFileSync(join(out, "thesis.tex"), "dear");
      writeFileSync(join(out, name), content);
      expect(await rejectionOf(OutputFolder.create(out, { overwrite: true }))).toBe(
        `${out}: expected a folder that Blindspot wrote, to overwrite it, got one without .blindspot.json, its list of files`,
      );
      expect(readFileSync(join(out, "thesis.tex"), "utf8")).toBe("dear");
    });
  }

  test("with overwrite refuses the working directory and those above it", async () => {
    expect(await rejectionOf(OutputFolder.create(".", { overwrite: true }))).toBe(
      `${process.cwd()}: expected a folder to overwrite outside the working directory, got the working directory or one above it`,
    );
    const above = join(process.cwd(), "..");
    expect(await rejectionOf(OutputFolder.create(above, { overwrite: true }))).toBe(
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
    expect(await rejectionOf(OutputFolder.create(out))).toContain(
      `${out}: expected one run at a time, got a second one: process ${process.pid} on ${hostname()} is at it`,
    );
    first.discard();
    (await OutputFolder.create(out)).discard();
  });

  test("leaves a folder that appeared in its place meanwhile, and discards its own", async () => {
    const parent = temporaryFolder();
    const out = join(parent, "report");
    const folder = await OutputFolder.create(out);
    mkdirSync(out);
    writeFileSync(join(out, "old.txt"), "old");
    expect(await rejectionOf(folder.commit())).toBe(
      `${out}: expected a path that is free, got an existing folder (--overwrite replaces one that Blindspot wrote)`,
    );
    expect(readFileSync(join(out, "old.txt"), "utf8")).toBe("old");
    expect(readdirSync(parent)).toEqual(["report"]);
  });
});

describe("after a crash", () => {
  test("between the two renames of a swap the next run that may overwrite puts the old folder back", async () => {
    const parent = temporaryFolder();
    const out = join(parent, "report");
    await makeReplaced(out, deadProcess());
    const folder = await OutputFolder.create(out, { overwrite: true });
    expect(readFileSync(join(out, "arrays/old.txt"), "utf8")).toBe("old");
    folder.discard();
    expect(readdirSync(parent)).toEqual(["report"]);
    expect(readdirSync(out).sort()).toEqual([".blindspot.json", "arrays", "results.json"]);
  });

  test("behind the second rename the next run that may overwrite removes the old folder, but nothing of the user's", async () => {
    const parent = temporaryFolder();
    const out = join(parent, "report");
    await makeReplaced(out, deadProcess(), `${out}.replaced-1`);
    await makeReplaced(out, deadProcess(), `${out}.replaced-2`);
    writeFileSync(`${out}.replaced-2/arrays/notes`, "dear");
    await makeOurs(out);
    (await OutputFolder.create(out, { overwrite: true })).discard();
    expect(readdirSync(parent).sort()).toEqual(["report", "report.replaced-2"]);
    expect(readFileSync(`${out}.replaced-2/arrays/notes`, "utf8")).toBe("dear");
  });

  test("a run that may not overwrite touches nothing of it", async () => {
    const parent = temporaryFolder();
    const out = join(parent, "report");
    await makeReplaced(out, deadProcess());
    (await OutputFolder.create(out)).discard();
    expect(readdirSync(parent)).toEqual(["report.replaced-0a"]);
  });

  test("the swap of a process that lives is left alone", async () => {
    const parent = temporaryFolder();
    const out = join(parent, "report");
    await makeReplaced(out, process.ppid);
    (await OutputFolder.create(out, { overwrite: true })).discard();
    expect(readdirSync(parent)).toEqual(["report.replaced-0a"]);
  });

  test("folders and files of the user's that are named like ours are left alone", async () => {
    const parent = temporaryFolder();
    const out = join(parent, "report");
    await makeOurs(`${out}.replaced-1`); // a report that was renamed: it has no mark
    for (const name of [
      "report.replaced-7",
      "report.partial-7",
      "report.partial-0a0a0a0a0a0a",
      "report.checkpoint.partial-1",
    ]) {
      mkdirSync(join(parent, name));
      writeFileSync(join(parent, name, "thesis.tex"), "dear");
    }
    mkdirSync(`${out}.replaced-8`);
    writeFileSync(`${out}.replaced-8/.blindspot-run`, "my notes");
    mkdirSync(join(parent, "other.partial-1")); // a mark, but not of this place
    writeMarkOf(join(parent, "other.partial-1"), "partial", "other", deadProcess());
    mkdirSync(join(parent, "report.x.partial-2")); // a name that its mark does not say
    writeMarkOf(join(parent, "report.x.partial-2"), "partial", "report", deadProcess());
    writeFileSync(join(parent, "report.partial-9"), "dear");
    symlinkSync(`${out}.replaced-1`, `${out}.replaced-9`);
    const before = readdirSync(parent, { recursive: true }).sort();
    for (const overwrite of [false, true]) {
      (await OutputFolder.create(out, { overwrite })).discard();
      expect(readdirSync(parent, { recursive: true }).sort()).toEqual(before);
    }
    await outputFolder(out, { overwrite: true }, (folder) => folder.write("results.json", "new"));
    await outputFolder(out, { overwrite: true }, (folder) => folder.write("results.json", "newer"));
    rmSync(out, { recursive: true });
    expect(readdirSync(parent, { recursive: true }).sort()).toEqual(before);
  });

  test("the next run removes what a killed one had begun, of folders and of files, and keeps what is not its own", () => {
    const parent = temporaryFolder();
    const out = join(parent, "report");
    const program = (end: string) => `
      import { OutputFolder } from ${JSON.stringify(compiled("src/node/output-folder.ts"))};
      import { makePartial, markBegun } from ${JSON.stringify(compiled("src/node/own-files.ts"))};
      import { writeFileSync } from "node:fs";
      const folder = await OutputFolder.create(${JSON.stringify(out)});
      await folder.write("arrays/a", "b");
      const half = makePartial(${JSON.stringify(`${out}.checkpoint`)}); // what writing a checkpoint leaves
      markBegun(half, "content");
      writeFileSync(half + "/content", "half");
      ${end}
    `;
    const go = (end: string) =>
      spawnSync(process.execPath, ["--input-type=module", "-e", program(end)], { encoding: "utf8" });
    expect(go('process.kill(process.pid, "SIGKILL");').signal).toBe("SIGKILL");
    expect(readdirSync(parent).length).toBe(3); // two partial folders and a lock
    const mine = join(parent, readdirSync(parent).find((name) => name.startsWith("report.partial-")) as string);
    writeFileSync(join(mine, "arrays/notes"), "dear");
    expect(go("process.exit(0);")).toMatchObject({ status: 0, stderr: "" });
    expect(readdirSync(parent)).toEqual([basename(mine)]);
    expect(readFileSync(join(mine, "arrays/notes"), "utf8")).toBe("dear");
    expect(existsSync(join(mine, "arrays/a"))).toBe(false);
  });

  test("a manifest that names a file outside its folder is none of Blindspot's", async () => {
    const parent = temporaryFolder();
    const out = join(parent, "report");
    const dear = join(parent, "thesis.tex");
    writeFileSync(dear, "dear");
    await makeOurs(out);
    const manifest = JSON.parse(readFileSync(join(out, ".blindspot.json"), "utf8"));
    for (const name of ["../thesis.tex", "arrays/../../thesis.tex", "..\\thesis.tex", dear]) {
      const files = { ...manifest.files, [name]: "0" };
      writeFileSync(join(out, ".blindspot.json"), JSON.stringify({ ...manifest, files }));
      const refusal = await rejectionOf(outputFolder(out, { overwrite: true }, async () => {}));
      expect(refusal).toContain("expected a folder that Blindspot wrote, to overwrite it");
    }
    expect(readFileSync(dear, "utf8")).toBe("dear");
  });

  test("a mark that names files outside its folder, by dots or behind a link, removes none of them", async () => {
    const parent = temporaryFolder();
    const out = join(parent, "report");
    const dear = join(parent, "thesis.tex");
    writeFileSync(dear, "dear");
    const partial = `${out}.partial-0a0a0a0a0a0a`;
    mkdirSync(partial);
    mkdirSync(join(parent, "notes"));
    writeFileSync(join(parent, "notes", "a"), "dear");
    symlinkSync(join(parent, "notes"), join(partial, "arrays"));
    writeMarkOf(partial, "partial", "report", deadProcess());
    appendFileSync(join(partial, ".blindspot-run"), '"../thesis.tex"\n"arrays/a"\n"cut\\"\n7\n');
    (await OutputFolder.create(out)).discard();
    expect(readFileSync(dear, "utf8")).toBe("dear");
    expect(readFileSync(join(parent, "notes", "a"), "utf8")).toBe("dear");
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
    expect([run.stderr, run.status, run.stdout.trim()]).toEqual(["", 130, "2"]); // the folder and its lock
    expect(readdirSync(parent)).toEqual([]);
  });
});
