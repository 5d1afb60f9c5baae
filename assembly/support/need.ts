/**
 * Preconditions of the kernels, checked in the debug build only.
 *
 * AssemblyScript's own `assert` imports an abort function and stores its message and file name in a data
 * section; a kernel module may have neither. This one traps, and the trap's stack names the kernel.
 */
export function need(condition: bool): void {
  if (!ASC_NO_ASSERT && !condition) unreachable();
}
