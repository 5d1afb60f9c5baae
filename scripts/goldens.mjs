/**
 * The golden digests, computed here and compared with goldens.json; runs under Node, Deno and Bun (scripts/engines.mjs).
 *
 *     npm run build && node scripts/goldens.mjs           compares all of them
 *     npm run build && node scripts/goldens.mjs --write   writes the file
 *
 * New names are added and gone ones dropped. A digest that is another one is written only where src/version.ts has a new generation of
 * bits and the changelog says "bits changed (generation <n>): <parts>" with every part in which one changed.
 */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { compareDigests, machineDigests } from "../dist/goldens-api.js";
import { BITS } from "../dist/version.js";

const FILE = new URL("../goldens.json", import.meta.url);
const CHANGELOG = new URL("../CHANGELOG.md", import.meta.url);

/** Lines that are printed of a long list. */
const SHOWN = 30;

const read = (url) => readFileSync(url, "utf8");
const tell = (lines) => {
  for (const line of lines.slice(0, SHOWN)) console.error(line);
  if (lines.length > SHOWN) console.error(`and ${lines.length - SHOWN} more`);
};
const file = JSON.parse(read(FILE));
const digests = await machineDigests({ full: true });
const { count, differing, unknown, missing } = compareDigests(digests, file.digests, { full: true });

if (process.argv.includes("--write")) {
  const parts = [...new Set(differing.map((name) => name.slice(0, name.indexOf(": "))))];
  if (parts.length > 0) {
    const line = `bits changed (generation ${BITS}): ${parts.join(", ")}`;
    const said = new RegExp(`bits changed \\(generation ${BITS}\\): ([^\\n]*)`).exec(read(CHANGELOG))?.[1] ?? "";
    if (BITS <= file.bits || parts.some((part) => !said.includes(part))) {
      tell(differing.map((name) => `${name}: another digest than on record`));
      console.error(
        `goldens: expected a generation above ${file.bits} in src/version.ts and, in CHANGELOG.md, "${line}"`,
      );
      process.exit(1);
    }
  }
  writeFileSync(FILE, `${JSON.stringify({ bits: BITS, digests }, null, 2)}\n`);
  console.log(
    `goldens.json: ${count} digests, ${unknown.length} new, ${differing.length} changed, ${missing.length} gone`,
  );
} else {
  const wrong = [
    ...differing.map((name) => `${name}: another digest than on record`),
    ...unknown.map((name) => `${name}: no digest on record; node scripts/goldens.mjs --write adds it`),
    ...missing.map((name) => `${name}: on record, but not computed; node scripts/goldens.mjs --write drops it`),
  ];
  tell(wrong);
  if (BITS !== file.bits) console.error(`goldens.json: expected bits generation ${BITS}, got ${file.bits}`);
  if (wrong.length > 0 || BITS !== file.bits) process.exit(1);
  console.log(`goldens: ${count} digests are those on record, bits generation ${BITS}`);
}
