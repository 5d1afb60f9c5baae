/**
 * Writes what the host knows of the kernels, from their sources: src/wasm/kernels.ts, typed, and
 * src/goldens/signatures.ts for what calls the exports as they are. Neither is kept in git.
 *
 *     node scripts/write-kernels.mjs
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ELEMENTS, readKernelTable } from "./kernel-table.mjs";

/**
 * What kernels of many numbers take as one object: its parameters, and those that say that a kernel takes it. The first
 * that fits is taken, and takes the place of the first of its parameters.
 */
const DESCRIPTORS = [
  {
    type: "Volume",
    comment:
      "Volumes d x h x w x c, outputs od x oh x ow, a window kd x kh x kw, its strides, the border before a volume.",
    names: "d h w c od oh ow kd kh kw sd sh sw front top left",
    marks: "kd",
  },
  {
    type: "Window",
    comment:
      "Images h x w x c, outputs oh x ow, a window kh x kw, its strides and dilations, the border before an image.",
    names: "h w c oh ow kh kw sh sw dh dw top left",
    marks: "kh oh",
  },
  {
    type: "Border",
    comment: "Images h x w x c, with their border ph x pw x c, of which this lies before the image.",
    names: "h w c ph pw top left",
    marks: "ph",
  },
  {
    type: "History",
    comment:
      "Correction pairs in a ring of slots, the oldest in `head`, the newest in `newest`: steps s, differences y of the gradients.",
    names: "capacity head newest s y",
    marks: "capacity",
  },
  {
    type: "History32",
    comment: "The same in single precision, of so many slots.",
    names: "slots newest s y",
    marks: "slots",
  },
  {
    type: "Draw",
    comment:
      "A place in the sequence of random numbers: the generator's key, the row, the number of the draw, the stream.",
    names: "key0 key1 row draw stream",
    marks: "key0",
  },
].map(({ names, marks, ...rest }) => ({ ...rest, names: names.split(" "), marks: marks.split(" ") }));

const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
/** The table with parameters by the names that the host gives them. */
const named = (table) =>
  table.map((kernel) => ({ ...kernel, parameters: kernel.parameters.map((it) => ({ ...it, name: camel(it.name) })) }));
const hostType = (type) => (type in ELEMENTS ? type : "Scalar");

/** A kernel as the host calls it: its arguments, each a parameter or a descriptor of several. */
function described({ name, parameters }) {
  const descriptor = DESCRIPTORS.find(({ marks }) => parameters.some((parameter) => marks.includes(parameter.name)));
  if (!descriptor) return { args: parameters, fields: [] };
  const fields = parameters.filter((parameter) => descriptor.names.includes(parameter.name));
  const argument = { name: descriptor.type.toLowerCase(), descriptor, fields };
  const args = parameters.flatMap((parameter) => {
    if (!fields.includes(parameter)) return [parameter];
    return parameter === fields[0] ? [argument] : [];
  });
  if (new Set(args.map((argument) => argument.name)).size < args.length)
    throw new Error(`${name}: expected no parameter of the name ${argument.name}, which its descriptor has`);
  return { descriptor, args, fields };
}

function typeOf({ descriptor, fields, type }) {
  if (!descriptor) return hostType(type);
  if (fields.length === descriptor.names.length) return descriptor.type;
  return `Pick<${descriptor.type}, ${fields.map(({ name }) => `"${name}"`).join(" | ")}>`;
}

function signature(kernel) {
  const { args } = described(kernel);
  const list = args.map((argument) => `${argument.name}: ${typeOf(argument)}`).join(", ");
  return `${kernel.name}(${list}): ${kernel.result === "void" ? "void" : "number"};`;
}

/** The call of the export with what the host passes. */
function binding(kernel) {
  const { args } = described(kernel);
  const taken = args.map(({ name, fields }) => (fields ? `{ ${fields.map((field) => field.name).join(", ")} }` : name));
  return `${kernel.name}: (${taken.join(", ")}) =>\n      raw.${kernel.name}(${kernel.parameters.map(({ name }) => name).join(", ")}),`;
}

function interfaceOf({ type, comment, names }, table) {
  const fields = names.map((name) => {
    const users = table.filter((kernel) => {
      const { descriptor, fields } = described(kernel);
      return descriptor?.type === type && fields.some((field) => field.name === name);
    });
    const types = new Set(users.map((kernel) => hostType(kernel.parameters.find((it) => it.name === name).type)));
    if (types.size !== 1)
      throw new Error(`${type}: expected one type of ${name}, got ${[...types].join(", ") || "none"}`);
    return `  readonly ${name}: ${[...types][0]};`;
  });
  return [`/** ${comment} */`, `export interface ${type} {`, ...fields, "}"].join("\n");
}

const union = (kernels) => kernels.map(({ name }) => `"${name}"`).join(" | ");
/** What assembly/solvers.ts exports. */
export const isOfSolvers = ({ file }) => file.startsWith("assembly/optimize/");

function binder(name, type, bound) {
  return `/** The exports, with the kernels of many numbers taking what describes those. */
export function ${name}(exports: WebAssembly.Exports): ${type} {
  const raw = exports as Readonly<Record<keyof ${type}, (...values: number[]) => number>>;
  const described: Pick<${type}, ${union(bound)}> = {
    ${bound.map(binding).join("\n    ")}
  };
  return { ...(exports as unknown as ${type}), ...described };
}`;
}

/** The text of src/wasm/kernels.ts. */
export function kernelModule(kernels) {
  const table = named(kernels);
  const bound = table.filter((kernel) => described(kernel).fields.length > 0);
  const pointers = Object.keys(ELEMENTS).filter((type) =>
    table.some(({ parameters }) => parameters.some((parameter) => parameter.type === type)),
  );
  return `// Written by scripts/write-kernels.mjs from assembly/; not kept in git.
import type { ${[...pointers, "Scalar"].sort().join(", ")} } from "./pointers.ts";

${DESCRIPTORS.map((descriptor) => interfaceOf(descriptor, table)).join("\n\n")}

export interface Kernels {
${table.map((kernel) => `  ${kernel.comment.replace(/\n/g, "\n  ")}\n  ${signature(kernel)}`).join("\n\n")}
}

/** The kernels of build/solvers.wasm: what the optimisers call. */
export type SolverKernels = Pick<Kernels, ${union(table.filter(isOfSolvers))}>;

${binder("bindKernels", "Kernels", bound)}

${binder("bindSolverKernels", "SolverKernels", bound.filter(isOfSolvers))}
`;
}

/** The text of src/goldens/signatures.ts: the parameters of every export, in one line each. */
export function signatureModule(table) {
  const lines = named(table).map(
    ({ name, parameters }) => `  ${name}: "${parameters.map((it) => `${it.name}:${it.type}`).join(" ")}",`,
  );
  return `// Written by scripts/write-kernels.mjs from assembly/; not kept in git.
export const SIGNATURES: Readonly<Record<string, string>> = {
${lines.join("\n")}
};
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const table = readKernelTable();
  writeFileSync(new URL("../src/wasm/kernels.ts", import.meta.url), kernelModule(table));
  writeFileSync(new URL("../src/goldens/signatures.ts", import.meta.url), signatureModule(table));
}
