/**
 * A lint rule for what the package exports: every name of every entry has a docstring, and so has every member of an exported
 * class or interface. As far as can be read from the source, a docstring also says
 *
 *   shapes   where a value is an array of numbers: its elements and its shape, as in `f32[n, inputSize]`
 *   errors   where a function checks what it is given, or throws: what it throws, rejects or refuses
 *   units    where a member is a length, a share or a time by its name: in what it is measured
 *
 *   node lint/docstrings.mjs [entry ...]     default: the entries of package.json
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseSync } from "rolldown/utils";

/**
 * @typedef {{ type: string, start: number, end: number, [key: string]: any }} AstNode
 * @typedef {{ node: AstNode, statement: AstNode, file: File }} Declaration  statement: what a docstring stands before
 * @typedef {{ path: string, source: string, body: AstNode[], comments: { type: string, value: string, start: number, end: number }[] }} File
 * @typedef {{ path: string, line: number, subject: string, missing: string }} Fault
 */

/** Arrays of numbers, whose elements and shape a reader has to know. */
const ARRAYS = /^(?:(?:Float|Big)?(?:Ui|I)?nt(?:8|16|32|64)|Float(?:16|32|64))(?:Clamped)?Array$/;
/** `f32[n, 4]`, `bytes`, or words that say as much of arrays of any kind. */
const SHAPE = /\b(?:f16|f32|f64|i8|i16|i32|i64|u8|u16|u32|u64)\[|\bbytes?\b|\bof any (?:shape|length)\b/i;
/** Calls that end in an error: those of src/check.ts, and helpers named alike. */
const CHECKS =
  /^(?:require[A-Z]\w*|wrongType|mistyped|outOfRange|notFinite\w*|unknownOption\w*|raise\w*|fail\w*|refuse\w*)$/;
const ERRORS = /\b(?:@throws|throws?|rejects?|refuses?|refused|an error)\b/i;
/** Members that are measured in something, by the end of their names, and words that say in what. */
const MEASURED = /(?:distances?|distortions?|radius|radii|epsilon|milliseconds|seconds|tolerance|bytes)$/i;
const UNITS =
  /\b(?:units?|norm|per cent|percent|share|relative(?:ly)?|absolute|pixels?|features?|logits?|scores?|milliseconds|seconds|bytes|root mean square|l2|linf|l-infinity|mean square|widths?|box|\[0, 1\]|NaN)\b|sqrt\(/i;

/** @type {Map<string, File>} */
const files = new Map();

/** @type {(path: string) => File} */
function load(path) {
  const known = files.get(path);
  if (known) return known;
  const source = readFileSync(path, "utf8");
  const { program, comments, errors } = parseSync(path, source, { preserveParens: false });
  if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`);
  const file = { path, source, body: /** @type {any} */ (program).body, comments: /** @type {any} */ (comments) };
  files.set(path, file);
  return file;
}

/** @type {(node: any) => string} */
const nameOf = (node) => node?.name ?? node?.value ?? "";

/** @type {(from: File, specifier: string) => File | undefined} The file of a relative import. */
const imported = ({ path }, specifier) =>
  specifier.startsWith(".") ? load(join(dirname(path), specifier)) : undefined;

/** @type {(statement: AstNode) => AstNode[]} What a statement declares, each with an `id`. */
function declared(statement) {
  const inner = /^Export(?:Named|Default)Declaration$/.test(statement.type) ? statement.declaration : statement;
  if (!inner) return [];
  return inner.type === "VariableDeclaration" ? inner.declarations : inner.id ? [inner] : [];
}

/** @type {(file: File, name: string) => Declaration[]} Every declaration behind a name of a file: overloads, a value and a type of one name. */
function find(file, name) {
  /** @type {Declaration[]} */
  const found = [];
  for (const statement of file.body) {
    for (const node of declared(statement)) if (nameOf(node.id) === name) found.push({ node, statement, file });
    if (statement.type === "ImportDeclaration") {
      const specifier = statement.specifiers.find((/** @type {any} */ { local }) => nameOf(local) === name);
      const source = specifier && imported(file, statement.source.value);
      if (source) found.push(...find(source, nameOf(specifier.imported)));
    }
    if (statement.type === "ExportNamedDeclaration") {
      const specifier = statement.specifiers.find((/** @type {any} */ { exported }) => nameOf(exported) === name);
      if (!specifier) continue;
      const source = statement.source ? imported(file, statement.source.value) : undefined;
      if (source) found.push(...find(source, nameOf(specifier.local)));
      else if (!statement.source && nameOf(specifier.local) !== name)
        found.push(...find(file, nameOf(specifier.local)));
    }
    if (statement.type === "ExportAllDeclaration") {
      const source = imported(file, statement.source.value);
      if (source) found.push(...find(source, name));
    }
  }
  return found;
}

/** @type {(file: File) => Set<string>} The names that a file exports. */
function namesOf(file) {
  const names = new Set();
  for (const statement of file.body) {
    if (statement.type === "ExportNamedDeclaration") {
      for (const node of declared(statement)) names.add(nameOf(node.id));
      for (const { exported } of statement.specifiers) names.add(nameOf(exported));
    }
    if (statement.type === "ExportAllDeclaration") {
      const source = imported(file, statement.source.value);
      if (source) for (const name of namesOf(source)) names.add(name);
    }
  }
  return names;
}

/** @type {(file: File, node: AstNode) => string | undefined} The docstring right before a node. */
function docstring({ source, comments }, node) {
  const before = comments.filter(({ end }) => end <= node.start).at(-1);
  if (before?.type !== "Block" || !before.value.startsWith("*")) return undefined;
  return /^\s*\|?\s*$/.test(source.slice(before.end, node.start)) ? before.value : undefined;
}

/** @type {(value: unknown, visit: (node: AstNode) => boolean | void) => void} Goes down a tree; a visit that returns false goes no deeper. */
function walk(value, visit) {
  if (Array.isArray(value)) for (const item of value) walk(item, visit);
  if (typeof value !== "object" || value === null || !("type" in value)) return;
  if (visit(/** @type {AstNode} */ (value)) === false) return;
  for (const child of Object.values(value)) walk(child, visit);
}

/** @type {(type: unknown) => boolean} Whether a type has an array of numbers in it; members of literal types speak for themselves. */
function holdsNumbers(type) {
  let found = false;
  walk(type, (node) => {
    if (node.type === "TSTypeReference" && ARRAYS.test(nameOf(node.typeName))) found = true;
    return !/^TSTypeLiteral$|^TSFunctionType$/.test(node.type);
  });
  return found;
}

/** @type {(body: unknown) => boolean} Whether running a body may end in an error that it states itself. */
function checks(body) {
  let found = false;
  walk(body, (node) => {
    if (node.type === "ThrowStatement") found = true;
    if (node.type === "CallExpression" && CHECKS.test(nameOf(node.callee))) found = true;
  });
  return found;
}

/** @type {(callable: AstNode, text: string) => string[]} What the docstring of a function or a method leaves out. */
function missingOfCallable({ params = [], returnType, body, value }, text) {
  const inner = value ?? {};
  const parameters = value ? (inner.params ?? []) : params;
  const missing = [];
  const types = [
    ...parameters.map((/** @type {any} */ p) => (p.left ?? p.argument ?? p).typeAnnotation),
    returnType ?? inner.returnType,
  ];
  if (types.some(holdsNumbers) && !SHAPE.test(text)) missing.push("shapes");
  if (checks(value ? inner.body : body) && !ERRORS.test(text)) missing.push("errors");
  return missing;
}

/** @type {(declaration: Declaration) => { node: AstNode, name: string }[]} The public members of what a name stands for. */
function membersOf({ node, file }) {
  if (node.type === "TSInterfaceDeclaration") return named(node.body.body);
  if (node.type === "ClassDeclaration") {
    return named(
      node.body.body.filter(
        (/** @type {any} */ m) =>
          m.key?.type !== "PrivateIdentifier" &&
          !/^(?:private|protected)$/.test(m.accessibility) &&
          m.kind !== "set" &&
          !m.override,
      ),
    );
  }
  /** @type {{ node: AstNode, name: string }[]} */
  const found = [];
  if (node.type === "TSTypeAliasDeclaration") {
    walk(node.typeAnnotation, (inner) => {
      if (inner.type !== "TSTypeLiteral") return true;
      // One of several, as in a union, is described as a whole.
      if (docstring(file, inner) === undefined) found.push(...named(inner.members));
      return false;
    });
  }
  return found;
}

/** @type {(members: AstNode[]) => { node: AstNode, name: string }[]} */
const named = (members) => members.filter(({ key }) => key).map((node) => ({ node, name: nameOf(node.key) }));

/** @type {(declaration: Declaration, name: string) => Fault[]} */
function faultsOf(declaration, name) {
  const { file, node, statement } = declaration;
  /** @type {Fault[]} */
  const faults = [];
  /** @type {(at: AstNode, subject: string, missing: string[]) => void} */
  const report = (at, subject, missing) => {
    const line = file.source.slice(0, at.start).split("\n").length;
    for (const what of missing) faults.push({ path: file.path, line, subject, missing: what });
  };
  const own = docstring(file, statement);
  if (own === undefined) report(statement, name, ["docstring"]);
  else if (node.type === "FunctionDeclaration" || node.type === "TSDeclareFunction")
    report(node, name, missingOfCallable(node, own));
  const seen = new Set();
  for (const { node: member, name: key } of membersOf(declaration)) {
    const subject = `${name}.${key}`;
    const text = docstring(file, member);
    // The body behind documented overloads.
    if (text === undefined && seen.has(key)) continue;
    seen.add(key);
    if (text === undefined) {
      if (key !== "constructor" || (member.value?.params ?? []).length > 0) report(member, subject, ["docstring"]);
      continue;
    }
    const type = member.typeAnnotation;
    if (/Method|TSMethodSignature/.test(member.type) && member.kind !== "get")
      report(member, subject, missingOfCallable(member, text));
    else if (holdsNumbers(type ?? member.value?.returnType) && !SHAPE.test(text)) report(member, subject, ["shapes"]);
    if (!/Method/.test(member.type) && MEASURED.test(key) && !UNITS.test(text)) report(member, subject, ["units"]);
  }
  return faults;
}

/** The sources of the entries of the package, from what package.json says of their types. */
function entries() {
  const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
  return Object.values(exports)
    .map((entry) => /** @type {any} */ (entry).types)
    .filter((types) => types?.startsWith("./dist/"))
    .map((types) => types.replace("./dist/", "src/").replace(/\.d\.ts$/, ".ts"));
}

const asked = process.argv.slice(2);
const paths = asked.length > 0 ? asked : entries();
if (paths.length === 0) throw new Error("docstrings: expected entries in package.json, got none");
/** @type {Map<string, Fault>} */
const faults = new Map();
let names = 0;
for (const path of paths) {
  const file = load(path);
  for (const name of namesOf(file)) {
    const declarations = find(file, name);
    if (declarations.length === 0) throw new Error(`${path}: ${name} is declared nowhere`);
    names++;
    // Of overloads and their body, the first speaks for all.
    const [first, ...others] = declarations;
    const different = others.filter(
      ({ node }) => !/Function/.test(node.type) || (node.type !== first.node.type && !/Function/.test(first.node.type)),
    );
    for (const declaration of [first, ...different]) {
      for (const fault of faultsOf(declaration, name))
        faults.set(`${fault.path}:${fault.line}:${fault.subject}:${fault.missing}`, fault);
    }
  }
}
if (names === 0) throw new Error(`docstrings: expected exported names in ${paths.join(", ")}, got none`);
for (const { path, line, subject, missing } of faults.values()) {
  console.error(
    `${existsSync(path) ? relative(process.cwd(), path) : path}:${line}: ${subject}: expected ${missing}, got none`,
  );
}
if (faults.size > 0) {
  console.error(`${faults.size} faults of ${names} exported names`);
  process.exitCode = 1;
}
