/**
 * Where restarts begin. Near the smallest success a search falls back into its basin, and at the corners of a cube the slopes
 * are those of random places: what reaches most is one after the other.
 */
import { Random } from "../../numeric/random.ts";
import type { F64Pointer } from "../../wasm/index.ts";
import type { Problem } from "./problem.ts";

/**
 * `corner`: a random corner of the cube around the image. `wide`: one of a cube larger by half. `way`: a random point on the line
 * from such a corner to the smallest success.
 */
export type StartKind = "corner" | "wide" | "way";

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
  const share = kind === "way" ? random.uniform(SHARE_DRAW) : 0;
  let signs = 0;
  for (let i = 0; i < size; i++) {
    if (i % 32 === 0) signs = random.integer(i / 32, 2 ** 32);
    const x = block[i] as number;
    const corner = (signs >>> (i % 32)) & 1 ? far : -far;
    const change = share * ((found[i] as number) - x) + (1 - share) * corner;
    to[i] = Math.min(Math.max(x + change, block[n + i] as number), block[2 * n + i] as number);
  }
}
