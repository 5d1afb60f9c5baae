/**
 * A network of layers in one workspace: predictions, the loss of each row with its gradient to the row, the
 * activations of a layer, and the gradient to the parameters.
 *
 * Rows pass in batches of at most `Plan.rows`. No sum crosses rows except the parameter gradient, whose order is
 * fixed: the bits of a row's results do not depend on the batch it is in.
 */
import { type Labels, type OptionNames, outOfRange, requireOptions } from "../check.ts";
import { Workspace } from "../wasm/index.ts";
import { type ModelArtifacts, readWeights, type StoredWeight, weightsOf, writeArtifacts } from "./artifacts.ts";
import { BoxPasses } from "./box-passes.ts";
import { findLayer, modelAbove } from "./find-layer.ts";
import type { GradientSum } from "./gradient-sum.ts";
import type { Head } from "./head.ts";
import { type Layer, type Parameter, sizeOf } from "./layers/index.ts";
import { countParameters, readParameters, writeParameters } from "./parameters.ts";
import {
  gradientAlong,
  type LossGradient,
  lossGradient,
  probabilities,
  type ScoreGradient,
  scoreGradient,
  valuesOf,
  type Weigh,
} from "./passes.ts";
import { Plan } from "./plan.ts";
import type { PreparedRows } from "./prepared-rows.ts";
import { type Preprocess, requirePreprocess, withPreprocess } from "./preprocess.ts";
import { type LayerCall, type ParsedModel, parseTopology } from "./topology.ts";
import {
  type ChunkGradient,
  type ParameterGradient,
  type Score,
  type ScoreLoss,
  type ScorePassOptions,
  TrainingPasses,
  type TrainingPassOptions,
} from "./training-passes.ts";

/** Which part of a model becomes the network. */
export interface NetworkOptions {
  /** Name of the layer whose output is the network's; default the model's output. Needed where a model has several. */
  output?: string;
  /** Name of the layer whose output is the network's input; default the model's own. For a model that takes tokens, its Embedding. */
  inputs?: string;
  /** Shape of the input without the batch, as the file orders it, where an ONNX file leaves extents open: [channels, height, width]. */
  inputShape?: readonly number[];
  /** What is done to the data before the model; rows, distances and boxes are then in the units of the data. Default nothing. */
  preprocess?: Preprocess;
}

export const NETWORK_OPTIONS: OptionNames<NetworkOptions> = {
  output: true,
  inputs: true,
  inputShape: true,
  preprocess: true,
};

/** A neural network with its weights: what it answers, and the gradients of that to its input and its parameters. */
export class Network {
  /** What errors and records call it. */
  readonly name: string;
  /** Shape of one input, without the batch. */
  readonly inputShape: readonly number[];
  /** Numbers in a row: the product of `inputShape`. */
  readonly inputSize: number;
  /** Scores of a row: as many as outputs, but two where the output is one sigmoid. */
  readonly classes: number;
  /** What makes the outputs of the scores. */
  readonly head: Head;
  /** The layers, in the order in which they were made. */
  readonly layers: readonly Layer[];
  /** The arrays of numbers that training changes, layer by layer. */
  readonly parameters: readonly Parameter[];
  /** Numbers in all of them. */
  readonly parameterCount: number;
  /** What is done to the data before the model, by its first layer, where the network was made with that option. */
  readonly preprocess: Preprocess | undefined;
  private readonly model: ParsedModel;
  /** The network's memory, for code that works on its parameters in place. */
  readonly workspace: Workspace;
  private readonly plan: Plan;
  private readonly training: TrainingPasses;
  private boxes: BoxPasses | undefined;
  private readonly uppers = new Map<Layer, Network>();

  private constructor(model: ParsedModel, workspace: Workspace) {
    this.name = model.name;
    this.inputShape = model.inputShape;
    this.inputSize = sizeOf(model.inputShape);
    this.layers = model.layers;
    this.model = model;
    this.workspace = workspace;
    this.parameters = model.layers.flatMap((layer) => layer.parameters);
    this.parameterCount = countParameters(this.parameters);
    this.preprocess = model.preprocess;
    const output = model.calls.at(-1)?.layer.outputShape ?? model.inputShape;
    if (output.length !== 1) {
      outOfRange(`network ${model.name}`, "a vector of class scores as output", `shape [${output.join(", ")}]`);
    }
    this.plan = new Plan(workspace, this.inputSize, output[0] as number, model.calls);
    this.head = this.plan.head;
    this.classes = this.plan.classes;
    this.training = new TrainingPasses(model, this.parameters, this.plan);
  }

  /**
   * A network from tfjs LayersModel artifacts: topology and weights.
   * Refuses layers it cannot run by class and name, and weights that are missing, misshapen or not finite.
   */
  static fromArtifacts(artifacts: ModelArtifacts, options: NetworkOptions = {}): Network {
    requireOptions("Network.fromArtifacts", options, NETWORK_OPTIONS);
    return Network.fromWeights(artifacts.modelTopology, () => weightsOf(artifacts), options);
  }

  /**
   * The same with weights that are read one by one when their turn comes, once the layers are known to run. Throws as
   * `fromArtifacts` does, and for an input shape, which only ONNX files leave open.
   */
  static fromWeights(topology: object, weights: () => readonly StoredWeight[], options: NetworkOptions = {}): Network {
    if (options.inputShape !== undefined) {
      outOfRange("inputShape", "none: only an ONNX file may leave extents open", `[${options.inputShape.join(", ")}]`);
    }
    const workspace = new Workspace();
    const preprocess = requirePreprocess("preprocess", options.preprocess);
    const parsed = parseTopology(topology, workspace, options);
    const model = preprocess ? withPreprocess(parsed, preprocess, workspace) : parsed;
    const network = new Network(model, workspace);
    readWeights(model, workspace, weights());
    return network;
  }

  /** The network as tfjs LayersModel artifacts. */
  toArtifacts(): ModelArtifacts {
    return writeArtifacts(this.model, this.workspace);
  }

  /**
   * The model's output for each row, as tfjs predicts it: probabilities where the model ends in a softmax or in sigmoids.
   *
   * @param rows f32[n, inputSize]
   * @returns f32[n, head.outputs]: one number a row where the output is one sigmoid
   */
  predict(rows: Float32Array): Float32Array {
    return valuesOf(this.plan, rows, this.plan.output);
  }

  /**
   * The softmax of the scores of each row, whether or not the model ends in one.
   *
   * @param rows f32[n, inputSize]
   * @returns f32[n, classes]
   */
  probabilities(rows: Float32Array): Float32Array {
    return probabilities(this.plan, rows);
  }

  /**
   * The output of one layer, activation included. Of a layer that is called several times, it is the output of the last call.
   *
   * @param rows f32[n, inputSize]
   * @param layer its name, or its position in `layers`
   * @returns f32[n, size of the layer's output]
   */
  activations(rows: Float32Array, layer: string | number): Float32Array {
    return valuesOf(this.plan, rows, this.outputOf(layer));
  }

  /**
   * The scores, or logits: what enters the final softmax, sigmoid, tanh or softplus; [0, what enters it] for one sigmoid; the
   * logarithms of a mean, product or maximum of such probabilities; else the output itself. The class of the largest is the answer.
   *
   * @param rows f32[n, inputSize]
   * @returns f32[n, classes]
   */
  scores(rows: Float32Array): Float32Array {
    return valuesOf(this.plan, rows, this.plan.logits);
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
    return gradientAlong(this.plan, rows, this.outputOf(layer), direction);
  }

  /** The calls of the layers in their order, each with the values it takes: 0 is the input, i + 1 the result of call i. */
  get calls(): readonly LayerCall[] {
    return this.model.calls;
  }

  /** A copy of one of the arrays in a layer's `parameters` or `constants`: f32[size]. */
  valuesOf({ at, size }: Parameter): Float32Array {
    return this.workspace.arena.f32(at, size).slice();
  }

  /**
   * Cross-entropy of each row against its label, in nats, and its gradient with respect to the row. Throws a NotFiniteError
   * where a row overflows.
   *
   * @param rows f32[n, inputSize]
   * @param labels n whole numbers in [0, classes)
   * @param into a record of an earlier call with as many rows, overwritten and returned; when the call throws, it stays finite
   */
  lossGradient(rows: Float32Array, labels: Labels, into?: LossGradient): LossGradient {
    return lossGradient(this.plan, rows, labels, into);
  }

  /**
   * The scores of each row, and the gradient of a weighted sum of them, sum_k w_k s_k, with respect to the row. Margins
   * (z_k - z_y), DeepFool and Carlini-Wagner stand on it. Throws a NotFiniteError where a row overflows.
   *
   * @param rows f32[n, inputSize]
   * @param weigh gives the `classes` weights of one row from its scores; it must not call this network
   * @param into a record of an earlier call with as many rows, overwritten and returned; when the call throws, it stays finite
   */
  scoreGradient(rows: Float32Array, weigh: Weigh, into?: ScoreGradient): ScoreGradient {
    return scoreGradient(this.plan, rows, weigh, into);
  }

  /**
   * The summed cross-entropy of rows, in nats, NaN where one is not finite, and how many of them are answered wrongly.
   *
   * @param rows f32[n, inputSize]
   * @param labels n whole numbers in [0, classes)
   */
  score(rows: Float32Array, labels: Labels): Score {
    return this.training.score(rows, labels);
  }

  /**
   * Prepares rows for many calls of `parameterGradient`. They are checked once, and batches that are mostly zero are kept in
   * sparse form as well. The results have the same bits as with the rows themselves.
   *
   * @param rows f32[n, inputSize]; do not change them while the result is used
   */
  prepare(rows: Float32Array): PreparedRows {
    return this.training.prepare(rows);
  }

  /**
   * The summed cross-entropy of rows and its gradient with respect to every parameter.
   *
   * Order: within a chunk of GRADIENT_CHUNK rows, f32 sums over ascending rows; chunks are added in f64, ascending. For a
   * layer that is called several times, from the last call to the first within each batch, whose size depends on the model alone.
   *
   * @param from f32[n, inputSize], or what `prepare` made of that
   * @param labels n whole numbers in [0, classes)
   */
  parameterGradient(from: Float32Array | PreparedRows, labels: Labels): ParameterGradient {
    return this.training.parameterGradient(from, labels);
  }

  /**
   * One chunk of `parameterGradient`: networks of the same layers and weights may compute them on several threads, and a `GradientJoin`
   * adds them to the bits of one call. Throws for rows or labels that do not fit; a loss that is not finite is left to whoever adds
   * them.
   *
   * @param from f32[n, inputSize], the GRADIENT_CHUNK rows of a chunk or what is left of them, as they are or prepared
   * @param labels n whole numbers in [0, classes)
   * @param into f32[parameterCount], overwritten with the gradient and handed back; default an array of its own
   */
  chunkGradient(from: Float32Array | PreparedRows, labels: Labels, into?: Float32Array): ChunkGradient {
    return this.training.chunkGradient(from, labels, into);
  }

  /**
   * One pass of training: adds `scale` times the summed gradient of the rows' cross-entropy to `sum`. Dropout layers draw
   * their masks. Where a loss is not finite, the loss returned is NaN and `sum` lacks the chunks from that row's on.
   *
   * Throws a NotFiniteError where a row's loss is finite but a number asked for in `options` is not: the arrays there stay
   * finite, and `sum` lacks the chunks from that row's on. `sum` itself is not checked, since that takes a sweep over all
   * parameters in every step; training looks at the parameters after each epoch instead.
   *
   * Order: within a chunk of TRAINING_CHUNK rows, f32 sums over ascending rows; each chunk is then scaled and added to the sum.
   *
   * @param rows f32[n, inputSize]
   * @param labels n whole numbers in [0, classes)
   */
  addGradient(rows: Float32Array, labels: Labels, sum: GradientSum, options: TrainingPassOptions = {}): Score {
    return this.training.addGradient(rows, labels, sum, options);
  }

  /**
   * One pass of training with a loss of the caller's own: adds `scale` times the gradient of its sum to `sum`. No batch splits the `group`
   * rows that the loss takes together. Dropout layers draw their masks. Where the loss is not finite, it is returned as it is, and
   * `sum` lacks the chunks from there on.
   *
   * Order: as `addGradient`, in chunks of whole groups.
   *
   * @param rows f32[n, inputSize], n a multiple of `group`
   * @param loss what the scores of some rows cost, and its gradient to them; it must not call this network
   */
  addScoreGradient(rows: Float32Array, loss: ScoreLoss, sum: GradientSum, options: ScorePassOptions = {}): number {
    return this.training.addScoreGradient(rows, loss, sum, options);
  }

  /**
   * One pass of training on boxes: adds `scale` times the summed gradient of the cross-entropy of the worst scores that interval
   * arithmetic leaves open in each box to `sum` (box-passes.ts). Layers answer as they do outside of training. The score counts the boxes in
   * which the intervals do not exclude another label. Where a loss is not finite, the loss returned is NaN, and `sum` lacks the
   * chunks from there on.
   *
   * @param lower f32[n, inputSize]
   * @param upper f32[n, inputSize], nowhere below `lower`
   * @param labels n whole numbers in [0, classes)
   */
  addBoxGradient(lower: Float32Array, upper: Float32Array, labels: Labels, sum: GradientSum, scale = 1): Score {
    this.boxes ??= new BoxPasses(this.plan, this.layers, this.parameters);
    return this.boxes.addGradient(lower, upper, labels, sum, scale);
  }

  /**
   * The part of the network above a layer, whose output is its input. The two networks share their weights, so
   * training one trains the other. Every call returns the same network.
   *
   * @param layer its name, or its position in `layers`; throws for a layer that a later one bypasses
   */
  from(layer: string | number): Network {
    const found = findLayer(this.model, layer);
    const known = this.uppers.get(found.layer);
    if (known) return known;
    const upper = new Network(modelAbove(this.model, found), this.workspace);
    this.uppers.set(found.layer, upper);
    return upper;
  }

  /** Tells the layers that their parameters were changed in place. */
  parametersChanged(): void {
    for (const layer of this.layers) layer.parametersChanged?.();
  }

  /** A copy of all parameters, one after another: f32[parameterCount]. */
  getParameters(): Float32Array<ArrayBuffer> {
    return readParameters(this.workspace, this.parameters);
  }

  /**
   * Sets all parameters from one flat array, f32[parameterCount] or f64[parameterCount], each rounded to f32. Refuses
   * values that are not finite, changing nothing.
   */
  setParameters(values: Float32Array | Float64Array): void {
    writeParameters(this.workspace, this.parameters, values);
    this.parametersChanged();
  }

  /** The value that holds the output of a layer's last call. */
  private outputOf(layer: string | number): number {
    return this.plan.ends[findLayer(this.model, layer).call] as number;
  }
}
