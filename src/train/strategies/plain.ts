/** Nothing but the data, and whatever noise the network's own layers draw. */
import type { Strategy } from "./strategy.ts";

export function plain(): Strategy {
  return {
    name: "plain",
    begin: (trainer) => ({ step: ({ rows, labels }) => ({ data: trainer.add(rows, labels) }) }),
  };
}
