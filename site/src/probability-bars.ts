/** The probabilities of a model's answers, a bar each: now, and a mark for those of the original. */
import { el } from "./dom.ts";
import { percent } from "./words.ts";

/** More answers than this are too many bars: the largest are shown. */
const MOST_BARS = 10;

interface Bar {
  readonly row: HTMLElement;
  readonly name: HTMLElement;
  readonly fill: HTMLElement;
  readonly mark: HTMLElement;
  readonly share: HTMLElement;
}

export class ProbabilityBars {
  readonly element = el("ol", { class: "bars", "aria-label": "Probabilities of the answers" });
  private bars: Bar[] = [];
  private readonly nameOf: (label: number) => string;

  constructor(nameOf: (label: number) => string = String) {
    this.nameOf = nameOf;
    this.show(new Float32Array(10));
  }

  private lay(count: number): void {
    if (this.bars.length === count) return;
    this.bars = Array.from({ length: count }, () => {
      const [name, fill, mark, share] = [
        el("span", { class: "bar-name" }),
        el("i", { class: "bar-fill" }),
        el("i", { class: "bar-mark" }),
        el("span", { class: "bar-share" }),
      ];
      return {
        row: el("li", {}, name, el("span", { class: "bar-track", "aria-hidden": "true" }, fill, mark), share),
        name,
        fill,
        mark,
        share,
      };
    });
    this.element.replaceChildren(...this.bars.map(({ row }) => row));
  }

  /** Shows probabilities, f32[classes], beside those of the original where there are some. */
  show(now: Float32Array, original?: Float32Array): void {
    const labels = Array.from(now.keys());
    const most = (label: number) => Math.max(now[label] as number, original?.[label] ?? 0);
    const shown =
      labels.length <= MOST_BARS ? labels : labels.sort((a, b) => most(b) - most(a) || a - b).slice(0, MOST_BARS);
    this.lay(shown.length);
    const largest = shown.reduce(
      (best, label) => ((now[label] as number) > (now[best] as number) ? label : best),
      shown[0] as number,
    );
    shown.forEach((label, i) => {
      const { row, name, fill, mark, share } = this.bars[i] as Bar;
      const value = now[label] as number;
      row.className = value > 0 && label === largest ? "answer" : "";
      name.textContent = this.nameOf(label);
      fill.style.inlineSize = `${100 * value}%`;
      mark.hidden = original === undefined;
      mark.style.insetInlineStart = `${100 * (original?.[label] ?? 0)}%`;
      share.textContent = original === undefined && value === 0 ? "–" : percent(value);
    });
  }
}
