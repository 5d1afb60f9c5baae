/** Links that lead nowhere, read from the pages as they are written: to pages, to headings of pages, to copies of files. */
import { posix } from "node:path";

/**
 * @param {Map<string, string>} pages
 * @param {Set<string>} files   copies beside the pages
 * @param {{ play?: string | undefined, guides?: boolean }} options  links to `play`, and without the reference to it, are not looked at
 * @returns {string[]}
 */
export function brokenLinks(pages, files, { play, guides } = {}) {
  const broken = [];
  const anchors = new Map(
    [...pages].map(([page, html]) => [page, new Set([...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id))]),
  );
  for (const [page, html] of pages) {
    for (const [, target] of html.matchAll(/(?:href|src)="([^"]*)"/g)) {
      if (/^(?:https?:|mailto:)/.test(target) || target === play || target.endsWith("docs.css")) continue;
      const [path, fragment] = target.split("#");
      const to = path === "" ? page : posix.normalize(posix.join(posix.dirname(page), decodeURI(path)));
      if (play !== undefined && to === posix.normalize(play)) continue;
      if (guides && to.startsWith("reference/")) continue;
      const known = anchors.get(to);
      const isThere = known ? !fragment || known.has(decodeURIComponent(fragment)) : files.has(to);
      if (!isThere) broken.push(`${page}: ${target}`);
    }
  }
  return broken;
}
