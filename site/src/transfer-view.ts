/** Transfer at a glance: the row that was found is fed to all other shipped models. */
import type { AttackExample } from "../../src/studies/index.ts";
import { el } from "./dom.ts";
import type { Engine } from "./engine.ts";
import { SHIPPED, SHIPPED_NAMES, type ShippedName } from "./shipped.ts";
import { percent } from "./words.ts";

const largest = (p: Float32Array) => p.reduce((best, value, i) => (value > (p[best] as number) ? i : best), 0);

export class TransferView {
  readonly element = el("div", { class: "transfer", hidden: true });
  private readonly engine: Engine;
  private turn = 0;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  clear(): void {
    this.turn++;
    this.element.hidden = true;
    this.element.replaceChildren();
  }

  /** Feeds the image and what was found to the models that were not attacked, one after another. */
  async show(attacked: ShippedName, image: Float32Array, example: AttackExample): Promise<void> {
    this.clear();
    if (example.outcome !== "found") return;
    const mine = this.turn;
    const list = el("ul", { class: "cards" });
    const summary = el("p", { class: "quiet", role: "status" });
    this.element.append(el("h2", {}, "The same row, fed to the other models"), summary, list);
    this.element.hidden = false;
    let [fooled, read] = [0, 0];
    for (const name of SHIPPED_NAMES) {
      if (name === attacked) continue;
      let answered: Awaited<ReturnType<TransferView["answer"]>>;
      try {
        answered = await this.answer(name, image, example);
      } catch (error) {
        if (mine === this.turn) summary.textContent = (error as Error).message;
        return;
      }
      if (mine !== this.turn) return;
      const { answer, card } = answered;
      list.append(card);
      if (answer !== "misread") read++;
      if (answer === "fooled") fooled++;
      summary.textContent = `${fooled} of ${read} models that read the original rightly are fooled by it too.`;
    }
  }

  private async answer(name: ShippedName, image: Float32Array, { label, adversarial }: AttackExample) {
    await this.engine.shipped(name);
    const rows = new Float32Array(2 * image.length);
    rows.set(image);
    rows.set(adversarial, image.length);
    const both = await this.engine.call("answers", { key: name, rows });
    const classes = both.length / 2;
    const [before, after] = [both.subarray(0, classes), both.subarray(classes)];
    const [was, is] = [largest(before), largest(after)];
    const answer = was !== label ? "misread" : is === was ? "not fooled" : "fooled";
    const card = el(
      "li",
      { class: `card ${answer.replace(" ", "-")}` },
      el("b", {}, name),
      el("small", {}, SHIPPED[name]),
      el("span", { class: "from-to" }, `${was} → ${is}`),
      el("small", {}, `${answer}, ${percent(after[is] as number)}`),
    );
    return { answer, card };
  }
}
