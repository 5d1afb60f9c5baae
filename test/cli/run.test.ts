import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { run } from "../../src/cli/run.ts";
import { compiled } from "../compiled.ts";
import { temporaryFolder } from "../temporary.ts";
import { fixtures } from "./fixture.ts";

/** Runs the fixtures in this process. */
async function call(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const text = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr") => ({
    write: (chunk: unknown) => {
      text[name] += chunk;
      return true;
    },
  });
  const code = await run(args, fixtures(), { stdout: stream("stdout"), stderr: stream("stderr") });
  return { code, ...text };
}

describe("help", () => {
  test("lists the commands and ends with 0, on standard output", async () => {
    const { code, stdout, stderr } = await call("--help");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^Usage: blindspot \[options\] \[command\]\n\nFind the smallest change/);
    expect(stdout).toMatch(/\n {2}greet \[options\] <name> +greet somebody\n/);
    expect(stdout).toContain("DEBUG=blindspot");
  });

  test("of a command shows its options with their defaults", async () => {
    const { code, stdout } = await call("greet", "--help");
    expect(code).toBe(0);
    expect(stdout).toMatch(/--count <n> +how often \(default: 1\)/);
    expect(stdout).toMatch(/--seed <number> +seed of everything random; .*\(default: 0\)/s);
  });

  test("of a command is also shown by help and its name; help alone is the program's", async () => {
    expect(await call("help", "greet")).toEqual(await call("greet", "--help"));
    expect(await call("help")).toEqual(await call("--help"));
    expect((await call("--help")).stdout).toMatch(/\n {2}help \[command\] +print the help of a command\n/);
  });

  test("--version is that of the package", async () => {
    expect(await call("--version")).toEqual({ code: 0, stdout: `${packageJson.version}\n`, stderr: "" });
  });

  test("no command at all is wrong usage, and shows the help on standard error", async () => {
    const { code, stdout, stderr } = await call();
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Usage: blindspot");
  });
});

describe("wrong usage ends with 2 and one line", () => {
  const cases: [string[], string][] = [
    [["greet", "Ann", "--count", "x"], 'blindspot: --count: expected a whole number, got "x"\n'],
    [["greet", "Ann", "--count", "0"], "blindspot: --count: expected a whole number >= 1, got 0\n"],
    [["greet", "Ann", "--count", "1.5"], 'blindspot: --count: expected a whole number, got "1.5"\n'],
    [["greet", "Ann", "--tone", "warm"], 'blindspot: --tone: expected kind, cold, got "warm"\n'],
    [["greet", "Ann", "--voice", "it's"], 'blindspot: --voice: expected low, high, got "it\'s"\n'],
    [["greet", "Ann", "--seed", "-1"], "blindspot: --seed: expected a whole number >= 0, got -1\n"],
    [["greet", "Ann", "--nonsense"], "blindspot: unknown option '--nonsense'\n"],
    [["greet", "Ann", "Bob"], "blindspot: too many arguments for 'greet'. Expected 1 argument but got 2.\n"],
    [["greet"], "blindspot: missing required argument 'name'\n"],
    [["nested", "inner", "--nonsense"], "blindspot: unknown option '--nonsense'\n"],
    [["nonsense"], "blindspot: unknown command 'nonsense'\n"],
    [["gret"], "blindspot: unknown command 'gret' (did you mean greet?)\n"],
    [["fail", "usage"], "blindspot: --target: expected a label when --count is 1, got none\n"],
  ];
  for (const [args, message] of cases) {
    test(args.join(" "), async () => {
      expect(await call(...args)).toEqual({ code: 2, stdout: "", stderr: message });
    });
  }
});

describe("an error ends with 1 and one line", () => {
  const cases: [string, string][] = [
    ["range", "blindspot: labels[3]: expected a label in [0, 9], got 10\n"],
    ["lines", "blindspot: first second\n"],
    ["text", "blindspot: only a text\n"],
  ];
  for (const [how, message] of cases) {
    test(how, async () => {
      expect(await call("fail", how)).toEqual({ code: 1, stdout: "", stderr: message });
    });
  }

  test("with DEBUG=blindspot, and among other names, it shows where it comes from", async () => {
    const before = process.env.DEBUG;
    try {
      for (const debug of ["blindspot", "other,blindspot"]) {
        process.env.DEBUG = debug;
        expect((await call("fail", "range")).stderr).toMatch(/got 10\nRangeError: .*\n +at .*fixture/);
      }
      process.env.DEBUG = "blindspots";
      expect((await call("fail", "range")).stderr).not.toContain(" at ");
    } finally {
      if (before === undefined) delete process.env.DEBUG;
      else process.env.DEBUG = before;
    }
  });
});

test("a listener for Ctrl-C is there only while a command runs", async () => {
  const before = process.listenerCount("SIGINT");
  await call("greet", "--help");
  await call("fail", "range");
  expect(process.listenerCount("SIGINT")).toBe(before);
});

/** Starts the fixtures in a process of their own and waits until they are ready. */
async function start(script: string, ...args: string[]): Promise<{ child: ChildProcess; output: () => string }> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stderr?.on("data", (chunk) => {
    output += chunk;
  });
  await new Promise<void>((resolve) => {
    child.stdout?.on("data", (chunk) => {
      output += chunk;
      if (output.includes("ready")) resolve();
    });
  });
  return { child, output: () => output };
}

const ended = (child: ChildProcess) => new Promise<number | null>((resolve) => child.on("close", resolve));

describe.skipIf(process.platform === "win32")("Ctrl-C", () => {
  test("ends with 130 at once where a command does not listen, and leaves no partial folder", async () => {
    const parent = temporaryFolder();
    const { child, output } = await start(
      fileURLToPath(compiled("test/cli/fixture.ts")),
      "wait",
      "deaf",
      join(parent, "out"),
    );
    expect(readdirSync(parent).sort()).toEqual(["out.lock", expect.stringMatching(/^out\.partial-/)]);
    child.kill("SIGINT");
    expect(await ended(child)).toBe(130);
    expect(output()).toBe("ready\n");
    expect(readdirSync(parent)).toEqual([]);
  });

  test("lets a command that listens save, then ends with 130, without a word of error", async () => {
    const parent = temporaryFolder();
    const { child, output } = await start(
      fileURLToPath(compiled("test/cli/fixture.ts")),
      "wait",
      "saves",
      join(parent, "out"),
    );
    child.kill("SIGINT");
    expect(await ended(child)).toBe(130);
    expect(output()).toBe("ready\nsaved\n");
    expect(readdirSync(parent)).toEqual([]);
  });

  test("pressed twice ends a command that does not stop", async () => {
    const { child, output } = await start(fileURLToPath(compiled("test/cli/fixture.ts")), "wait", "stubborn");
    child.kill("SIGINT");
    await expect.poll(output, { timeout: 5000 }).toContain("not yet");
    child.kill("SIGINT");
    expect(await ended(child)).toBe(130);
  });

  test("a polite kill ends with 143", async () => {
    const { child } = await start(fileURLToPath(compiled("test/cli/fixture.ts")), "wait", "saves");
    child.kill("SIGTERM");
    expect(await ended(child)).toBe(143);
  });
});

test("the program itself answers --version and --help, and refuses an unknown command with 2", () => {
  const script = fileURLToPath(compiled("src/cli/main.ts"));
  const call = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
    return { status, stdout, stderr };
  };
  expect(call("--version")).toEqual({ status: 0, stdout: `${packageJson.version}\n`, stderr: "" });
  expect(call("--help").stdout).toContain("Usage: blindspot");
  expect(call("nonsense").status).toBe(2);
});
