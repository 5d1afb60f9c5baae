/**
 * The memory plan of a network: where the values between its operations and their gradients lie for one batch, and the
 * two sweeps over them. Values are numbered, 0 is the input; each operation takes values and gives one. Everything is
 * reserved when the plan is made.
 */
import { outOfRange } from "../check.ts";
import { type F32Pointer, type F64Pointer, type I32Pointer, offset64, type Workspace } from "../wasm/index.ts";
import { classesOf, evenScore, findHead, type Head } from "./head.ts";
import { type Line, LineOperation, LogarithmOperation, TwoClassesOperation } from "./head-operations.ts";
import type { Layer, Merge, Operation, Parameter } from "./layers/index.ts";
import { type SavedRows, SparseRows } from "./sparse-rows.ts";

/** Rows a batch holds at most: enough for the products to run at full speed. */
const BATCH_ROWS = 128;
/** A wide network takes fewer rows, so that a batch stays within this many bytes. */
const BATCH_BYTES = 64 * 2 ** 20;
/** What the values of one row, with their gradients, may take. */
const ROW_LIMIT = 2 ** 31;

/** A call of a layer, in what counts here. */
export interface PlannedCall {
  readonly layer: Pick<Layer, "merge" | "operations" | "training">;
  /** 0 is the input, i + 1 what call i gives. */
  readonly inputs: readonly number[];
}

/** One operation among the values. */
export type Step =
  | {
      readonly operation: Operation;
      readonly merge?: undefined;
      readonly inputs: readonly [number];
      readonly output: number;
    }
  | {
      readonly merge: Merge;
      readonly operation?: undefined;
      readonly inputs: readonly number[];
      readonly output: number;
    };

/** The steps that lead to a value, and where a gradient on its way back meets a value for the first time. */
interface Path {
  readonly steps: readonly Step[];
  /** Values whose gradients are zeroed before steps[i] adds to them: the step is the last that takes them. */
  readonly fresh: readonly (readonly number[])[];
}

export class Plan {
  readonly steps: readonly Step[];
  /** The value that each call of a layer ends in. */
  readonly ends: readonly number[];
  /** The value that is the output. */
  readonly output: number;
  readonly head: Head;
  /** The value that holds the scores: the loss is taken before the head. */
  readonly logits: number;
  /** Rows of a batch. */
  readonly rows: number;
  readonly workspace: Workspace;
  readonly inputSize: number;
  readonly classes: number;
  private readonly widths: readonly number[];
  private readonly values: F32Pointer[] = [];
  private readonly slopes: F32Pointer[] = [];
  private readonly paths = new Map<number, Path>();
  /** Whether parameters lie on the way to a value. */
  private readonly isTrained: readonly boolean[];
  private readonly scratch: F32Pointer;
  /** The input by its non-zeros, where an operation takes it so. */
  private readonly sparse: SparseRows | undefined;
  /** The steps that take the input. */
  private readonly readers: readonly Step[];
  /** i32[rows]. */
  readonly labels: I32Pointer;
  /** f32[rows]. */
  readonly loss: F32Pointer;

  /**
   * @param outputs numbers of the output
   * @param isTraining whether layers run what they run in training
   */
  constructor(
    workspace: Workspace,
    inputSize: number,
    outputs: number,
    calls: readonly PlannedCall[],
    isTraining = false,
  ) {
    this.workspace = workspace;
    this.inputSize = inputSize;
    const { steps, ends } = stepsOf(calls, isTraining);
    this.steps = steps;
    this.ends = ends;
    this.output = ends.at(-1) ?? 0;
    const { head, before, line } = findHead(steps, this.output, outputs);
    this.head = head;
    this.classes = classesOf(head);
    this.logits = before;
    for (const operation of scoreOperations(workspace, head, line)) {
      steps.push({ operation, inputs: [this.logits], output: steps.length + 1 });
      this.logits = steps.length;
    }
    const { classes } = this;
    this.widths = [inputSize, ...steps.map(({ operation, merge }) => (operation ?? merge).outputSize)];
    const bytesPerRow = this.widths.reduce((sum, width) => sum + 8 * width, 8 * classes);
    if (bytesPerRow > ROW_LIMIT) outOfRange("network", `values of one row within ${ROW_LIMIT} bytes`, `${bytesPerRow}`);
    this.rows = Math.max(1, Math.min(BATCH_ROWS, Math.floor(BATCH_BYTES / bytesPerRow)));
    const { arena } = workspace;
    for (const width of this.widths) {
      this.values.push(arena.allocateF32(this.rows * width));
      this.slopes.push(arena.allocateF32(this.rows * width));
    }
    const isTrained = [false];
    for (const { operation, inputs } of steps) {
      isTrained.push(operation?.parameterGradient !== undefined || inputs.some((value) => isTrained[value]));
    }
    this.isTrained = isTrained;
    this.labels = arena.allocateI32(this.rows);
    this.loss = arena.allocateF32(this.rows);
    const scratches = steps.map(({ operation, merge }) => (operation ?? merge).scratchBytes?.(this.rows) ?? 0);
    this.scratch = arena.allocate(Math.max(0, ...scratches));
    this.readers = steps.filter(({ inputs }) => inputs.some((value) => value === 0));
    const isTaken = this.readers.some(({ operation }) => operation?.takesSparse);
    this.sparse = isTaken ? new SparseRows(workspace, this.rows, inputSize) : undefined;
  }

  /** Numbers of a value in one row. */
  widthOf(number: number): number {
    return this.widths[number] as number;
  }

  /** Where a value lies, f32[rows, width]. */
  value(number: number): F32Pointer {
    return this.values[number] as F32Pointer;
  }

  /** The loss's gradient to that value. */
  slope(number: number): F32Pointer {
    return this.slopes[number] as F32Pointer;
  }

  /** `n` floats of the workspace, to be viewed anew after each call: memory may have grown. */
  view(at: F32Pointer, n: number): Float32Array {
    return this.workspace.arena.f32(at, n);
  }

  /**
   * Copies rows start up to end to `value(0)`, batch by batch, refuses what is not finite, and calls `use(first row, rows)`. Rows of which
   * the sparse batches are `known` were checked before; where their entries are all that is read, the rows themselves stay outside.
   */
  eachBatch(
    rows: Float32Array,
    start: number,
    end: number,
    known: ReadonlyMap<number, SavedRows> | undefined,
    use: (first: number, n: number) => void,
  ): void {
    const { inputSize } = this;
    for (let first = start; first < end; first += this.rows) {
      const n = Math.min(this.rows, end - first);
      const saved = known?.get(first);
      if (!saved || !this.readers.every(({ operation }) => operation?.takesSparse)) {
        const values = rows.subarray(first * inputSize, (first + n) * inputSize);
        this.view(this.value(0), values.length).set(values);
        const bad = known ? -1 : this.workspace.kernels.first_not_finite_f32(values.length, this.value(0));
        if (bad >= 0) outOfRange(`rows[${first * inputSize + bad}]`, "a finite number", values[bad]);
      }
      if (saved) this.sparse?.load(saved);
      else this.sparse?.read(n, this.value(0), known !== undefined);
      use(first, n);
    }
  }

  /** The batch last read by its non-zeros, if they are few. */
  save(): SavedRows | undefined {
    return this.sparse?.save();
  }

  /** Takes the batch last read to the value `target`, through what leads there; all values up to `from` stand already. */
  forward(n: number, target: number, from = 0): void {
    for (const { operation, merge, inputs, output } of this.pathTo(target).steps) {
      if (output <= from) continue;
      if (operation)
        operation.forward(n, this.value(inputs[0]), this.value(output), this.sparseFor(operation, inputs[0]));
      else
        merge.forward(
          n,
          inputs.map((value) => this.value(value)),
          this.value(output),
        );
    }
  }

  /**
   * Takes the gradient at `slope(target)` back: to the input, at `slope(0)`, into the gradients of the parameters, or both.
   * A value that several operations take sums their shares from the last of them to the first.
   */
  backward(n: number, target: number, to: "input" | "parameters" | "both"): void {
    const { steps, fresh } = this.pathTo(target);
    for (let i = steps.length - 1; i >= 0; i--) {
      const { operation, merge, inputs, output } = steps[i] as Step;
      const dy = this.slope(output);
      if (to !== "input") {
        const sparse = operation && this.sparseFor(operation, inputs[0]);
        operation?.parameterGradient?.(n, this.value(inputs[0]), dy, this.scratch, sparse);
      }
      if (to === "parameters" && !inputs.some((value) => this.isTrained[value])) continue; // nobody asked for the gradient there
      const unset = fresh[i] as readonly number[];
      if (operation?.writeInputGradient && unset.includes(inputs[0])) {
        operation.writeInputGradient(n, dy, this.slope(inputs[0]));
        continue;
      }
      for (const value of unset) {
        this.view(this.slope(value), n * this.widthOf(value)).fill(0);
      }
      if (operation) {
        const [x, y, dx] = [this.value(inputs[0]), this.value(output), this.slope(inputs[0])];
        operation.inputGradient(n, x, y, dy, dx);
        if (to !== "input") operation.recurrentGradient?.(n, x, y, dy, dx, this.scratch);
      } else {
        const [xs, dxs] = [inputs.map((value) => this.value(value)), inputs.map((value) => this.slope(value))];
        merge.inputGradient(n, xs, this.value(output), dy, dxs, this.scratch);
      }
    }
  }

  /** Zeroes the parameters' gradients, reserving them at the first call. */
  clearGradients(parameters: readonly Parameter[]): void {
    const { arena } = this.workspace;
    for (const parameter of parameters) parameter.gradient ??= arena.allocateF32(parameter.size);
    for (const { gradient, size } of parameters) arena.f32(gradient as F32Pointer, size).fill(0);
  }

  /** What an operation takes, by its non-zeros: the input, if they are few. */
  private sparseFor(operation: Operation, value: number): SparseRows | undefined {
    return value === 0 && this.sparse?.isSparse && operation.takesSparse ? this.sparse : undefined;
  }

  /** Adds the parameters' gradients, one behind another, to f64 sums. */
  addGradients(parameters: readonly Parameter[], total: F64Pointer): void {
    let to = total;
    for (const { size, gradient } of parameters) {
      this.workspace.kernels.add_f32_to_f64(size, gradient as F32Pointer, to);
      to = offset64(to, size);
    }
  }

  /** Copies the gradients of a chunk, f32[parameterCount]. */
  copyGradients(parameters: readonly Parameter[], to: Float32Array): void {
    let at = 0;
    for (const { size, gradient } of parameters) {
      to.set(this.view(gradient as F32Pointer, size), at);
      at += size;
    }
  }

  private pathTo(target: number): Path {
    const known = this.paths.get(target);
    if (known) return known;
    const needed = new Set([target]);
    const met = new Set<number>();
    const steps: Step[] = [];
    const fresh: number[][] = [];
    for (const step of this.steps.slice(0, target).reverse()) {
      if (!needed.has(step.output)) continue;
      for (const value of step.inputs) needed.add(value);
      steps.push(step);
      fresh.push([...new Set(step.inputs)].filter((value) => !met.has(value)));
      for (const value of step.inputs) met.add(value);
    }
    const path = { steps: steps.reverse(), fresh: fresh.reverse() };
    this.paths.set(target, path);
    return path;
  }
}

/** What makes the scores of the value before the head, where no value of the network holds them. */
function scoreOperations(workspace: Workspace, head: Head, line: Line | undefined): Operation[] {
  const { kind, outputs } = head;
  const operations: Operation[] = [];
  if (kind === "probabilities") operations.push(new LogarithmOperation(workspace, outputs));
  if (line) operations.push(new LineOperation(workspace, outputs, line));
  if (outputs < classesOf(head)) operations.push(new TwoClassesOperation(workspace, evenScore(head)));
  return operations;
}

/** Step i gives value i + 1. A layer without operations hands on the value it takes. */
function stepsOf(calls: readonly PlannedCall[], isTraining: boolean): { steps: Step[]; ends: number[] } {
  const steps: Step[] = [];
  const ends: number[] = [];
  for (const { layer, inputs } of calls) {
    const taken = inputs.map((value) => (value === 0 ? 0 : (ends[value - 1] as number)));
    let at = taken[0] as number;
    if (layer.merge) {
      at = steps.length + 1;
      steps.push({ merge: layer.merge, inputs: taken, output: at });
    }
    for (const operation of (isTraining && layer.training?.operations) || layer.operations) {
      const output = steps.length + 1;
      steps.push({ operation, inputs: [at], output });
      at = output;
    }
    ends.push(at);
  }
  return { steps, ends };
}
