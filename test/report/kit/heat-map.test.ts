/** What stands in a cell of a heat map can be read: a contrast of 4.5 to 1 [WCAG 2.2, 1.4.3], whatever the rate, light and dark. */
import { expect, test } from "vitest";
import { heatMap } from "../../../src/report/kit/heat-map.ts";
import { STYLE } from "../../../src/report/kit/style.css.ts";

type Rgb = readonly [number, number, number];

function rgb(hex: string): Rgb {
  const digits =
    hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit) : (hex.slice(1).match(/../g) as string[]);
  return digits.map((pair) => Number.parseInt(pair, 16)) as unknown as Rgb;
}

/** The relative luminance of WCAG. */
function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** A variable of the style sheet, in light and in dark. */
function variable(name: string): [light: Rgb, dark: Rgb] {
  const [light, dark] = [...STYLE.matchAll(new RegExp(`--${name}: (#[0-9a-f]+);`, "g"))].map(([, hex]) =>
    rgb(hex as string),
  );
  return [light as Rgb, dark as Rgb];
}

function mixed(below: Rgb, above: Rgb, opacity: number): Rgb {
  return below.map((value, k) => value + ((above[k] as number) - value) * opacity) as unknown as Rgb;
}

const RATES = Array.from({ length: 1001 }, (_, i) => i / 1000);

test("every cell, light and dark", () => {
  expect(STYLE).toContain(".on-cell { fill: var(--on-cells); }");
  const { wide, narrow } = heatMap(
    ["a"],
    RATES.map((rate) => ({ name: "r", rates: [rate] })),
  );
  for (const drawing of [wide, narrow]) {
    const cells = [
      ...drawing.matchAll(
        /fill="(#[0-9a-f]+)" fill-opacity="([\d.e-]+)"[^>]*\/><g (fill="(#[0-9a-f]+)"|class="on-cell")>/g,
      ),
    ];
    expect(cells).toHaveLength(RATES.length);
    for (const [, fill, opacity, , ink] of cells) {
      for (const mode of [0, 1] as const) {
        const card = variable("card")[mode];
        const square = mixed(card, rgb(fill as string), Number(opacity));
        const text = ink ? rgb(ink) : variable("on-cells")[mode];
        expect(contrast(text, square), `opacity ${opacity}, ${mode === 0 ? "light" : "dark"}`).toBeGreaterThanOrEqual(
          4.5,
        );
      }
    }
  }
});
