/**
 * The frame of every page: head, policy, navigation, footer. A page's own index.html has a title, a description and a `main`;
 * generated pages need no more either.
 */
import type { Plugin } from "vite";
import { VERSION } from "../../src/version.ts";
import { POLICY } from "./policy.ts";
import { withQuestion } from "./question.ts";

/** The pages that the navigation names, by their folder. */
const PAGES: readonly (readonly [folder: string, name: string])[] = [
  ["", "Digits"],
  ["model/", "Your model"],
  ["units/", "Units"],
  ["compare/", "Compare"],
  ["docs/", "Docs"],
];

/** How a page in a folder of the site writes the way to its root: "./" or "../". */
const rootOf = (folder: string): string => "../".repeat(folder.split("/").length - 1) || "./";

const headOf = (root: string): string => `
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="${POLICY}">
    <meta name="color-scheme" content="light dark">
    <meta name="theme-color" content="#faf8f5" media="(prefers-color-scheme: light)">
    <meta name="theme-color" content="#131519" media="(prefers-color-scheme: dark)">
    <meta name="referrer" content="no-referrer">
    <meta name="root" content="${root}">
    <link rel="icon" href="/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/src/style/site.css">`;

const navigationOf = (folder: string, root: string): string => `
    <a class="skip" href="#main">Skip to the page</a>
    <header class="bar">
      <a class="mark" href="${root}"><svg viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="13"/><circle cx="20.5" cy="12.5" r="4.5"/></svg>Blindspot</a>
      <nav aria-label="Site">
        ${PAGES.map(([to, name]) => `<a href="${root}${to}"${to === folder ? ' aria-current="page"' : ""}>${name}</a>`).join("\n        ")}
      </nav>
    </header>`;

const FOOTER = `
    <footer class="foot">
      <p>Blindspot ${VERSION}. Everything is computed on your machine: no picture, model or drawing leaves it.
      <span id="offline" role="status"></span></p>
      <p>The method is that of Szegedy et al., <cite>Intriguing properties of neural networks</cite>, ICLR 2014.</p>
    </footer>`;

/** Puts the frame around what a page holds.   path  of the page below the site, "model/index.html" */
export function framed(html: string, path: string): string {
  const folder = path.replace(/^\//, "").replace(/index\.html$/, "");
  const root = rootOf(folder);
  return withQuestion(html)
    .replace("<head>", `<head>${headOf(root)}`)
    .replace(
      /<title>(.*?)<\/title>/,
      (_, title) => `<title>${title === "Blindspot" ? title : `${title} · Blindspot`}</title>`,
    )
    .replace("<body>", `<body>${navigationOf(folder, root)}`)
    .replace("</body>", `${FOOTER}\n  </body>`);
}

/** The frame as a plugin. */
export function frame(): Plugin {
  return {
    name: "frame",
    transformIndexHtml: { order: "pre", handler: (html, { path }) => framed(html, path) },
  };
}
