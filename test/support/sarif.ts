/**
 * The part of SARIF 2.1.0 that is written, as its schema has it: every object closed to other properties, every required one there
 * [OASIS, Static Analysis Results Interchange Format 2.1.0, sections 3.13 to 3.52].
 */
import * as v from "valibot";

const text = v.pipe(v.string(), v.minLength(1));
const message = v.strictObject({ text });
const bag = v.record(v.string(), v.unknown());
const index = v.pipe(v.number(), v.integer(), v.minValue(-1));
const level = v.picklist(["none", "note", "warning", "error"]);
/** RFC 3986, without the characters that need an escape; no scheme and no root: a relative reference. */
const relative = v.pipe(v.string(), v.regex(/^(?![a-z]+:|\/)[\w.~!$&'()*+,;=:@%/-]+$/));

const rule = v.strictObject({
  id: text,
  name: v.pipe(v.string(), v.regex(/^[A-Z][A-Za-z]+$/)),
  shortDescription: message,
  fullDescription: message,
  defaultConfiguration: v.strictObject({ level }),
});

const location = v.strictObject({
  physicalLocation: v.strictObject({
    artifactLocation: v.strictObject({ uri: relative }),
    region: v.strictObject({ startLine: v.pipe(v.number(), v.integer(), v.minValue(1)) }),
  }),
});

const result = v.strictObject({
  ruleId: text,
  ruleIndex: index,
  level,
  message,
  locations: v.array(location),
  partialFingerprints: v.record(v.pipe(v.string(), v.regex(/^[\w]+\/v\d+$/)), text),
});

const invocation = v.strictObject({
  executionSuccessful: v.boolean(),
  commandLine: text,
  exitCode: v.pipe(v.number(), v.integer()),
});

const run = v.strictObject({
  tool: v.strictObject({
    driver: v.strictObject({
      name: text,
      version: text,
      semanticVersion: v.pipe(v.string(), v.regex(/^\d+\.\d+\.\d+(-[\w.]+)?(\+[\w.]+)?$/)),
      rules: v.array(rule),
    }),
  }),
  invocations: v.array(invocation),
  columnKind: v.picklist(["utf16CodeUnits", "unicodeCodePoints"]),
  properties: bag,
  results: v.array(result),
});

const Log = v.strictObject({
  $schema: v.pipe(v.string(), v.url()),
  version: v.literal("2.1.0"),
  runs: v.array(run),
});

/** A log; throws where it is none. The rules that results name are the ones at their index. */
export function parseSarif(source: string): v.InferOutput<typeof Log> {
  const log = v.parse(Log, JSON.parse(source));
  for (const { tool, results } of log.runs) {
    const ids = tool.driver.rules.map(({ id }) => id);
    if (new Set(ids).size !== ids.length) throw new Error("a rule twice");
    for (const { ruleId, ruleIndex } of results) {
      if (ids[ruleIndex] !== ruleId) throw new Error(`rule ${ruleId} is not at ${ruleIndex}`);
    }
  }
  return log;
}
