/** The kernels as their sources declare them, read by scripts/kernel-table.mjs. */
export const SCRIPTS = new URL("../../scripts/", import.meta.url);

export interface KernelRow {
  name: string;
  file: string;
  comment: string;
  parameters: { name: string; type: string; shape?: string }[];
  result: string;
}

const script = await import(new URL("kernel-table.mjs", SCRIPTS).href);

export const readKernelTable: () => KernelRow[] = script.readKernelTable;
