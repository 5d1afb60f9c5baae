/** JUnit's XML as Jenkins publishes its grammar (junit-10.xsd): which element holds which, and their attributes. */
import { parseXml, type XmlElement } from "./xml.ts";

interface Grammar {
  required: readonly string[];
  optional: readonly string[];
  /** Children, each any number of times, in this order where `isOrdered`. */
  children: readonly string[];
  isOrdered?: boolean;
  hasText?: boolean;
}

const COUNTS = ["tests", "failures", "errors"];

const GRAMMAR: Readonly<Record<string, Grammar>> = {
  testsuites: { required: [], optional: ["name", "time", "disabled", ...COUNTS], children: ["testsuite"] },
  testsuite: {
    required: ["name", "tests"],
    optional: ["failures", "errors", "time", "skipped", "timestamp", "hostname", "id", "package", "file"],
    children: ["properties", "testcase", "system-out", "system-err"],
    isOrdered: true,
  },
  properties: { required: [], optional: [], children: ["property"] },
  property: { required: ["name", "value"], optional: [], children: [] },
  testcase: {
    required: ["name", "classname"],
    optional: ["time", "assertions", "status", "file", "line"],
    children: ["skipped", "error", "failure", "system-out", "system-err"],
  },
  failure: { required: ["type", "message"], optional: [], children: [], hasText: true },
  "system-out": { required: [], optional: [], children: [], hasText: true },
};

/** What in a document is not JUnit's, in sentences. */
export function junitFaults(source: string): string[] {
  const root = parseXml(source);
  const faults: string[] = [];
  const visit = (element: XmlElement): void => {
    const grammar = GRAMMAR[element.name];
    if (!grammar) {
      faults.push(`no element ${element.name}`);
      return;
    }
    const { required, optional, children, isOrdered, hasText } = grammar;
    const keys = Object.keys(element.attributes);
    for (const key of required) if (!keys.includes(key)) faults.push(`${element.name} without ${key}`);
    for (const key of keys) if (![...required, ...optional].includes(key)) faults.push(`${element.name} with ${key}`);
    for (const key of keys.filter((one) => [...COUNTS, "skipped"].includes(one))) {
      if (!/^\d+$/.test(element.attributes[key] as string)) faults.push(`${element.name} ${key} is no whole number`);
    }
    if ("time" in element.attributes && !/^\d+(\.\d+)?$/.test(element.attributes.time as string))
      faults.push("time is no number");
    if (!hasText && element.text.trim() !== "") faults.push(`${element.name} with text`);
    const places = element.children.map(({ name }) => children.indexOf(name));
    element.children.forEach(({ name }, i) => {
      if ((places[i] as number) < 0) faults.push(`${element.name} with ${name}`);
      else if (isOrdered && i > 0 && (places[i] as number) < (places[i - 1] as number)) faults.push(`${name} is late`);
    });
    element.children.forEach(visit);
    if (element.name === "testsuite") {
      const cases = element.children.filter(({ name }) => name === "testcase");
      const failed = cases.filter((one) => one.children.some(({ name }) => name === "failure"));
      if (Number(element.attributes.tests) !== cases.length) faults.push("tests is another number");
      if (Number(element.attributes.failures) !== failed.length) faults.push("failures is another number");
    }
  };
  if (root.name !== "testsuites") faults.push(`root ${root.name}`);
  visit(root);
  return faults;
}
