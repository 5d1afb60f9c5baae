/** Images with a border of zeros around them, a few at a time in one buffer: what a convolution reads in place. */
import { type Border, type F32Pointer, offset32, type Workspace } from "../../wasm/index.ts";
import { eachGroup, groupSize } from "./groups.ts";

export class PaddedImages {
  private readonly workspace: Workspace;
  private readonly border: Border;
  private readonly group: number;
  private at: F32Pointer | undefined;

  constructor(workspace: Workspace, border: Border) {
    this.workspace = workspace;
    this.border = border;
    this.group = groupSize(4 * border.ph * border.pw * border.c);
  }

  /** Calls `use(first image, images, where they are)` for group after group of images x[rows,h,w,c]. */
  each(rows: number, x: F32Pointer, use: (first: number, n: number, images: F32Pointer) => void): void {
    const { workspace, border, group } = this;
    const { h, w, c, ph, pw } = border;
    this.at ??= workspace.arena.allocateF32(group * ph * pw * c);
    const { at } = this;
    eachGroup(rows, group, (first, n) => {
      workspace.kernels.pad_image_f32(n, border, offset32(x, first * h * w * c), at);
      use(first, n, at);
    });
  }
}
