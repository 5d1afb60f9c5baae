/** Examples made for each step from the batch itself, against the weights of that step. */
import { Random } from "../numeric/random.ts";
import { ExampleMaker, lossGradientAt } from "./perturb.ts";
import type { Place } from "./place.ts";
import type { PoolAttack } from "./pool.ts";
import type { Curriculum } from "./strategies/strategy.ts";
import { STREAMS } from "./streams.ts";
import { addTally, type Tally } from "./tally.ts";
import type { Trainer } from "./trainer.ts";

/** Steps in random directions instead of the gradient's. */
export interface Noise {
  readonly name: "noise";
}

interface FreshSettings {
  attack: PoolAttack | Noise;
  /** Factor of the mean loss of the data. */
  clean: number;
  /** Epochs without examples. */
  warmUp: number;
}

/** What the pass over the clean batch provides for one place. */
interface Ground {
  place: Place;
  /** Filled with the gradient, then overwritten by the examples. */
  gradient: Float32Array;
  values: Float32Array;
  maker: ExampleMaker;
}

/**
 * The pass over the clean batch gives the gradient at every place. So an example costs only a step of the attack and a pass
 * through the layers above. The gradient is not propagated through the attack itself.
 *
 * @param turn the places of a step
 */
export function freshExamples(
  trainer: Trainer,
  places: readonly Place[],
  turn: (step: number) => readonly Place[],
  { attack, clean, warmUp }: FreshSettings,
): Curriculum {
  const isStep = attack.name !== "lbfgs" && attack.name !== "noise";
  const rule = isStep ? attack.name : "gradient";
  const steps = isStep ? attack.steps : 1;
  const noise = attack.name === "noise" ? places.map((_, i) => new Random(trainer.seed, STREAMS.noise + i)) : [];
  const grounds = new Map<Place, Ground>(
    places.map((place) => {
      const size = trainer.batch * place.width;
      // The values of the input are the batch itself.
      const values = new Float32Array(place.layer === undefined ? 0 : size);
      const maker = new ExampleMaker(place, rule, steps, trainer.memory);
      return [place, { place, values, gradient: new Float32Array(size), maker }];
    }),
  );
  let epoch = 0;
  return {
    refresh: async (next) => {
      epoch = next;
    },
    snapshot: () => epoch,
    restore: (state) => {
      epoch = state as number;
    },
    step: ({ step, rows, labels }) => {
      if (epoch < warmUp) return { data: trainer.add(rows, labels) };
      const now = turn(step).map((place) => cut(grounds.get(place) as Ground, rows, labels.length));
      const input = now.find(({ place }) => place.layer === undefined);
      const layers = now.flatMap(({ place: { layer }, values, gradient }) =>
        layer === undefined ? [] : [{ layer, values, gradient }],
      );
      const data = trainer.add(rows, labels, { weight: clean, layers, ...(input && { gradient: input.gradient }) });
      if (!Number.isFinite(data.loss)) return { data };
      let made: Tally = { rows: 0, loss: 0, errors: 0 };
      for (const { place, values, gradient, maker } of now) {
        // Of each step its own numbers: a run that is resumed draws the same.
        noise[places.indexOf(place)]?.fillNormal(gradient, 1, step * trainer.batch * place.width);
        maker.make(values, lossGradientAt(place, labels), gradient, gradient);
        made = addTally(made, trainer.addAt(place, gradient, labels));
      }
      return { data, made };
    },
  };
}

/** The parts of a ground that a batch of `n` rows fills. */
function cut({ place, values, gradient, maker }: Ground, rows: Float32Array, n: number): Ground {
  const size = n * place.width;
  return {
    place,
    values: place.layer === undefined ? rows : values.subarray(0, size),
    gradient: gradient.subarray(0, size),
    maker,
  };
}
