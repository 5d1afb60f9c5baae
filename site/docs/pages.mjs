/** Which files of the repository are pages of the site, and where. Links lead from page to page; to other files they bring a copy of the file. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { posix } from "node:path";

/** Files beside docs/ that are pages too. */
const BESIDE = {
  "README.md": "about.html",
  "CONTRIBUTING.md": "contributing.html",
  "SECURITY.md": "security.html",
  "CHANGELOG.md": "changelog.html",
};
/** What a browser shows as it is. Other files are text. */
const SHOWN = /\.(?:png|svg|jpg|json|txt|html|css)$/;

/**
 * Every page, by its file in the repository.
 *
 * @param {string} root
 * @returns {Map<string, string>}
 */
export function pagesOf(root) {
  const pages = new Map(Object.entries(BESIDE).filter(([file]) => existsSync(posix.join(root, file))));
  const find = (folder) => {
    for (const name of readdirSync(posix.join(root, folder)).sort()) {
      const file = `${folder}/${name}`;
      if (name === "node_modules") continue;
      if (statSync(posix.join(root, file)).isDirectory()) find(file);
      else if (name.endsWith(".md")) pages.set(file, pageName(file));
    }
  };
  for (const folder of ["docs", "examples", "models"]) if (existsSync(posix.join(root, folder))) find(folder);
  return pages;
}

/** @param {string} file */
function pageName(file) {
  const path = file.replace(/^docs\//, "").replace(/\.md$/, ".html");
  return posix.join(posix.dirname(path), posix.basename(path) === "README.html" ? "index.html" : posix.basename(path));
}

/**
 * What a link of a file is on the site.
 *
 * @param {string} root
 * @param {Map<string, string>} pages
 * @param {Set<string>} copies  gets the files that links bring
 * @param {string[]} broken     gets the links that lead nowhere
 */
export function resolver(root, pages, copies, broken) {
  return (/** @type {string} */ file, /** @type {string} */ page) => (/** @type {string} */ target) => {
    if (/^(?:https?:|mailto:|#)/.test(target)) return target;
    const [path = "", fragment] = target.split("#");
    // As the reference names the file where something is defined.
    const isSource = path.startsWith("source:");
    const wanted = isSource
      ? path.replace("source:", "src/")
      : posix.normalize(posix.join(posix.dirname(file), decodeURI(path)));
    const back = (/** @type {string} */ to) =>
      posix.relative(posix.dirname(page), to) + (fragment === undefined ? "" : `#${fragment}`);
    const folder = [`${wanted}/README.md`, `${wanted}/index.md`].find((name) => pages.has(name.replace("//", "/")));
    const known = pages.get(wanted) ?? (folder && pages.get(folder.replace("//", "/")));
    if (known) return back(known);
    const source = posix.join(root, wanted);
    if (!existsSync(source) || statSync(source).isDirectory()) {
      broken.push(`${file}: ${target}`);
      return target;
    }
    copies.add(wanted);
    return back(copyName(wanted));
  };
}

/** Where a file that is no page lies on the site. */
export function copyName(file) {
  return `files/${file}${SHOWN.test(file) ? "" : ".txt"}`;
}
