/** The question of a page's form: the norm, the answer to reach, the effort, the seed. */
import { byId, el } from "./dom.ts";
import { EFFORTS, LARGEST_SEED, METHODS, type Question } from "./link.ts";
import { SHIPPED, SHIPPED_NAMES, type ShippedName } from "./shipped.ts";
import { METHOD_MEANINGS } from "./words.ts";

/** Fills a list with the shipped models. */
export function modelList(id: string, chosen: ShippedName): HTMLSelectElement {
  const list = byId(id, HTMLSelectElement);
  list.replaceChildren(...SHIPPED_NAMES.map((name) => el("option", { value: name }, `${name} · ${SHIPPED[name]}`)));
  list.value = chosen;
  return list;
}

type Asked = Omit<Question, "digit">;

export class QuestionForm {
  private readonly target = byId("target", HTMLSelectElement);
  private readonly effort = byId("effort", HTMLSelectElement);
  private readonly seed = byId("seed", HTMLInputElement);
  private readonly norms = byId("norms", HTMLElement);
  private readonly meaning = byId("meaning", HTMLElement);

  /** @param changed  is called when the question is another one */
  constructor(changed: () => void) {
    this.target.append(
      ...Array.from({ length: 10 }, (_, label) => el("option", { value: label }, `the answer ${label}`)),
    );
    this.seed.max = `${LARGEST_SEED}`;
    for (const control of [this.target, this.effort, this.norms]) control.addEventListener("change", changed);
    this.seed.addEventListener("change", () => {
      if (this.seed.reportValidity()) changed();
    });
    this.norms.addEventListener("change", () => this.explain());
    this.explain();
  }

  private explain(): void {
    this.meaning.textContent = METHOD_MEANINGS[this.asked().method];
  }

  asked(): Asked {
    const method = this.norms.querySelector<HTMLInputElement>("input:checked")?.value;
    return {
      method: METHODS.find((known) => known === method) ?? "l2",
      target: this.target.value === "" ? undefined : Number(this.target.value),
      effort: EFFORTS.find((known) => known === this.effort.value) ?? "fast",
      seed: this.seed.valueAsNumber || 0,
    };
  }

  set({ method, target, effort, seed }: Asked): void {
    for (const input of this.norms.querySelectorAll("input")) input.checked = input.value === method;
    this.target.value = target === undefined ? "" : `${target}`;
    this.effort.value = effort;
    this.seed.value = `${seed}`;
    this.explain();
  }
}
