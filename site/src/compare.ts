/** The page "Compare": one digit and one question put to two models, side by side, and what fools the one fed to the other. */
import { DigitPicker } from "./digit-picker.ts";
import { byId, el, scrollTo } from "./dom.ts";
import { Engine } from "./engine.ts";
import { siteRoot } from "./fetched.ts";
import { currentLink, linkOf, modelOf, type Question, questionOf, showLink } from "./link.ts";
import { modelList, QuestionForm } from "./question-form.ts";
import { repeatView } from "./repeat-view.ts";
import { imageOf, runSearch, type Searched, showFailure, showReading } from "./search-run.ts";
import { SearchView } from "./search-view.ts";
import { startShell } from "./shell.ts";
import type { ShippedName } from "./shipped.ts";
import { Turn } from "./turn.ts";
import { distanceOf, figure, METHOD_NAMES, percent, withArticle } from "./words.ts";

const USUAL = ["fc100-100-10", "mnist-convnet"] as const;
const SIDES = ["first", "second"] as const;

const engine = new Engine();
const turn = new Turn();
const views = SIDES.map(() => new SearchView());
const lists = SIDES.map((side, i) => modelList(side, USUAL[i] as ShippedName));
const picker = new DigitPicker(() => read());
const form = new QuestionForm(() => read());
const desk = byId("question", HTMLFormElement);
const stop = byId("stop", HTMLButtonElement);
const cross = byId("cross", HTMLElement);
const repeat = byId("repeat", HTMLElement);

const models = () => lists.map(({ value }) => value as ShippedName);
const question = (): Question => ({ digit: picker.digit, ...form.asked() });
const failIn = (view: SearchView) => (error: unknown) => showFailure(view, error);
const fail = (error: unknown) => {
  for (const view of views) showFailure(view, error);
};

function begin(): void {
  const [first, second] = models();
  showLink([["first", first as string], ["second", second as string], ...linkOf(question())]);
  cross.replaceChildren();
  repeat.replaceChildren();
}

async function read(): Promise<void> {
  begin();
  stop.hidden = true;
  await turn.run(async (signal) => {
    for (const [i, view] of views.entries()) {
      await showReading(engine, view, models()[i] as ShippedName, question(), signal);
    }
  }, fail);
}

/** What fools one model fed to the other: a sentence each. */
async function showCross(names: readonly ShippedName[], found: readonly Searched[]): Promise<void> {
  const [a, b] = found.map(({ example }) => (example.outcome === "found" ? distanceOf(example) : undefined));
  const name = METHOD_NAMES[form.asked().method];
  const lines: string[] = [];
  if (a !== undefined && b !== undefined && a !== b) {
    const [near, far] = a < b ? [0, 1] : [1, 0];
    const [least, most] = [Math.min(a, b), Math.max(a, b)];
    lines.push(
      `${names[far]} takes ${figure(most / least)} times as far in ${name} as ${names[near]}: ${figure(most)} against ${figure(least)}.`,
    );
  }
  for (const [i, { example }] of found.entries()) {
    if (example.outcome !== "found") continue;
    const other = names[1 - i] as ShippedName;
    const p = await engine.call("answers", { key: other, rows: example.adversarial.slice() });
    const answer = p.reduce((best, value, at) => (value > (p[best] as number) ? at : best), 0);
    lines.push(
      `What ${names[i]} reads as ${withArticle(`${example.adversarialPrediction}`)}, ${other} reads as ${withArticle(`${answer}`)} (${percent(p[answer] as number)}).`,
    );
  }
  cross.replaceChildren(
    el("h2", {}, "Between the two"),
    el("ul", { class: "sentences" }, ...lines.map((line) => el("li", {}, line))),
  );
}

async function search(): Promise<void> {
  begin();
  stop.hidden = false;
  const isOver = await turn.run(async (signal) => {
    const names = models();
    const found: Searched[] = [];
    for (const [i, view] of views.entries()) {
      const name = names[i] as ShippedName;
      const one = await runSearch(engine, view, name, question(), signal);
      found.push(one);
      repeat.append(repeatView(one.repeat, { title: `Repeat it: ${name}` }));
    }
    await showCross(names, found);
  }, fail);
  if (isOver) stop.hidden = true;
}

for (const [i, side] of SIDES.entries()) byId(`${side}-view`, HTMLElement).append((views[i] as SearchView).element);
for (const list of lists) list.addEventListener("change", () => void read());
desk.addEventListener("submit", (event) => {
  event.preventDefault();
  scrollTo((views[0] as SearchView).element);
  void search();
});
stop.addEventListener("click", () => turn.stop());
const prefetch = () => {
  for (const name of models()) void engine.shipped(name).catch(() => {});
};
for (const kind of ["pointerenter", "focusin"]) desk.addEventListener(kind, prefetch, { once: true });

async function open(): Promise<void> {
  const link = currentLink();
  try {
    const linked = questionOf(link);
    for (const [i, side] of SIDES.entries()) (lists[i] as HTMLSelectElement).value = modelOf(link, side, USUAL[i]);
    picker.set(linked.digit);
    form.set(linked);
    if (link.size > 0) await search();
    else for (const view of views) view.showOriginal((await imageOf(linked)).asked);
  } catch (error) {
    fail(error);
  }
}

addEventListener("hashchange", () => void open());
startShell(siteRoot());
byId("search", HTMLButtonElement).disabled = false;
await Promise.all([picker.fill().catch(failIn(views[0] as SearchView)), open()]);
