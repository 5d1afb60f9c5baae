/** The history of the peers' ratios as SVG: a panel for each model and pass, a line for each peer, the oldest commit left. */
import { scaleLinear } from "d3-scale";
import {
  at,
  bottomAxis,
  bottomRoom,
  FONT_SIZE,
  leftAxis,
  leftRoom,
  PADDING,
  rule,
  standaloneSvg,
  svg,
  text,
} from "../dist/report/kit/drawing.js";
import { html } from "../dist/report/kit/markup.js";

const COLOURS = { tfjs: "#d9822b", onnxruntime: "#4a86c5", jax: "#7a9a3a" };
const WIDTH = 760;
const PANEL = 110;
const GAP = 34;
const LEGEND = 130;

/** The panels in the order in which they first appear. */
function panelsOf(entries) {
  return [...new Set(entries.flatMap(({ ratios }) => Object.keys(ratios)))];
}

function panel(name, entries, top, isLast) {
  const peers = Object.keys(COLOURS).filter((peer) => entries.some(({ ratios }) => ratios[name]?.[peer] !== undefined));
  const most = Math.max(1, ...peers.flatMap((peer) => entries.map(({ ratios }) => ratios[name]?.[peer] ?? 0)));
  const y = scaleLinear([0, most], [top + PANEL, top]).nice(4);
  const ticks = y.ticks(4).map((value) => ({ at: y(value), label: `${value}` }));
  const left = leftRoom(["100.0"]);
  const plot = { left, right: WIDTH - LEGEND, top, bottom: top + PANEL };
  const x = (i) => left + ((i + 0.5) * (plot.right - left)) / entries.length;
  const ends = [];
  const lines = peers.flatMap((peer) => {
    const points = entries.flatMap(({ ratios }, i) => {
      const ratio = ratios[name]?.[peer];
      return ratio === undefined ? [] : [[at(x(i)), at(y(ratio)), ratio]];
    });
    ends.push({ y: points.at(-1)[1], words: `${peer} ${points.at(-1)[2].toFixed(2)}`, colour: COLOURS[peer] });
    const path = points.map(([px, py]) => `${px},${py}`).join(" ");
    return [
      html`<polyline points="${path}" fill="none" stroke="${COLOURS[peer]}" stroke-width="1.5"/>`,
      ...points.map(([px, py]) => html`<circle cx="${px}" cy="${py}" r="2.5" fill="${COLOURS[peer]}"/>`),
    ];
  });
  // Words that would overlap move down.
  ends.sort((a, b) => a.y - b.y);
  ends.forEach((end, i) => {
    if (i > 0) end.y = Math.max(end.y, ends[i - 1].y + FONT_SIZE);
  });
  const commits = entries.map(({ commit }, i) => ({ at: x(i), label: commit.slice(0, 7) }));
  return [
    text(left, top - FONT_SIZE, name, "start"),
    ...leftAxis(plot, ticks),
    rule(left, y(1), plot.right, y(1), { dash: "3 3" }),
    ...lines,
    ...ends.flatMap(({ y: middle, words, colour }) => [
      html`<g fill="${colour}">${text(plot.right + PADDING, middle, words, "start")}</g>`,
    ]),
    ...(isLast ? bottomAxis(plot, commits) : []),
  ];
}

/** @param entries what bench/history.json holds, one at least */
export function historyPlot(entries) {
  const panels = panelsOf(entries);
  const top = 2 * FONT_SIZE + GAP;
  const pieces = panels.flatMap((name, i) => panel(name, entries, top + i * (PANEL + GAP), i === panels.length - 1));
  const title = text(PADDING, FONT_SIZE, "Processor time of the peers, in multiples of Blindspot's", "start");
  return standaloneSvg(svg(WIDTH, top + panels.length * (PANEL + GAP) + bottomRoom(), [title, ...pieces]));
}
