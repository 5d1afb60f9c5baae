/** Markdown to HTML as GitHub has it: tables, headings with the same anchors, code in colours that a style sheet gives. */
import Slugger from "github-slugger";
import highlight from "highlight.js/lib/common";
import MarkdownIt from "markdown-it";

const ALIASES = { mjs: "js", sh: "bash" };

const markdown = new MarkdownIt({
  html: false,
  highlight(code, language) {
    const name = ALIASES[language] ?? language;
    return highlight.getLanguage(name) ? highlight.highlight(code, { language: name }).value : "";
  },
});
// A wide table or a long line of code scrolls by itself, also by keyboard.
const { fence, code_block } = markdown.renderer.rules;
for (const [name, rule] of Object.entries({ fence, code_block })) {
  markdown.renderer.rules[name] = (...given) => rule(...given).replace("<pre>", '<pre tabindex="0">');
}
markdown.renderer.rules.table_open = () =>
  '<div class="scroll" tabindex="0" role="region" aria-label="table"><table>\n';
markdown.renderer.rules.table_close = () => "</table></div>\n";

/**
 * A page: its title, its headings of the second level, and its HTML.
 *
 * @param {string} text
 * @param {(target: string, kind: "link" | "image") => string} resolve  what a link of the text is on the site
 */
export function render(text, resolve) {
  const slugger = new Slugger();
  const tokens = markdown.parse(text, {});
  const headings = [];
  tokens.forEach((token, i) => {
    if (token.type === "heading_open") {
      const words = (tokens[i + 1].children ?? []).map(({ content }) => content).join("");
      const id = slugger.slug(words);
      token.attrSet("id", id);
      headings.push({ level: Number(token.tag.slice(1)), words, id });
    }
    for (const child of token.children ?? []) {
      if (child.type === "link_open") child.attrSet("href", resolve(child.attrGet("href"), "link"));
      if (child.type === "image") child.attrSet("src", resolve(child.attrGet("src"), "image"));
    }
  });
  return {
    title: headings.find(({ level }) => level === 1)?.words ?? "Blindspot",
    sections: headings.filter(({ level }) => level === 2),
    html: markdown.renderer.render(tokens, markdown.options, {}),
  };
}
