/** A trained model as the files of its folder. */
import { createHash } from "node:crypto";
import { curveSvg, epochsCsv, noteMarkdown } from "../report/index.ts";
import type { TrainedModel } from "../studies/train/study.ts";
import { modelFiles } from "./model-folder.ts";

/** The files by name: the model, its note with the SHA-256 of each file of weights, a README, the errors epoch by epoch. */
export function trainedModelFiles({ network, note, curve }: TrainedModel): Map<string, Uint8Array | string> {
  const files = modelFiles(network.toArtifacts());
  const weights = Object.fromEntries(
    [...files]
      .filter(([name]) => name.endsWith(".bin"))
      .map(([name, content]) => [name, createHash("sha256").update(content).digest("hex")]),
  );
  const whole = { ...note, weights };
  files.set("training.json", `${JSON.stringify(whole, null, 1)}\n`);
  files.set("README.md", noteMarkdown(whole));
  if ("epochs" in note) {
    files.set("epochs.csv", epochsCsv(curve));
    files.set("errors.svg", curveSvg(curve));
  }
  return files;
}
