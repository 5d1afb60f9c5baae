/**
 * A join of inputs whose shapes differ, as in a gate of one number a channel over an image: extents of 1, and axes that
 * are missing in front, stretch to those of the others [tfjs, Keras: `Merge`].
 *
 * Row by row, each narrow input is spread into a buffer of the output's size; its gradient is the sum of what it was
 * spread to, positions ascending.
 */
import { type F32Pointer, type I32Pointer, offset32, type Workspace } from "../../wasm/index.ts";
import { stretchedStrides } from "./axes.ts";
import type { Merge } from "./layer.ts";
import type { MergeKind } from "./operation-map.ts";
import { sizeOf } from "./shape.ts";
import { stridedSources } from "./strided.ts";

type Shape = readonly number[];

/** The shape to which all stretch, or none. */
export function commonShape(shapes: readonly Shape[]): number[] | undefined {
  const rank = Math.max(...shapes.map(({ length }) => length));
  const common = Array.from({ length: rank }, (_, axis) => {
    return Math.max(...shapes.map((shape) => shape[axis - rank + shape.length] ?? 1));
  });
  const fits = shapes.every((shape) =>
    shape.every((extent, axis) => extent === 1 || extent === common[axis + rank - shape.length]),
  );
  return fits ? common : undefined;
}

/** For each element of the output, the element of an input of that shape that it takes. */
function sourcesIn(shape: Shape, common: readonly number[]): Int32Array {
  return stridedSources(common, stretchedStrides(shape, common));
}

/** An input that is spread: where from, to where, and where its gradient is gathered. */
interface Narrow {
  index: I32Pointer;
  value: F32Pointer;
  slope: F32Pointer;
}

export class BroadcastMerge implements Merge {
  readonly outputSize: number;
  readonly kind: MergeKind;
  private readonly workspace: Workspace;
  private readonly join: Merge;
  private readonly sizes: readonly number[];
  private readonly narrow: readonly (Narrow | undefined)[];

  /** `join` takes inputs of the common shape. */
  constructor(workspace: Workspace, join: Merge, shapes: readonly Shape[], common: readonly number[]) {
    this.workspace = workspace;
    this.join = join;
    this.outputSize = join.outputSize;
    this.kind = join.kind;
    this.sizes = shapes.map(sizeOf);
    const { arena } = workspace;
    this.narrow = shapes.map((shape) => {
      if (sizeOf(shape) === this.outputSize) return undefined;
      const index = arena.allocateI32(this.outputSize);
      arena.i32(index, this.outputSize).set(sourcesIn(shape, common));
      return { index, value: arena.allocateF32(this.outputSize), slope: arena.allocateF32(this.outputSize) };
    });
  }

  forward(rows: number, xs: readonly F32Pointer[], y: F32Pointer): void {
    for (let r = 0; r < rows; r++) this.join.forward(1, this.spread(xs, r), offset32(y, r * this.outputSize));
  }

  inputGradient(
    rows: number,
    xs: readonly F32Pointer[],
    y: F32Pointer,
    dy: F32Pointer,
    dxs: readonly F32Pointer[],
    scratch: F32Pointer,
  ): void {
    const { kernels, arena } = this.workspace;
    const { outputSize: n, narrow } = this;
    for (let r = 0; r < rows; r++) {
      const own = dxs.map((dx, i) => offset32(dx, r * (this.sizes[i] as number)));
      const slopes = own.map((dx, i) => narrow[i]?.slope ?? dx);
      for (const part of narrow) if (part) arena.f32(part.slope, n).fill(0);
      const [output, slope] = [offset32(y, r * n), offset32(dy, r * n)];
      this.join.inputGradient(1, this.spread(xs, r), output, slope, slopes, scratch);
      narrow.forEach((part, i) => {
        if (part) kernels.permute_grad_f32(1, n, part.index, part.slope, own[i] as F32Pointer);
      });
    }
  }

  scratchBytes(): number {
    return this.join.scratchBytes?.(1) ?? 0;
  }

  /** The inputs of row r, all of the output's size. */
  private spread(xs: readonly F32Pointer[], r: number): F32Pointer[] {
    return xs.map((x, i) => {
      const from = offset32(x, r * (this.sizes[i] as number));
      const part = this.narrow[i];
      if (part) this.workspace.kernels.permute_f32(1, this.outputSize, part.index, from, part.value);
      return part?.value ?? from;
    });
  }
}
