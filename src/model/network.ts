/**
 * A network of layers in one workspace: predictions, the loss of each row with its gradient to the row, the
 * activations of a layer, and the gradient to the parameters.
 *
 * Rows pass in batches of at most `Plan.rows`. No sum crosses rows except the parameter gradient, whose order is
 * fixed below: the bits of a row's results do not depend on the batch it is in.
 */
import { type Labels, notFinite, outOfRange, requireInteger, requireLabels, requireRows, wrongType } from "../check.ts";
import { type Pointer, Workspace } from "../wasm/index.ts";
import type { GradientSum } from "./gradient-sum.ts";
import { type Layer, type Noise, type Parameter, sizeOf } from "./layers/index.ts";
import { readParameters, writeParameters } from "./parameters.ts";
import { Plan } from "./plan.ts";
import type { SavedRows } from "./sparse-rows.ts";
import { type LayerCall, type ModelArtifacts, type ParsedModel, parseTopology, writeTopology } from "./topology.ts";

/**
 * Rows whose parameter gradients are summed in f32 before the sum is added to the f64 total: the unit in which a
 * full-batch gradient may be divided among workers without changing a bit.
 */
export const GRADIENT_CHUNK = 512;

/** Loss of each row and its gradient with respect to the row. */
export interface LossGradient {
  /** f32[n], cross-entropy in nats. */
  loss: Float32Array;
  /** f32[n, inputSize]. */
  gradient: Float32Array;
  /** f32[n, classes], what enters the final softmax. */
  logits: Float32Array;
}

/** Summed loss of a set of rows and its gradient with respect to all parameters. */
export interface ParameterGradient {
  /** Sum of the rows' cross-entropy, in nats. */
  loss: number;
  /** Rows whose largest logit is not their label's. */
  errors: number;
  /** f64[parameterCount], in the order of `Network.parameters`. */
  gradient: Float64Array;
}

/**
 * Rows whose gradients are summed in f32 before the sum joins that of a step of training: the unit in which a minibatch may
 * be divided among workers without changing a bit.
 */
export const TRAINING_CHUNK = 128;

/** What a pass of training hands back beside the parameters' gradients. */
export interface TrainingPassOptions {
  /** What the rows' summed gradient is multiplied by on its way into the sum; default 1. */
  scale?: number;
  /** Where the masks of Dropout layers come from; needed where there are any. */
  noise?: Noise;
  /** f32[n, inputSize], filled with the gradient of each row's loss to the row. */
  gradient?: Float32Array;
  /** Layers whose outputs are asked for. */
  layers?: readonly TrainingLayer[];
}

/** The output of one layer in a pass of training. */
export interface TrainingLayer {
  /** Its name, or its position in `layers`. */
  layer: string | number;
  /** f32[n, size of the layer's output], filled with the output. */
  values: Float32Array;
  /** f32[n, size of the layer's output], filled with the gradient of each row's loss to it. */
  gradient: Float32Array;
}

/** Rows that a network has looked at: made by `Network.prepare`, for it and for networks of the same layers. */
export interface PreparedRows {
  /** f32[n, inputSize], the rows themselves; to be left as they are. */
  readonly rows: Float32Array;
  /** Rows of the batches. */
  readonly batchRows: number;
  /** The batches that are mostly zero by what is not, under their first row. */
  readonly sparse: ReadonlyMap<number, SavedRows>;
}

/** What of a model becomes the network. */
export interface NetworkOptions {
  /** Name of the layer that answers, where a model has several outputs or the answer is wanted from within; default the model's output. */
  output?: string;
}

export class Network {
  readonly name: string;
  /** Shape of one input, without the batch. */
  readonly inputShape: readonly number[];
  readonly inputSize: number;
  readonly classes: number;
  readonly layers: readonly Layer[];
  readonly parameters: readonly Parameter[];
  readonly parameterCount: number;
  private readonly model: ParsedModel;
  /** The memory that it lives in, for what works on its parameters in place. */
  readonly workspace: Workspace;
  private readonly plan: Plan;
  /** f64[parameterCount], the sum of the chunks' gradients; reserved by the first of them. */
  private total: Pointer | undefined;
  /** The plan of training, reserved by the first pass: the same where no layer runs anything else then. */
  private trainingPlan: Plan | undefined;
  private readonly uppers = new Map<number, Network>();

  private constructor(model: ParsedModel, workspace: Workspace) {
    this.name = model.name;
    this.inputShape = model.inputShape;
    this.inputSize = sizeOf(model.inputShape);
    this.layers = model.layers;
    this.model = model;
    this.workspace = workspace;
    this.parameters = model.layers.flatMap((layer) => layer.parameters);
    this.parameterCount = this.parameters.reduce((sum, p) => sum + p.size, 0);
    const output = model.calls.at(-1)?.layer.outputShape ?? model.inputShape;
    if (output.length !== 1) {
      outOfRange(`network ${model.name}`, "a vector of class scores as output", `shape [${output.join(", ")}]`);
    }
    this.classes = output[0] as number;
    this.plan = new Plan(workspace, this.inputSize, this.classes, model.calls);
  }

  /**
   * A network from tfjs LayersModel artifacts: topology and weights.
   * Refuses layers it cannot run by class and name, and weights that are missing, misshapen or not finite.
   */
  static fromArtifacts(artifacts: ModelArtifacts, options: NetworkOptions = {}): Network {
    const workspace = new Workspace();
    const network = new Network(parseTopology(artifacts.modelTopology, workspace, options.output), workspace);
    network.loadWeights(artifacts);
    return network;
  }

  /** The network as tfjs LayersModel artifacts. */
  toArtifacts(): ModelArtifacts {
    const arrays = this.arrays();
    const weights = new Float32Array(arrays.reduce((sum, { size }) => sum + size, 0));
    let position = 0;
    for (const { at, size } of arrays) {
      weights.set(this.view(at, size), position);
      position += size;
    }
    const weightSpecs = arrays.map(({ name, shape }) => ({ name, shape: [...shape], dtype: "float32" }));
    return { modelTopology: writeTopology(this.model), weightSpecs, weightData: weights.buffer };
  }

  /**
   * The model's output for each row, as tfjs predicts it: probabilities where the model ends in a softmax.
   *
   * @param rows f32[n, inputSize]
   * @returns f32[n, classes]
   */
  predict(rows: Float32Array): Float32Array {
    return this.forwardTo(rows, this.plan.output, this.classes);
  }

  /**
   * The softmax of the logits of each row, whether or not the model ends in one.
   *
   * @param rows f32[n, inputSize]
   * @returns f32[n, classes]
   */
  probabilities(rows: Float32Array): Float32Array {
    const logits = this.forwardTo(rows, this.plan.logits, this.classes);
    const { kernels, arena } = this.workspace;
    const top = arena.mark();
    const at = arena.allocate32(logits.length);
    try {
      this.view(at, logits.length).set(logits);
      kernels.softmax_f32(logits.length / this.classes, this.classes, at, at);
      return this.view(at, logits.length).slice();
    } finally {
      arena.release(top);
    }
  }

  /**
   * The output of one layer, activation included; of one that is called several times, of its last call.
   *
   * @param rows f32[n, inputSize]
   * @param layer its name, or its position in `layers`
   * @returns f32[n, size of the layer's output]
   */
  activations(rows: Float32Array, layer: string | number): Float32Array {
    const { target, width } = this.layerValue(layer);
    return this.forwardTo(rows, target, width);
  }

  /**
   * What enters the final softmax; the output itself where there is none.
   *
   * @param rows f32[n, inputSize]
   * @returns f32[n, classes]
   */
  scores(rows: Float32Array): Float32Array {
    return this.forwardTo(rows, this.plan.logits, this.classes);
  }

  /**
   * The activations of a layer along a direction, <phi(x), v>, and their gradient with respect to each row.
   *
   * @param rows f32[n, inputSize]
   * @param layer its name, or its position in `layers`
   * @param direction f32[size of the layer's output]
   * @returns value f64[n], summed in ascending order; gradient f32[n, inputSize]
   */
  activationGradient(
    rows: Float32Array,
    layer: string | number,
    direction: Float32Array,
  ): { value: Float64Array; gradient: Float32Array } {
    const count = requireRows("rows", rows, this.inputSize);
    const { target, width } = this.layerValue(layer);
    requireLength("direction", direction, width);
    const value = new Float64Array(count);
    const gradient = new Float32Array(count * this.inputSize);
    this.plan.eachBatch(rows, 0, count, undefined, (first, n) => {
      this.plan.forward(n, target);
      const at = this.plan.value(target);
      this.requireFinite("output", at, width, first, n);
      const values = this.view(at, n * width);
      const slope = this.view(this.plan.slope(target), n * width);
      for (let r = 0; r < n; r++) {
        slope.set(direction, r * width);
        let sum = 0;
        for (let i = 0; i < width; i++) sum += (values[r * width + i] as number) * (direction[i] as number);
        value[first + r] = sum;
      }
      if (target !== 0) this.plan.backward(n, target, "input");
      const to = this.plan.slope(0);
      this.requireFinite("gradient", to, this.inputSize, first, n);
      gradient.set(this.view(to, n * this.inputSize), first * this.inputSize);
    });
    return { value, gradient };
  }

  /** How the layers hang together: the calls in their order, each with the values it takes: 0 is the input, i + 1 what call i gives. */
  get calls(): readonly LayerCall[] {
    return this.model.calls;
  }

  /** Whether the last operation is a softmax over the classes, which `scores` leaves out. */
  get endsInSoftmax(): boolean {
    return this.plan.logits !== this.plan.output;
  }

  /** A copy of one of the arrays in a layer's `parameters` or `constants`. */
  valuesOf({ at, size }: Parameter): Float32Array {
    return this.view(at, size).slice();
  }

  /**
   * Cross-entropy of each row against its label, and the gradient of that with respect to the row.
   *
   * @param rows f32[n, inputSize]
   * @param labels n whole numbers in [0, classes)
   * @param into a record of an earlier call with as many rows, overwritten and returned; no number that is not finite is written
   */
  lossGradient(rows: Float32Array, labels: Labels, into?: LossGradient): LossGradient {
    const count = requireRows("rows", rows, this.inputSize);
    requireLabels("labels", labels, count, this.classes);
    const out = into ?? {
      loss: new Float32Array(count),
      gradient: new Float32Array(count * this.inputSize),
      logits: new Float32Array(count * this.classes),
    };
    requireLength("into.loss", out.loss, count);
    requireLength("into.gradient", out.gradient, count * this.inputSize);
    requireLength("into.logits", out.logits, count * this.classes);
    this.plan.eachBatch(rows, 0, count, undefined, (first, n) => {
      this.plan.forward(n, this.plan.logits);
      this.lossSlope(labels, first, n);
      this.requireFinite("loss", this.plan.loss, 1, first, n);
      const logits = this.plan.value(this.plan.logits);
      this.requireFinite("logits", logits, this.classes, first, n);
      this.plan.backward(n, this.plan.logits, "input");
      const gradient = this.plan.slope(0);
      this.requireFinite("gradient", gradient, this.inputSize, first, n);
      // Only now: what the caller holds stays finite if anything above throws.
      out.loss.set(this.view(this.plan.loss, n), first);
      out.logits.set(this.view(logits, n * this.classes), first * this.classes);
      out.gradient.set(this.view(gradient, n * this.inputSize), first * this.inputSize);
    });
    return out;
  }

  /**
   * The summed cross-entropy of rows, in nats, NaN where one is not finite, and how many of them are answered wrongly.
   *
   * @param rows f32[n, inputSize]
   * @param labels n whole numbers in [0, classes)
   */
  score(rows: Float32Array, labels: Labels): { loss: number; errors: number } {
    const count = requireRows("rows", rows, this.inputSize);
    requireLabels("labels", labels, count, this.classes);
    let loss = 0;
    let errors = 0;
    this.plan.eachBatch(rows, 0, count, undefined, (first, n) => {
      this.plan.forward(n, this.plan.logits);
      errors += this.countErrors(labels, first, n);
      this.lossSlope(labels, first, n);
      for (const value of this.view(this.plan.loss, n)) loss += Number.isFinite(value) ? value : Number.NaN;
    });
    return { loss, errors };
  }

  /**
   * Rows for many a call of `parameterGradient`: they are checked here, once, and of batches that are mostly zero a copy is
   * kept of what is not. The bits are those of the rows themselves.
   *
   * @param rows f32[n, inputSize], to be left as they are as long as the result is used
   */
  prepare(rows: Float32Array): PreparedRows {
    const count = requireRows("rows", rows, this.inputSize);
    const sparse = new Map<number, SavedRows>();
    for (let first = 0; first < count; first += GRADIENT_CHUNK) {
      this.plan.eachBatch(rows, first, Math.min(first + GRADIENT_CHUNK, count), undefined, (at) => {
        const saved = this.plan.save();
        if (saved) sparse.set(at, saved);
      });
    }
    return { rows, batchRows: this.plan.rows, sparse };
  }

  /**
   * The summed cross-entropy of rows and its gradient with respect to every parameter.
   *
   * Order: within a chunk of GRADIENT_CHUNK rows, f32 sums over ascending rows; chunks are added in f64, ascending. Of a
   * layer called several times, within each batch of the plan (whose size is the model's alone) from the last call to the first.
   *
   * @param from f32[n, inputSize], or what `prepare` made of that
   * @param labels n whole numbers in [0, classes)
   */
  parameterGradient(from: Float32Array | PreparedRows, labels: Labels): ParameterGradient {
    const prepared = isPrepared(from) ? from : undefined;
    const rows = prepared?.rows ?? (from as Float32Array);
    const count = requireRows("rows", rows, this.inputSize);
    if (prepared && prepared.batchRows !== this.plan.rows) {
      outOfRange("rows", `rows prepared in batches of ${this.plan.rows}`, `batches of ${prepared.batchRows}`);
    }
    requireLabels("labels", labels, count, this.classes);
    const { arena } = this.workspace;
    this.total ??= arena.allocate64(this.parameterCount);
    arena.f64(this.total, this.parameterCount).fill(0);
    let loss = 0;
    let errors = 0;
    for (let first = 0; first < count; first += GRADIENT_CHUNK) {
      const end = Math.min(first + GRADIENT_CHUNK, count);
      this.plan.clearGradients(this.parameters);
      this.plan.eachBatch(rows, first, end, prepared?.sparse, (at, n) => {
        this.plan.forward(n, this.plan.logits);
        errors += this.countErrors(labels, at, n);
        this.lossSlope(labels, at, n);
        for (const value of this.losses(at, n)) loss += value;
        this.plan.backward(n, this.plan.logits, "parameters");
      });
      this.plan.addGradients(this.parameters, this.total);
    }
    return { loss, errors, gradient: arena.f64(this.total, this.parameterCount).slice() };
  }

  /**
   * One pass of training: adds `scale` times the summed gradient of the rows' cross-entropy to `sum`. Dropout layers draw
   * their masks. Where a loss is not finite nothing is added and the loss returned is NaN: that is how training diverges.
   *
   * Order: within a chunk of TRAINING_CHUNK rows, f32 sums over ascending rows; each chunk is then scaled and added to the sum.
   *
   * @param rows f32[n, inputSize]
   * @param labels n whole numbers in [0, classes)
   */
  addGradient(
    rows: Float32Array,
    labels: Labels,
    sum: GradientSum,
    options: TrainingPassOptions = {},
  ): { loss: number; errors: number } {
    const { scale = 1, noise, gradient, layers = [] } = options;
    const count = requireRows("rows", rows, this.inputSize);
    requireLabels("labels", labels, count, this.classes);
    const plan = this.planOfTraining();
    const hidden = layers.map(({ layer, values, gradient }) => {
      const index = this.layerIndex(layer);
      const size = sizeOf((this.layers[index] as Layer).outputShape);
      requireLength(`values of ${layer}`, values, count * size);
      requireLength(`gradient of ${layer}`, gradient, count * size);
      return { at: plan.ends[this.lastCall(index)] as number, size, values, gradient };
    });
    if (gradient) requireLength("gradient", gradient, count * this.inputSize);
    const back = gradient || hidden.length > 0 ? "both" : "parameters";
    let loss = 0;
    let errors = 0;
    for (let first = 0; first < count && !Number.isNaN(loss); first += TRAINING_CHUNK) {
      plan.clearGradients(this.parameters);
      plan.eachBatch(rows, first, Math.min(first + TRAINING_CHUNK, count), undefined, (at, n) => {
        this.setNoise(noise, at);
        plan.forward(n, plan.logits);
        errors += this.countErrors(labels, at, n, plan);
        this.lossSlope(labels, at, n, plan);
        for (const value of this.view(plan.loss, n)) loss += Number.isFinite(value) ? value : Number.NaN;
        if (Number.isNaN(loss)) return;
        plan.backward(n, plan.logits, back);
        gradient?.set(this.view(plan.slope(0), n * this.inputSize), at * this.inputSize);
        for (const { at: value, size, values, gradient } of hidden) {
          values.set(this.view(plan.value(value), n * size), at * size);
          gradient.set(this.view(plan.slope(value), n * size), at * size);
        }
      });
      if (!Number.isNaN(loss)) sum.add(this.parameters, scale);
    }
    return { loss, errors };
  }

  /**
   * The part of the network above a layer, whose output is its input. Nothing is copied: the two share their weights, and
   * training one trains the other. One and the same network at every call.
   *
   * @param layer its name, or its position in `layers`: one that everything behind it goes through
   */
  from(layer: string | number): Network {
    const index = this.layerIndex(layer);
    const known = this.uppers.get(index);
    if (known) return known;
    const { name, outputShape } = this.layers[index] as Layer;
    const cut = this.lastCall(index) + 1;
    const calls = this.model.calls.slice(cut).map(({ layer, inputs }) => {
      if (inputs.some((value) => value < cut)) {
        outOfRange("layer", "one that everything behind it goes through", `${name}, which ${layer.name} goes around`);
      }
      return { layer, inputs: inputs.map((value) => value - cut) };
    });
    if (calls.length === 0) outOfRange("layer", "one below the last", name);
    const layers = [...new Set(calls.map(({ layer }) => layer))];
    const inputShape = outputShape;
    const model = { name: `${this.name}-from-${name}`, inputName: name, inputShape, layers, calls, unused: [] };
    const upper = new Network(model, this.workspace);
    this.uppers.set(index, upper);
    return upper;
  }

  /** Tells the layers that their parameters were changed in place. */
  parametersChanged(): void {
    for (const layer of this.layers) layer.parametersChanged?.();
  }

  /** A copy of all parameters, one after another. */
  getParameters(): Float32Array<ArrayBuffer> {
    return readParameters(this.workspace, this.parameters);
  }

  /** Sets all parameters from one flat array, each rounded to f32. Refuses values that are not finite, changing nothing. */
  setParameters(values: Float32Array | Float64Array): void {
    writeParameters(this.workspace, this.parameters, values);
    this.parametersChanged();
  }

  /** Every array of every layer, as they are saved: what is trained first. */
  private arrays(): Parameter[] {
    return [...this.parameters, ...this.layers.flatMap((layer) => layer.constants ?? [])];
  }

  private loadWeights({ weightSpecs, weightData }: ModelArtifacts): void {
    if (!(weightData instanceof ArrayBuffer)) wrongType("weightData", "an ArrayBuffer", weightData);
    const arrays = new Map(this.arrays().map((array) => [array.name, array]));
    const found = new Set<string>();
    let offset = 0;
    for (const { name, shape, dtype } of weightSpecs) {
      const subject = `weight ${name}`;
      if (dtype !== "float32") outOfRange(subject, "dtype float32", dtype);
      if (found.has(name)) outOfRange(subject, "one weight of each name", "two");
      const bytes = 4 * sizeOf(shape);
      if (offset + bytes > weightData.byteLength) {
        outOfRange(subject, `${bytes} bytes at offset ${offset}`, `${weightData.byteLength - offset} left`);
      }
      const array = arrays.get(name);
      if (array) {
        if (array.shape.join() !== shape.join()) {
          outOfRange(subject, `shape [${array.shape.join(", ")}]`, `[${shape.join(", ")}]`);
        }
        this.view(array.at, array.size).set(new Float32Array(weightData.slice(offset, offset + bytes)));
        this.requireFiniteArray(array);
      } else if (!this.model.unused.some((layer) => name.startsWith(`${layer}/`))) {
        outOfRange("weights", "only weights of the model's layers", name);
      }
      found.add(name);
      offset += bytes;
    }
    if (offset !== weightData.byteLength) {
      outOfRange("weightData", `${offset} bytes, as its specs say`, `${weightData.byteLength}`);
    }
    for (const name of arrays.keys()) if (!found.has(name)) outOfRange("weights", name, "no weight of that name");
    for (const layer of this.layers) layer.parametersChanged?.();
  }

  private requireFiniteArray({ name, at, size }: Parameter): void {
    const bad = this.workspace.kernels.first_not_finite_f32(size, at);
    if (bad >= 0) outOfRange(`${name}[${bad}]`, "a finite f32", this.view(at, size)[bad]);
  }

  /** Where the output of a layer's last call is, and how wide. */
  private layerValue(layer: string | number): { target: number; width: number } {
    const index = this.layerIndex(layer);
    const { outputShape } = this.layers[index] as Layer;
    return { target: this.plan.ends[this.lastCall(index)] as number, width: sizeOf(outputShape) };
  }

  private layerIndex(layer: string | number): number {
    if (typeof layer === "number") return requireInteger("layer", layer, 0, this.layers.length - 1);
    const index = this.layers.findIndex((l) => l.name === layer);
    if (index >= 0) return index;
    const names = this.layers.map((l) => l.name).join(", ");
    return outOfRange("layer", `one of ${names}`, JSON.stringify(layer));
  }

  /** Number of the last call of layer `index`. */
  private lastCall(index: number): number {
    return this.model.calls.findLastIndex(({ layer }) => layer === this.layers[index]);
  }

  private planOfTraining(): Plan {
    if (this.trainingPlan) return this.trainingPlan;
    const other = this.layers.find(({ drawsOtherNoise }) => drawsOtherNoise);
    if (other) outOfRange(`${other.name} in training`, "Dropout or a layer without noise", other.className);
    const differs = this.layers.some(({ training }) => training);
    this.trainingPlan = differs
      ? new Plan(this.workspace, this.inputSize, this.classes, this.model.calls, true)
      : this.plan;
    return this.trainingPlan;
  }

  /** Lets the layers that draw noise know from which row of the pass on. */
  private setNoise(noise: Noise | undefined, row: number): void {
    for (const [stream, { name, training }] of this.layers.entries()) {
      if (!training) continue;
      if (!noise) wrongType("noise", `a seed and a draw for the masks of ${name}`, noise);
      training.setNoise(noise, stream, row);
    }
  }

  /** Views of the workspace, taken anew each time: memory may have grown. */
  private view(at: Pointer, n: number): Float32Array {
    return this.workspace.arena.f32(at, n);
  }

  private forwardTo(rows: Float32Array, target: number, width: number): Float32Array {
    const count = requireRows("rows", rows, this.inputSize);
    const out = new Float32Array(count * width);
    this.plan.eachBatch(rows, 0, count, undefined, (first, n) => {
      this.plan.forward(n, target);
      this.requireFinite("output", this.plan.value(target), width, first, n);
      out.set(this.view(this.plan.value(target), n * width), first * width);
    });
    return out;
  }

  /** Loss of the batch's rows from their logits, and its gradient to these. */
  private lossSlope(labels: Labels, first: number, n: number, plan = this.plan): void {
    const { kernels, arena } = this.workspace;
    const { classes } = this;
    const batch = arena.i32(plan.labels, n);
    for (let i = 0; i < n; i++) batch[i] = labels[first + i] as number;
    kernels.cross_entropy_f32(n, classes, plan.value(plan.logits), plan.labels, plan.loss, plan.slope(plan.logits));
  }

  private losses(first: number, n: number): Float32Array {
    this.requireFinite("loss", this.plan.loss, 1, first, n);
    return this.view(this.plan.loss, n);
  }

  /** Weights so large that a row overflows are found out here, by the row; a NaN never leaves the network. */
  private requireFinite(what: string, at: Pointer, width: number, first: number, n: number): void {
    const bad = this.workspace.kernels.first_not_finite_f32(n * width, at);
    if (bad < 0) return;
    const row = first + Math.floor(bad / width);
    notFinite(`${what} of row ${row}`, "finite numbers", this.view(at, n * width)[bad]);
  }

  private countErrors(labels: Labels, first: number, n: number, plan = this.plan): number {
    const logits = this.view(plan.value(plan.logits), n * this.classes);
    let errors = 0;
    for (let i = 0; i < n; i++) {
      if (argmax(logits, i * this.classes, this.classes) !== labels[first + i]) errors++;
    }
    return errors;
  }
}

function isPrepared(from: unknown): from is PreparedRows {
  return typeof from === "object" && from !== null && "sparse" in from;
}

function requireLength(subject: string, values: ArrayLike<number>, length: number): void {
  if (values.length !== length) outOfRange(subject, `${length} values`, `${values.length}`);
}

/** Position of the largest of `n` values from `offset` on; the first of equals. */
export function argmax(values: ArrayLike<number>, offset: number, n: number): number {
  let best = 0;
  for (let i = 1; i < n; i++) {
    if ((values[offset + i] as number) > (values[offset + best] as number)) best = i;
  }
  return best;
}
