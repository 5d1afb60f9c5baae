/**
 * Dropout [Srivastava et al. 2014], scaled in training as tfjs does: a unit is dropped with the layer's rate, what is kept is divided by
 * what share is kept, and inference moves nothing. Masks are a function of a counter (assembly/train/dropout.ts).
 */
import { misplaced } from "../../check.ts";
import type { Draw, F32Pointer, Workspace } from "../../wasm/index.ts";
import { requireConfig } from "./config.ts";
import { DropoutConfig, identity } from "./identity.ts";
import type { Layer, Noise, Operation } from "./layer.ts";
import { sizeOf } from "./shape.ts";

/** A rate is held in 1/65536: a unit is judged by 16 bits. */
const RATES = 65536;

class DropoutOperation implements Operation {
  readonly inputSize: number;
  readonly outputSize: number;
  private readonly workspace: Workspace;
  private readonly threshold: number;
  /** 1 / share kept: of the rate as it is held, so that the mean stays exactly. */
  private readonly scale: number;
  /** Where the batch draws. */
  private place: Draw | undefined;

  constructor(workspace: Workspace, size: number, rate: number) {
    this.workspace = workspace;
    this.inputSize = size;
    this.outputSize = size;
    this.threshold = Math.round(rate * RATES);
    this.scale = this.threshold === RATES ? 0 : RATES / (RATES - this.threshold);
  }

  setNoise({ seed, draw }: Noise, stream: number, row: number): void {
    // Words 0 and 1 of src/numeric/random.ts count in [0, 1] at the counter's end: from 2 on nothing is drawn there.
    this.place = { key0: seed >>> 0, key1: Math.floor(seed / 2 ** 32), row, draw, stream: 2 + stream };
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const { workspace, inputSize, threshold, scale } = this;
    workspace.kernels.dropout_f32(rows, inputSize, threshold, scale, this.counter(), x, y);
  }

  inputGradient(rows: number, _x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const { workspace, inputSize, threshold, scale } = this;
    workspace.kernels.dropout_grad_f32(rows, inputSize, threshold, scale, this.counter(), dy, dx);
  }

  private counter(): Draw {
    if (!this.place) throw misplaced("dropout", "setNoise before a pass", "none");
    return this.place;
  }
}

/** Keras `Dropout`, a mask for each number: the identity at inference. */
export function dropoutLayer(
  config: Record<string, unknown>,
  inputShape: readonly number[],
  workspace: Workspace,
): Layer {
  const { name, rate } = requireConfig("Dropout", DropoutConfig, config);
  const operation = new DropoutOperation(workspace, sizeOf(inputShape), rate);
  return {
    ...identity("Dropout", name, inputShape, inputShape, { rate }),
    training: {
      operations: [operation],
      setNoise: (noise, stream, row) => operation.setNoise(noise, stream, row),
    },
  };
}
