/** Keras `SimpleRNN`, `LSTM`, `GRU`, and `Bidirectional` around one of them, over sequences of one length. */
import * as v from "valibot";
import { outOfRange } from "../../../check.ts";
import { requireConfig } from "../config.ts";
import type { LayerFactory } from "../layer.ts";
import { operationsOf, type RecurrentClass, type RecurrentParts, recurrentParts, requireRecurrent } from "./parts.ts";
import { Beside, Fork, Join, MERGE_MODES } from "./side-by-side.ts";

function changed({ product, recurrence }: RecurrentParts): void {
  product.parametersChanged();
  recurrence.parametersChanged();
}

function recurrentLayer(className: RecurrentClass): LayerFactory {
  return (config, inputShape, workspace) => {
    const parts = recurrentParts(className, config, inputShape, workspace);
    const { parameters, outputShape, drawsOtherNoise, written } = parts;
    return {
      ...{ className, name: written.name as string, inputShape, outputShape, parameters, drawsOtherNoise },
      operations: operationsOf(parts),
      config: { ...written, dtype: "float32" },
      parametersChanged: () => changed(parts),
    };
  };
}

export const simpleRnnLayer = recurrentLayer("SimpleRNN");
export const lstmLayer = recurrentLayer("LSTM");
export const gruLayer = recurrentLayer("GRU");

const Wrapped = v.looseObject({ class_name: v.string(), config: v.looseObject({ name: v.string() }) });
const BidirectionalConfig = v.looseObject({
  name: v.string(),
  layer: Wrapped,
  backward_layer: v.optional(v.nullable(Wrapped)),
  merge_mode: v.optional(v.nullable(v.picklist(MERGE_MODES)), "concat"),
});

/** Keras `Bidirectional`: a layer, and its twin that takes the last step first; both sequences come in the order of time. */
export const bidirectionalLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, layer, backward_layer, merge_mode } = requireConfig("Bidirectional", BidirectionalConfig, config);
  if (merge_mode === null) outOfRange(`${name} merge_mode`, MERGE_MODES.join(", "), "null, which gives two outputs");
  const className = requireRecurrent(name, layer.class_name);
  if (backward_layer && backward_layer.config.units !== layer.config.units) {
    outOfRange(
      `${name} backward_layer`,
      `as many units as layer, ${layer.config.units}`,
      `${backward_layer.config.units}`,
    );
  }
  const inner = layer.config.name.replace(/^forward_/, "");
  const twin = backward_layer?.config.name.replace(/^backward_/, "") ?? inner;
  const backwardClass = requireRecurrent(name, backward_layer?.class_name ?? className);
  // A twin with a configuration of its own says itself that it goes backwards.
  const own = backward_layer && { ...backward_layer.config, go_backwards: !backward_layer.config.go_backwards };
  const parts = (one: RecurrentClass, written: Record<string, unknown>, prefix: string, isReverse: boolean) =>
    recurrentParts(one, written, inputShape, workspace, { prefix: `${name}/${prefix}`, isReverse });
  const forward = parts(className, layer.config, `forward_${inner}`, false);
  const backward = parts(backwardClass, own ?? layer.config, `backward_${twin}`, true);
  const plain = (written: object) => JSON.stringify({ ...written, name: inner });
  const isTwin = backwardClass === className && twin === inner && plain(forward.written) === plain(backward.written);
  if (forward.isSequence !== backward.isSequence) {
    outOfRange(`${name} backward_layer`, `return_sequences ${forward.isSequence}, as layer`, `${backward.isSequence}`);
  }
  const { units, outputShape, states } = forward;
  const join = new Join(workspace.kernels, merge_mode, states.outputSize, units);
  return {
    ...{ className: "Bidirectional", name, inputShape },
    outputShape: merge_mode === "concat" ? [...outputShape.slice(0, -1), 2 * units] : outputShape,
    parameters: [...forward.parameters, ...backward.parameters],
    operations: [
      new Fork([forward.product, backward.product]),
      new Beside([forward.recurrence, backward.recurrence]),
      new Beside([forward.states, backward.states]),
      join,
    ],
    drawsOtherNoise: forward.drawsOtherNoise || backward.drawsOtherNoise,
    config: {
      ...{ name, trainable: true, merge_mode },
      layer: { class_name: className, config: { ...forward.written, name: inner } },
      ...(!isTwin && {
        backward_layer: {
          class_name: backwardClass,
          config: { ...backward.written, name: twin, go_backwards: !backward.written.go_backwards },
        },
      }),
    },
    parametersChanged: () => {
      changed(forward);
      changed(backward);
    },
  };
};
