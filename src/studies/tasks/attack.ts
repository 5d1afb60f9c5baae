/** The attack on some of a set's images, each told as soon as it is known. */
import { type AttackStop, type LbfgsAttackOptions, lbfgsAttack } from "../../attacks/index.ts";
import type { SharedModel } from "../shared-model.ts";
import type { Task } from "./task.ts";

/** The settings of `lbfgsAttack` that a job carries: all that are plain data and decide the bits. */
export type AttackSettings = Omit<
  LbfgsAttackOptions,
  "rows" | "labels" | "truth" | "batch" | "signal" | "onProgress" | "onImage"
>;

export interface AttackInput {
  model: SharedModel;
  /** All of the set, best in shared memory: f32[n, inputSize], the labels to be driven to, the true ones. */
  rows: Float32Array;
  labels: Int32Array;
  truth?: Int32Array;
  /** Positions in the set of the images to attack. */
  images: Int32Array;
  settings: AttackSettings;
}

/** One image of an `AttackResult`, as it is told and as a journal keeps it. */
export type AttackedImage = {
  /** Position in the set. */
  image: number;
  stop: AttackStop;
  distortion: number;
  evaluations: number;
  iterations: number;
  penalty: number;
  /** f32[inputSize], where the stop is "found"; else the image is its own answer. */
  row?: Float32Array;
};

/** What there is to tell now and then: the images that are known, the value-and-gradient calls since the last message. */
export interface AttackMessage {
  images: AttackedImage[];
  evaluations: number;
}

/** Everything is told in messages; there is no result. */
export const attack: Task<AttackInput, void, AttackMessage> = async (input, { network: networkOf, post, signal }) => {
  const network = networkOf(input.model);
  const { images, settings, truth } = input;
  const { inputSize } = network;
  const rows = new Float32Array(images.length * inputSize);
  images.forEach((image, i) => {
    rows.set(input.rows.subarray(image * inputSize, (image + 1) * inputSize), i * inputSize);
  });
  let known: AttackedImage[] = [];
  let told = 0;
  await lbfgsAttack(network, {
    ...settings,
    rows,
    labels: Int32Array.from(images, (image) => input.labels[image] as number),
    ...(truth && { truth: Int32Array.from(images, (image) => truth[image] as number) }),
    signal,
    onImage: (i, result) => {
      const stop = result.stop[i] as AttackStop;
      known.push({
        image: images[i] as number,
        stop,
        distortion: result.distortion[i] as number,
        evaluations: result.evaluations[i] as number,
        iterations: result.iterations[i] as number,
        penalty: result.penalty[i] as number,
        ...(stop === "found" && { row: result.rows.slice(i * inputSize, (i + 1) * inputSize) }),
      });
    },
    onProgress: (_done, _total, evaluations) => {
      post({ images: known, evaluations: evaluations - told });
      known = [];
      told = evaluations;
    },
  });
};
