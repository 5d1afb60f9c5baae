/**
 * A search as one sees it: original, change and result side by side, distance against evaluations, the probabilities, and a
 * sentence that says what came out. While the search runs all of it follows; afterwards a slider goes through its evaluations.
 */
import type { ImageShape } from "../../src/data/dataset.ts";
import type { AttackExample } from "../../src/studies/index.ts";
import { el } from "./dom.ts";
import type { Method } from "./link.ts";
import { drawChange, drawImage } from "./picture.ts";
import { Player } from "./player.ts";
import { ProbabilityBars } from "./probability-bars.ts";
import { SearchChart } from "./search-chart.ts";
import { counted, distanceOf, duration, figure, lengthWords, METHOD_NAMES, percent, verdictWords } from "./words.ts";
import type { Evaluated } from "./worker/protocol.ts";

/** A picture with its caption. */
class Panel {
  readonly canvas = el("canvas", { width: 28, height: 28, role: "img" });
  private readonly title = el("b");
  private readonly note = el("small");
  readonly element: HTMLElement;
  private readonly name: string;

  constructor(name: string) {
    this.name = name;
    this.element = el(
      "figure",
      { class: "panel empty" },
      el("div", { class: "frame" }, this.canvas),
      el("figcaption", {}, el("span", { class: "panel-name" }, name), this.title, this.note),
    );
    this.clear();
  }

  say(title: string, note: string): void {
    this.element.classList.remove("empty");
    this.title.textContent = title;
    this.note.textContent = note;
    this.canvas.setAttribute("aria-label", `${this.name}: ${[title, note].filter(Boolean).join(", ")}`);
  }

  clear(): void {
    this.element.classList.add("empty");
    this.title.textContent = "–";
    this.note.textContent = "";
    this.canvas.setAttribute("aria-label", `${this.name}: nothing yet`);
  }
}

/** What is searched for. */
export interface Asked {
  image: Float32Array;
  shape: ImageShape;
  method: Method;
  target: number | undefined;
}

export class SearchView {
  readonly element: HTMLElement;
  private readonly verdict = el("p", { class: "verdict", role: "status" });
  private readonly facts = el("p", { class: "facts" });
  private readonly original = new Panel("Original");
  private readonly change = new Panel("Change");
  private readonly result = new Panel("Result");
  private readonly chart = new SearchChart();
  private readonly bars: ProbabilityBars;
  private readonly slider = el("input", { type: "range", min: 1, max: 1, value: 1, disabled: true });
  private readonly sliderNote = el("output", { class: "slider-note" });
  private readonly player = new Player((count) => this.showStep(count - 1, count));
  private readonly nameOf: (label: number) => string;
  private asked: Asked | undefined;
  private reading: Float32Array | undefined;

  constructor(nameOf: (label: number) => string = String) {
    this.nameOf = nameOf;
    this.bars = new ProbabilityBars(nameOf);
    const sliderLabel = el("label", { class: "slider" }, el("span", {}, "Evaluation"), this.slider, this.sliderNote);
    this.element = el(
      "div",
      { class: "search" },
      el("div", { class: "said" }, this.verdict, this.facts),
      el("div", { class: "triptych" }, this.original.element, this.change.element, this.result.element),
      legend(["ramp", "change of a pixel: darker, none, brighter"]),
      el(
        "div",
        { class: "evidence" },
        el(
          "div",
          { class: "course" },
          el("h2", {}, "The search: distance of each evaluation"),
          this.chart.element,
          sliderLabel,
          legend(["dot met", "answered as asked for"], ["dot", "not yet"]),
        ),
        el(
          "div",
          { class: "shares" },
          el("h2", {}, "What the model says"),
          this.bars.element,
          legend(["tick", "of the original"]),
        ),
      ),
    );
    this.slider.addEventListener("input", () => {
      const at = this.slider.valueAsNumber - 1;
      this.showStep(at, this.player.steps.length);
    });
  }

  /** The reading of a picture: its answer and how sure that is. */
  private readingWords(probabilities: Float32Array): [answer: string, sure: string] {
    const best = probabilities.reduce((at, p, i) => (p > (probabilities[at] as number) ? i : at), 0);
    return [this.nameOf(best), percent(probabilities[best] as number)];
  }

  /** Shows an image before any search; its probabilities, f32[classes], once they are known. */
  showOriginal(asked: Asked, probabilities?: Float32Array): void {
    this.player.clear();
    this.asked = asked;
    this.reading = probabilities;
    drawImage(this.original.canvas, asked.image, asked.shape);
    if (probabilities) this.original.say(...this.readingWords(probabilities));
    else this.original.say("?", "not read yet");
    this.change.clear();
    this.result.clear();
    for (const { canvas } of [this.change, this.result])
      canvas.getContext("2d")?.clearRect(0, 0, canvas.width, canvas.height);
    this.bars.show(probabilities ?? new Float32Array(10));
    this.chart.show([], 0);
    this.facts.textContent = "";
    this.sliderNote.textContent = "";
    this.slider.disabled = true;
    this.element.classList.remove("found", "refused");
    this.element.removeAttribute("aria-busy");
  }

  /** Says something in the place of a result. */
  say(text: string, kind: "" | "refused" = ""): void {
    this.verdict.textContent = text;
    this.element.classList.toggle("refused", kind === "refused");
    this.element.removeAttribute("aria-busy");
  }

  /** A search begins. */
  begin(asked: Asked, probabilities: Float32Array): void {
    this.showOriginal(asked, probabilities);
    this.say("Searching …");
    this.element.setAttribute("aria-busy", "true");
  }

  add(told: Evaluated): void {
    this.player.add(told);
  }

  /** The evaluation that the result is of. */
  private nearest(): number {
    const { steps } = this.player;
    let best = -1;
    steps.forEach(({ met, distance }, i) => {
      if (met && (best < 0 || distance < (steps[best] as { distance: number }).distance)) best = i;
    });
    return best;
  }

  /** Shows evaluation `at` of the first `count`. */
  private showStep(at: number, count: number): void {
    const { steps } = this.player;
    const step = steps[at];
    if (!step || !this.asked) return;
    this.chart.show(steps, count, at);
    this.bars.show(step.probabilities, this.reading);
    this.slider.max = `${steps.length}`;
    this.slider.value = `${at + 1}`;
    this.sliderNote.textContent = `${at + 1} of ${steps.length}`;
    if (step.point) this.showChanged(step.point, step.probabilities, step.distance);
  }

  private showChanged(point: Float32Array, probabilities: Float32Array, distance: number): void {
    const { image, shape, method } = this.asked as Asked;
    const magnification = drawChange(this.change.canvas, image, point, shape);
    drawImage(this.result.canvas, point, shape);
    this.change.say(`× ${figure(magnification)}`, `${METHOD_NAMES[method]} distance ${lengthWords(method, distance)}`);
    this.result.say(...this.readingWords(probabilities));
  }

  /** The search has ended: plays what is left, then shows the result, unless something else is shown by then. */
  async finish(
    example: AttackExample,
    probabilities: Float32Array,
    milliseconds: number,
    signal: AbortSignal,
  ): Promise<void> {
    await this.player.caughtUp();
    signal.throwIfAborted();
    const asked = this.asked as Asked;
    const { method, image, target } = asked;
    if (example.outcome === "found") {
      this.showStep(this.nearest(), this.player.steps.length);
      this.showChanged(example.adversarial, probabilities, distanceOf(example));
      this.bars.show(probabilities, this.reading);
      this.element.classList.add("found");
    } else {
      this.change.clear();
      this.result.clear();
    }
    this.slider.disabled = this.player.steps.length === 0;
    this.say(verdictWords(method, example, image.length, this.nameOf, target));
    this.facts.textContent = factsWords(method, example, milliseconds);
  }
}

/** What marks mean: the class of each mark, and its meaning. */
function legend(...marks: readonly (readonly [mark: string, meaning: string])[]): HTMLElement {
  return el(
    "p",
    { class: "legend" },
    ...marks.map(([mark, meaning]) => el("span", {}, el("i", { class: mark, "aria-hidden": "true" }), meaning)),
  );
}

function factsWords(method: Method, example: AttackExample, milliseconds: number): string {
  const cost = `${counted(example.evaluations, "evaluation")} in ${duration(milliseconds)}`;
  if (example.outcome !== "found") return cost;
  return `${METHOD_NAMES[method]} distance ${lengthWords(method, distanceOf(example))}, ${cost}`;
}
