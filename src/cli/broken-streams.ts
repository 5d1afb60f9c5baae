/**
 * What happens when standard output or error takes no more. A reader that has seen enough (`| head`) closes standard output:
 * that is no error. Everything else, a full disk or a closed standard error, ends the process with 1, in one line where there
 * still is somebody to read it. Locks are released and partial folders removed as the process ends.
 */
import process from "node:process";
import { errorCode, errorMeaning } from "../node/file-error.ts";

export function watchStreams(): void {
  process.stdout.on("error", (error) => {
    if (errorCode(error) === "EPIPE") process.exit(0);
    process.stderr.write(`blindspot: standard output: expected to be written, got ${errorMeaning(error)}\n`);
    process.exit(1);
  });
  process.stderr.on("error", () => process.exit(1));
}
