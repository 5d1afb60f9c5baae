/** A layer's configuration, checked; what is wrong with it is said with the layer's name. */
import type { GenericSchema, InferOutput } from "valibot";
import { requireSchema } from "../../schema.ts";

export function requireConfig<S extends GenericSchema>(
  className: string,
  schema: S,
  config: { readonly name?: unknown },
): InferOutput<S> {
  const { name } = config;
  return requireSchema(typeof name === "string" ? `${name} (${className})` : className, schema, config);
}
