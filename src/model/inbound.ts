/**
 * What the calls of a functional model's layers take, as Keras 2 and Keras 3 write it. Keras 2 lists places; Keras 3 writes the
 * arguments of the call, with an object for each tensor among them. Both are read to places, as Keras 2 counts them.
 */
import * as v from "valibot";
import { describe, outOfRange } from "../check.ts";
import { requireSchema } from "../schema.ts";

/** What a call takes: a layer, which of its calls, which of that call's outputs, and arguments of its own. */
const Taken = v.looseTuple([v.string(), v.number(), v.number()]);
export type Taken = v.InferOutput<typeof Taken>;

const Arguments = v.looseObject({ args: v.array(v.unknown()), kwargs: v.optional(v.looseObject({})) });
/** One call of a layer. */
export const InboundNode = v.union([v.array(Taken), Arguments]);
type InboundNode = v.InferOutput<typeof InboundNode>;

const TENSOR = "__keras_tensor__";
const Tensor = v.looseObject({
  class_name: v.literal(TENSOR),
  config: v.looseObject({ keras_history: v.looseTuple([v.string(), v.number(), v.number()]) }),
});

/** Whether a call is written as its arguments: by Keras 3. */
export const isByArguments = (node: InboundNode): node is v.InferOutput<typeof Arguments> => !Array.isArray(node);

/** The places that a call takes. A layer that joins several takes them as one list. */
export function takenBy(layer: string, node: InboundNode): Taken[] {
  if (!isByArguments(node)) return node;
  const values = node.args.flatMap((value) => (Array.isArray(value) ? value : [value]));
  return values
    .filter((value) => value !== null)
    .map((value) => {
      if ((value as { class_name?: unknown }).class_name !== TENSOR) {
        outOfRange(layer, "a call on the outputs of layers alone", describe(value));
      }
      const [name, call, tensor] = requireSchema(`${layer} inbound_nodes`, Tensor, value).config.keras_history;
      return [name, call, tensor, node.kwargs] satisfies Taken;
    });
}

/** A place as Keras 2 counts it: it numbers the calls of a model from 1, since making it is call 0; Keras 3 numbers them from 0. */
export function asKeras2([name, call, ...rest]: Taken, models: ReadonlySet<string>): Taken {
  return [name, models.has(name) ? call + 1 : call, ...rest];
}
