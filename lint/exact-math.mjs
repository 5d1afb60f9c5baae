/**
 * A lint rule for src: every number has the same bits on every engine. Of Math only what is exact may be used, under its own
 * name; no power but of small literals, nothing that depends on a locale, no suppressions.
 *
 *   node lint/exact-math.mjs [file ...]     default: every file of src
 */
import { readdirSync, readFileSync } from "node:fs";
import { parseSync } from "rolldown/utils";

const EXACT = new Set([
  ...["abs", "ceil", "clz32", "floor", "fround", "imul", "max", "min", "round", "sign", "sqrt", "trunc"],
  ...["E", "LN10", "LN2", "LOG10E", "LOG2E", "PI", "SQRT1_2", "SQRT2"],
]);
/** Names that run text as code, in which nothing is checked. */
const RUNS_TEXT = new Set(["eval", "Function"]);
const DEPENDS_ON_LOCALE = /^(?:Intl|localeCompare|toLocale.*)$/;
/** Bases in which the digits of every number are exact. */
const EXACT_RADIX = new Set([2, 8, 10, 16, 32]);
const SUPPRESSION = /biome-ignore|@ts-(?:ignore|expect-error|nocheck)|(?:eslint|oxlint)-disable/;

/**
 * @typedef {{ type: string, start: number, [key: string]: unknown }} AstNode
 * @typedef {{ line: number, message: string }} Fault
 */

/** @type {(value: unknown) => value is AstNode} */
function isNode(value) {
  return typeof value === "object" && value !== null && "type" in value;
}

/** @type {(node: unknown) => string | undefined} The name of an identifier, or the text of a string. */
function wordOf(node) {
  if (!isNode(node)) return undefined;
  if (node.type === "Identifier") return /** @type {string} */ (node.name);
  if (node.type === "Literal" && typeof node.value === "string") return node.value;
  if (node.type === "TemplateElement") return /** @type {{ cooked: string }} */ (node.value).cooked;
  return undefined;
}

/** @type {(node: unknown) => number | undefined} The value of a whole literal, of either sign. */
function wholeLiteral(node) {
  if (!isNode(node)) return undefined;
  if (node.type === "UnaryExpression" && node.operator === "-") {
    const value = wholeLiteral(node.argument);
    return value === undefined ? undefined : -value;
  }
  return node.type === "Literal" && Number.isSafeInteger(node.value) ? /** @type {number} */ (node.value) : undefined;
}

/** @type {(base: number | undefined, power: number | undefined) => boolean} Whether f64 holds a power exactly. */
function isExactPower(base, power) {
  if (base === undefined || power === undefined || base < 0) return false;
  if (base === 2) return power >= -1074 && power <= 1023;
  return power >= 0 && power <= 53 && BigInt(base) ** BigInt(power) <= Number.MAX_SAFE_INTEGER;
}

/** @type {(node: AstNode, parent: AstNode | undefined) => string | undefined} What is wrong with a node. */
function faultOf(node, parent) {
  const word = wordOf(node);
  const member = parent?.type === "MemberExpression" && parent.object === node && !parent.computed;
  if (word === "Math") {
    const name = member && wordOf(parent.property);
    if (name && EXACT.has(name)) return undefined;
    return name
      ? `Math.${name}: expected an exact function, got one whose bits depend on the engine. Use a kernel, or src/numeric.`
      : "Math: expected only as in Math.floor(x), got a way around the function's name.";
  }
  if (node.type === "Identifier" && word === "globalThis" && !member)
    return "globalThis: expected only as in globalThis.crypto, got a way around the name.";
  if (node.type === "Identifier" && word && RUNS_TEXT.has(word)) return `${word}: expected code, got text that is run.`;
  if (word && DEPENDS_ON_LOCALE.test(word)) return `${word}: expected the same text everywhere, got that of a locale.`;
  if (node.type === "BinaryExpression" && node.operator === "**") {
    if (isExactPower(wholeLiteral(node.left), wholeLiteral(node.right))) return undefined;
    return "**: expected whole literals with an exact power, got one whose bits depend on the engine. Multiply.";
  }
  if (node.type === "AssignmentExpression" && node.operator === "**=")
    return "**=: expected a product, got a power whose bits depend on the engine.";
  if (node.type === "CallExpression") {
    const callee = /** @type {AstNode} */ (node.callee);
    const [radix] = /** @type {unknown[]} */ (node.arguments);
    // Text names an encoding of bytes, as in toString("hex").
    const isEncoding = wordOf(radix) !== undefined && isNode(radix) && radix.type === "Literal";
    if (radix && !isEncoding && wordOf(callee.property) === "toString" && !EXACT_RADIX.has(wholeLiteral(radix) ?? 0))
      return "toString: expected a radix of 2, 8, 10, 16 or 32, got one whose digits depend on the engine.";
  }
  return undefined;
}

/** @type {(path: string, source: string) => Fault[]} */
function faultsIn(path, source) {
  const { program, comments, errors } = parseSync(path, source, { preserveParens: false });
  if (errors.length > 0) return errors.map(({ message }) => ({ line: 1, message }));
  /** @type {Fault[]} */
  const found = [];
  /** @type {(at: number, message: string) => void} */
  const report = (at, message) => {
    found.push({ line: source.slice(0, at).split("\n").length, message });
  };
  /** @type {(value: unknown, parent: AstNode | undefined) => void} */
  const visit = (value, parent) => {
    if (Array.isArray(value)) for (const item of value) visit(item, parent);
    if (!isNode(value)) return;
    const message = faultOf(value, parent);
    if (message) report(value.start, message);
    for (const child of Object.values(value)) visit(child, value);
  };
  visit(program, undefined);
  for (const { start, value } of comments) {
    const suppression = value.match(SUPPRESSION);
    if (suppression) report(start, `${suppression[0]}: expected code that the rules pass, got a suppression.`);
  }
  return found;
}

const named = process.argv.slice(2);
const all = () => readdirSync("src", { recursive: true }).map((name) => `src/${name}`);
const paths = named.length > 0 ? named : all().filter((path) => /\.[cm]?[jt]sx?$/.test(path));
if (paths.length === 0) throw new Error("exact-math: expected files in src, got none");
for (const path of paths) {
  for (const { line, message } of faultsIn(path, readFileSync(path, "utf8"))) {
    console.error(`${path}:${line}: ${message}`);
    process.exitCode = 1;
  }
}
