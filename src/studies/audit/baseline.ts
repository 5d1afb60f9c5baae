/**
 * The baseline of an audit, `audit.json`: what a later audit needs to compare itself image by image, and no more. It says with which
 * schema it is written; one of a later schema, of other bits, of another model or of other images is refused, and the refusal names which.
 */
import * as v from "valibot";
import { EFFORTS } from "../../attacks/index.ts";
import { NORMS } from "../../attacks/minimal/norm.ts";
import { outOfRange, wrongType } from "../../check.ts";
import { canonicalJson } from "../../data/canonical-json.ts";
import { digestBytes } from "../../data/digest.ts";
import { requireSchema } from "../../schema.ts";
import { BITS } from "../../version.ts";
import { AUDIT_PROOFS, type AuditBracket, type AuditRecord } from "./record.ts";

/** The schema that this version writes, and the latest that it reads. */
const SCHEMA = 1;

const digest = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const length = v.nullable(v.pipe(v.number(), v.minValue(0)));
const norm = v.object({
  proof: v.picklist(AUDIT_PROOFS),
  epsilon: v.nullable(v.number()),
  found: v.array(length),
  certified: v.nullable(v.array(v.pipe(v.number(), v.minValue(0)))),
});

const Baseline = v.object({
  generator: v.literal("blindspot"),
  kind: v.literal("audit-baseline"),
  schema: v.literal(SCHEMA),
  version: v.string(),
  bits: count,
  model: v.object({ name: v.string(), digest, inputShape: v.array(count), classes: count }),
  data: v.object({ name: v.string(), digest, images: digest }),
  options: v.object({
    effort: v.picklist(Object.keys(EFFORTS)),
    seed: count,
    first: count,
    count,
    truth: v.picklist(["labels", "model"]),
  }),
  norms: v.record(v.picklist(NORMS), norm),
  right: v.array(v.boolean()),
  corruptions: v.record(v.string(), v.array(v.boolean())),
  digest,
});

/** What `audit.json` holds. */
export type AuditBaseline = v.InferOutput<typeof Baseline>;

/** What audit.json has of an audit. */
export async function auditBaseline(record: AuditRecord): Promise<AuditBaseline> {
  const { version, bits, model, data, options, norms, images, corruptions } = record;
  const { effort, seed, first, count, truth } = options as AuditBaseline["options"];
  const baseline: Omit<AuditBaseline, "digest"> = {
    generator: "blindspot",
    kind: "audit-baseline",
    schema: SCHEMA,
    ...{ version, bits },
    model: { name: model.name, digest: model.digest, inputShape: [...model.inputShape], classes: model.classes },
    data: { name: data.name, digest: data.digest, images: data.images },
    options: { effort, seed, first, count, truth },
    norms: Object.fromEntries(
      norms.map(({ norm, proof, uncertified, epsilon }) => {
        const of = images.map((image) => image.norms[norm] as AuditBracket);
        const isProved = proof !== "none" && uncertified === undefined;
        return [
          norm,
          {
            ...{ proof, epsilon },
            found: of.map(({ found }) => found),
            certified: isProved ? of.map(({ certified }) => certified ?? 0) : null,
          },
        ];
      }),
    ) as AuditBaseline["norms"],
    right: images.map(({ label, read }) => label === read),
    corruptions: Object.fromEntries(
      corruptions.map(({ name }) => [name, images.map((image) => image.corruptions[name] === true)]),
    ),
  };
  return { ...baseline, digest: await digestOf(baseline) };
}

/** SHA-256 of the canonical JSON of a baseline without its digest. */
function digestOf(baseline: object): Promise<string> {
  const { digest, ...rest } = baseline as { digest?: unknown };
  return digestBytes(new TextEncoder().encode(canonicalJson(rest)));
}

/**
 * Requires a baseline that this version reads, intact.
 *
 * @param subject its name for errors: the path of its file
 */
export async function requireBaseline(subject: string, json: unknown): Promise<AuditBaseline> {
  if (typeof json !== "object" || json === null || Array.isArray(json))
    wrongType(subject, "a baseline of an audit", json);
  const { generator, kind, schema } = json as Record<string, unknown>;
  if (generator !== "blindspot" || kind !== "audit-baseline") {
    outOfRange(subject, "the audit.json of blindspot audit", `kind ${JSON.stringify(kind)}`);
  }
  if (typeof schema === "number" && schema > SCHEMA) {
    outOfRange(subject, `schema ${SCHEMA}, the latest that this version reads`, `schema ${schema}, of a later version`);
  }
  const baseline = requireSchema(subject, Baseline, json);
  const found = await digestOf(json);
  if (found !== baseline.digest) {
    outOfRange(subject, `contents with the digest ${baseline.digest}, which it states`, `${found}: it was altered`);
  }
  const { right, norms, corruptions, options } = baseline;
  const lists = [
    ["right", right] as const,
    ...Object.entries(norms).flatMap(([name, { found, certified }]) => [
      [`${name}: found`, found] as const,
      ...(certified ? [[`${name}: certified`, certified] as const] : []),
    ]),
    ...Object.entries(corruptions),
  ];
  for (const [name, list] of lists) {
    if (list.length !== options.count) {
      outOfRange(`${subject}: ${name}`, `${options.count} entries, one an image`, `${list.length}`);
    }
  }
  return baseline;
}

/** What an audit asks, as a baseline must have been asked it. */
export interface Comparable {
  model: { name: string; inputShape: readonly number[]; classes: number };
  data: { name: string; digest: string; images: string };
  options: { effort: string; seed: number; first: number; count: number; truth: string };
}

/** Refuses a baseline whose images do not pair with those of an audit, or whose numbers are of other bits. The weights may differ. */
export function requireComparable(subject: string, baseline: AuditBaseline, asked: Comparable): void {
  const { model, data, options, bits } = baseline;
  const refuse = (expected: string, got: string): never => outOfRange(subject, `a baseline ${expected}`, got);
  if (bits !== BITS) refuse(`with bits of generation ${BITS}, those of this version`, `generation ${bits}`);
  if (model.name !== asked.model.name) {
    refuse(
      `of the model ${asked.model.name}`,
      `one of ${model.name}; if it is the same model by another name, say so by --name`,
    );
  }
  const shapeOf = ({ inputShape, classes }: Comparable["model"]) => `${inputShape.join(" x ")} to ${classes} classes`;
  if (shapeOf(model) !== shapeOf(asked.model)) refuse(`of a model of ${shapeOf(asked.model)}`, shapeOf(model));
  for (const name of ["first", "count", "truth", "effort", "seed"] as const) {
    if (options[name] !== asked.options[name])
      refuse(`with --${name} ${asked.options[name]}`, `--${name} ${options[name]}`);
  }
  if (data.images !== asked.data.images) {
    refuse(`of the images ${asked.data.name}, digest ${asked.data.images}`, `${data.name}, digest ${data.images}`);
  }
  if (options.truth === "labels" && data.digest !== asked.data.digest) {
    refuse(
      `of ${asked.data.name} with the labels of digest ${asked.data.digest}`,
      `other labels, digest ${data.digest}`,
    );
  }
}
