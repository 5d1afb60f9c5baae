/**
 * Where restarts begin. Near the smallest success a search falls back into its basin, and at the corners of a cube the slopes
 * are those of random places: what reaches most is one after the other.
 */
import { Random } from "../../numeric/random.ts";
import type { F64Pointer } from "../../wasm/index.ts";
import type { Problem } from "./problem.ts";

/**
 * `corner`: a random corner of the cube around the image. `wide`: one of a cube larger by half. `way`: a random point on the line
 * from such a corner to the smallest success. `cross`: each feature is that of the corner or of the smallest success, the share of
 * these random too.
 */
export type StartKind = "corner" | "wide" | "way" | "cross";

const WIDE = 1.5;
/** Draws of a restart, apart from the words of its signs. */
const SHARE_DRAW = 2 ** 32;

/**
 * Writes the start of a restart, cut by the box. The draws follow from the seed and the number of the restart alone.
 *
 * @param start f64[n]
 * @param radius of the cube
 */
export function placeStart(
  problem: Problem,
  start: F64Pointer,
  restart: number,
  { kind, radius }: { kind: StartKind; radius: number },
): void {
  const { seat, task, found } = problem;
  const { size, n, image, workspace } = seat;
  const random = new Random(task.seed, restart);
  const block = workspace.arena.f64(image, 3 * n);
  const to = workspace.arena.f64(start, n).fill(0);
  const far = kind === "wide" ? WIDE * radius : radius;
  const share = kind === "way" || kind === "cross" ? random.uniform(SHARE_DRAW) : 0;
  const draws = new Float32Array(kind === "cross" ? size : 0);
  random.fill(draws, 1);
  let signs = 0;
  for (let i = 0; i < size; i++) {
    if (i % 32 === 0) signs = random.integer(i / 32, 2 ** 32);
    const x = block[i] as number;
    const corner = (signs >>> (i % 32)) & 1 ? far : -far;
    // A draw is uniform in [-1, 1).
    const part = kind === "cross" ? Number((draws[i] as number) < 2 * share - 1) : share;
    const change = part * ((found[i] as number) - x) + (1 - part) * corner;
    to[i] = Math.min(Math.max(x + change, block[n + i] as number), block[2 * n + i] as number);
  }
}
