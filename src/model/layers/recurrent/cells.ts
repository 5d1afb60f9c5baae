/** The steps of Keras's recurrent layers: SimpleRNN, LSTM [Hochreiter & Schmidhuber 1997] and GRU [Cho et al. 2014]. */
import { type F32Pointer, offset32 } from "../../../wasm/index.ts";
import type { Parameter } from "../parameter.ts";
import { gradientOf } from "../weights.ts";
import {
  Blocks,
  type Gate,
  Recurrence,
  type RecurrenceOptions,
  type StepBack,
  type StepForward,
} from "./recurrence.ts";
import { type Bend, bendForward } from "./tape.ts";

/** h = f(x W + b + h' U), h' the state before. */
export class SimpleRecurrence extends Recurrence {
  readonly state: number;
  private readonly gate: Gate;

  constructor(options: RecurrenceOptions, bend: Bend) {
    const blocks = new Blocks();
    const gate = blocks.gate(bend);
    super(options, blocks.count);
    this.gate = gate;
    this.state = gate.out;
  }

  protected override stepForward(at: StepForward): void {
    const { rows, step, tape } = at;
    const pre = tape.block(step, this.gate.pre);
    this.load(at, 0, pre);
    if (step > 0) this.multiply(rows, 0, tape.block(step - 1, this.state), pre);
    this.bend(this.gate, at);
  }

  protected override stepBack(at: StepBack): void {
    const { rows, step, slopes } = at;
    const slope = this.bendBack(this.gate, at);
    this.give(at, 0, slope);
    if (step > 0) this.multiplyBack(rows, 0, slope, slopes.block(step - 1, this.state));
  }

  protected override addParameterGradient({ rows, step, tape, dx }: StepBack, scratch: F32Pointer): void {
    if (step === 0) return;
    this.addOuter(rows, 0, tape.block(step - 1, this.state), this.gateOf(dx, step, 0), this.inputSize, scratch);
  }
}

/** c = f c' + i g, h = o tanh(c); the gates i, f, o of one function, g of another, each of what x W + b + h' U has for it. */
export class LstmRecurrence extends Recurrence {
  readonly state: number;
  private readonly gates4: readonly [input: Gate, forget: Gate, candidate: Gate, output: Gate];
  private readonly cell: number;
  /** The function of the cell. */
  private readonly bent: Gate;

  constructor(options: RecurrenceOptions, bend: Bend, recurrentBend: Bend) {
    const blocks = new Blocks();
    const [i, f, g, o] = [recurrentBend, recurrentBend, bend, recurrentBend].map((one) => blocks.gate(one));
    const cell = blocks.take();
    const bent = { pre: cell, out: blocks.take(), bend };
    const state = blocks.take();
    super(options, blocks.count);
    this.gates4 = [i, f, g, o] as [Gate, Gate, Gate, Gate];
    this.cell = cell;
    this.bent = bent;
    this.state = state;
  }

  protected override stepForward(at: StepForward): void {
    const { rows, step, tape } = at;
    const { kernels } = this.workspace;
    for (const [index, gate] of this.gates4.entries()) {
      const pre = tape.block(step, gate.pre);
      this.load(at, index, pre);
      if (step > 0) this.multiply(rows, index, tape.block(step - 1, this.state), pre);
      this.bend(gate, at);
    }
    const [i, f, g, o] = this.gates4.map(({ out }) => tape.block(step, out)) as [
      F32Pointer,
      F32Pointer,
      F32Pointer,
      F32Pointer,
    ];
    const cell = tape.block(step, this.cell);
    const n = tape.length;
    kernels.product_f32(n, i, g, cell);
    if (step > 0) kernels.add_product_f32(n, f, tape.block(step - 1, this.cell), cell);
    const bent = tape.block(step, this.bent.out);
    bendForward(this.bent.bend, kernels, n, cell, bent);
    kernels.product_f32(n, o, bent, tape.block(step, this.state));
  }

  protected override stepBack(at: StepBack): void {
    const { rows, step, tape, slopes } = at;
    const { kernels } = this.workspace;
    const n = tape.length;
    const [i, f, g, o] = this.gates4 as readonly Gate[] as [Gate, Gate, Gate, Gate];
    const value = (block: number) => tape.block(step, block);
    const slope = (block: number) => slopes.block(step, block);
    const [dh, dc] = [slope(this.state), slope(this.cell)];
    kernels.add_product_f32(n, dh, value(this.bent.out), slope(o.out));
    kernels.add_product_f32(n, dh, value(o.out), slope(this.bent.out));
    kernels.add_f32(n, this.bendBack(this.bent, at), dc);
    kernels.add_product_f32(n, dc, value(g.out), slope(i.out));
    kernels.add_product_f32(n, dc, value(i.out), slope(g.out));
    if (step > 0) {
      kernels.add_product_f32(n, dc, tape.block(step - 1, this.cell), slope(f.out));
      kernels.add_product_f32(n, dc, value(f.out), slopes.block(step - 1, this.cell));
    }
    for (const [index, gate] of this.gates4.entries()) {
      const entering = this.bendBack(gate, at);
      this.give(at, index, entering);
      if (step > 0) this.multiplyBack(rows, index, entering, slopes.block(step - 1, this.state));
    }
  }

  protected override addParameterGradient({ rows, step, tape, dx }: StepBack, scratch: F32Pointer): void {
    if (step === 0) return;
    for (const index of this.gates4.keys()) {
      const slope = this.gateOf(dx, step, index);
      this.addOuter(rows, index, tape.block(step - 1, this.state), slope, this.inputSize, scratch);
    }
  }
}

const [UPDATE, RESET, CANDIDATE] = [0, 1, 2];

/**
 * h = z h' + (1 - z) g, with the gates z and r of x W + b + h' U. The candidate g is a function of x W + b + (r h') U; or, if it is
 * reset after the product, of x W + b + r (h' U + b'), b' a second bias, which the gates have too.
 */
export class GruRecurrence extends Recurrence {
  readonly state: number;
  private readonly z: Gate;
  private readonly r: Gate;
  private readonly g: Gate;
  /** r h', or h' U + b' for the candidate. */
  private readonly fed: number;
  private readonly isResetAfter: boolean;
  /** b', [3 units] */
  private readonly bias: Parameter | undefined;

  constructor(
    options: RecurrenceOptions,
    bend: Bend,
    recurrentBend: Bend,
    { isResetAfter, bias }: { isResetAfter: boolean; bias: Parameter | undefined },
  ) {
    const blocks = new Blocks();
    const [z, r, g] = [recurrentBend, recurrentBend, bend].map((one) => blocks.gate(one)) as [Gate, Gate, Gate];
    const [fed, state] = [blocks.take(), blocks.take()];
    super(options, blocks.count);
    [this.z, this.r, this.g] = [z, r, g];
    this.fed = fed;
    this.state = state;
    this.isResetAfter = isResetAfter;
    this.bias = bias;
  }

  protected override stepForward(at: StepForward): void {
    const { rows, step, tape } = at;
    const { kernels } = this.workspace;
    const n = tape.length;
    const before = tape.before(step, this.state);
    for (const [index, gate] of [this.z, this.r].entries()) {
      const pre = tape.block(step, gate.pre);
      this.startAtBias(rows, index, pre);
      this.addInputs(at, index, pre);
      if (step > 0) this.multiply(rows, index, before, pre);
      this.bend(gate, at);
    }
    const [pre, fed, r] = [this.g.pre, this.fed, this.r.out].map((block) => tape.block(step, block)) as [
      F32Pointer,
      F32Pointer,
      F32Pointer,
    ];
    this.load(at, CANDIDATE, pre);
    if (this.isResetAfter) {
      this.startAtBias(rows, CANDIDATE, fed);
      if (step > 0) this.multiply(rows, CANDIDATE, before, fed);
      kernels.add_product_f32(n, r, fed, pre);
    } else if (step > 0) {
      kernels.product_f32(n, r, before, fed);
      this.multiply(rows, CANDIDATE, fed, pre);
    }
    this.bend(this.g, at);
    kernels.mix_f32(
      n,
      tape.block(step, this.z.out),
      before,
      tape.block(step, this.g.out),
      tape.block(step, this.state),
    );
  }

  protected override stepBack(at: StepBack): void {
    const { rows, step, tape, slopes } = at;
    const { kernels } = this.workspace;
    const n = tape.length;
    const value = (block: number) => tape.block(step, block);
    const slope = (block: number) => slopes.block(step, block);
    const [before, toBefore] = [tape.before(step, this.state), slopes.before(step, this.state)];
    const { z, r, g, fed } = this;
    kernels.mix_grad_f32(
      n,
      value(z.out),
      before,
      value(g.out),
      slope(this.state),
      slope(z.out),
      toBefore,
      slope(g.out),
    );
    const entering = this.bendBack(g, at);
    this.give(at, CANDIDATE, entering);
    if (this.isResetAfter) {
      kernels.add_product_f32(n, entering, value(fed), slope(r.out));
      kernels.add_product_f32(n, entering, value(r.out), slope(fed));
      if (step > 0) this.multiplyBack(rows, CANDIDATE, slope(fed), toBefore);
    } else if (step > 0) {
      this.multiplyBack(rows, CANDIDATE, entering, slope(fed));
      kernels.add_product_f32(n, slope(fed), before, slope(r.out));
      kernels.add_product_f32(n, slope(fed), value(r.out), toBefore);
    }
    for (const [index, gate] of [z, r].entries()) {
      const entering = this.bendBack(gate, at);
      this.give(at, index, entering);
      if (step > 0) this.multiplyBack(rows, index, entering, toBefore);
    }
  }

  protected override addParameterGradient({ rows, step, tape, slopes, dx }: StepBack, scratch: F32Pointer): void {
    const { units, inputSize } = this;
    const { kernels } = this.workspace;
    const entering = (gate: number) => this.gateOf(dx, step, gate);
    const [fed, toFed] = [tape.block(step, this.fed), slopes.block(step, this.fed)];
    if (this.bias) {
      const to = gradientOf(this.workspace, this.bias);
      for (const gate of [UPDATE, RESET]) {
        kernels.copy_rows_f32(rows, units, entering(gate), inputSize, scratch, units);
        kernels.sum_rows_f32(rows, units, scratch, offset32(to, gate * units));
      }
      kernels.sum_rows_f32(rows, units, toFed, offset32(to, CANDIDATE * units));
    }
    if (step === 0) return;
    const before = tape.block(step - 1, this.state);
    for (const gate of [UPDATE, RESET]) this.addOuter(rows, gate, before, entering(gate), inputSize, scratch);
    if (this.isResetAfter) this.addOuter(rows, CANDIDATE, before, toFed, units, scratch);
    else this.addOuter(rows, CANDIDATE, fed, entering(CANDIDATE), inputSize, scratch);
  }

  /** A gate's block of each row = b', or zero. */
  private startAtBias(rows: number, gate: number, to: F32Pointer): void {
    const { units, workspace, bias } = this;
    if (bias) workspace.kernels.fill_rows_f32(rows, units, offset32(bias.at, gate * units), to);
    else workspace.arena.f32(to, rows * units).fill(0);
  }
}
