/** HTML by tagged templates: what is put in is escaped unless it is markup already, so that no text becomes a tag. */
import { htmlEscape } from "escape-goat";

/** A piece of HTML that may be put in as it is. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes: markup as it is, lists of markup behind one another, everything else as escaped text. */
export type Piece = Markup | readonly Markup[] | string | number | undefined;

function written(piece: Piece): string {
  if (piece === undefined) return "";
  if (piece instanceof Markup) return piece.text;
  if (Array.isArray(piece)) return piece.map(written).join("");
  return htmlEscape(String(piece));
}

export function html(strings: TemplateStringsArray, ...pieces: Piece[]): Markup {
  return new Markup(strings.reduce((text, string, i) => text + written(pieces[i - 1]) + string));
}
