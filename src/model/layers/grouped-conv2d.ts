/**
 * Grouped convolution: output channel j of group g sees the input channels of that group alone [Krizhevsky et al. 2012,
 * 3.2, AlexNet's two towers]. Patches of a slice of the channels are gathered into rows, POSITIONS at a time, and multiplied
 * by the group's packed weights; the gradients are the transposed products.
 */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import { type F32Pointer, offset32, type Workspace } from "../../wasm/index.ts";
import { activationOperations } from "./activation.ts";
import { Extent, requireConfig } from "./config.ts";
import { convolutionEntries, convolutionParts } from "./convolution-config.ts";
import type { Layer, MappedOperation } from "./layer.ts";
import type { OperationMap } from "./operation-map.ts";
import { declareParameter, type Parameter } from "./parameter.ts";
import { BLOCK_BYTES, gradientOf, negligible, PackedWeights, startAtBias, wholePanels } from "./weights.ts";
import type { Window } from "./window.ts";

/** Output positions whose patches are gathered at once: as many as the product passes by one panel. */
const POSITIONS = 64;

/**
 * y[r,p,:] = bias + sum over the taps of patch p, ascending; kernel HWIO [kh, kw, c / groups, filters].
 *
 * Order  forward: bias, then the taps (u, v, channel) ascending. To the input: filters ascending for each tap, then the
 *        taps that meet a pixel by ascending position. To the kernel: rows, then positions ascending.
 */
export class GroupedConvOperation implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap;
  private readonly workspace: Workspace;
  private readonly window: Window;
  /** The window over the channels of one group. */
  private readonly part: Window;
  private readonly groups: number;
  /** Input channels and filters of a group, and the numbers of a patch. */
  private readonly channels: number;
  private readonly units: number;
  private readonly taps: number;
  private readonly kernel: Parameter;
  private readonly bias: Parameter | undefined;
  private readonly patches: F32Pointer;
  private readonly block: F32Pointer;
  /** f32[groups, ceil(units / 8), taps, 8] */
  private readonly forwardPanels: PackedWeights;
  /** f32[groups, ceil(taps / 8), units, 8], transposed. */
  private readonly backwardPanels: PackedWeights;

  constructor(workspace: Workspace, window: Window, groups: number, kernel: Parameter, bias: Parameter | undefined) {
    const [kh, kw, channels, filters] = kernel.shape as [number, number, number, number];
    this.workspace = workspace;
    this.window = window;
    this.part = { ...window, c: channels };
    this.groups = groups;
    this.channels = channels;
    this.units = filters / groups;
    this.taps = kh * kw * channels;
    this.kernel = kernel;
    this.bias = bias;
    this.map = { kind: "convolution", kernel, bias, window, groups };
    this.inputSize = window.h * window.w * window.c;
    this.outputSize = window.oh * window.ow * filters;
    this.patches = workspace.arena.allocateF32(POSITIONS * this.taps);
    this.block = workspace.arena.allocate(BLOCK_BYTES);
    const { kernels } = workspace;
    const { units, taps } = this;
    this.forwardPanels = this.packed(taps * wholePanels(units), (from, floor, to) => {
      kernels.pack_b_f32_8(taps, units, from, filters, floor, to);
    });
    this.backwardPanels = this.packed(units * wholePanels(taps), (from, floor, to) => {
      kernels.pack_bt_f32_8(units, taps, from, filters, floor, to);
    });
  }

  parametersChanged(): void {
    this.forwardPanels.parametersChanged();
    this.backwardPanels.parametersChanged();
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const { kernels } = this.workspace;
    const { units, taps, groups, patches } = this;
    const filters = groups * units;
    const panels = this.forwardPanels.current();
    startAtBias(this.workspace, (rows * this.outputSize) / filters, filters, this.bias, y);
    this.eachPatches(rows, (row, group, first, m) => {
      const b = offset32(panels, group * taps * wholePanels(units));
      kernels.im2col_f32(first, m, this.part, this.window.c, this.slice(x, row, group), patches);
      const c = this.outputs(y, row, group, first);
      kernels.gemm_f32_4x8(m, units, taps, patches, taps, b, c, filters, this.block);
    });
  }

  inputGradient(rows: number, _x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const { kernels, arena } = this.workspace;
    const { units, taps, groups, patches } = this;
    const panels = this.backwardPanels.current();
    this.eachPatches(rows, (row, group, first, m) => {
      const b = offset32(panels, group * units * wholePanels(taps));
      arena.f32(patches, m * taps).fill(0);
      const a = this.outputs(dy, row, group, first);
      kernels.gemm_f32_4x8(m, taps, units, a, groups * units, b, patches, taps, this.block);
      kernels.col2im_f32(first, m, this.part, this.window.c, patches, this.slice(dx, row, group));
    });
  }

  parameterGradient(rows: number, x: F32Pointer, dy: F32Pointer, scratch: F32Pointer): void {
    const { kernels } = this.workspace;
    const { units, taps, groups, patches } = this;
    const filters = groups * units;
    const strip = offset32(scratch, POSITIONS * wholePanels(units));
    const gradient = gradientOf(this.workspace, this.kernel);
    this.eachPatches(rows, (row, group, first, m) => {
      kernels.im2col_f32(first, m, this.part, this.window.c, this.slice(x, row, group), patches);
      kernels.pack_b_f32_8(m, units, this.outputs(dy, row, group, first), filters, 0, scratch);
      const to = offset32(gradient, group * units);
      kernels.gemm_tn_f32_4x8(taps, units, m, patches, taps, scratch, to, filters, strip);
    });
    if (!this.bias) return;
    kernels.sum_rows_f32((rows * this.outputSize) / filters, filters, dy, gradientOf(this.workspace, this.bias));
  }

  scratchBytes(): number {
    return 4 * POSITIONS * wholePanels(this.units) + 16 * POSITIONS + BLOCK_BYTES;
  }

  /** Calls `use` for every row, group and stretch of at most POSITIONS output positions, all ascending. */
  private eachPatches(rows: number, use: (row: number, group: number, first: number, m: number) => void): void {
    const positions = this.window.oh * this.window.ow;
    for (let row = 0; row < rows; row++) {
      for (let group = 0; group < this.groups; group++) {
        for (let first = 0; first < positions; first += POSITIONS) {
          use(row, group, first, Math.min(POSITIONS, positions - first));
        }
      }
    }
  }

  /** Where the channels of a group start in the image of a row. */
  private slice(images: F32Pointer, row: number, group: number): F32Pointer {
    return offset32(images, row * this.inputSize + group * this.channels);
  }

  /** Where the filters of a group start at an output position of a row. */
  private outputs(values: F32Pointer, row: number, group: number, position: number): F32Pointer {
    return offset32(values, row * this.outputSize + position * this.groups * this.units + group * this.units);
  }

  /** Weights packed group by group, `size` numbers each. */
  private packed(size: number, pack: (from: F32Pointer, floor: number, to: F32Pointer) => void): PackedWeights {
    const { workspace, groups, units, kernel } = this;
    return new PackedWeights(workspace, groups * size, (to) => {
      const floor = negligible(workspace, kernel);
      for (let g = 0; g < groups; g++) pack(offset32(kernel.at, g * units), floor, offset32(to, g * size));
    });
  }
}

const Config = v.looseObject({ ...convolutionEntries, filters: Extent, groups: v.optional(Extent, 1) });

/**
 * `GroupedConv2D`, Keras's Conv2D with `groups`: kernel [kh, kw, channels / groups, filters], whose filters
 * g filters / groups and on belong to group g; bias [filters].
 */
export function groupedConv2DLayer(
  config: Record<string, unknown>,
  inputShape: readonly number[],
  workspace: Workspace,
): Layer {
  const parsed = requireConfig("GroupedConv2D", Config, config);
  const { name, filters, groups, use_bias } = parsed;
  const { taps, window, positions, activation, written } = convolutionParts(parsed, inputShape);
  const { c } = window;
  if (c % groups !== 0) outOfRange(`${name} groups`, `a divisor of ${c} channels`, groups);
  if (filters % groups !== 0) outOfRange(`${name} groups`, `a divisor of ${filters} filters`, groups);
  const outputShape = [...positions, filters];
  const kernel = declareParameter(`${name}/kernel`, [...taps, c / groups, filters]);
  const bias = use_bias ? declareParameter(`${name}/bias`, [filters]) : undefined;
  const convolution = new GroupedConvOperation(workspace, window, groups, kernel, bias);
  return {
    ...{ className: "GroupedConv2D", name, inputShape, outputShape },
    parameters: bias ? [kernel, bias] : [kernel],
    operations: [convolution, ...activationOperations(activation, outputShape, workspace)],
    config: { ...written, filters, groups },
    parametersChanged: () => convolution.parametersChanged(),
  };
}
