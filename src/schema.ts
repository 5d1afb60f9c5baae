/** Valibot's findings in the words of `check.ts`: what a JSON file should have held, and where. */
import { type GenericSchema, getDotPath, type InferOutput, safeParse } from "valibot";
import { failed, mistyped } from "./check.ts";

/** What valibot expects without a word for it. */
const WORDS: Readonly<Record<string, string>> = {
  integer: "a whole number",
  safe_integer: "a whole number below 2^53",
};

/** Returns `value` as the schema's output, or throws a TypeError that names the first place where it differs. */
export function requireSchema<S extends GenericSchema>(subject: string, schema: S, value: unknown): InferOutput<S> {
  const result = safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = getDotPath(issue);
  mistyped(
    path ? `${subject}: ${path}` : subject,
    issue.expected ?? WORDS[issue.type] ?? "a valid value",
    issue.received,
  );
}

/** The JSON of a text. Errors name `subject`, the path of its file. */
export function parseJson(subject: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return failed(subject, "JSON", (error as Error).message.replaceAll("\n", " "), error);
  }
}
