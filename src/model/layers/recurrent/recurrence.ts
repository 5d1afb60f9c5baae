/**
 * The part of a recurrent layer that goes from step to step. It takes what the inputs add to the gates, x W + b of every step, and
 * gives the tape of all gates and states. Gradients go back through all steps; those to what is fed back (the recurrent kernel, its
 * bias) are sums over the steps, the first step first, and within a step over the rows.
 */
import { type F32Pointer, offset32, type Workspace } from "../../../wasm/index.ts";
import type { MappedOperation } from "../layer.ts";
import type { OperationMap } from "../operation-map.ts";
import type { Parameter } from "../parameter.ts";
import { BLOCK_BYTES, gradientOf, negligible, PackedWeights, wholePanels } from "../weights.ts";
import { type Bend, bendBackward, bendForward, Tape, TapeShape } from "./tape.ts";

export interface RecurrenceOptions {
  workspace: Workspace;
  steps: number;
  units: number;
  /** [units, gates units] */
  recurrent: Parameter;
  /** Whether the last step comes first. */
  isBackwards: boolean;
}

/** Where a gate keeps what enters its function, and what comes out: one block where the gradient is worked out from what comes out. */
export interface Gate {
  readonly pre: number;
  readonly out: number;
  readonly bend: Bend;
}

/** Deals out the blocks of a step. */
export class Blocks {
  count = 0;

  take(): number {
    return this.count++;
  }

  gate(bend: Bend): Gate {
    const out = this.take();
    return { out, pre: bend?.gradientFrom === "input" ? this.take() : out, bend };
  }
}

/** One step of some rows: forward over its tape, or back, with the tape of gradients. */
export interface StepForward {
  readonly rows: number;
  readonly step: number;
  readonly x: F32Pointer;
  readonly tape: Tape;
}

export interface StepBack extends StepForward {
  readonly slopes: Tape;
  readonly dx: F32Pointer;
}

export abstract class Recurrence implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap = { kind: "recurrence" };
  readonly shape: TapeShape;
  /** The block of what a step gives. */
  abstract readonly state: number;
  protected readonly workspace: Workspace;
  protected readonly units: number;
  private readonly recurrent: Parameter;
  private readonly isBackwards: boolean;
  private readonly gates: number;
  private readonly block: F32Pointer;
  private readonly forwardPanels: readonly PackedWeights[];
  private readonly backwardPanels: readonly PackedWeights[];

  constructor({ workspace, steps, units, recurrent, isBackwards }: RecurrenceOptions, blocks: number) {
    this.workspace = workspace;
    this.units = units;
    this.recurrent = recurrent;
    this.isBackwards = isBackwards;
    this.gates = recurrent.size / (units * units);
    this.shape = new TapeShape(steps, units, blocks);
    this.inputSize = steps * this.gates * units;
    this.outputSize = this.shape.size;
    this.block = workspace.arena.allocate(BLOCK_BYTES);
    const panels = (name: "pack_b_f32_8" | "pack_bt_f32_8") =>
      Array.from({ length: this.gates }, (_, gate) => {
        return new PackedWeights(workspace, units * wholePanels(units), (to) => {
          const from = offset32(recurrent.at, gate * units);
          workspace.kernels[name](units, units, from, this.gates * units, negligible(workspace, recurrent), to);
        });
      });
    this.forwardPanels = panels("pack_b_f32_8");
    this.backwardPanels = panels("pack_bt_f32_8");
  }

  parametersChanged(): void {
    for (const panels of [...this.forwardPanels, ...this.backwardPanels]) panels.parametersChanged();
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const tape = new Tape(this.shape, y, rows);
    this.workspace.arena.f32(tape.zero, tape.length).fill(0);
    for (let step = 0; step < this.shape.steps; step++) this.stepForward({ rows, step, x, tape });
  }

  /** The gradient to the tape, `dy`, is used up: it ends as the gradients to all blocks. */
  inputGradient(rows: number, x: F32Pointer, y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const [tape, slopes] = [new Tape(this.shape, y, rows), new Tape(this.shape, dy, rows)];
    for (let step = this.shape.steps - 1; step >= 0; step--) this.stepBack({ rows, step, x, tape, slopes, dx });
  }

  recurrentGradient(
    rows: number,
    x: F32Pointer,
    y: F32Pointer,
    dy: F32Pointer,
    dx: F32Pointer,
    scratch: F32Pointer,
  ): void {
    const [tape, slopes] = [new Tape(this.shape, y, rows), new Tape(this.shape, dy, rows)];
    for (let step = 0; step < this.shape.steps; step++) {
      this.addParameterGradient({ rows, step, x, tape, slopes, dx }, scratch);
    }
  }

  scratchBytes(rows: number): number {
    return 4 * rows * wholePanels(this.units) + 16 * rows + BLOCK_BYTES;
  }

  protected abstract stepForward(step: StepForward): void;
  protected abstract stepBack(step: StepBack): void;
  /** Adds what a step gives to the gradients of the parameters, behind `stepBack` of all. */
  protected abstract addParameterGradient(step: StepBack, scratch: F32Pointer): void;

  /** What the inputs add to a gate, as rows of units numbers this far apart. */
  protected gateOf(base: F32Pointer, step: number, gate: number): F32Pointer {
    const time = this.isBackwards ? this.shape.steps - 1 - step : step;
    return offset32(base, (time * this.gates + gate) * this.units);
  }

  /** A gate's block = what the inputs add to it. */
  protected load({ rows, step, x }: StepForward, gate: number, to: F32Pointer): void {
    const { units, workspace } = this;
    workspace.kernels.copy_rows_f32(rows, units, this.gateOf(x, step, gate), this.inputSize, to, units);
  }

  /** A gate's block += what the inputs add to it. */
  protected addInputs({ rows, step, x }: StepForward, gate: number, to: F32Pointer): void {
    const { units, workspace } = this;
    workspace.kernels.add_rows_f32(rows, units, this.gateOf(x, step, gate), this.inputSize, to, units);
  }

  /** The gradient to what the inputs add to a gate += a block. */
  protected give({ rows, step, dx }: StepBack, gate: number, from: F32Pointer): void {
    const { units, workspace } = this;
    workspace.kernels.add_rows_f32(rows, units, from, units, this.gateOf(dx, step, gate), this.inputSize);
  }

  /** to += from U of a gate. */
  protected multiply(rows: number, gate: number, from: F32Pointer, to: F32Pointer): void {
    const { units, workspace, block } = this;
    const panels = (this.forwardPanels[gate] as PackedWeights).current();
    workspace.kernels.gemm_f32_4x8(rows, units, units, from, units, panels, to, units, block);
  }

  /** to += from U^T of a gate. */
  protected multiplyBack(rows: number, gate: number, from: F32Pointer, to: F32Pointer): void {
    const { units, workspace, block } = this;
    const panels = (this.backwardPanels[gate] as PackedWeights).current();
    workspace.kernels.gemm_f32_4x8(rows, units, units, from, units, panels, to, units, block);
  }

  /** The gradient of a gate's U += from^T slope, with slope's rows `apart` numbers apart. */
  protected addOuter(
    rows: number,
    gate: number,
    from: F32Pointer,
    slope: F32Pointer,
    apart: number,
    scratch: F32Pointer,
  ): void {
    const { units, workspace, gates } = this;
    const { kernels } = workspace;
    const strip = offset32(scratch, rows * wholePanels(units));
    const to = offset32(gradientOf(workspace, this.recurrent), gate * units);
    kernels.pack_b_f32_8(rows, units, slope, apart, 0, scratch);
    kernels.gemm_tn_f32_4x8(units, units, rows, from, units, scratch, to, gates * units, strip);
  }

  protected bend({ bend, pre, out }: Gate, { step, tape }: StepForward): void {
    bendForward(bend, this.workspace.kernels, tape.length, tape.block(step, pre), tape.block(step, out));
  }

  /** The gradient to what enters a gate, in the block to work in. */
  protected bendBack({ bend, pre, out }: Gate, { step, tape, slopes }: StepBack): F32Pointer {
    const dx = slopes.spare;
    const [x, y, dy] = [tape.block(step, pre), tape.block(step, out), slopes.block(step, out)];
    bendBackward(bend, this.workspace, tape.length, { x, y, dy, dx });
    return dx;
  }
}

/** The states of a tape: that of the last step, or those of all, in the order of the steps or the other way around. */
export class StatesOperation implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map = { kind: "moves" } as const;
  private readonly workspace: Workspace;
  private readonly recurrence: Recurrence;
  private readonly order: "last" | "steps" | "reversed";

  constructor(workspace: Workspace, recurrence: Recurrence, order: "last" | "steps" | "reversed") {
    const { size, steps, units } = recurrence.shape;
    this.workspace = workspace;
    this.recurrence = recurrence;
    this.order = order;
    this.inputSize = size;
    this.outputSize = order === "last" ? units : steps * units;
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const { units } = this.recurrence.shape;
    this.eachState(rows, x, y, (state, place) => {
      this.workspace.kernels.copy_rows_f32(rows, units, state, units, place, this.outputSize);
    });
  }

  inputGradient(rows: number, _x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const { units } = this.recurrence.shape;
    this.eachState(rows, dx, dy, (state, place) => {
      this.workspace.kernels.add_rows_f32(rows, units, place, this.outputSize, state, units);
    });
  }

  private eachState(
    rows: number,
    tapeAt: F32Pointer,
    at: F32Pointer,
    use: (state: F32Pointer, place: F32Pointer) => void,
  ): void {
    const { order, recurrence } = this;
    const { steps, units } = recurrence.shape;
    const tape = new Tape(recurrence.shape, tapeAt, rows);
    for (let step = order === "last" ? steps - 1 : 0; step < steps; step++) {
      const place = order === "last" ? 0 : order === "steps" ? step : steps - 1 - step;
      use(tape.block(step, recurrence.state), offset32(at, place * units));
    }
  }
}
