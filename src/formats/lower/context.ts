/** What the lowering of one node knows of the graph around it. */
import { outOfRange } from "../../check.ts";
import type { Constant, Graph, GraphNode, Shape } from "../graph.ts";
import { shapeWords } from "../shapes.ts";
import { Emitter, rowShape } from "./emitter.ts";

export class Context {
  readonly emitter: Emitter;
  private readonly graph: Graph;
  private readonly consumers = new Map<string, GraphNode[]>();
  /** The layer that makes each value. */
  private readonly makers = new Map<string, string>();
  private readonly done = new Set<GraphNode>();

  constructor(graph: Graph) {
    this.graph = graph;
    this.emitter = new Emitter(graph.input, rowShape(this.shapeOf(graph.input)));
    this.makers.set(graph.input, graph.input);
    for (const node of graph.nodes) {
      for (const input of new Set(node.inputs)) {
        this.consumers.set(input, [...(this.consumers.get(input) ?? []), node]);
      }
    }
  }

  shapeOf(value: string): Shape {
    return this.graph.shapes.get(value) as Shape;
  }

  /** The shape of a row of a value. */
  rowOf(value: string): number[] {
    return rowShape(this.shapeOf(value));
  }

  constantOf(value: string | undefined): Constant | undefined {
    return value === undefined ? undefined : this.graph.constants.get(value);
  }

  /** The constant that an input must be. */
  requireConstant(node: GraphNode, i: number, what: string): Constant {
    const value = node.inputs[i] as string;
    return this.constantOf(value) ?? outOfRange(subjectOf(node), `${what} known at load`, `what ${value} computes`);
  }

  /** The layer that makes a value. */
  layerOf(value: string): string {
    return this.makers.get(value) ?? outOfRange(value, "a value that depends on the input", "a constant");
  }

  /** The only node that takes a value that is no output: it may be taken into the layer that makes the value. */
  follower(value: string): GraphNode | undefined {
    const [only, ...others] = this.consumers.get(value) ?? [];
    return value === this.graph.output || others.length > 0 ? undefined : only;
  }

  /** Says that a layer makes the value of the last of these nodes, and that all of them are in it. */
  finish(nodes: readonly GraphNode[], layer: string): void {
    for (const node of nodes) this.done.add(node);
    this.makers.set((nodes.at(-1) as GraphNode).name, layer);
  }

  isDone(node: GraphNode): boolean {
    return this.done.has(node);
  }

  /** A value in another shape of as many numbers. */
  reshaped(value: string, shape: Shape, name: string): string {
    const layer = this.layerOf(value);
    if (this.rowOf(value).join() === shape.join()) return layer;
    return this.emitter.layer("Reshape", name, [layer], { target_shape: shape });
  }
}

export const subjectOf = ({ name, op }: GraphNode): string => `${name} (${op})`;

/** Throws for what the layers cannot do. */
export function refuse(node: GraphNode, expected: string, got: string | Shape): never {
  return outOfRange(subjectOf(node), expected, typeof got === "string" ? got : shapeWords(got));
}
