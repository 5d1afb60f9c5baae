/** The values of a graph while it is turned to channels last: how each is kept in the new graph, and how it is had in an order. */
import { GraphBuilder } from "../builder.ts";
import type { Constant, Graph, GraphNode, Operation, Shape } from "../graph.ts";
import { numbersOf } from "../shapes.ts";
import { identity, inverse, isIdentity, movesNothing, type Order, regrouped, toKept } from "./order.ts";

/** A value: the one of the new graph that holds its numbers, and the order of its axes there. */
export interface Kept {
  readonly value: string;
  readonly order: Order;
  /** Where the ordered axes are then taken for others of as many numbers, as a Flatten does: the shape before that. */
  readonly before?: Shape;
}

export class Values {
  readonly builder: GraphBuilder;
  private readonly graph: Graph;
  private readonly kept = new Map<string, Kept>();
  private fresh = 0;

  constructor(graph: Graph) {
    this.graph = graph;
    this.builder = new GraphBuilder(graph.name);
  }

  shapeOf(value: string): Shape {
    return this.graph.shapes.get(value) as Shape;
  }

  constantOf(value: string): Constant | undefined {
    return this.graph.constants.get(value);
  }

  of(value: string): Kept {
    const constant = this.constantOf(value);
    if (constant && !this.builder.has(value)) this.builder.constant(value, constant);
    return this.kept.get(value) ?? { value, order: identity(this.shapeOf(value).length) };
  }

  set(value: string, kept: Kept): void {
    this.kept.set(value, kept);
  }

  /** Adds a node to the new graph. */
  emit(name: string, operation: Operation, inputs: readonly string[]): string {
    this.builder.add({ ...operation, name, inputs } as GraphNode);
    return name;
  }

  /** A node beside those of the graph. */
  beside(name: string, operation: Operation, inputs: readonly string[]): string {
    let own = `${name}/order`;
    while (this.builder.has(own) || this.graph.shapes.has(own)) own = `${name}/order_${++this.fresh}`;
    return this.emit(own, operation, inputs);
  }

  /** The value in the new graph with its axes kept in that order; numbers move where they are kept in another. */
  inOrder(value: string, order: Order): string {
    const kept = this.of(value);
    if (kept.before) {
      const axes = regrouped(kept.before, this.shapeOf(value), order);
      if (axes) {
        const together = this.moved(
          kept.value,
          axes.map((axis) => kept.order[axis] as number),
          value,
        );
        return this.beside(value, { op: "reshape", shape: toKept(this.shapeOf(value), order) }, [together]);
      }
      const ordered = this.moved(kept.value, kept.order, value);
      const plain = this.beside(value, { op: "reshape", shape: this.shapeOf(value) }, [ordered]);
      return this.moved(plain, inverse(order), value);
    }
    if (kept.order.join() === order.join()) return kept.value;
    return this.moved(kept.value, toKept(kept.order, order), value);
  }

  /** The value as it is. */
  plain(value: string): string {
    return this.inOrder(value, identity(this.shapeOf(value).length));
  }

  /** A constant that stretches over a value of a rank, as it stretches over what is kept in that order. */
  stretched(constant: string, order: Order): string {
    const { value } = this.of(constant);
    const shape = this.shapeOf(constant);
    if (shape.length === 0 || isIdentity(order)) return value;
    const full = [...Array<number>(order.length - shape.length).fill(1), ...shape];
    const padded =
      full.length === shape.length ? value : this.beside(constant, { op: "reshape", shape: full }, [value]);
    return this.moved(padded, inverse(order), constant);
  }

  /**
   * A constant whose first axis runs over the numbers of a flattened value, or whose last of two does, in the order in which
   * these are kept. Only for a value whose rows are flattened alone.
   */
  reordered(constant: string, { order, before = [] }: Kept): string {
    const { value } = this.of(constant);
    const shape = this.shapeOf(constant);
    const rows = before.slice(1);
    if (numbersOf(shape) === 1) return value;
    const rest = shape[0] === numbersOf(rows) ? shape.slice(1) : [];
    const apart = this.beside(constant, { op: "reshape", shape: [...rows, ...rest] }, [value]);
    const turned = inverse(order)
      .slice(1)
      .concat(identity(rest.length).map((axis) => before.length + axis));
    const moved = this.beside(constant, { op: "transpose", order: turned.map((axis) => axis - 1) }, [apart]);
    return this.beside(constant, { op: "reshape", shape }, [moved]);
  }

  private moved(value: string, order: Order, name: string): string {
    if (isIdentity(order)) return value;
    const shape = this.builder.shapeOf(value);
    const target = order.map((axis) => shape[axis] as number);
    if (movesNothing(order, shape)) return this.beside(name, { op: "reshape", shape: target }, [value]);
    return this.beside(name, { op: "transpose", order }, [value]);
  }
}
