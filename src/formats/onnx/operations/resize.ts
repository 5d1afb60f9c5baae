/** Images made larger or smaller: Resize, and Upsample before it. */
import type { NodeOf } from "../../graph.ts";
import type { NodeReader, Translate, Translations } from "../node-reader.ts";

type Places = NodeOf<"resize">["places"];
type Rounding = NodeOf<"resize">["rounding"];
type Method = NodeOf<"resize">["method"];

const MODES = ["nearest", "linear", "bilinear"] as const;

function methodOf(node: NodeReader): Method {
  return node.oneOf("mode", MODES, "nearest") === "nearest" ? "nearest" : "linear";
}

/** The extents that an image [batch, channels, ...extents] is given by factors for all its axes. */
function scaled(node: NodeReader, scales: readonly number[], isExact: boolean): number[] {
  const shape = node.shape(0);
  if (scales.length !== shape.length || scales[0] !== 1 || scales[1] !== 1) {
    node.refuse(`${shape.length} scales, of 1 for batch and channels`, `[${scales.join(", ")}]`);
  }
  return shape.slice(2).map((extent, side) => {
    const wanted = extent * (scales[side + 2] as number);
    const whole = Math.round(wanted);
    const isWhole = Math.abs(wanted - whole) <= 1e-4;
    // Pixels are taken by the factor that is stated, which is that of the extents where it makes a whole number of pixels.
    if (isExact && !isWhole) node.refuse(`a scale that makes whole pixels of ${extent}`, `${scales[side + 2]}`);
    return isWhole ? whole : Math.floor(wanted);
  });
}

/** Extents for all axes, those of batch and channels unchanged. */
function sized(node: NodeReader, sizes: readonly number[]): number[] {
  const shape = node.shape(0);
  const keeps = (axis: number): boolean => sizes[axis] === shape[axis] || (axis === 0 && sizes[0] === 1);
  if (sizes.length !== shape.length || !keeps(0) || !keeps(1)) {
    node.refuse(`${shape.length} sizes, those of batch and channels unchanged`, `[${sizes.join(", ")}]`);
  }
  return sizes.slice(2);
}

/** Factors or sizes that are given for some of the axes, as if they were given for all. */
function forAllAxes(node: NodeReader, values: readonly number[], others: readonly number[]): number[] {
  const given = node.ints("axes");
  if (!given) return [...values];
  const axes = node.axes(given, others.length);
  return others.map((other, axis) => (axes.includes(axis) ? (values[axes.indexOf(axis)] as number) : other));
}

function extentsOf(node: NodeReader): number[] {
  const shape = node.shape(0);
  const [scales, sizes] = node.opset < 11 ? [node.numbers(1), undefined] : [node.numbers(2), node.numbers(3)];
  if (sizes && sizes.length > 0) return sized(node, forAllAxes(node, sizes, shape));
  if (!scales || scales.length === 0) return node.refuse("scales or sizes", "neither");
  const ones = shape.map(() => 1);
  return scaled(node, forAllAxes(node, scales, ones), node.opset >= 11);
}

const TRANSFORMATIONS = [
  "half_pixel",
  "pytorch_half_pixel",
  "half_pixel_symmetric",
  "align_corners",
  "asymmetric",
  "tf_half_pixel_for_nn",
] as const;

const ROUNDINGS: Readonly<Record<string, Rounding>> = {
  round_prefer_floor: "half down",
  round_prefer_ceil: "half up",
  floor: "floor",
  ceil: "ceil",
};

const resize: Translate = (node) => {
  const method = methodOf(node);
  const extents = extentsOf(node);
  node.requireInt("antialias", 0);
  node.requireInt("exclude_outside", 0);
  node.oneOf("keep_aspect_ratio_policy", ["stretch"], "stretch");
  const isOld = node.opset < 11;
  const transformation = isOld
    ? "asymmetric"
    : node.oneOf("coordinate_transformation_mode", TRANSFORMATIONS, "half_pixel");
  const nearest = isOld ? "floor" : node.text("nearest_mode", "round_prefer_floor");
  const rounding = ROUNDINGS[nearest] ?? node.refuse(`nearest_mode ${Object.keys(ROUNDINGS).join(" or ")}`, nearest);
  const places = placesOf(node, transformation, extents);
  if (transformation === "tf_half_pixel_for_nn") {
    // Half a pixel more, rounded down.
    if (method !== "nearest" || rounding !== "floor")
      node.refuse("nearest pixels, rounded down", `${method}, ${nearest}`);
    return node.give(
      { op: "resize", layout: "channels first", extents, method, places, rounding: "half up" },
      node.input(0),
    );
  }
  return node.give({ op: "resize", layout: "channels first", extents, method, places, rounding }, node.input(0));
};

function placesOf(node: NodeReader, transformation: (typeof TRANSFORMATIONS)[number], extents: number[]): Places {
  if (transformation === "align_corners") return "corners";
  if (transformation === "asymmetric") return "corner";
  if (transformation !== "pytorch_half_pixel") return "half pixel";
  // A single pixel is taken from the corner.
  if (extents.every((extent) => extent > 1)) return "half pixel";
  if (extents.every((extent) => extent === 1)) return "corner";
  return node.refuse("sides of one pixel all, or none", `[${extents.join(", ")}]`);
}

/** By whole factors or others, each pixel from the corner of its block. */
const upsample: Translate = (node) => {
  const scales = (node.opset < 9 ? node.floats("scales") : node.numbers(1)) ?? node.refuse("scales", "none");
  const extents = scaled(node, scales, true);
  node.give(
    { op: "resize", layout: "channels first", extents, method: methodOf(node), places: "corner", rounding: "floor" },
    node.input(0),
  );
};

export const RESIZES: Translations = { Resize: resize, Upsample: upsample };
