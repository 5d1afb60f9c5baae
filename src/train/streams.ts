/** Streams of a seed's random numbers (src/numeric/random.ts) that training draws from, far from those of initial weights. */
export const STREAMS = {
  /** Order of the rows in an epoch. */
  order: 0x10000,
  /** Which examples of a pool are replaced; one stream a pool, from here on. */
  replace: 0x10100,
  /** Order in which a pool takes its sources; one stream a pool, from here on. */
  source: 0x10300,
  /** Order in which a pool's examples are met; one stream a pool, from here on. */
  pool: 0x10200,
  /** Noise in the place of examples; one stream a place, from here on. */
  noise: 0x10400,
  /** Where the examples of a step start; one stream a step, from here on. */
  start: 0x1000000,
} as const;
