/**
 * Every block of code in README, docs/ and examples/: those of TypeScript are checked against the package's types and run, those of
 * JavaScript are run. A block is a program of its own, unless ```ts continues``` says that it goes on where the one before it ended.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { transformSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { prepare } from "./fixtures.ts";
import { type Block, blocksOf, PAGES, ROOT } from "./pages.ts";

/** Blocks that run elsewhere than in Node, by the word behind their language. They are type-checked here. */
const ELSEWHERE: Record<string, string> = {
  browser: "test/examples runs pages in Chromium",
  workerd: "test/examples runs a worker in workerd",
  deno: "test/examples runs a script in Deno",
  queue: "it needs a server: test/jobs/queue runs such programs where there is one",
  vitest: "test/examples runs a test that gates a model",
};

/** Languages that are no programs of this package. */
const NOT_RUN: Record<string, string> = {
  python: "needs PyTorch or Keras, which are not installed here; test/formats reads files that they wrote",
  html: "is part of a page that test/examples runs in Chromium",
  json: "is data",
  yaml: "is the configuration of a service",
  sh: "is commands, which test/docs/commands.test.ts reads",
};

const CODE = join(ROOT, "build/docs-code");
const run = promisify(execFile);

interface Program {
  name: string;
  blocks: Block[];
  /** Where it runs, if not here. */
  where?: string | undefined;
}

function programs(): Program[] {
  const found: Program[] = [];
  for (const block of PAGES.flatMap(blocksOf)) {
    if (!/^(?:ts|js)$/.test(block.language)) continue;
    const before = found.at(-1);
    if (block.words.includes("continues")) {
      if (before?.blocks[0]?.page !== block.page) throw new Error(`${block.page}:${block.line} continues nothing`);
      before.blocks.push(block);
      continue;
    }
    const name = `${block.page.replace(/\.md$/, "").replaceAll("/", "-")}-${block.line}`;
    found.push({ name, blocks: [block], where: block.words.find((word) => word in ELSEWHERE) });
  }
  return found;
}

const ALL = programs();
const isTyped = ({ blocks }: Program): boolean => blocks[0]?.language === "ts";
const sourceOf = ({ blocks }: Program): string => blocks.map(({ code }) => code).join("\n");

beforeAll(() => {
  rmSync(CODE, { recursive: true, force: true });
  mkdirSync(CODE, { recursive: true });
  for (const program of ALL.filter(isTyped)) writeFileSync(join(CODE, `${program.name}.ts`), sourceOf(program));
});

test("every block names a language that is run, or one of which it is known why not", () => {
  const blocks = PAGES.flatMap(blocksOf);
  expect(blocks.length).toBeGreaterThan(30);
  const known = new Set(["ts", "js", ...Object.keys(NOT_RUN)]);
  const unknown = blocks.filter(({ language }) => !known.has(language));
  expect(unknown.map(({ page, line, language }) => `${page}:${line}: ${language}`)).toEqual([]);
  const words = new Set(["continues", ...Object.keys(ELSEWHERE)]);
  expect(
    blocks.flatMap(({ page, line, words: said }) =>
      said.filter((word) => !words.has(word)).map((word) => `${page}:${line}: ${word}`),
    ),
  ).toEqual([]);
});

test("every block of TypeScript has the types of the package", async () => {
  expect(ALL.filter(isTyped).length).toBeGreaterThan(20);
  const options = { noEmit: true, noUnusedLocals: false, moduleDetection: "force", types: ["node"] };
  writeFileSync(
    join(CODE, "tsconfig.json"),
    JSON.stringify({ extends: "../../tsconfig.json", compilerOptions: options, include: ["*.ts"] }),
  );
  writeFileSync(join(CODE, "wrong.ts"), 'import { certify } from "blindspot";\ncertify(1);\n');
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const { stdout } = await run(process.execPath, [tsc, "-p", CODE, "--pretty", "false"]).catch((error) => error);
  // Of one call that is wrong, as the check of the check; of nothing else.
  expect(stdout).toMatch(/^build\/docs-code\/wrong\.ts\(2,1\): error TS2554:.*\n$/);
});

describe("runs", () => {
  const here = ALL.filter(({ where }) => where === undefined);
  /** What became of each program: all run in one process, one after another, in a folder with the files that they name. */
  let outcomes: Map<string, string>;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "blindspot-docs-"));
    await prepare(folder);
    for (const program of here) {
      const { code } = transformSync(sourceOf(program), { loader: "ts", format: "esm" });
      writeFileSync(join(CODE, `${program.name}.mjs`), code);
    }
    const runner = `const outcomes = {};
console.log = () => {};
for (const name of ${JSON.stringify(here.map(({ name }) => name))}) {
  outcomes[name] = await import("./" + name + ".mjs").then(() => "ran", (error) => String(error?.stack ?? error));
}
process.stdout.write(JSON.stringify(outcomes), () => process.exit());
`;
    writeFileSync(join(CODE, "run-all.mjs"), runner);
    const { stdout } = await run(process.execPath, [join(CODE, "run-all.mjs")], { cwd: folder, maxBuffer: 1e8 });
    outcomes = new Map(Object.entries(JSON.parse(stdout)));
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  test.each(here)("$name", ({ name }) => {
    expect(outcomes.get(name)).toBe("ran");
  });
});
