/** The page "Digits": a digit, a question, and the search for the smallest change, live; then the result fed to the other models. */
import { encodePng } from "../../src/data/png.ts";
import { DigitPicker } from "./digit-picker.ts";
import { byId, scrollTo } from "./dom.ts";
import { Engine } from "./engine.ts";
import { siteRoot } from "./fetched.ts";
import { currentLink, linkOf, modelOf, type Question, questionOf, showLink } from "./link.ts";
import { modelList, QuestionForm } from "./question-form.ts";
import { repeatView, saveButton } from "./repeat-view.ts";
import { imageOf, runSearch, type Searched, showFailure, showReading } from "./search-run.ts";
import { SearchView } from "./search-view.ts";
import { startShell } from "./shell.ts";
import type { ShippedName } from "./shipped.ts";
import { TransferView } from "./transfer-view.ts";
import { Turn } from "./turn.ts";

const engine = new Engine();
const view = new SearchView();
const transfer = new TransferView(engine);
const picker = new DigitPicker(() => read());
const form = new QuestionForm(() => read());
const models = modelList("models", "fc100-100-10");
const desk = byId("question", HTMLFormElement);
const stop = byId("stop", HTMLButtonElement);
const repeat = byId("repeat", HTMLElement);
const turn = new Turn();

const model = () => models.value as ShippedName;
const question = (): Question => ({ digit: picker.digit, ...form.asked() });
const fail = (error: unknown) => showFailure(view, error);

/** Forgets the last result and keeps the state in the link. */
function begin(): void {
  showLink([["model", model()], ...linkOf(question())]);
  repeat.replaceChildren();
  transfer.clear();
}

/** Something else was chosen: shows what the model reads in it. */
async function read(): Promise<void> {
  begin();
  stop.hidden = true;
  await turn.run((signal) => showReading(engine, view, model(), question(), signal), fail);
}

async function search(): Promise<void> {
  begin();
  stop.hidden = false;
  const isOver = await turn.run(async (signal) => {
    const isDrawn = picker.digit.kind === "drawn";
    const attacked = model();
    const found = await runSearch(engine, view, attacked, question(), signal);
    stop.hidden = true;
    showRepeat(found, isDrawn);
    await transfer.show(attacked, found.image, found.example);
  }, fail);
  if (isOver) stop.hidden = true;
}

function showRepeat({ repeat: record, image }: Searched, isDrawn: boolean): void {
  const picture = () => {
    const data = Uint8Array.from(image, (value) => Math.round(255 * value));
    return encodePng({ width: 28, height: 28, channels: 1, data }) as Uint8Array<ArrayBuffer>;
  };
  const drawing = {
    before: "Save the drawing into a folder named drawn, and run the command beside that folder.",
    more: [saveButton("Save the drawing", "drawing.png", "image/png", picture)],
  };
  repeat.replaceChildren(repeatView(record, isDrawn ? drawing : {}));
}

byId("view", HTMLElement).append(view.element);
byId("transfer", HTMLElement).append(transfer.element);
desk.addEventListener("submit", (event) => {
  event.preventDefault();
  scrollTo(view.element);
  void search();
});
models.addEventListener("change", () => void read());
stop.addEventListener("click", () => turn.stop());
// Whoever is about to ask gets the model meanwhile; before that the page fetches none.
const prefetch = () => void engine.shipped(model()).catch(() => {});
for (const kind of ["pointerenter", "focusin"]) desk.addEventListener(kind, prefetch, { once: true });

/** Shows what the link says, and runs it where it says something. */
async function open(): Promise<void> {
  const link = currentLink();
  try {
    const [linkedModel, linked] = [modelOf(link), questionOf(link)];
    models.value = linkedModel;
    picker.set(linked.digit);
    form.set(linked);
    if (link.size > 0) await search();
    else view.showOriginal((await imageOf(linked)).asked);
  } catch (error) {
    fail(error);
  }
}

addEventListener("hashchange", () => void open());
startShell(siteRoot());
byId("search", HTMLButtonElement).disabled = false;
await Promise.all([picker.fill().catch(fail), open()]);
