/**
 * What Keras 3 says of a layer in other words than Keras 2, read as Keras 2 says it: functions as objects, precisions as
 * objects, two names of one activation. What has the same name and another meaning is refused.
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

/** Keras 3 takes x / 6 + 1/2 for its hard sigmoid; that of Keras 2 and tfjs is x / 5 + 1/2. */
const RENAMED: Readonly<Record<string, string>> = { silu: "swish" };

/** Whether Keras 3 wrote a model: it says so, or it names the module of the class and no version, as Keras 2 never did. */
export function isOfKeras3(topology: object): boolean {
  const { keras_version, module } = topology as { keras_version?: unknown; module?: unknown };
  if (keras_version === undefined) return module !== undefined;
  return typeof keras_version === "string" && /^([3-9]|\d\d)\./.test(keras_version);
}

/** A layer's configuration as Keras 2 writes it. */
export function asKeras2Config(
  name: string,
  config: Record<string, unknown>,
  isKeras3: boolean,
  depth = 0,
): Record<string, unknown> {
  if (depth > DEPTH_LIMIT) outOfRange(name, `wrappers within wrappers, ${DEPTH_LIMIT} deep at most`, "deeper ones");
  requireUnquantized(name, config.dtype);
  const wrapped = WRAPPED_ENTRIES.filter((entry) => isRecord(config[entry])).map((entry) => {
    const layer = config[entry] as Record<string, unknown>;
    const inner = isRecord(layer.config) ? asKeras2Config(name, layer.config, isKeras3, depth + 1) : layer.config;
    return [entry, { ...layer, config: inner }];
  });
  const activations = ACTIVATION_ENTRIES.filter((entry) => config[entry] !== undefined);
  const read = activations.map((entry) => [entry, activationOf(`${name} ${entry}`, config[entry], isKeras3)]);
  return { ...config, ...Object.fromEntries([...wrapped, ...read]) };
}

/** The name of an activation, which Keras 3 may write as `{ class_name: "function", config: "relu" }`. */
function activationOf(subject: string, written: unknown, isKeras3: boolean): unknown {
  const { class_name, config } = (written ?? {}) as { class_name?: unknown; config?: unknown };
  const name = class_name === "function" ? config : written;
  if (typeof name === "object" && name !== null) {
    outOfRange(subject, "the name of an activation (a layer of its own runs)", describe(class_name));
  }
  if (isKeras3 && name === "hard_sigmoid") {
    outOfRange(
      subject,
      "another activation (that of Keras 3 is x / 6 + 1/2, that of Keras 2 x / 5 + 1/2)",
      '"hard_sigmoid"',
    );
  }
  return typeof name === "string" && Object.hasOwn(RENAMED, name) ? RENAMED[name] : name;
}

/** Refuses weights in whole numbers. Any other precision is that of Keras's computation; weights are f32, as is all that is computed here. */
function requireUnquantized(name: string, dtype: unknown): void {
  const { class_name } = (dtype ?? {}) as { class_name?: unknown };
  if (typeof class_name === "string" && /quantized/i.test(class_name)) {
    outOfRange(`${name} dtype`, "a policy without quantization", class_name);
  }
}
