/** A package of bench/rivals/package.json, which is installed apart: `npm ci --prefix bench/rivals --ignore-scripts`. */
export async function rival(name) {
  try {
    return await import(name);
  } catch (cause) {
    if (cause.code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new Error(`${name}: expected npm ci --prefix bench/rivals --ignore-scripts before, got no package`, {
      cause,
    });
  }
}
