/**
 * Where adversarial examples enter a network: at its input, or at the output of a layer, which is the input of the layers
 * above. Each place has a box that its examples stay in, and a radius.
 */
import { outOfRange, requireNumber, requireOptions, wrongType } from "../check.ts";
import type { Network } from "../model/index.ts";
import { rangeOf } from "../model/layers/index.ts";

export interface Place {
  /** The layer whose output it is; undefined for the input. */
  readonly layer: string | undefined;
  /** The network above it. */
  readonly network: Network;
  /** Numbers of a row. */
  readonly width: number;
  /** Box of the examples. */
  readonly lower: number;
  readonly upper: number;
  /** The longest change of an example; Infinity for no limit. Where there is a share it is set before each epoch. */
  radius: number;
  /** The radius as a share of the place's own smallest distortion. */
  readonly share?: number;
  /** Factor of the mean loss of its examples. */
  readonly weight: number;
}

/** The options of a place. */
export interface PlaceOptions {
  /** The layer whose output it is; "input" for the network's input. */
  layer: string;
  /**
   * How far the attack moves a row. For "gradient" it is the L2 length, default 0.8 at the input and 0.2 at a layer, from the
   * study of digits. For "sign" it is the change of each number, without a default. For "lbfgs" it is the L2 length to which
   * longer changes are shortened, default no limit.
   */
  radius?: number;
  /**
   * The radius as a share of the mean smallest L2 change at this place that alters the answer, measured anew before each epoch on the first
   * 200 rows of the data; in the place of a radius.
   */
  share?: number;
  /** Factor of the mean loss of its examples; default 1. */
  weight?: number;
  /** The box; default [0, 1] at the input, and at a layer the range of its last operation. */
  lower?: number;
  /** The other end of the box; its default likewise. */
  upper?: number;
}

export const INPUT = "input";

/** Layers that compute something of their own; their outputs are what the paper calls the outputs of a layer. */
export function hiddenLayers(network: Network): string[] {
  const trained = network.layers.filter(({ parameters }) => parameters.length > 0);
  return trained.slice(0, -1).map(({ name }) => name);
}

/** @param hasRadius whether a place without a radius gets the default */
export function requirePlaces(network: Network, options: readonly PlaceOptions[], hasRadius: boolean): Place[] {
  if (!Array.isArray(options)) wrongType("places", "an array", options);
  if (options.length === 0) outOfRange("places", "at least one", "none");
  return options.map((place, i) => requirePlace(network, place, hasRadius, `places[${i}]`));
}

function requirePlace(network: Network, options: PlaceOptions, hasRadius: boolean, subject: string): Place {
  requireOptions(subject, options, { layer: true, radius: true, share: true, weight: true, lower: true, upper: true });
  const { layer, weight = 1 } = options;
  if (typeof layer !== "string") wrongType(`${subject}.layer`, "a name", layer);
  const isInput = layer === INPUT && !network.layers.some(({ name }) => name === INPUT);
  const found = network.layers.find(({ name }) => name === layer);
  if (!isInput && !found) {
    const names = [INPUT, ...hiddenLayers(network)].join(", ");
    outOfRange(`${subject}.layer`, `one of ${names}`, JSON.stringify(layer));
  }
  const above = isInput ? network : network.from(layer);
  const range = found ? rangeOf(found) : ([0, 1] as const);
  const { radius, share, lower = range[0], upper = range[1] } = options;
  if (radius !== undefined && share !== undefined) outOfRange(subject, "a radius or a share", "both");
  const usual = hasRadius ? (isInput ? 0.8 : 0.2) : Number.POSITIVE_INFINITY;
  if (!(lower < upper)) outOfRange(`${subject} box`, "lower < upper", `[${lower}, ${upper}]`);
  return {
    layer: isInput ? undefined : layer,
    network: above,
    width: above.inputSize,
    lower,
    upper,
    radius: radius === undefined ? usual : requireNumber(`${subject}.radius`, radius, 0),
    ...(share !== undefined && { share: requireNumber(`${subject}.share`, share, 0) }),
    weight: requireNumber(`${subject}.weight`, weight, 0),
  };
}
