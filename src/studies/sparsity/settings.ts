/** What is tried for the sparse autoencoder of AE400-10, of which the paper says no setting, and the recipe of one trial. */
import { requireInteger, requireNumber } from "../../check.ts";
import type { AutoencoderRecipe } from "../../train/index.ts";

/** The terms of the autoencoder's objective beside the reconstruction (UFLDL). */
export interface SparsitySettings {
  /** lambda of (lambda / 2) |W|^2 of both kernels. */
  decay: number;
  /** Weight of the divergence of the mean activations from the target. */
  beta: number;
  /** The target, in (0, 1). */
  target: number;
}

/** Every setting of a grid around UFLDL's own, whose decay, weight and target are 3e-3, 3 and 0.1. */
export const SPARSITY_GRID: readonly SparsitySettings[] = [3e-4, 1e-3, 3e-3].flatMap((decay) =>
  [0.3, 3].flatMap((beta) => [0.05, 0.1, 0.2].map((target) => ({ decay, beta, target }))),
);

/** By default an encoder sees so many images, so often; the softmax on it is fitted on all. */
export const SPARSITY_DEFAULTS = { count: 3000, iterations: 100, classifier: 300 } as const;

/** "3e-3/3/0.1": decay, weight of the divergence, target. */
export function settingsOf({ decay, beta, target }: SparsitySettings): string {
  return [decay, beta, target].join("/");
}

/** Throws, by its name, unless the settings are ones that can be trained with. */
export function requireSparsity(name: string, { decay, beta, target }: SparsitySettings): void {
  requireNumber(`${name}.decay`, decay, 0);
  requireNumber(`${name}.beta`, beta, 0);
  requireNumber(`${name}.target`, target, 2 ** -24, 1 - 2 ** -24);
}

/** The recipe of a trial: 400 units, as in the paper, trained on `count` images; then the softmax, with the paper's decay. */
export function trialRecipe(
  settings: SparsitySettings,
  { count, iterations, classes }: { count: number; iterations: number; classes: number },
): AutoencoderRecipe {
  requireInteger("count", count, 1);
  requireInteger("iterations", iterations, 1);
  return {
    name: "ae400-10",
    units: 400,
    decoder: "sigmoid",
    classes,
    ...settings,
    stages: [{ rows: count, iterations }],
    classifier: { decay: 1e-6, iterations: SPARSITY_DEFAULTS.classifier },
  };
}
