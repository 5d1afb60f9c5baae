/** A picture under attack: original, change and result, and both ends of the answer: certified radius and found distance. */
import type { ImageShape } from "../../src/data/dataset.ts";
import type { AttackExample } from "../../src/studies/index.ts";
import { el } from "./dom.ts";
import type { Method } from "./link.ts";
import { drawChange, drawImage } from "./picture.ts";
import { changeWords, distanceOf, figure, lengthWords, METHOD_NAMES, percent, verdictWords } from "./words.ts";

export class ImageCard {
  readonly element: HTMLElement;
  private readonly image: Float32Array;
  private readonly shape: ImageShape;
  private readonly method: Method;
  private readonly canvases = ["Original", "Change", "Result"].map((name) =>
    el("canvas", { role: "img", "aria-label": name }),
  );
  private readonly verdict = el("p", { class: "card-verdict" }, "Waiting …");
  private readonly ends = el("p", { class: "ends" });
  private readonly gauge = el("div", { class: "gauge", "aria-hidden": "true", hidden: true });
  private found: number | undefined;

  constructor(name: string, image: Float32Array, shape: ImageShape, method: Method) {
    this.image = image;
    this.shape = shape;
    this.method = method;
    const [original, change, result] = this.canvases as [HTMLCanvasElement, HTMLCanvasElement, HTMLCanvasElement];
    drawImage(original, image, shape);
    for (const canvas of [change, result]) [canvas.width, canvas.height] = [shape[1], shape[0]];
    this.element = el(
      "li",
      { class: "image-card" },
      el("b", {}, name),
      el("div", { class: "triple" }, original, change, result),
      this.verdict,
      this.gauge,
      this.ends,
    );
  }

  /** A point on the way of the search. */
  show(point: Float32Array): void {
    const [, change, result] = this.canvases as [HTMLCanvasElement, HTMLCanvasElement, HTMLCanvasElement];
    drawChange(change, this.image, point, this.shape);
    drawImage(result, point, this.shape);
    this.verdict.textContent = "Searching …";
  }

  finish(example: AttackExample): void {
    if (example.outcome === "found") {
      this.show(example.adversarial);
      this.found = distanceOf(example);
    }
    const { confidence, adversarialConfidence } = example;
    const sure =
      example.outcome === "found" ? ` (${percent(confidence)} before, ${percent(adversarialConfidence)} after)` : "";
    this.verdict.textContent = verdictWords(this.method, example, this.image.length).replace(/\.$/, `${sure}.`);
    this.canvases[0]?.setAttribute("aria-label", `Original, read as ${example.prediction}`);
    this.canvases[2]?.setAttribute("aria-label", `Result, read as ${example.adversarialPrediction}`);
    this.say("the certificate is being computed …");
  }

  /** The other end. */
  certify(certified: number): void {
    const { found } = this;
    if (certified > 0)
      this.say(
        `no change up to ${figure(certified)} alters the answer (${changeWords(this.method, certified, this.image.length)})`,
      );
    else this.say("nothing is certified");
    if (found === undefined) return;
    this.gauge.hidden = false;
    this.gauge.style.setProperty("--certified", `${(100 * certified) / found}%`);
  }

  /** Where the other end is not known. */
  refuse(): void {
    this.say("no certificate");
  }

  private say(certificate: string): void {
    const found = this.found === undefined ? "nothing found" : `found at ${lengthWords(this.method, this.found)}`;
    this.ends.textContent = `${METHOD_NAMES[this.method]}: ${certificate}; ${found}.`;
  }
}
