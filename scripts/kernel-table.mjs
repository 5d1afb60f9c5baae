/**
 * The table of the kernels, read from their sources by AssemblyScript's own parser: what assembly/index.ts exports, with
 * parameters, element types and shapes. A kernel whose comment does not state the shape behind every pointer is refused.
 *
 * A shape is written `x, y  f32[rows,n]`: names, two spaces or more, the element, the extents. Its element must be that of
 * the parameter's type (assembly/support/pointer.ts), and its extents may name nothing but the kernel's parameters.
 */
import { readFileSync } from "node:fs";
import * as assemblyscript from "assemblyscript";

// Its declarations have these as const enums and know nodes by class, which a script without types cannot narrow.
const { CommonFlags, NodeKind, Parser } = /** @type {any} */ (assemblyscript);

/** The element that each type of pointer points at, as comments name it. */
export const ELEMENTS = {
  F32Pointer: "f32",
  F64Pointer: "f64",
  I32Pointer: "i32",
  I64Pointer: "i64",
  EntryPointer: "entry",
};
const NUMBERS = new Set(["i32", "u32", "f32", "f64"]);
const RESULTS = new Set(["void", "bool", "i32", "f32", "f64"]);
/** What an extent may be computed with. */
const FUNCTIONS = new Set(["ceil", "min", "max"]);

/** The kernels in the order of the exports: { name, file, comment, parameters: { name, type, shape? }[], result }[]. */
export function readKernelTable(root = new URL("../", import.meta.url)) {
  const read = (path) => readFileSync(new URL(path, root), "utf8");
  const index = parse("assembly/index.ts", read("assembly/index.ts"));
  return index.source.statements.flatMap((statement) => {
    if (statement.kind !== NodeKind.Export || statement.members) {
      throw new Error(`assembly/index.ts: expected nothing but "export * from", got ${textOf(statement)}`);
    }
    const path = `${statement.internalPath}.ts`;
    return kernelsOf(path, read(path));
  });
}

/** The kernels that one source exports. */
export function kernelsOf(path, text) {
  const { source, comments } = parse(path, text);
  return source.statements.filter(isExported).map((statement) => {
    if (statement.kind !== NodeKind.FunctionDeclaration) {
      throw new Error(`${path}: expected no exports but functions, got ${textOf(statement)}`);
    }
    return kernelOf(path, statement, commentBefore(statement, text, comments));
  });
}

function isExported(statement) {
  if (statement.kind === NodeKind.Export || statement.kind === NodeKind.ExportDefault) return true;
  const [declaration] = statement.kind === NodeKind.Variable ? statement.declarations : [statement];
  return (declaration.flags & CommonFlags.Export) !== 0;
}

function parse(path, text) {
  const parser = new Parser([]);
  // The parser looks ahead and may meet a comment twice.
  const comments = new Map();
  parser.onComment = (_, comment, { start, end }) => comments.set(start, { end, comment });
  parser.parseFile(text, path, true);
  if (parser.diagnostics.length > 0) throw new Error(`${path}: expected AssemblyScript, got ${parser.diagnostics[0]}`);
  return { source: parser.sources[0], comments };
}

function textOf({ range }) {
  return JSON.stringify(range.source.text.slice(range.start, range.end).split("\n")[0]);
}

/** The documentation comment that stands right before a statement. */
function commentBefore(statement, text, comments) {
  const { start } = statement.range;
  for (const { end, comment } of comments.values()) {
    if (comment.startsWith("/**") && end <= start && text.slice(end, start).trim() === "") return comment;
  }
  return undefined;
}

function kernelOf(path, { name, signature }, comment) {
  const kernel = name.text;
  const refuse = (expected, got) => {
    throw new Error(`${path} ${kernel}: expected ${expected}, got ${got}`);
  };
  if (comment === undefined) refuse("a comment that states its shapes", "none");
  const result = signature.returnType.name.identifier.text;
  if (!RESULTS.has(result)) refuse(`a result of ${[...RESULTS].join(", ")}`, result);
  const parameters = signature.parameters.map((parameter) => ({
    name: parameter.name.text,
    type: parameter.type.name.identifier.text,
  }));
  const names = new Set(parameters.map((parameter) => parameter.name));
  const shapes = shapesIn(comment, refuse);
  for (const [shaped, { shape }] of shapes) {
    if (!names.has(shaped)) refuse(`shapes of its parameters ${[...names].join(", ")}`, `one of ${shaped}`);
    const unknown = shape.match(/[A-Za-z_]\w*/g)?.find((word) => !names.has(word) && !FUNCTIONS.has(word));
    if (unknown) refuse(`extents of ${shaped} in terms of its parameters`, unknown);
  }
  for (const parameter of parameters) {
    const stated = shapes.get(parameter.name);
    const element = ELEMENTS[parameter.type];
    if (element === undefined) {
      const types = [...NUMBERS, ...Object.keys(ELEMENTS)].join(", ");
      if (!NUMBERS.has(parameter.type)) refuse(`${parameter.name} of a type among ${types}`, parameter.type);
      if (stated) refuse(`a pointer type for ${parameter.name}, which has a shape`, parameter.type);
      continue;
    }
    if (!stated) refuse(`the shape of ${parameter.name} in its comment, such as "${parameter.name}  f32[n]"`, "none");
    if (stated.element !== element) refuse(`a shape ${parameter.name}  ${element}[...]`, stated.element);
    parameter.shape = stated.shape;
  }
  return { name: kernel, file: path, comment, parameters, result };
}

/** The shapes that a comment states, by parameter. */
function shapesIn(comment, refuse) {
  const shapes = new Map();
  const text = comment.replace(/\n\s*\*/g, "\n");
  for (const match of text.matchAll(/(\w+(?:, \w+)*) {2,}(f32|f64|i32|i64|entry)\[/g)) {
    const start = match.index + match[0].length;
    const shape = text.slice(start, closingBracket(text, start));
    for (const name of match[1].split(", ")) {
      if (shapes.has(name)) refuse(`one shape of ${name}`, "two");
      shapes.set(name, { element: match[2], shape });
    }
  }
  return shapes;
}

function closingBracket(text, start) {
  let depth = 1;
  let at = start;
  while (depth > 0 && at < text.length) {
    if (text[at] === "[") depth++;
    if (text[at] === "]") depth--;
    at++;
  }
  return at - 1;
}
