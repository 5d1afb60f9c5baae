/** The evidence of an audit as a page to print, with room for what a person has to add. */
import { html } from "../kit/markup.ts";
import { page } from "../kit/page.ts";
import type { Evidence } from "./evidence.ts";

export function evidencePage({ title, version, notice, sections, toFillIn }: Evidence): string {
  return page({
    title: `Evidence: ${title}`,
    heading: "A robustness test, its domain, its methods and their limits",
    asides: [notice],
    sections: [
      ...sections.map(
        ({ title: heading, asked, entries }) => html`<section class="prose evidence">
<h2>${heading}</h2>
<p class="asked">${asked}</p>
<table>${entries.map(({ term, text }) => html`<tr><th scope="row">${term}</th><td>${text}</td></tr>`)}</table>
</section>`,
      ),
      html`<section class="prose evidence">
<h2>To be filled in</h2>
<p class="asked">What no test can say.</p>
<table>${toFillIn.map((what) => html`<tr><th scope="row">${what}</th><td class="blank"></td></tr>`)}</table>
</section>`,
    ],
    version,
  });
}
