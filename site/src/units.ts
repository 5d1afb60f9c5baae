/** The page "Units": the images that the units of a layer and random directions respond to most, side by side. */
import { outOfRange } from "../../src/check.ts";
import { DIGIT_SHAPE } from "./digit-picker.ts";
import { byId, el } from "./dom.ts";
import { Engine } from "./engine.ts";
import { mnistDigits, siteRoot } from "./fetched.ts";
import { currentLink, LARGEST_SEED, modelOf, oneOf, showLink, wholeOf } from "./link.ts";
import { drawImage } from "./picture.ts";
import { modelList } from "./question-form.ts";
import { repeatView } from "./repeat-view.ts";
import { startShell } from "./shell.ts";
import type { ShippedName } from "./shipped.ts";
import { StatusLine } from "./status-line.ts";
import { Turn } from "./turn.ts";
import { figure, percent } from "./words.ts";
import type { Calls, NetworkSaid } from "./worker/protocol.ts";

type Answer = Calls["units"]["answer"];
type Line = Answer["lines"][number];

/** Images of the test set that are ranked, images a row, rows of each kind. */
const COUNTS = ["500", "1000"] as const;
const TOP = 8;
const SHOWN = 6;
const DIRECTIONS = 64;

const engine = new Engine();
const turn = new Turn();
const models = modelList("models", "mnist-convnet");
const layers = byId("layers", HTMLSelectElement);
const count = byId("count", HTMLSelectElement);
const seed = byId("seed", HTMLInputElement);
const form = byId("question", HTMLFormElement);
const stop = byId("stop", HTMLButtonElement);
const status = new StatusLine();
const fail = (error: unknown) => status.fail(error);
const shown = byId("lines", HTMLElement);
const repeat = byId("repeat", HTMLElement);

const model = () => models.value as ShippedName;

function keepLink(): void {
  showLink([
    ["model", model()],
    ["layer", layers.value],
    ["count", count.value],
    ["seed", `${seed.valueAsNumber || 0}`],
  ]);
}

/** The layers whose outputs are vectors: those of maps have no units in the paper's sense. */
function vectorLayers({ layers: all }: NetworkSaid): string[] {
  return all
    .filter(({ outputShape, className }) => outputShape.length === 1 && className !== "Flatten")
    .map(({ name }) => name);
}

/** Fills the list of layers; the usual one is the last before the answer, where there is one. */
async function listLayers(chosen?: string): Promise<void> {
  const names = vectorLayers(await engine.shipped(model()));
  layers.replaceChildren(...names.map((name) => el("option", { value: name }, name)));
  const usual = names.at(-2) ?? names.at(-1) ?? "";
  if (chosen !== undefined && !names.includes(chosen)) {
    outOfRange("link, layer", `one of ${names.join(", ")}`, JSON.stringify(chosen));
  }
  layers.value = chosen ?? usual;
}

/** A line of pictures, the strongest first, and the image that was made for it. */
function lineView({ kind, column, labels, pictures, images, purity, maximiser }: Line): HTMLElement {
  const size = pictures.length / images.length;
  const picture = (image: Float32Array, label: string) => {
    const canvas = el("canvas", { width: 28, height: 28, role: "img", "aria-label": label });
    drawImage(canvas, image, DIGIT_SHAPE);
    return canvas;
  };
  const name = kind === "unit" ? `Unit ${column}` : `Direction ${column}`;
  return el(
    "div",
    { class: "line" },
    el("p", {}, el("b", {}, name), ` ${percent(purity)} of one digit`),
    el(
      "div",
      { class: "strip" },
      ...images.map((index, i) =>
        picture(pictures.subarray(i * size, (i + 1) * size), `A ${labels[i]}, test image ${index}`),
      ),
      ...(maximiser ? [el("span", { class: "made" }, picture(maximiser.image, "The image made for it"))] : []),
    ),
  );
}

function group(title: string, note: string, lines: readonly Line[]): HTMLElement {
  return el(
    "section",
    { class: "group" },
    el("h2", {}, title),
    el("p", { class: "quiet" }, note),
    ...lines.map(lineView),
  );
}

function show({ lines, tests, silent, size, repeat: record }: Answer): void {
  const { purity } = tests;
  shown.replaceChildren(
    group(
      "Units",
      `The ${TOP} images to which each unit responds most, and behind the gap the image in the box to which it responds most of all.`,
      lines.filter(({ kind }) => kind === "unit"),
    ),
    group(
      "Random directions",
      "The same for random directions in the space of the same units. If single units meant something special, these rows would look less alike.",
      lines.filter(({ kind }) => kind === "direction"),
    ),
  );
  const told = purity.p < 0.05 ? "The two are told apart" : "The two are not told apart";
  status.say(
    `${told} by how often one digit fills a row: ${percent(purity.means[0])} of the images of units, ${percent(purity.means[1])} of those of directions (p = ${figure(purity.p)}, ${size - silent} units that respond).`,
  );
  repeat.replaceChildren(repeatView(record));
}

async function run(): Promise<void> {
  keepLink();
  stop.hidden = false;
  shown.replaceChildren();
  repeat.replaceChildren();
  const isOver = await turn.run(async (signal) => {
    status.say("Reading the images …");
    const [{ rows, labels }] = await Promise.all([mnistDigits(0, Number(count.value)), engine.shipped(model())]);
    const images = { rows, labels, shape: DIGIT_SHAPE, name: "mnist:test", first: 0 };
    const ask = { key: model(), images, layer: layers.value, directions: DIRECTIONS, show: SHOWN, top: TOP };
    const answer = await engine.call(
      "units",
      { ...ask, seed: seed.valueAsNumber || 0 },
      { signal, onTell: ({ done, total }) => status.say(`Ranking, ${done} of ${total} images …`) },
    );
    signal.throwIfAborted();
    show(answer);
  }, fail);
  if (isOver) stop.hidden = true;
}

async function open(): Promise<void> {
  const link = currentLink();
  try {
    models.value = modelOf(link, "model", "mnist-convnet");
    count.value = oneOf(link, "count", COUNTS, COUNTS[0]);
    seed.value = `${wholeOf(link, "seed", LARGEST_SEED, 0)}`;
    if (link.size === 0) return;
    await listLayers(link.get("layer") ?? undefined);
    await run();
  } catch (error) {
    fail(error);
  }
}

models.addEventListener("change", () => void listLayers().then(keepLink, fail));
for (const control of [layers, count, seed]) control.addEventListener("change", keepLink);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void (layers.value === "" ? listLayers().then(run, fail) : run());
});
form.addEventListener("focusin", () => void (layers.value === "" && listLayers().catch(fail)), { once: true });
form.addEventListener("pointerenter", () => void (layers.value === "" && listLayers().catch(fail)), { once: true });
stop.addEventListener("click", () => turn.stop());
startShell(siteRoot());
await open();
