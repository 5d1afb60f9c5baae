/** Examples from pools, one for each place: filled before the first epoch that uses them, and partly replaced before each later one. */
import type { Place } from "./place.ts";
import { ExamplePool, type PoolAttack, type PoolState } from "./pool.ts";
import type { Curriculum } from "./strategies/strategy.ts";
import { addTally, type Tally } from "./tally.ts";
import type { Trainer } from "./trainer.ts";

interface PooledSettings {
  attack: PoolAttack;
  /** Examples in each pool. */
  size: number;
  /** Share that is replaced. */
  replace: number;
  /** Factor of the mean loss of the data. */
  clean: number;
  /** Epochs without examples. */
  warmUp: number;
}

interface PooledState {
  isFilled: boolean;
  drawn: number[];
  pools: PoolState[];
}

/** @param turn the places of a step */
export function pooledExamples(
  trainer: Trainer,
  places: readonly Place[],
  turn: (step: number) => readonly Place[],
  { attack, size, replace, clean, warmUp }: PooledSettings,
): Curriculum {
  const { network, data, seed, memory } = trainer;
  const pools = places.map((place, i) => new ExamplePool(place, i, { network, data, size, attack, seed, memory }));
  /** Examples that each pool has given so far. */
  let drawn = places.map(() => 0);
  let isFilled = false;
  return {
    refresh: async (epoch, signal) => {
      if (epoch < warmUp) return;
      const count = isFilled ? Math.round(replace * size) : size;
      for (const pool of pools) await pool.replace(count, epoch, signal);
      isFilled = true;
    },
    snapshot: (): PooledState => ({
      isFilled,
      drawn: [...drawn],
      pools: isFilled ? pools.map((pool) => pool.snapshot()) : [],
    }),
    restore: (state) => {
      const saved = state as PooledState;
      isFilled = saved.isFilled;
      drawn = [...saved.drawn];
      for (const [i, pool] of saved.pools.entries()) pools[i]?.restore(pool);
    },
    step: ({ step, rows, labels }) => {
      const own = trainer.add(rows, labels, { weight: isFilled ? clean : 1 });
      if (!isFilled || !Number.isFinite(own.loss)) return { data: own };
      let made: Tally = { rows: 0, loss: 0, errors: 0 };
      for (const place of turn(step)) {
        const i = places.indexOf(place);
        const first = drawn[i] as number;
        drawn[i] = first + labels.length;
        const examples = (pools[i] as ExamplePool).draw(first, labels.length);
        made = addTally(made, trainer.addAt(place, examples.rows, examples.labels));
      }
      return { data: own, made };
    },
  };
}
