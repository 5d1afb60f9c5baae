/** The checks of an audit as JUnit's XML, which every CI shows: a case a check. */
import type { AuditRecord } from "../../studies/audit/record.ts";
import { html, type Markup } from "../kit/markup.ts";

/** What XML 1.0 has no place for. */
function legal(text: string): string {
  return Array.from(text, (character) => {
    const code = character.codePointAt(0) as number;
    const isLegal =
      code === 9 ||
      code === 10 ||
      code === 13 ||
      (code >= 0x20 && code <= 0xd7ff) ||
      (code >= 0xe000 && code !== 0xfffe && code !== 0xffff);
    return isLegal ? character : "\ufffd";
  }).join("");
}

/** The escapes of a page are XML's too. */
export function auditJunit(record: AuditRecord): string {
  const { title, checks, digest, recordDigest, command, version, bits, model, data } = record;
  const failures = checks.filter(({ holds }) => !holds).length;
  const properties: [string, string][] = [
    ["blindspot", `${version}, generation ${bits} of the bits`],
    ["command", command],
    ["model", `${model.name} ${model.digest}`],
    ["data", `${data.name} ${data.digest}`],
    ["digest", digest],
    ["recordDigest", recordDigest],
  ];
  const one = ({ rule, name, holds, said }: (typeof checks)[number]): Markup => {
    const open = html`<testcase name="${legal(name)}" classname="blindspot.audit.${rule}" time="0"`;
    return holds
      ? html`${open}><system-out>${legal(said)}</system-out></testcase>\n`
      : html`${open}><failure message="${legal(said)}" type="${rule}">${legal(`${name}\n${said}`)}</failure></testcase>\n`;
  };
  const seconds = (record.timing.milliseconds / 1000).toFixed(3);
  const counts = html`tests="${checks.length}" failures="${failures}" errors="0" time="${seconds}"`;
  return html`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="blindspot audit" ${counts}>
<testsuite name="${legal(title)}" ${counts} skipped="0">
<properties>
${properties.map(([name, value]) => html`<property name="${name}" value="${legal(value)}"/>\n`)}</properties>
${checks.map(one)}</testsuite>
</testsuites>
`.text;
}
