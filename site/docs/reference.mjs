/**
 * The API reference as markdown, out of the docstrings, by TypeDoc. Markdown and not TypeDoc's own HTML, so that guides and reference
 * are pages of one site with one look; and since TypeDoc's HTML runs inline scripts, which the site's policy forbids.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Application } from "typedoc";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The sources of the package's entries; `blindspot/slim` has the names of `blindspot`. */
function entryPoints() {
  const { exports } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8"));
  return Object.entries(exports)
    .filter(([name, { types }]) => name !== "./slim" && types?.startsWith("./dist/"))
    .map(([, { types }]) => types.replace("./dist/", `${ROOT}src/`).replace(/\.d\.ts$/, ".ts"));
}

/** Up to where the first sentence ends: a full stop behind which another begins. */
const FIRST_SENTENCE = /^.*?\.(?= (?:[A-Z`"]|\[))/;

/**
 * A list of names as a reader scans it: of each the first sentence, the rest stands on its page. The list of entries says of the one that has
 * no pages whose names it has.
 *
 * @param {string} text  of an index.md
 */
export function scannable(text) {
  const rows = text.replaceAll(
    /^\| (\[.+?\]\([^)]+\)) \| (.+) \|$/gm,
    (_, /** @type {string} */ name, /** @type {string} */ said) =>
      `| ${name} | ${FIRST_SENTENCE.exec(said)?.[0] ?? said} |`,
  );
  return /^# Reference$/m.test(rows)
    ? `${rows}\n\`blindspot/slim\` has the names of [blindspot](blindspot/index.md), without its inlined kernels.\n`
    : rows;
}

/**
 * Writes the reference to a folder, an entry a folder in it.
 *
 * @param {string} folder
 */
export async function writeReference(folder) {
  if (!existsSync(`${ROOT}src/wasm/kernels.ts`))
    throw new Error("docs: expected the built kernels, got none: npm run build:wasm");
  const app = await Application.bootstrapWithPlugins({
    name: "Reference",
    out: folder,
    entryPoints: entryPoints(),
    tsconfig: `${ROOT}tsconfig.build.json`,
    plugin: ["typedoc-plugin-markdown"],
    readme: "none",
    disableGit: true,
    sourceLinkTemplate: "source:{path}",
    groupOrder: ["Functions", "Classes", "Variables", "*"],
    excludePrivate: true,
    excludeProtected: true,
    excludeInternal: true,
    validation: { invalidLink: true, notExported: false, notDocumented: false },
    treatValidationWarningsAsErrors: true,
    logLevel: "Warn",
    ...{ hidePageHeader: true, indexFormat: "table", entryFileName: "index", modulesFileName: "index" },
    ...{ parametersFormat: "list", useCodeBlocks: true, expandParameters: true },
  });
  const project = await app.convert();
  if (!project) throw new Error("docs: expected sources that compile, got errors");
  app.validate(project);
  await app.generateOutputs(project);
  const { errorCount, warningCount } = app.logger;
  if (errorCount + warningCount > 0)
    throw new Error(`docs: ${errorCount} errors and ${warningCount} warnings of TypeDoc`);
}
