/** The `Kernels` table of src/wasm/kernels.ts, read from its source: names, parameters and whether a value comes back. */

export interface Signature {
  name: string;
  parameters: number;
  results: number;
}

export function readKernelTable(source: string): Signature[] {
  const code = source.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
  const aliases = new Map<string, Omit<Signature, "name">>();
  for (const [, name, parameters, result] of code.matchAll(/type (\w+) = \(([^)]*)\) => (\w+);/g)) {
    aliases.set(name as string, shape(parameters as string, result as string));
  }
  const body = code.match(/interface Kernels \{([\s\S]*?)\n\}/)?.[1];
  if (body === undefined) throw new Error("kernels.ts: expected an interface Kernels");
  return body
    .split(";")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "")
    .map((entry) => {
      const method = entry.match(/^(\w+)\(([^)]*)\): (\w+)$/);
      if (method) return { name: method[1] as string, ...shape(method[2] as string, method[3] as string) };
      const [name, type] = entry.split(/:\s*/) as [string, string];
      const alias = aliases.get(type);
      if (!alias) throw new Error(`kernels.ts: expected a method or an alias, got ${entry}`);
      return { name, ...alias };
    });
}

function shape(parameters: string, result: string): Omit<Signature, "name"> {
  const names = parameters.split(",").filter((part) => part.trim() !== "");
  return { parameters: names.length, results: result === "void" ? 0 : 1 };
}
