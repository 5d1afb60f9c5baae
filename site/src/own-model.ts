/** The page "Your model": files that were dropped become a network, pictures are attacked, and each gets its certified radius. */
import { encodePng } from "../../src/data/png.ts";
import { imageRaster } from "../../src/data/raster.ts";
import { DIGIT_SHAPE } from "./digit-picker.ts";
import { byId } from "./dom.ts";
import { divided, droppedFiles, modelNameOf, picturesOf } from "./dropped.ts";
import { Engine, isStop } from "./engine.ts";
import { fetchFile, mnistDigits, siteRoot } from "./fetched.ts";
import { ImageCard } from "./image-card.ts";
import { currentLink, LARGEST_SEED, oneOf, showLink, wholeOf } from "./link.ts";
import { modelSummary } from "./model-summary.ts";
import { repeatView } from "./repeat-view.ts";
import { startShell } from "./shell.ts";
import { StatusLine } from "./status-line.ts";
import { Turn } from "./turn.ts";
import type { Images, NetworkSaid } from "./worker/protocol.ts";

const CERTIFIED = ["linf", "l2", "l1"] as const;
type Norm = (typeof CERTIFIED)[number];
const RANGES = ["0,1", "0,255", "-1,1"] as const;
const SAMPLE = { model: "fc100-100-10", digits: 4 };

const engine = new Engine();
const turn = new Turn();
const drop = byId("drop", HTMLElement);
const status = new StatusLine();
const fail = (error: unknown) => status.fail(error);
const understood = byId("understood", HTMLElement);
const form = byId("question", HTMLFormElement);
const range = byId("range", HTMLSelectElement);
const seed = byId("seed", HTMLInputElement);
const button = byId("attack", HTMLButtonElement);
const stop = byId("stop", HTMLButtonElement);
const list = byId("images", HTMLElement);
const repeat = byId("repeat", HTMLElement);

let modelFiles: readonly File[] = [];
let pictureFiles: readonly File[] = [];
let network: NetworkSaid | undefined;
let images: Images | undefined;

const norm = (): Norm =>
  CERTIFIED.find((one) => form.querySelector<HTMLInputElement>("input:checked")?.value === one) ?? "linf";

function keepLink(): void {
  showLink([
    ["norm", norm()],
    ["range", range.value],
    ["seed", `${seed.valueAsNumber || 0}`],
  ]);
}

/** What is still missing, or how much there is. */
function sayWhatIsThere(): void {
  const missing = [network ? "" : "a model", images ? "" : "PNG pictures"].filter(Boolean).join(" and ");
  const count = pictureFiles.length;
  status.say(missing ? `Now drop ${missing}.` : `Ready: ${count} ${count === 1 ? "picture" : "pictures"}.`);
  button.disabled = missing !== "";
}

/** Reads the model with the range that is chosen. */
async function loadModel(): Promise<void> {
  network = undefined;
  understood.replaceChildren();
  const [low, high] = range.value.split(",").map(Number) as [number, number];
  const isUsual = low === 0 && high === 1;
  network = await engine.call("load", {
    key: modelNameOf(modelFiles),
    files: modelFiles,
    ...(!isUsual && { range: [low, high] as const }),
  });
  understood.replaceChildren(modelSummary({ ...network, name: modelNameOf(modelFiles) }));
}

/** Takes what was dropped or picked. */
async function take(files: readonly File[]): Promise<void> {
  list.replaceChildren();
  repeat.replaceChildren();
  button.disabled = true;
  await turn.run(async (signal) => {
    const { model, pictures } = divided(files);
    if (model.length === 0 && pictures.length === 0) {
      const names = files.map(({ name }) => name).join(", ") || "nothing";
      return status.say(
        `files: expected a model.json with its shards, an .onnx file or PNG pictures, got ${names}`,
        true,
      );
    }
    status.say("Reading …");
    if (model.length > 0) {
      modelFiles = model;
      await loadModel();
    }
    if (pictures.length > 0) {
      images = undefined;
      pictureFiles = pictures;
      images = await picturesOf(pictures);
    }
    signal.throwIfAborted();
    sayWhatIsThere();
  }, fail);
}

async function attack(): Promise<void> {
  const [asked, given, of] = [images, network, norm()];
  if (!asked || !given) return;
  keepLink();
  repeat.replaceChildren();
  const size = asked.rows.length / pictureFiles.length;
  const cards = pictureFiles.map((file, i) => {
    return new ImageCard(file.name, asked.rows.subarray(i * size, (i + 1) * size), asked.shape, of);
  });
  list.replaceChildren(...cards.map(({ element }) => element));
  stop.hidden = false;
  const isOver = await turn.run(async (signal) => {
    const common = { key: modelNameOf(modelFiles), images: asked, seed: seed.valueAsNumber || 0 };
    status.say("Attacking …");
    const found = await engine.call(
      "attack",
      { ...common, method: of, effort: "fast" },
      {
        signal,
        onTell: ({ item, points }) => {
          if (!signal.aborted && points.length > 0) cards[item]?.show(points.subarray(points.length - size));
        },
      },
    );
    for (const [i, example] of found.examples.entries()) cards[i]?.finish(example);
    repeat.append(repeatView(found.repeat, { title: "Repeat the attack", before: FOLDERS }));
    await certify(cards, { ...common, norm: of }, signal);
  }, fail);
  if (isOver) stop.hidden = true;
}

const FOLDERS =
  "With the model in a folder of that name, or the file itself, and the pictures in a folder named pictures.";

/** Certificates of all pictures. A layer without bounds is no failure of the attack: it is said, in the library's words. */
async function certify(
  cards: readonly ImageCard[],
  ask: { key: string; images: Images; seed: number; norm: Norm },
  signal: AbortSignal,
): Promise<void> {
  status.say("Certifying …");
  try {
    const proved = await engine.call("certify", ask, {
      signal,
      onTell: ({ item, radius, done, total }) => {
        if (signal.aborted) return;
        cards[item]?.certify(radius);
        status.say(`Certifying, ${done} of ${total} …`);
      },
    });
    repeat.append(repeatView(proved.repeat, { title: "Repeat the certificates" }));
    status.say("Done.");
  } catch (error) {
    for (const card of cards) card.refuse();
    if (isStop(error)) throw error;
    status.say(`The attack is done. No certificates: ${(error as Error).message}`);
  }
}

/** A shipped model and some digits as the files that a user would drop. */
async function sampleFiles(): Promise<File[]> {
  const names = ["model.json", "group1-shard1of1.bin"];
  const parts = await Promise.all(names.map((name) => fetchFile(`models/${SAMPLE.model}/${name}`)));
  const model = parts.map((bytes, i) => {
    const file = new File([bytes], names[i] as string);
    Object.defineProperty(file, "webkitRelativePath", { value: `${SAMPLE.model}/${names[i]}` });
    return file;
  });
  const { rows } = await mnistDigits(0, SAMPLE.digits);
  const size = rows.length / SAMPLE.digits;
  const pictures = Array.from({ length: SAMPLE.digits }, (_, i) => {
    const png = encodePng(imageRaster(rows.subarray(i * size, (i + 1) * size), DIGIT_SHAPE));
    return new File([png as Uint8Array<ArrayBuffer>], `digit-${i}.png`);
  });
  return [...model, ...pictures];
}

drop.addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  if (event.dataTransfer) void droppedFiles(event.dataTransfer).then(take, fail);
});
for (const input of drop.querySelectorAll<HTMLInputElement>("input[type=file]")) {
  input.addEventListener("change", () => {
    if (input.files?.length) void take(Array.from(input.files));
    input.value = "";
  });
}
byId("sample", HTMLButtonElement).addEventListener("click", () => void sampleFiles().then(take, fail));
range.addEventListener("change", () => {
  keepLink();
  if (modelFiles.length > 0) void turn.run(async () => loadModel().then(sayWhatIsThere), fail);
});
form.addEventListener("change", keepLink);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void attack();
});
stop.addEventListener("click", () => turn.stop());

function open(): void {
  const link = currentLink();
  const asked = oneOf(link, "norm", CERTIFIED, "linf");
  for (const input of form.querySelectorAll<HTMLInputElement>("input[name=norm]"))
    input.checked = input.value === asked;
  range.value = oneOf(link, "range", RANGES, "0,1");
  seed.value = `${wholeOf(link, "seed", LARGEST_SEED, 0)}`;
}

try {
  open();
} catch (error) {
  fail(error);
}
startShell(siteRoot());
