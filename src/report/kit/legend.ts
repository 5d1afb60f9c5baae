/** What colours and marks mean, beside them. */
import { html, Markup } from "./markup.ts";

/** The look of a swatch in CSS, and what it stands for. */
export interface Meaning {
  look: string;
  words: string;
}

/** A swatch of one colour. */
export function coloured(colour: string, words: string): Meaning {
  return { look: `background:${colour}`, words };
}

export function legend(meanings: readonly Meaning[]): Markup {
  return html`<ul class="colours">${meanings.map(
    ({ look, words }) => html`<li><i style="${new Markup(look)}"></i>${words}</li>`,
  )}</ul>`;
}
