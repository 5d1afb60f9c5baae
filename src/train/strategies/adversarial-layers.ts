/**
 * Adversarial training by layers (Szegedy et al. 2014, section 4.2): examples for the input and for the outputs of each layer,
 * which train all the layers above. The paper alternates between pools, one for each layer beside the data.
 */
import { type OptionNames, requireOptions, wrongType } from "../../check.ts";
import { hiddenLayers, INPUT, type PlaceOptions } from "../place.ts";
import { EXAMPLE_OPTIONS, type ExampleOptions, examplesAt } from "./adversarial.ts";
import type { Strategy } from "./strategy.ts";

/** How examples at the input and at hidden layers are made, and how they count. */
export interface AdversarialLayersOptions extends ExampleOptions {
  /** Where examples are made; default the input and the output of every layer with weights but the last. */
  places?: readonly (string | PlaceOptions)[];
  /** Whether successive steps take the examples of one place after another, instead of all places; default true with pools, as in the paper. */
  alternate?: boolean;
}

/** The names of these options, for `requireOptions`. */
export const ADVERSARIAL_LAYERS_OPTIONS: OptionNames<AdversarialLayersOptions> = {
  ...EXAMPLE_OPTIONS,
  places: true,
  alternate: true,
};

/** Examples at the input and at hidden layers. Throws for options that it does not have. */
export function adversarialLayers(options: AdversarialLayersOptions = {}): Strategy {
  requireOptions("adversarialLayers", options, ADVERSARIAL_LAYERS_OPTIONS);
  return {
    name: "adversarial-layers",
    begin: (trainer) => {
      const { places = [INPUT, ...hiddenLayers(trainer.network)], alternate = (options.pool ?? 0) > 0 } = options;
      if (typeof alternate !== "boolean") wrongType("alternate", "a boolean", alternate);
      const list = places.map((place) => (typeof place === "string" ? { layer: place } : place));
      return examplesAt(trainer, options, list, alternate);
    },
  };
}
