/**
 * What Keras 3 says of a layer in other words than Keras 2, read as Keras 2 says it: functions as objects, precisions as
 * objects, two names of one activation. What has the same name and another meaning, there or in tfjs, is told apart by who wrote
 * the model.
 */
import { describe, outOfRange } from "../check.ts";

/** Entries of a configuration that hold a function of one number. */
const ACTIVATION_ENTRIES = ["activation", "recurrent_activation"];
/** Entries of a wrapper's configuration that hold a layer. */
const WRAPPED_ENTRIES = ["layer", "backward_layer"];
/** Wrappers within wrappers. */
const DEPTH_LIMIT = 8;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Names of Keras 3. Its hard sigmoid is x / 6 + 1/2; that of Keras 2 and tfjs is x / 5 + 1/2. */
const OF_KERAS_3: Readonly<Record<string, string>> = { silu: "swish", hard_sigmoid: "hard_sigmoid_sixth" };
const RENAMED: Readonly<Record<string, string>> = { silu: "swish" };

export type Writer = "tfjs" | "Keras 2" | "Keras 3";

/** Who wrote a model: it says so; or it names the module of the class and no version, as Keras 2 never did. */
export function writerOf(topology: object): Writer {
  const { keras_version, module } = topology as { keras_version?: unknown; module?: unknown };
  if (keras_version === undefined) return module === undefined ? "Keras 2" : "Keras 3";
  if (typeof keras_version !== "string") return "Keras 2";
  if (keras_version.startsWith("tfjs")) return "tfjs";
  return /^([3-9]|\d\d)\./.test(keras_version) ? "Keras 3" : "Keras 2";
}

/** A layer's configuration as Keras 2 writes it. */
export function asKeras2Config(
  name: string,
  className: string,
  config: Record<string, unknown>,
  writer: Writer,
  depth = 0,
): Record<string, unknown> {
  if (depth > DEPTH_LIMIT) outOfRange(name, `wrappers within wrappers, ${DEPTH_LIMIT} deep at most`, "deeper ones");
  requireUnquantized(name, config.dtype);
  const wrapped = WRAPPED_ENTRIES.filter((entry) => isRecord(config[entry])).map((entry) => {
    const layer = config[entry] as Record<string, unknown>;
    const { class_name, config: own } = layer;
    const inner = isRecord(own) ? asKeras2Config(name, String(class_name), own, writer, depth + 1) : own;
    return [entry, { ...layer, config: inner }];
  });
  const activations = ACTIVATION_ENTRIES.filter((entry) => config[entry] !== undefined);
  const read = activations.map((entry) => [entry, activationOf(`${name} ${entry}`, config[entry], writer)]);
  // Keras takes pixels from half pixels; the Resizing of tfjs runs in no model.
  const places = writer === "tfjs" && className === "UpSampling2D" ? { places: "corner" } : {};
  return { ...config, ...places, ...Object.fromEntries([...wrapped, ...read]) };
}

/** The name of an activation, which Keras 3 may write as `{ class_name: "function", config: "relu" }`. */
function activationOf(subject: string, written: unknown, writer: Writer): unknown {
  const { class_name, config } = (written ?? {}) as { class_name?: unknown; config?: unknown };
  const name = class_name === "function" ? config : written;
  if (typeof name === "object" && name !== null) {
    outOfRange(subject, "the name of an activation (a layer of its own runs)", describe(class_name));
  }
  const names = writer === "Keras 3" ? OF_KERAS_3 : RENAMED;
  return typeof name === "string" && Object.hasOwn(names, name) ? names[name] : name;
}

/** Refuses weights in whole numbers. Any other precision is that of Keras's computation; weights are f32, as is all that is computed here. */
function requireUnquantized(name: string, dtype: unknown): void {
  const { class_name } = (dtype ?? {}) as { class_name?: unknown };
  if (typeof class_name === "string" && /quantized/i.test(class_name)) {
    outOfRange(`${name} dtype`, "a policy without quantization", class_name);
  }
}
