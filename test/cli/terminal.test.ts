/** Names from files that hold what directs a terminal: whatever a command prints of them, it prints as codes. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { beforeAll, expect, test, vi } from "vitest";
import { log } from "../../src/cli/output.ts";
import { temporaryFolder } from "../temporary.ts";
import { blindspot, writeSet } from "./blindspot.ts";

/** Clears the screen in two ways, sets a colour, turns the direction of text. */
const HOSTILE = "x\u001b[2J\u009b2J\u001b[31m\u202ey";
const SHOWN = "x\\x1b[2J\\x9b2J\\x1b[31m\\u202ey";
const DIRECTING = /[^\P{Cc}\n\t]|[\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

test.for([
  ["attack", ["--target", "next"]],
  ["stability", ["--target", "next"]],
  ["transfer", []],
  ["units", ["--layer", HOSTILE, "--top", "2", "--directions", "4"]],
  ["units", ["--survey", "--top", "2", "--directions", "4"]],
] as const)(
  "%s shows names that direct a terminal by their codes, and its JSON stays JSON",
  async ([command, flags]) => {
    const folder = temporaryFolder();
    const data = writeSet(join(folder, "set"));
    const model = join(folder, HOSTILE);
    const trained = await blindspot("train", "--model", "fc8-3", "--data", data, "--iterations", "20", "--out", model);
    expect(trained).toMatchObject({ code: 0 });
    expect(trained.out).toContain(SHOWN);
    const topology = join(model, "model.json");
    writeFileSync(topology, readFileSync(topology, "utf8").replaceAll("fc1", HOSTILE.replaceAll("\u001b", "\\u001b")));
    const models = command === "transfer" ? ["--from", model, "--to", model] : ["--model", model];
    const asked = [command, ...models, "--data", `${data}:test`, "--count", "6", ...flags];
    const text = await blindspot(...asked, "--out", join(folder, `report ${HOSTILE}`));
    const json = await blindspot(...asked, "--out", join(folder, "json"), "--json");
    const refused = await blindspot(...asked, "--out", join(folder, `report ${HOSTILE}`));
    const usage = await blindspot(command, `--${HOSTILE}`);
    expect(text, text.err).toMatchObject({ code: 0 });
    expect([text.code, json.code, refused.code, usage.code]).toEqual([0, 0, 1, 2]);
    for (const { out, err } of [trained, text, json, refused, usage]) expect(`${out}${err}`).not.toMatch(DIRECTING);
    expect(text.out).toContain(`report ${SHOWN}/index.html`);
    expect(refused.err).toContain(SHOWN);
    const written = JSON.parse(readFileSync(join(folder, "json", "results.json"), "utf8"));
    expect(JSON.parse(json.out)).toEqual(written);
    expect(JSON.stringify(written)).toContain("\u009b");
  },
);

test("what a command says meanwhile is shown the same way", () => {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  log(`goes on from ${HOSTILE}\n`);
  const said = write.mock.calls.flat();
  write.mockRestore();
  expect(said).toEqual([`goes on from ${SHOWN}\n`]);
});

let sources: [name: string, text: string][];
beforeAll(() => {
  const folder = new URL("../../src/cli/", import.meta.url);
  sources = readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder), "utf8")]);
});

test("a command writes to standard output and error by output.ts alone", () => {
  const writers = sources.filter(([, text]) => /process\.std(out|err)|console\./.test(text)).map(([name]) => name);
  expect(writers.sort()).toEqual(["broken-streams.ts", "output.ts", "progress.ts"]);
});
