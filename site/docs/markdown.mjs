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
 * @param {(target: string) => string} resolve             what a link of the text is on the site
 * @param {(target: string) => string | undefined} titleOf  the title of the page that a link leads to
 */
export function render(text, resolve, titleOf = () => undefined) {
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
    // The policy lets no style stand in an attribute.
    const aligned = /^text-align:(\w+)$/.exec(token.attrGet("style") ?? "");
    if (aligned) token.attrs = [["class", `to-${aligned[1]}`]];
    const children = token.children ?? [];
    children.forEach((child, k) => {
      if (child.type === "image") child.attrSet("src", resolve(child.attrGet("src")));
      if (child.type !== "link_open") return;
      const target = child.attrGet("href");
      const words = children[k + 1];
      // A link that reads as the name of a file reads as the title of its page.
      if (words?.type === "text" && /^[\w./-]+(?:\.md|\/)$/.test(words.content))
        words.content = titleOf(target) ?? words.content;
      child.attrSet("href", resolve(target));
    });
  });
  return {
    title: headings.find(({ level }) => level === 1)?.words ?? "Blindspot",
    sections: headings.filter(({ level }) => level === 2),
    html: markdown.renderer.render(tokens, markdown.options, {}),
  };
}
