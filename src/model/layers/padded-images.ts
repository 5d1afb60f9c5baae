/** Images with a border of zeros around them, a few at a time in one buffer: what a convolution reads in place. */
import type { Pointer, Workspace } from "../../wasm/index.ts";
import { eachGroup, groupSize } from "./groups.ts";

export interface Border {
  h: number;
  w: number;
  c: number;
  /** Extents with the border. */
  ph: number;
  pw: number;
  /** The border before the image. */
  top: number;
  left: number;
}

export class PaddedImages {
  private readonly workspace: Workspace;
  private readonly border: Border;
  private readonly group: number;
  private at: Pointer | undefined;

  constructor(workspace: Workspace, border: Border) {
    this.workspace = workspace;
    this.border = border;
    this.group = groupSize(4 * border.ph * border.pw * border.c);
  }

  /** Calls `use(first image, images, where they are)` for group after group of images x[rows,h,w,c]. */
  each(rows: number, x: Pointer, use: (first: number, n: number, images: Pointer) => void): void {
    const { workspace, group } = this;
    const { h, w, c, ph, pw, top, left } = this.border;
    this.at ??= workspace.arena.allocate32(group * ph * pw * c);
    const { at } = this;
    eachGroup(rows, group, (first, n) => {
      workspace.kernels.pad_image_f32(n, h, w, c, ph, pw, top, left, x + 4 * first * h * w * c, at);
      use(first, n, at);
    });
  }
}
