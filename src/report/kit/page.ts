/** The frame of every page: one file without scripts, fonts or links, which opens from a disk, a mail or an archive. */

import type { MissingImages } from "../../studies/missing.ts";
import { rangesOf } from "../../studies/ranges.ts";
import type { Drawing } from "./drawing.ts";
import { counted } from "./format.ts";
import { html, Markup, type Piece } from "./markup.ts";
import { STYLE } from "./style.css.ts";

export interface Page {
  /** Above the heading, and in the tab of the browser. */
  title: string;
  /** The result in a sentence. */
  heading: string;
  /** Below the heading. */
  asides?: readonly Piece[];
  /** Images that are not in the record. */
  missing?: MissingImages | undefined;
  sections: readonly (Markup | undefined)[];
  /** Of Blindspot. */
  version: string;
}

/** Which images the numbers of a report are without, and why. */
export function missingWords({ images, reasons }: MissingImages): string {
  const { length } = images;
  const which = `${counted(length, "image")} of those asked for ${length === 1 ? "is" : "are"} missing`;
  return `Incomplete: ${which} in all numbers here (${rangesOf(images)}). ${reasons.join("; ")}.`;
}

/** The whole page. Every text is escaped. */
export function page({ title, heading, asides = [], missing, sections, version }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="generator" content="blindspot ${version}">
<title>${title} · Blindspot</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
<header>
<p class="eyebrow">${title}</p>
<h1>${heading.replace(/(\d) %/g, "$1\u00a0%")}</h1>
${
  missing &&
  html`<p class="aside missing">${missingWords(missing)}</p>
`
}${asides.filter((aside) => aside !== undefined).map((aside) => html`<p class="aside">${aside}</p>\n`)}</header>
${sections.filter((section) => section !== undefined).map((section) => html`${section}\n`)}</main>
<footer>Made by Blindspot ${version}. The method is that of Szegedy et al., “Intriguing properties of neural networks”, ICLR 2014.</footer>
</body>
</html>
`.text;
}

/** A card with a number each. */
export function figureCards(cards: readonly (readonly [term: string, value: Piece])[]): Markup {
  return html`<dl class="figures">
${cards.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}
</dl>`;
}

/** A drawing in its frame, the narrow one on narrow screens. */
export function plotFigure({ wide, narrow }: Drawing, label: string): Markup {
  return html`<figure class="plot" role="img" aria-label="${label}">
<div class="wide">${new Markup(wide)}</div><div class="narrow">${new Markup(narrow)}</div>
</figure>`;
}
