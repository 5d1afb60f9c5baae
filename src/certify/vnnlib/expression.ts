/**
 * The text of a VNN-LIB property as nested lists of words: S-expressions as SMT-LIB writes them, with comments from a semicolon to the
 * end of the line. The text may come from anyone: lists nest only so deep, and nothing is reserved that is not there.
 */
import { outOfRange, printable } from "../../check.ts";

export type Expression = string | readonly Expression[];

/** Lists within lists: a property of the competition has five. */
const DEEPEST = 64;

const TOKEN = /\s+|;[^\n]*|([()])|([^\s();]+)/gy;

/** The lists of a text, each with the line that it begins in. */
export function readExpressions(subject: string, text: string): { line: number; expression: Expression }[] {
  const found: { line: number; expression: Expression }[] = [];
  const open: Expression[][] = [];
  let [line, begun, at] = [1, 1, 0];
  TOKEN.lastIndex = 0;
  while (at < text.length) {
    // A text of these kinds of token leaves out no character.
    const [token, bracket, word] = TOKEN.exec(text) as RegExpExecArray;
    at = TOKEN.lastIndex;
    if (bracket === "(") {
      if (open.length === 0) begun = line;
      if (open.length === DEEPEST)
        outOfRange(`${subject}, line ${line}`, `at most ${DEEPEST} lists within lists`, "more");
      open.push([]);
    } else if (bracket === ")") {
      const list = open.pop();
      if (!list) return outOfRange(`${subject}, line ${line}`, "a list that was begun", "a closing bracket");
      const outer = open.at(-1);
      if (outer) outer.push(list);
      else found.push({ line: begun, expression: list });
    } else if (word !== undefined) {
      const list = open.at(-1);
      if (!list) return outOfRange(`${subject}, line ${line}`, "a list", said(word));
      list.push(word);
    } else for (const character of token) if (character === "\n") line++;
  }
  if (open.length > 0) outOfRange(`${subject}, line ${begun}`, "a list that ends", "the end of the text");
  return found;
}

/** A word or a list as an error shows it. */
export function said(expression: Expression | undefined): string {
  if (expression === undefined) return "nothing";
  if (typeof expression !== "string")
    return `(${typeof expression[0] === "string" ? printable(short(expression[0])) : ""} ...)`;
  return printable(short(expression));
}

const LONGEST = 40;

function short(word: string): string {
  return word.length > LONGEST ? `${word.slice(0, LONGEST)}...` : word;
}
