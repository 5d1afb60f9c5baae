/**
 * No attack by name makes an array, a view or a question anew as it goes: all of that is reserved when its search begins. The search is
 * run without its frame, on a linear model that answers into the same arrays again and again, while whatever makes arrays is counted.
 */
import { expect, test } from "vitest";
import "../../../src/index.ts";
import { ATTACKS, type AttackDescription, type AttackName, type NormName } from "../../../src/attacks/index.ts";
import type { Query, Reply, RowSearch } from "../../../src/attacks/minimal/lockstep.ts";
import { requireAttackOptions } from "../../../src/attacks/named/options.ts";
import { AttackRow, reserveRowSeat } from "../../../src/attacks/named/row.ts";
import { attackOf } from "../../../src/attacks/named/table.ts";
import { criterionOf } from "../../../src/attacks/question.ts";
import { Workspace } from "../../../src/wasm/index.ts";
import { noise32 } from "../../support/noise.ts";

const SIZE = 64;
const CLASSES = 5;
/** Rows of a question at most. */
const POINTS = 32;
/**
 * Questions that are looked at, after as many others, or more: the squares of Square, whose sizes have a pattern each that is made
 * once, keep their size from question 1000 to 2000.
 */
const BEFORE = 1100;
const COUNT = 300;
/** Kinds of questions: a gradient, scores, several of either. */
const KINDS = 4;

const weights = noise32(SIZE * CLASSES, 1);
const image = noise32(SIZE, 2).map((v) => 0.5 + 0.25 * v);

/** The scores of all rows of a question, by which label 0 leads, and their gradient, into arrays that are kept. */
function modelOf(lead: number): (query: Query) => Reply {
  const replies = Array.from({ length: POINTS + 1 }, (_, count) => ({
    scores: new Float32Array(count * CLASSES),
    gradient: new Float32Array(count * SIZE),
  }));
  const z = new Float32Array(CLASSES);
  return ({ point, weigh }) => {
    const count = point.length / SIZE;
    const reply = replies[count] as Reply;
    const { scores, gradient } = reply;
    for (let r = 0; r < count; r++) {
      for (let k = 0; k < CLASSES; k++) {
        let sum = k === 0 ? lead : 0;
        for (let i = 0; i < SIZE; i++)
          sum += (weights[k * SIZE + i] as number) * ((point[r * SIZE + i] as number) - (image[i] as number));
        scores[r * CLASSES + k] = sum;
      }
    }
    if (!weigh) return reply;
    for (let r = 0; r < count; r++) {
      for (let k = 0; k < CLASSES; k++) z[k] = scores[r * CLASSES + k] as number;
      const own = weigh(z, r);
      for (let i = 0; i < SIZE; i++) {
        let sum = 0;
        for (let k = 0; k < CLASSES; k++) sum += (own[k] as number) * (weights[k * SIZE + i] as number);
        gradient[r * SIZE + i] = sum;
      }
    }
    return reply;
  };
}

/** How many arrays, views of them and iterators are made while something runs. */
function madeBy(run: () => void): number {
  let made = 0;
  const restore: (() => void)[] = [];
  const replace = (owner: object, name: string, by: (original: never) => unknown) => {
    const original = Reflect.get(owner, name);
    Object.defineProperty(owner, name, { value: by(original as never), writable: true, configurable: true });
    restore.push(() => Object.defineProperty(owner, name, { value: original, writable: true, configurable: true }));
  };
  for (const name of ["Float32Array", "Float64Array", "Uint8Array", "Int32Array", "Uint32Array"]) {
    replace(globalThis, name, (original: new (...args: unknown[]) => object) => {
      return new Proxy(original, {
        construct(target, args) {
          made++;
          return new target(...args);
        },
      });
    });
  }
  const counted = (original: (...args: unknown[]) => unknown) =>
    function (this: unknown, ...args: unknown[]) {
      made++;
      return original.apply(this, args);
    };
  const views = Object.getPrototypeOf(Float32Array.prototype) as object;
  for (const name of ["subarray", "slice", "map", "filter", "entries"]) replace(views, name, counted);
  for (const name of ["slice", "map", "filter", "concat", "entries"]) replace(Array.prototype, name, counted);
  replace(Array, "from", counted);
  try {
    run();
  } finally {
    for (const back of restore.reverse()) back();
  }
  return made;
}

/** The search of an attack, with as many steps as are looked at, whatever its authors would take. */
function searchOf(
  name: AttackName,
  norm: NormName,
  question: { not: number } | { label: number },
  scores: Float32Array,
): RowSearch {
  const attack = attackOf(name);
  const shape = { size: SIZE, classes: CLASSES };
  const many = ["steps", "walks", "tries"].filter((option) => option in attack.options);
  const options = requireAttackOptions(attack, norm, Object.fromEntries(many.map((option) => [option, 20_000])));
  const seat = reserveRowSeat(
    new Workspace(),
    SIZE,
    attack.vectors(options, shape),
    attack.points?.(options, shape) ?? 1,
  );
  const row = new AttackRow(seat, {
    ...{ norm, image, question, scores, shape },
    epsilon: attack.finds === "within" ? 1e-3 : Number.POSITIVE_INFINITY,
    lower: new Float64Array(SIZE),
    upper: new Float64Array(SIZE).fill(1),
    criterion: criterionOf(question, { kind: "linear", outputs: CLASSES }, scores),
    budget: Number.POSITIVE_INFINITY,
    seed: 0,
  });
  return attack.search(row, options);
}

test("what makes arrays is counted", () => {
  expect(madeBy(() => weights.subarray(1))).toBe(1);
  expect(madeBy(() => new Float64Array(3))).toBe(1);
  expect(madeBy(() => Float32Array.from([1]))).toBe(1);
  expect(madeBy(() => Math.sqrt(2))).toBe(0);
});

let cases = 0;
for (const [name, { norms, questions }] of Object.entries(ATTACKS) as [AttackName, AttackDescription][]) {
  // Of one step: its search is a beginning.
  if (name === "fgsm") continue;
  for (const norm of norms) {
    for (const question of [{ not: 0 }, { label: 1 }] as const) {
      if (!questions.includes("label" in question ? "label" : "not")) continue;
      cases++;
      test(`${name} in ${norm}, ${"label" in question ? "to a label" : "from a label"}`, () => {
        // DeepFool ends at its first success: it is to have none.
        const answer = modelOf(name.includes("deepfool") ? 1000 : 0.5);
        const scores = answer({ point: image }).scores.slice();
        const search = searchOf(name, norm, question, scores);
        let asked = search.next();
        const queries = new Set<Query>();
        const go = (count: number) => {
          for (let k = 0; k < count && !asked.done; k++) {
            queries.add(asked.value);
            asked = search.next(answer(asked.value));
          }
        };
        go(name === "square" ? BEFORE : COUNT);
        expect(madeBy(() => go(COUNT))).toBe(0);
        expect(asked.done).toBe(false);
        expect(queries.size).toBeLessThan(KINDS);
      });
    }
  }
}

test("every attack of more than one step is looked at", () => {
  expect(cases).toBeGreaterThan(2 * Object.keys(ATTACKS).length);
});
