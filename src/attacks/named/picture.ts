/** A row as a picture, height x width x channels, as attacks that change squares of it see it. */
import { outOfRange } from "../../check.ts";
import { whole } from "./options.ts";
import type { TargetShape } from "./row.ts";

export interface Picture {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** What a picture is, where the target does not say so. */
export const PICTURE_OPTIONS = {
  width: whole(0, "width of a picture; 0 is as the target says, else that of a square, else of a single line", {
    least: 0,
  }),
  channels: whole(0, "channels of a picture; 0 is as the target says, else 1", { least: 0 }),
};

/** The picture that a row of this shape is. */
export function pictureOf({ size, inputShape }: TargetShape, asked: { width: number; channels: number }): Picture {
  const isPicture = inputShape?.length === 3;
  const channels = asked.channels || (isPicture ? (inputShape[2] as number) : 1);
  const pixels = size / channels;
  const side = Math.sqrt(pixels);
  const width = asked.width || (isPicture ? (inputShape[1] as number) : Number.isInteger(side) ? side : pixels);
  const height = pixels / width;
  if (!Number.isInteger(height)) {
    outOfRange("options.width, options.channels", `those of pictures of ${size} numbers`, `${width} x ${channels}`);
  }
  return { height, width, channels };
}
