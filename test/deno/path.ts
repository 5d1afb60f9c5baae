/** What our tests use of @std/path, over node:path: CI resolves the name to this file and needs no registry. */
export { basename, dirname, join, relative } from "node:path";
export { fileURLToPath as fromFileUrl } from "node:url";
