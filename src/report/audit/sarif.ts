/** The failed checks of an audit as SARIF 2.1.0, which code hosts show beside other findings. */
import type { Log } from "sarif";
import type { AuditCheck, AuditRecord } from "../../studies/audit/record.ts";

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

const RULES: Readonly<Record<AuditCheck["rule"], { name: string; short: string; full: string }>> = {
  complete: {
    name: "Complete",
    short: "Every image was audited.",
    full: "No image is missing because the workers that compute it failed or were gone as often as it is tried.",
  },
  "robust-share": {
    name: "RobustShare",
    short: "Enough images resist changes within the budget.",
    full: "The share of the images that are answered rightly and that no change within the budget alters is at least the one that was asked for.",
  },
  "not-worse-than-baseline": {
    name: "NotWorseThanBaseline",
    short: "The model is no worse than the baseline.",
    full: "Image by image, the sign test, adjusted by Holm's procedure, does not tell the model from the baseline, or tells it to be better, or worse by no more than is allowed.",
  },
  "ends-agree": {
    name: "EndsAgree",
    short: "No change was found within a certified radius.",
    full: "A change within a radius in which none alters the answer would refute the certificate or the change.",
  },
};

/** A relative reference that a URI may hold: what a path has beyond that is escaped. */
function uriOf(path: string): string {
  return path
    .replaceAll("\\", "/")
    .split("/")
    .map((part) => encodeURIComponent(part))
    .join("/");
}

export function auditSarif(record: AuditRecord): string {
  const { checks, version, command, model, digest, recordDigest, holds, missing } = record;
  const exitCode = missing ? 4 : holds ? 0 : 3;
  const given = /--model (?:'([^']*)'|(\S+))/.exec(command);
  const place = uriOf(given?.[1] ?? given?.[2] ?? model.name);
  const ids = Object.keys(RULES) as AuditCheck["rule"][];
  const results = checks
    .filter((check) => !check.holds)
    .map(({ rule, name, said }) => ({
      ruleId: rule,
      ruleIndex: ids.indexOf(rule),
      level: "error" as const,
      message: { text: `${name}. ${said}` },
      locations: [{ physicalLocation: { artifactLocation: { uri: place }, region: { startLine: 1 } } }],
      partialFingerprints: { "blindspotCheck/v1": `${model.name}: ${name}` },
    }));
  const log: Log = {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "blindspot",
            version,
            semanticVersion: version,
            rules: ids.map((id) => ({
              id,
              name: RULES[id].name,
              shortDescription: { text: RULES[id].short },
              fullDescription: { text: RULES[id].full },
              defaultConfiguration: { level: "error" },
            })),
          },
        },
        invocations: [{ executionSuccessful: true, commandLine: command, exitCode }],
        columnKind: "utf16CodeUnits",
        properties: { digest, recordDigest },
        results,
      },
    ],
  };
  return `${JSON.stringify(log, null, 1)}\n`;
}
