/** The frame of a page: what leads to the other parts of the site, the headings of the page, the page. */
const escaped = (/** @type {string} */ text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** No script at all, and nothing from elsewhere. */
const POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'";

/** Headings beyond this are a list that one has to open. */
const OPEN = 12;

/** The list of headings behind the title of a page. */
function placed(/** @type {string} */ html, /** @type {string} */ contents) {
  const end = html.indexOf("</h1>");
  return end < 0 ? contents + html : `${html.slice(0, end + 5)}\n${contents}${html.slice(end + 5)}`;
}

/**
 * @param {{ title: string, sections: { words: string, id: string }[], html: string, up: string, isReference: boolean,
 *           play?: string | undefined, guides: boolean }} page  `up` leads to the folder of the documentation
 */
export function pageOf({ title, sections, html, up, isReference, play, guides }) {
  const current = (/** @type {boolean} */ is) => (is ? ' aria-current="true"' : "");
  const list = `<ul>\n${sections.map(({ words, id }) => `<li><a href="#${id}">${escaped(words)}</a></li>`).join("\n")}\n</ul>`;
  const contents =
    sections.length < 3
      ? ""
      : `<nav class="contents" aria-label="On this page"><details${sections.length > OPEN ? "" : " open"}><summary>On this page</summary>\n${list}</details></nav>\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)} · Blindspot</title>
<link rel="icon" href="${up}/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${up}/docs.css">
</head>
<body>
<a class="skip" href="#content">To the text</a>
<header><nav aria-label="Blindspot">
<a class="home" href="${up}/index.html">Blindspot</a>
${play === undefined ? "" : `<a href="${play.startsWith(".") ? `${up}/${play}` : play}">Play</a>\n`}<a href="${up}/index.html"${current(!isReference)}>Guides</a>
${guides ? "" : `<a href="${up}/reference/index.html"${current(isReference)}>Reference</a>\n`}</nav></header>
<main id="content">
${placed(html, contents)}</main>
</body>
</html>
`;
}
