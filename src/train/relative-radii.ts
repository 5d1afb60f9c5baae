/** Radii that are a share of the smallest distortion of their place, measured anew before each epoch. */
import { minimalAttack } from "../attacks/index.ts";
import { mean } from "../numeric/statistics.ts";
import type { Place } from "./place.ts";
import type { Curriculum } from "./strategies/strategy.ts";
import type { Trainer } from "./trainer.ts";

/** Rows of the data, the first ones, that the distortion is measured on. */
const MEASURED = 200;

interface RelativeState {
  radii: number[];
  inner: unknown;
}

/**
 * A curriculum whose places with a `share` get their radius before each epoch: the share times the mean L2 length of the smallest changes
 * found, at the place, that make the network above it answer otherwise. Where none is found the radius stays.
 */
export function withRelativeRadii(trainer: Trainer, places: readonly Place[], inner: Curriculum): Curriculum {
  const relative = places.filter(({ share }) => share !== undefined);
  if (relative.length === 0) return inner;
  const { network, data, count, seed } = trainer;
  const some = Math.min(MEASURED, count);
  const rows = data.rows.slice(0, some * network.inputSize);
  const truth = Int32Array.from({ length: some }, (_, i) => data.labels[i] as number);
  return {
    ...inner,
    refresh: async (epoch, signal) => {
      for (const place of relative) {
        const { layer, network: above, lower, upper } = place;
        const at = layer === undefined ? rows : network.activations(rows, layer);
        const { success, distance } = await minimalAttack(above, {
          ...{ rows: at, truth, norm: "l2", lower, upper, seed },
          ...(signal && { signal }),
        });
        const found = Array.from(distance).filter((_, i) => success[i] === 1);
        if (found.length > 0) place.radius = (place.share as number) * mean(found);
      }
      await inner.refresh?.(epoch, signal);
    },
    snapshot: (): RelativeState => ({ radii: places.map(({ radius }) => radius), inner: inner.snapshot?.() }),
    restore: (state) => {
      const { radii, inner: saved } = state as RelativeState;
      for (const [i, place] of places.entries()) place.radius = radii[i] as number;
      inner.restore?.(saved);
    },
  };
}
