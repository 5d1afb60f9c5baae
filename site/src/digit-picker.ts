/** Where a digit comes from: MNIST's test set, by picture or by position, or the drawing pad. */

import { byId, el } from "./dom.ts";
import { DrawingPad } from "./drawing-pad.ts";
import { type Digits, mnistDigits } from "./fetched.ts";
import type { Digit } from "./link.ts";
import { MNIST_COUNT } from "./mnist-chunks.ts";
import { drawImage } from "./picture.ts";
import type { Images } from "./worker/protocol.ts";

export const DIGIT_SHAPE = [28, 28, 1] as const;
const SIZE = 28 * 28;
/** Pictures to choose from. */
const SHOWN = 24;
/** What the command calls a folder with the drawing. */
const DRAWN = "images:drawn";

/** A digit as a study takes it. A drawing has no label: the model's own answer counts. */
export async function imagesOf(digit: Digit): Promise<Images> {
  if (digit.kind === "drawn") {
    const rows = Float32Array.from(digit.pixels, (p) => p / 255);
    return { rows, labels: undefined, shape: DIGIT_SHAPE, name: DRAWN, first: 0 };
  }
  const { rows, labels } = await mnistDigits(digit.index, 1);
  return { rows, labels, shape: DIGIT_SHAPE, name: "mnist:test", first: digit.index };
}

export class DigitPicker {
  digit: Digit = { kind: "mnist", index: 0 };
  private readonly gallery = byId("gallery", HTMLElement);
  private readonly position = byId("position", HTMLInputElement);
  private readonly sources = byId("sources", HTMLElement);
  private readonly pad = new DrawingPad(() => this.take({ kind: "drawn", pixels: this.pad.pixels.slice() }));
  private readonly changed: () => void;

  /** @param changed  is called when another digit was taken */
  constructor(changed: () => void) {
    this.changed = changed;
    byId("draw", HTMLElement).append(this.pad.element);
    this.position.addEventListener("change", () => {
      if (this.position.checkValidity() && this.position.value !== "") {
        this.take({ kind: "mnist", index: this.position.valueAsNumber });
      } else this.position.reportValidity();
    });
    this.sources.addEventListener("change", () => {
      const isDrawn = this.source() === "drawn";
      this.take(
        isDrawn
          ? { kind: "drawn", pixels: this.pad.pixels.slice() }
          : { kind: "mnist", index: this.position.valueAsNumber || 0 },
      );
    });
  }

  private source(): string {
    return this.sources.querySelector<HTMLInputElement>("input:checked")?.value ?? "mnist";
  }

  private take(digit: Digit): void {
    this.set(digit);
    this.changed();
  }

  /** Shows a digit as the one that was taken. */
  set(digit: Digit): void {
    this.digit = digit;
    for (const input of this.sources.querySelectorAll("input")) input.checked = input.value === digit.kind;
    byId("mnist", HTMLElement).hidden = digit.kind !== "mnist";
    byId("draw", HTMLElement).hidden = digit.kind !== "drawn";
    if (digit.kind === "drawn") this.pad.set(digit.pixels);
    else {
      this.position.value = `${digit.index}`;
      for (const input of this.gallery.querySelectorAll("input")) input.checked = input.value === `${digit.index}`;
    }
  }

  /** Fills the gallery with the first digits of the set. */
  async fill(): Promise<void> {
    this.position.max = `${MNIST_COUNT - 1}`;
    const { rows, labels }: Digits = await mnistDigits(0, SHOWN);
    const choices = Array.from({ length: SHOWN }, (_, i) => {
      const canvas = el("canvas", { width: 28, height: 28, "aria-hidden": "true" });
      drawImage(canvas, rows.subarray(i * SIZE, (i + 1) * SIZE), DIGIT_SHAPE);
      const input = el("input", {
        type: "radio",
        name: "digit",
        value: i,
        "aria-label": `A ${labels[i]}, position ${i}`,
      });
      input.checked = this.digit.kind === "mnist" && this.digit.index === i;
      input.addEventListener("change", () => this.take({ kind: "mnist", index: i }));
      return el("label", {}, input, canvas);
    });
    this.gallery.replaceChildren(...choices);
  }
}
