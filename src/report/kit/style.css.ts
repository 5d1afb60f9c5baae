/** The look of a report: paper and ink, light or dark as the reader's screen is, one accent. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #faf8f5; --card: #fff; --ink: #22262c; --soft: #676d76; --line: #e7e3dc; --accent: #a85709; --blue: #2f6fb3; --bad: #a8323e; --on-cells: #000;
  --serif: ui-serif, "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, monospace;
}
@media (prefers-color-scheme: dark) {
  :root { --paper: #131519; --card: #1b1e23; --ink: #e6e4e0; --soft: #989ea7; --line: #2c3037; --accent: #f0a452; --blue: #7fb4ef; --bad: #f0808a; --on-cells: #fff; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 var(--sans); -webkit-text-size-adjust: 100%; }
main, footer { max-width: 66rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding: 4rem 0 2.25rem; }
.eyebrow { margin: 0 0 .9rem; color: var(--accent); font-size: .875rem; font-weight: 600; letter-spacing: .02em; overflow-wrap: anywhere; }
h1 { margin: 0; max-width: 24em; font: 400 clamp(1.75rem, 4.6vw, 2.75rem)/1.2 var(--serif); letter-spacing: -.012em; text-wrap: balance; }
.aside { margin: 1rem 0 0; color: var(--soft); max-width: 46em; }
h2 { margin: 0 0 .35rem; font: 400 1.45rem/1.3 var(--serif); }
h2 + p { margin: 0 0 1.25rem; color: var(--soft); max-width: 46em; }
section { margin: 3.25rem 0 0; }
.figures { display: flex; flex-wrap: wrap; gap: 1px; margin: 0; background: var(--line); border: 1px solid var(--line); border-radius: 12px; overflow: hidden; }
.figures div { flex: 1 1 8.25rem; display: flex; flex-direction: column-reverse; justify-content: flex-end; padding: 1.05rem 1rem; background: var(--card); }
@media (min-width: 60rem) { .figures:has(div:nth-child(8)) div { flex-basis: 13rem; } }
.figures dt { color: var(--soft); font-size: .8125rem; line-height: 1.35; }
.figures dd { margin: 0 0 .2rem; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; letter-spacing: -.01em; white-space: nowrap; }
.figures small { color: var(--soft); font-size: .9375rem; letter-spacing: 0; }
.plot { margin: 0; padding: 1.4rem 1.4rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; color: var(--soft); }
.plot svg { display: block; width: 100%; height: auto; }
.plot .narrow { display: none; }
.tools { display: flex; flex-wrap: wrap; align-items: center; gap: .6rem 1.4rem; margin: 0 0 1.1rem; }
fieldset { display: flex; flex-wrap: wrap; gap: .25rem; margin: 0; padding: 0; border: 0; }
fieldset label { padding: .28rem .8rem; border: 1px solid var(--line); border-radius: 99px; color: var(--soft); font-size: .875rem; cursor: pointer; }
fieldset label:hover { color: var(--ink); }
fieldset label:has(:checked) { background: var(--ink); border-color: var(--ink); color: var(--paper); }
fieldset label:has(:focus-visible) { outline: 2px solid var(--accent); outline-offset: 2px; }
fieldset input { position: absolute; opacity: 0; pointer-events: none; }
.legend { display: flex; align-items: center; gap: .55rem; margin-left: auto; color: var(--soft); font-size: .8125rem; }
.legend i { width: 6.5rem; height: .6rem; border-radius: 3px; background: linear-gradient(90deg, #48a0ff, #000 50%, #ffaa40); }
.legend i.unchanged { width: .9rem; height: .9rem; background: #808080; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(17.5rem, 1fr)); gap: 1rem; margin: 0; padding: 0; list-style: none; }
.example { padding: .8rem .9rem .85rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; content-visibility: auto; contain-intrinsic-size: auto 14rem; }
.example p { display: flex; justify-content: space-between; gap: .75rem; margin: 0; color: var(--soft); font-size: .8125rem; font-variant-numeric: tabular-nums; }
.example p span { flex: none; white-space: nowrap; }
.example p span:first-child { flex: 0 1 auto; overflow: hidden; text-overflow: ellipsis; }
.example p + .triple { margin-top: .55rem; }
.example .figure { color: var(--ink); font-weight: 600; }
.not-found .figure, .misclassified .figure { color: var(--bad); }
.triple { display: grid; grid-template-columns: repeat(3, 1fr); gap: .5rem; margin-bottom: .6rem; }
.triple figure { margin: 0; min-width: 0; text-align: center; }
.triple img { display: block; width: 100%; height: auto; border-radius: 5px; image-rendering: pixelated; background: #000; }
.triple figcaption { margin-top: .35rem; color: var(--soft); font-size: .8125rem; line-height: 1.35; font-variant-numeric: tabular-nums; }
.triple b { display: block; color: var(--ink); font: 400 1.2rem/1.25 var(--serif); overflow-wrap: anywhere; }
.triple .named b { font-size: 1rem; }
.triple .words { grid-column: 2 / -1; align-self: center; padding-left: .4rem; display: block; }
.keys { flex-wrap: wrap; justify-content: flex-start !important; gap: .3rem .8rem !important; }
.keys i { display: inline-block; width: .75rem; height: .75rem; margin-right: .3rem; border-radius: 3px; vertical-align: -1px; border: 1px solid var(--line); }
.found .after b, .triple .misread { color: var(--accent); }
.four { grid-template-columns: repeat(4, 1fr); margin-bottom: 0; }
.four b small { color: var(--soft); font: 400 .8125rem var(--sans); }
.checks { margin: 0; padding: 0; list-style: none; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.checks li { display: flex; gap: 1rem; padding: .75rem 1rem; }
.checks li + li { border-top: 1px solid var(--line); }
.checks b { flex: 0 0 3.2rem; font-weight: 600; color: var(--blue); }
.checks .fails b { color: var(--bad); }
.checks small { display: block; color: var(--soft); font-size: .8125rem; }
.pages { justify-content: center; margin: 1.2rem 0 0; }
.pages label { min-width: 2.4rem; text-align: center; }
.on-cell { fill: var(--on-cells); }
.colours { display: flex; flex-wrap: wrap; gap: .3rem 1.3rem; margin: 0 0 .9rem; padding: 0; list-style: none; color: var(--soft); font-size: .8125rem; }
.colours i { display: inline-block; width: .8rem; height: .8rem; margin-right: .45rem; border-radius: 3px; vertical-align: -.08rem; }
.plot + .colours { margin-top: 1rem; }
.scrolls { margin: 0 0 .4rem; color: var(--soft); font-size: .8125rem; text-align: right; }
.scrolls.on-narrow { display: none; }
.matrix .number { text-align: right; }
details.more { margin: .8rem 0 0; }
details.more summary { cursor: pointer; color: var(--soft); font-size: .875rem; }
details.more[open] summary { margin-bottom: .8rem; }
.prose h2 + p { color: inherit; }
.prose p { max-width: 46em; margin: 0 0 .9rem; }
pre { margin: 0 0 1.25rem; padding: .95rem 1.15rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; font: .875rem/1.6 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; font-size: .9375rem; }
th, td { padding: .5rem 1rem .5rem 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top; }
tr:last-child > * { border-bottom: 1px solid var(--line); }
th { width: 11rem; color: var(--soft); font-weight: 400; }
td { overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
td code { font: .8438rem/1.5 var(--mono); }
.scroll { overflow-x: auto; background: linear-gradient(90deg, var(--card) 30%, transparent) 0 0 / 2rem 100% no-repeat local, linear-gradient(270deg, var(--card) 30%, transparent) 100% 0 / 2rem 100% no-repeat local, linear-gradient(90deg, var(--line), transparent) 0 0 / .9rem 100% no-repeat scroll, linear-gradient(270deg, var(--line), transparent) 100% 0 / .9rem 100% no-repeat scroll, var(--card); border: 1px solid var(--line); border-radius: 12px; }
.stack { display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
.stack h3 { margin: 1.5rem 0 0; font-size: 1rem; }
.stack p { margin: 0; color: var(--soft); }
.stack .matrix th:first-child { overflow-wrap: normal; }
.matrix { font-size: .875rem; }
.matrix th, .matrix td { width: auto; padding: .6rem .75rem; border-top: 1px solid var(--line); white-space: nowrap; overflow-wrap: normal; }
.matrix thead th, .matrix tbody tr:first-child > * { border-top: 0; }
.matrix thead th { border-bottom: 1px solid var(--line); vertical-align: bottom; }
.matrix tbody tr:last-child > * { border-bottom: 0; }
.matrix th:first-child { position: sticky; left: 0; background: var(--card); white-space: normal; min-width: 8rem; overflow-wrap: anywhere; }
.matrix th { color: var(--ink); }
.matrix thead th:first-child { color: var(--soft); }
.matrix b { display: block; font-weight: 600; }
.matrix small { display: block; color: var(--soft); font-size: .75rem; line-height: 1.45; }
.matrix .own b { color: var(--accent); }
.matrix .paper { color: var(--blue); }
.plot + .scroll { margin-top: 1rem; }
.choices { margin: .9rem 0 0; padding-left: 1.1rem; color: var(--soft); font-size: .875rem; line-height: 1.5; max-width: 52em; }
.choices li { margin: 0 0 .35rem; }
section h3 { margin: 1.6rem 0 .6rem; font-size: 1rem; }
.evidence .asked { color: var(--soft); }
.evidence th { width: 14rem; }
.evidence .blank { height: 4.5rem; }
h3 + .note { margin-top: 0; }
.note + .gallery { margin-top: 1rem; }
.note { margin: 1rem 0 0; color: var(--soft); font-size: .875rem; max-width: 46em; }
.lines { display: grid; gap: .9rem; margin: 0; padding: 1.2rem 1.4rem 1.4rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.lines p { margin: 0 0 .35rem; font-size: .875rem; }
.lines small { color: var(--soft); font-size: .8125rem; font-variant-numeric: tabular-nums; }
.lines img { display: block; width: 100%; height: auto; border-radius: 5px; image-rendering: pixelated; }
footer { margin-top: 4rem; padding-bottom: 3rem; color: var(--soft); font-size: .8125rem; }
@media (max-width: 40rem) {
  main, footer { padding: 0 1rem; }
  header { padding: 2.25rem 0 1.75rem; }
  section { margin-top: 2.5rem; }
  .figures div { flex-basis: calc(50% - 1px); padding: .85rem 1rem; }
  .figures div:first-child { flex-basis: 100%; }
  .plot { padding: 1rem .75rem .6rem; }
  .plot .wide { display: none; } .plot .narrow { display: block; }
  .legend { margin-left: 0; }
  th { width: 7.5rem; }
  .lines { padding: .9rem .75rem 1rem; }
  .matrix th, .matrix td { padding: .5rem .65rem; }
  .matrix th:first-child { min-width: 6.5rem; max-width: 8rem; }
  .scrolls.on-narrow { display: block; }
}
@media print { .tools fieldset, .pages, .scrolls { display: none; } .example { break-inside: avoid; content-visibility: visible; } }
`;
