/** The pages that people read, their blocks of code and their commands. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const markdownIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md") && !path.includes("node_modules"))
    .map((path) => `${folder}/${path.replaceAll("\\", "/")}`);

export const PAGES: readonly string[] = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  ...markdownIn("docs").sort(),
  ...markdownIn("examples").sort(),
];

export const text = (page: string): string => readFileSync(join(ROOT, page), "utf8");

/** A fenced block. Its first line names the language, and in further words what the test has to know of it. */
export interface Block {
  page: string;
  line: number;
  language: string;
  words: readonly string[];
  code: string;
}

export function blocksOf(page: string): Block[] {
  return [...text(page).matchAll(/^```(\w+)(.*)\n([\s\S]*?)^```$/gm)].map((match) => {
    const [, language, words, code] = match as unknown as [string, string, string, string];
    const line = text(page).slice(0, match.index).split("\n").length;
    return { page, line, language, words: words.trim().split(/\s+/).filter(Boolean), code };
  });
}

/** A command as it stands in a page, without its comment. */
export interface Shown {
  page: string;
  command: string;
}

/** Pages that say what was: their commands are those of their day. */
const isHistory = (page: string): boolean => page === "CHANGELOG.md" || page.startsWith("docs/decisions/");

/** Every command that begins so: in indented lines, in `code` and in blocks of a shell. */
export function commandsOf(beginning: RegExp): Shown[] {
  const start = new RegExp(`^${beginning.source}`);
  return PAGES.filter((page) => !isHistory(page)).flatMap((page) => {
    const lines = [...text(page).matchAll(/^ {4}(\S.*)$/gm)].map(([, line]) => line as string);
    const inline = [...text(page).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code as string);
    const fenced = blocksOf(page).filter(({ language }) => /^(?:sh|bash)$/.test(language));
    return [...lines, ...inline, ...fenced.flatMap(({ code }) => code.split("\n"))]
      .map((line) => line.replace(/\s+#.*$/, "").trim())
      .filter((line) => start.test(line))
      .map((command) => ({ page, command }));
  });
}
