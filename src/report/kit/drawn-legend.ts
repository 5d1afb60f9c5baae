/** The legend above lines, within the drawing: a sample and a name each, over as many lines of text as it takes. */
import { at, text, textWidth } from "./drawing.ts";
import { html, type Markup } from "./markup.ts";

interface NamedLook {
  name: string;
  colour: string;
  /** SVG's dash pattern; none where it is empty. */
  dash?: string;
}

/** A line of the legend in CSS pixels. */
export const LEGEND_LINE = 17;
const SAMPLE = 20;
const GAP = 6;
const BETWEEN = 16;

/** Entries from `left` on, within a width; and how high they are. */
export function drawnLegend(
  entries: readonly NamedLook[],
  left: number,
  width: number,
  stroke = 2.5,
): { marks: Markup[]; height: number } {
  let [from, line] = [left, 0];
  const marks = entries.map(({ name, colour, dash }) => {
    const needs = SAMPLE + GAP + textWidth(name) + BETWEEN;
    if (from > left && from + needs > width) [from, line] = [left, line + 1];
    const middle = 9 + line * LEGEND_LINE;
    const start = from;
    from += needs;
    return html`<line x1="${at(start)}" y1="${middle}" x2="${at(start + SAMPLE)}" y2="${middle}" stroke="${colour}" stroke-width="${stroke}" stroke-dasharray="${dash || "none"}"/>${text(start + SAMPLE + GAP, middle, name, "start")}`;
  });
  return { marks, height: (line + 1) * LEGEND_LINE };
}
