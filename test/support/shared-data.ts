/**
 * Data that lies beside the repository, in ../shared/data, and that a clone does not have: models that others trained, results of other
 * programs. A test that needs some is skipped where it is not there, and says so in the titles and on the terminal.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SHARED = fileURLToPath(new URL("../../../shared/data/", import.meta.url));
/** Small inputs that once failed. */
export const SHARED_FAULTS = fileURLToPath(new URL("../../../shared/faults/", import.meta.url));

export interface SharedData {
  folder: string;
  isThere: boolean;
  /** What a title says where the data is not there: nothing where it is. */
  note: string;
}

/** A folder of ../shared/data, or of another folder there, known by a file in it. */
export function sharedData(name: string, file: string, shared = SHARED): SharedData {
  const folder = join(shared, name);
  const isThere = existsSync(join(folder, file));
  const missing = `skipped: needs ../shared/${shared === SHARED_FAULTS ? "faults" : "data"}/${name}`;
  // Titles of skipped tests are printed by few reporters.
  if (!isThere) console.warn(`${missing}, which a clone does not have`);
  return { folder, isThere, note: isThere ? "" : ` (${missing})` };
}
