/** Training on the data alone, with the noise that the network's own layers draw. */
import type { Strategy } from "./strategy.ts";

export function plain(): Strategy {
  return {
    name: "plain",
    begin: (trainer) => ({ step: ({ rows, labels }) => ({ data: trainer.add(rows, labels) }) }),
  };
}
