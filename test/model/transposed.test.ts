/** Transposed convolutions beyond what tfjs has: each pixel gives its taps to the output, by f64. */
import { expect, test } from "vitest";
import "../../src/index.ts";
import { messageOf } from "../message-of.ts";
import { describeJudged } from "../support/graph-tests.ts";
import { conv, networkOf, part } from "../support/networks.ts";
import { besideInput } from "../support/parallel.ts";

const IMAGE = [3, 4, 4];

/** A layer on images [3, 4, 4] that makes `width` numbers. */
function judged(title: string, config: object, kernel: number[], filters: number, width: number): void {
  const layer = conv("Conv2DTranspose", { name: "t", filters, ...config }, { kernel, bias: [filters] });
  describeJudged(title, besideInput(IMAGE, [layer], width));
}

judged(
  "dilated, by name, with its output as long as Keras makes it",
  { kernel_size: [2, 3], strides: [2, 1], dilation_rate: [2, 3], padding: "same", activation: "tanh" },
  [2, 3, 3, 4],
  3,
  6 * 4 * 3,
);
judged(
  "a padding of the output, by name and none",
  { kernel_size: [3, 2], strides: [3, 2], output_padding: [1, 1], padding: "valid" },
  [3, 2, 2, 4],
  2,
  (2 * 3 + 3 + 1) * (3 * 2 + 2 + 1) * 2,
);
judged(
  "the same around a border",
  { kernel_size: 3, strides: 2, output_padding: 1, padding: "same" },
  [3, 3, 2, 4],
  2,
  (2 * 2 + 1 + 1) * (3 * 2 + 1 + 1) * 2,
);
judged(
  "two groups with borders of their own, and more behind than a step",
  {
    ...{ kernel_size: [3, 2], dilation_rate: [2, 2], groups: 2, output_padding: [1, 2] },
    padding: [
      [1, 2],
      [0, 1],
    ],
  },
  [3, 2, 3, 4],
  6,
  (2 + 5 - 3 + 1) * (3 + 3 - 1 + 2) * 6,
);
judged(
  "a group for each filter, of two channels",
  { kernel_size: 3, strides: [2, 1], groups: 2, padding: "same", activation: "relu" },
  [3, 3, 2, 2],
  2,
  6 * 4 * 2,
);

test("many channels of stride 1 go by Winograd's products, also where the output is longer than its taps reach", () => {
  const pads = [
    [1, 1],
    [1, 1],
  ];
  const of = (config: object) =>
    networkOf(
      [6, 6, 16],
      [
        conv(
          "Conv2DTranspose",
          { name: "t", filters: 16, kernel_size: 3, ...config },
          { kernel: [3, 3, 16, 16], bias: [16] },
        ),
        part("Flatten", { name: "flat" }),
      ],
      0.25,
    );
  const rows = Float32Array.from({ length: 576 }, (_, i) => ((i * 37) % 64) / 64 - 0.5);
  const [short, long] = [of({ padding: pads }), of({ padding: pads, output_padding: [3, 2] })];
  expect([short.classes, long.classes]).toEqual([36 * 16, 9 * 8 * 16]);
  const [a, b] = [short.predict(rows), long.predict(rows)];
  const bias = short.valuesOf(short.parameters[1] as (typeof short.parameters)[0]);
  for (let i = 0; i < 9; i++) {
    for (let j = 0; j < 8; j++) {
      for (let k = 0; k < 16; k++) {
        const found = b[(i * 8 + j) * 16 + k] as number;
        if (i < 5 && j < 5) expect(Math.abs(found - (a[(i * 6 + j) * 16 + k] as number))).toBeLessThanOrEqual(2 ** -16);
        else if (i > 7 || j > 7) expect(found).toBe(bias[k]);
      }
    }
  }
});

test("what cannot be is refused", () => {
  const of = (config: object, kernel = [2, 2, 2, 4]) => {
    const layer = conv("Conv2DTranspose", { name: "t", filters: 2, kernel_size: 2, ...config }, { kernel });
    return messageOf(() => networkOf([3, 3, 4], [layer, part("Flatten", { name: "flat" })]));
  };
  expect(of({ output_padding: 1 })).toBe(
    "t: expected an output that a convolution takes back to the input, got [5, 5, 2]",
  );
  expect(of({ groups: 3 })).toBe("t groups: expected a divisor of 4 channels, got 3");
  expect(of({ groups: 4 })).toBe("t groups: expected a divisor of 2 filters, got 4");
  expect(of({ output_padding: [1, 1, 1] })).toBe("t output_padding: expected 2 numbers, got 3");
  expect(
    of({
      padding: [
        [4, 4],
        [0, 0],
      ],
    }),
  ).toBe("t padding: expected a border that leaves an output, got [-4, 4]");
});
