/** What the page understood of a model: its layers, what goes in, what comes out. */
import { el } from "./dom.ts";
import { counted, whole } from "./words.ts";
import type { NetworkSaid } from "./worker/protocol.ts";

const extents = (shape: readonly number[]) => shape.join(" × ");

/** What makes the outputs, in words. */
const HEADS: Readonly<Record<string, string>> = {
  softmax: "a softmax: probabilities of the classes",
  linear: "scores as they are",
  sigmoid: "sigmoids: a probability each",
  probabilities: "probabilities that are seen through no further",
};

export function modelSummary({
  name,
  inputShape,
  inputSize,
  classes,
  head,
  parameters,
  layers,
  rescales,
}: NetworkSaid): HTMLElement {
  const facts: [string, string][] = [
    [
      "Input",
      `${inputShape.length > 1 ? `${extents(inputShape)}, ` : ""}${counted(inputSize, "value")}${rescales ? "; the model rescales them itself" : ""}`,
    ],
    ["Answers", classes === 1 ? "one number, no classes" : counted(classes, "class").replace("classs", "classes")],
    ["Ends in", HEADS[head] ?? head],
    ["Parameters", whole(parameters)],
  ];
  return el(
    "div",
    { class: "summary" },
    el("h2", {}, `${name}: what was understood`),
    el(
      "dl",
      { class: "facts-list" },
      ...facts.map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", {}, value))),
    ),
    el(
      "details",
      { open: layers.length <= 12 },
      el("summary", {}, counted(layers.length, "layer")),
      el(
        "div",
        { class: "scroll", tabindex: 0, role: "region", "aria-label": "Layers" },
        el(
          "table",
          {},
          el(
            "thead",
            {},
            el("tr", {}, ...["Layer", "Kind", "Gives", "Parameters"].map((title) => el("th", { scope: "col" }, title))),
          ),
          el(
            "tbody",
            {},
            ...layers.map((layer) =>
              el(
                "tr",
                {},
                el("th", { scope: "row" }, layer.name),
                el("td", {}, layer.className),
                el("td", {}, extents(layer.outputShape)),
                el("td", { class: "number" }, layer.parameters === 0 ? "–" : whole(layer.parameters)),
              ),
            ),
          ),
        ),
      ),
    ),
  );
}
