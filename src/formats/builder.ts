/**
 * Puts a graph together for a reader, node after node, each behind those it takes. Shapes are worked out as nodes come, and
 * a node of constants becomes a constant: so a reader can ask for the shape of every value, and for the numbers of a shape
 * that the model computes, when it meets the node that needs them.
 */
import { outOfRange } from "../check.ts";
import { fold } from "./fold.ts";
import { BATCH, type Constant, type DataType, type Graph, type GraphNode, type Shape } from "./graph.ts";
import { inferShape, inferType, numbersOf, shapeWords } from "./shapes.ts";

/** Numbers that a value of one row may have. */
const VALUE_LIMIT = 2 ** 26;
/** Nodes of a graph, and values that they take. */
const NODE_LIMIT = 20_000;
/** Numbers of constants that are taken and made while a graph is put together: a few seconds' work. */
const FOLD_LIMIT = 2 ** 30;

interface Known {
  readonly shape: Shape;
  readonly dtype: DataType;
  readonly constant?: Constant;
}

export class GraphBuilder {
  private readonly name: string;
  private readonly values = new Map<string, Known>();
  /** Names of values by other names that they go by. */
  private readonly aliases = new Map<string, string>();
  private readonly nodes: GraphNode[] = [];
  private inputName: string | undefined;
  private folded = 0;

  /** @param name what the model is called */
  constructor(name: string) {
    this.name = name;
  }

  /** The model's only input; its first extent is the batch. */
  input(name: string, shape: Shape, dtype: DataType = "float32"): void {
    if (this.inputName !== undefined) outOfRange(`model ${this.name}`, "one input", `${this.inputName} and ${name}`);
    this.inputName = name;
    requireShape(`input ${name}`, shape);
    if (shape[0] !== BATCH) outOfRange(`input ${name}`, "the batch on its first axis", shapeWords(shape));
    this.define(name, { shape, dtype });
  }

  /** Numbers that the model carries. */
  constant(name: string, constant: Constant): void {
    this.define(name, { shape: constant.shape, dtype: constant.dtype, constant });
  }

  /** Another name of a value: what an operation without effect makes. */
  alias(name: string, value: string): void {
    this.requireNew(name);
    this.aliases.set(name, this.resolve(name, value));
  }

  /** A node; what it makes goes by its name. */
  add(node: GraphNode): void {
    const inputs = node.inputs.map((input) => this.resolve(node.name, input));
    const taken = inputs.map((input) => this.values.get(input) as Known);
    const shapes = taken.map(({ shape }) => shape);
    const constants = taken.map(({ constant }) => constant).filter((constant) => constant !== undefined);
    if (constants.length === inputs.length) {
      this.fold(node, constants);
      return;
    }
    const shape = inferShape(node, shapes);
    const dtype = inferType(
      node,
      taken.map(({ dtype }) => dtype),
    );
    requireShape(`${node.name} (${node.op})`, shape);
    if (!shape.some((extent) => extent % BATCH === 0)) {
      outOfRange(`${node.name} (${node.op})`, "a shape with the batch in it", shapeWords(shape));
    }
    if (this.nodes.length >= NODE_LIMIT) outOfRange(`model ${this.name}`, `at most ${NODE_LIMIT} nodes`, "more");
    this.define(node.name, { shape, dtype });
    this.nodes.push({ ...node, inputs });
  }

  has(value: string): boolean {
    return this.values.has(value) || this.aliases.has(value);
  }

  shapeOf(value: string): Shape {
    return this.known(value).shape;
  }

  typeOf(value: string): DataType {
    return this.known(value).dtype;
  }

  /** The value's numbers where it is a constant. */
  constantOf(value: string): Constant | undefined {
    return this.known(value).constant;
  }

  /** The numbers of a value that must be a constant: a shape, axes, a border. `subject` is the node that needs them. */
  numbersOf(subject: string, value: string): number[] {
    const { constant } = this.known(value, subject);
    if (!constant) outOfRange(subject, `${value} to be known at load`, "what is computed from the input");
    return Array.from(constant.read());
  }

  /**
   * The graph that leads to an output.
   *
   * @param from a value to take for the input, in the place of the model's own
   */
  finish(output: string, from?: string): Graph {
    const end = this.resolve(`model ${this.name}`, output);
    const known = this.values.get(end) as Known;
    const input = from === undefined ? this.inputName : this.resolve("inputs", from);
    if (input === undefined) outOfRange(`model ${this.name}`, "an input", "none");
    if (known.constant)
      outOfRange(`model ${this.name}`, "an output that depends on the input", `${output}, a constant`);
    const needed = new Set([end]);
    for (const node of this.nodes.toReversed()) {
      if (!needed.has(node.name) || node.name === input) continue;
      for (const taken of node.inputs) needed.add(taken);
    }
    if (!needed.has(input) || end === input) {
      outOfRange(`model ${this.name}`, `an output that depends on ${input}`, output);
    }
    this.requireInput(input, needed);
    const kept = [...this.values].filter(([name]) => needed.has(name));
    return {
      ...{ name: this.name, input, output: end },
      nodes: this.nodes.filter(({ name }) => needed.has(name) && name !== input),
      constants: new Map(kept.flatMap(([name, { constant }]) => (constant ? [[name, constant]] : []))),
      shapes: new Map(kept.map(([name, { shape }]) => [name, shape])),
    };
  }

  /** Refuses a value that cannot stand for the input. */
  private requireInput(input: string, needed: ReadonlySet<string>): void {
    const { shape, dtype, constant } = this.known(input);
    if (constant || shape[0] !== BATCH || shape.length < 2) {
      outOfRange("inputs", "a value with the batch in front", constant ? `${input}, a constant` : shapeWords(shape));
    }
    if (dtype !== "float32") outOfRange("inputs", "a value of real numbers", `${input}, of type ${dtype}`);
    if (input !== this.inputName && this.inputName !== undefined && needed.has(this.inputName)) {
      outOfRange("inputs", "a value that every way to the output goes through", `${input}, which one goes around`);
    }
  }

  private fold(node: GraphNode, constants: readonly Constant[]): void {
    const made = fold(node, constants);
    this.folded += [made, ...constants].reduce((sum, { shape }) => sum + numbersOf(shape), 0);
    if (this.folded > FOLD_LIMIT)
      outOfRange(`model ${this.name}`, `at most ${FOLD_LIMIT} numbers to work out at load`, "more");
    this.constant(node.name, made);
  }

  private define(name: string, known: Known): void {
    this.requireNew(name);
    this.values.set(name, known);
  }

  private requireNew(name: string): void {
    if (this.has(name))
      outOfRange(`model ${this.name}`, "values of different names", `two named ${JSON.stringify(name)}`);
  }

  private resolve(subject: string, value: string): string {
    const name = this.aliases.get(value) ?? value;
    return this.values.has(name) ? name : outOfRange(subject, "inputs that the model makes", JSON.stringify(value));
  }

  private known(value: string, subject = `model ${this.name}`): Known {
    return this.values.get(this.resolve(subject, value)) as Known;
  }
}

/** Refuses a shape that no row can have: nothing is reserved because a file says so. */
function requireShape(subject: string, shape: Shape): void {
  const whole = shape.every((extent) => Number.isSafeInteger(extent) && extent >= 1);
  const numbers = numbersOf(shape);
  if (!whole || numbers > VALUE_LIMIT * BATCH) {
    outOfRange(subject, `a shape of at most ${VALUE_LIMIT} numbers a row`, shapeWords(shape));
  }
}
