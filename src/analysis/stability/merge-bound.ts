/**
 * Two inputs or more that become one: how far the join stretches a change of them all together, and the bound of the joined from
 * those of the inputs.
 */
import { type Layer, type MergeKind, sizeOf } from "../../model/layers/index.ts";
import { type Bracket, down, exactly, rootOf, times, up } from "../../numeric/rounding.ts";
import { type Found, type Owner, refuse } from "./found.ts";

/** The layer's inputs, in what counts here. */
type Joined = Owner & Pick<Layer, "inputShape" | "inputShapes" | "outputShape">;

/** How many numbers of the output each number of an input reaches, input by input. */
function spreadsOf({ inputShape, inputShapes = [inputShape], outputShape }: Joined): number[] {
  return inputShapes.map((shape) => sizeOf(outputShape) / sizeOf(shape));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Scaled, so that no square overflows. */
function rootOfSquares(bounds: readonly number[]): number {
  const most = Math.max(...bounds);
  if (most === 0 || most === Number.POSITIVE_INFINITY) return most;
  return most * Math.sqrt(bounds.reduce((total, bound) => total + (bound / most) * (bound / most), 0));
}

/**
 * The inputs taken as one. Input i is spread over s_i times its numbers, which stretches it by sqrt(s_i): a sum by
 * sqrt(s_1 + s_2 + ...), reached where every input is constant; the largest by sqrt(max s_i).
 */
export function mergeBound(kind: MergeKind, layer: Joined): Found {
  const spreads = spreadsOf(layer);
  const found = (bracket: Bracket): Found => ({ bracket, method: "exact", size: `${spreads.length} inputs` });
  const ofSum = () => rootOf(exactly(sum(spreads)));
  switch (kind) {
    case "sum":
    case "difference":
      return found(ofSum());
    case "mean":
      return found(times(ofSum(), { lower: down(1 / spreads.length), upper: up(1 / spreads.length) }));
    case "largest":
    case "least":
      return found(rootOf(exactly(Math.max(...spreads))));
    case "concatenation":
      return { bracket: exactly(1), method: "moves numbers" };
    case "product":
    case "matrix product":
    case "quotient":
    case "squared difference":
    case "power":
      return refuseJoin(kind, layer);
  }
}

function refuseJoin(kind: MergeKind, layer: Joined): never {
  return refuse(layer, `a ${kind} of inputs, which stretches without bound`);
}

/** The Lipschitz constant of the joined, at most, but for rounding, from those of the inputs. */
export function joinBounds(kind: MergeKind, layer: Joined, bounds: readonly number[]): number {
  if (kind === "concatenation") return rootOfSquares(bounds);
  // An input that is spread over more numbers than it has is stretched on its way.
  const spreads = spreadsOf(layer);
  const taken = bounds.map((bound, i) => bound * Math.sqrt(spreads[i] as number));
  switch (kind) {
    case "sum":
    case "difference":
      return sum(taken);
    case "mean":
      return sum(taken) / taken.length;
    case "largest":
    case "least":
      return rootOfSquares(taken);
    case "product":
    case "matrix product":
    case "quotient":
    case "squared difference":
    case "power":
      return refuseJoin(kind, layer);
  }
}
