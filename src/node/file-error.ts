/** What the operating system says about files, in one line: `subject: expected X, got Y`, the system's error as its cause. */
import { codeOf, failed } from "../check.ts";

const MEANINGS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EDQUOT: "no space left in the disk quota",
  EEXIST: "a path that exists",
  EFBIG: "a file that may not grow further",
  EISDIR: "a folder",
  ELOOP: "a loop of symbolic links",
  EMFILE: "too many open files",
  ENAMETOOLONG: "a name that is too long",
  ENOENT: "no such file or folder",
  ENOSPC: "no space left on the device",
  ENOTDIR: "a file in the place of a folder",
  ENOTEMPTY: "a folder that is not empty",
  EPERM: "operation not permitted",
  EROFS: "a read-only file system",
};

/** The code of a system error, such as ENOENT; undefined for every other value, and for errors of the library. */
export function errorCode(error: unknown): string | undefined {
  if (codeOf(error) !== undefined) return undefined;
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === "string" ? code : undefined;
}

/** What a system error means, in words, with its code. */
export function errorMeaning(error: unknown): string {
  const code = errorCode(error);
  const words = error instanceof Error ? error.message : String(error);
  return code === undefined ? words : `${MEANINGS[code] ?? words} (${code})`;
}

/** Throws what a failed file operation means. Errors that are not the system's own are thrown on as they are. */
export function fileFailed(subject: string, expected: string, error: unknown): never {
  if (errorCode(error) === undefined) throw error;
  failed(subject, expected, errorMeaning(error), error);
}
