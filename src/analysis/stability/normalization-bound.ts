/** How far normalisations stretch: batch, layer and local response. */
import { outOfRange } from "../../check.ts";
import type { OperationMap } from "../../model/layers/index.ts";
import { power } from "../../numeric/power.ts";
import { down, up } from "../../numeric/rounding.ts";
import type { Workspace } from "../../wasm/index.ts";
import { type Found, type Owner, refuse } from "./found.ts";

type Of<Kind extends OperationMap["kind"]> = Extract<OperationMap, { kind: Kind }>;

/** y = (x - mean) / sqrt(variance + epsilon) gamma + beta: a diagonal. */
export function scaleBound({ variance, gamma, epsilon }: Of<"scale">, { arena }: Workspace, owner: Owner): Found {
  const gammas = gamma && arena.f32(gamma.at, gamma.size);
  let most = 0;
  arena.f32(variance.at, variance.size).forEach((value, c) => {
    const spread = value + epsilon;
    if (!(spread > 0))
      outOfRange(`${owner.name} (${owner.className})`, "a variance above zero", `${spread} in channel ${c}`);
    most = Math.max(most, Math.abs(gammas?.[c] ?? 1) / Math.sqrt(spread));
  });
  return { bracket: { lower: down(most), upper: up(most) }, method: "largest scale of a channel" };
}

/** Steepest where all inputs are equal: diag(gamma) (I - 1 1^T / n) / sqrt(epsilon) [the projection has norm 1]. */
export function standardiseBound(map: Of<"standardise">, { arena }: Workspace, owner: Owner): Found {
  const { channels: n, gamma, epsilon } = map;
  if (!(epsilon > 0)) refuse(owner, "epsilon 0, with which it is not");
  const most = gamma ? arena.f32(gamma.at, gamma.size).reduce((a, b) => Math.max(a, Math.abs(b)), 0) : 1;
  const upper = up(most / Math.sqrt(epsilon));
  return {
    bracket: { lower: down(upper * Math.sqrt(1 - 1 / n)) * (1 - 2 ** -48), upper },
    method: "steepest at equal inputs",
  };
}

/**
 * y_i = x_i (b + alpha S_i)^-beta with S_i the sum of squares of the 2 r + 1 channels around i. The Jacobian is D - R:
 * D diagonal, at most b^-beta; R_ij = 2 alpha beta x_i x_j s_i^(-beta - 1) where j is around i, s_i = b + alpha S_i.
 *
 * |R v|^2 <= sum_i c_i^2 |v around i|^2 <= max_j (sum of c_i^2 over the i around j) |v|^2, c_i^2 = 4 beta^2 alpha x_i^2 t_i s_i^(-2 beta - 2),
 * t_i = alpha S_i. Of the i around j, those on one side of it (j included) are all around each other, so that t_i >= T, their
 * alpha x^2 summed. With g(t) = t (b + t)^(-2 beta - 2) their share is at most 4 beta^2 T max_{t >= T} g(t), which is largest where
 * T = b / beta: (2 b^-beta (beta / (beta + 1))^(beta + 1))^2. Two sides give |R| <= sqrt(2) times the root of that (one, if r = 0).
 * From below: at x = 0 the layer is b^-beta times the identity.
 */
export function localResponseBound({ radius, bias, alpha, beta }: Of<"local response">): Found {
  const size = `${2 * radius + 1} channels`;
  const diagonal = power(bias, -beta);
  if (alpha === 0 || beta === 0) return { bracket: diagonal, method: "exact", size };
  const sides = radius === 0 ? 1 : Math.SQRT2;
  const rest = 2 * power(beta / (beta + 1), beta + 1).upper;
  return {
    bracket: { lower: diagonal.lower, upper: up(diagonal.upper * up(1 + up(sides * rest))) },
    method: "bound of its Jacobian",
    size,
  };
}

/**
 * y = g / max(c, s), g = h - P K h, s_p^2 = sum_j W_pj g_j^2: P is the mean over the C maps, K the window's convolution with sum u^2 of its
 * weights, W_pj = w / C. |P K| <= u^2, so |h - P K h| <= (1 + u^2) |h|. Where s_p > c the Jacobian from g has besides 1 / s_p
 * the part A_ij = g_i W_pj g_j / s_p^3, p the position of i. By Cauchy's inequality (A v)_i^2 <= g_i^2 (W v^2)_p / s_p^4; of one position
 * sum g_i^2 <= C s_p^2 / w^2, w the middle weight of a side; and sum_p (W v^2)_p <= u^2 |v|^2 / C. Together |A| <= u / (w c).
 * From below: at h = 0 the layer is (I - P K) / c, which leaves a change alone that cancels in the mean over maps; of one map
 * it leaves at least 1 - w^2 of a change of one pixel.
 */
export function localContrastBound({ size, channels, weights, threshold }: Of<"local contrast">): Found {
  const c = Math.fround(threshold);
  const middle = weights[(size - 1) / 2] as number;
  const total = up(weights.reduce((sum, weight) => up(sum + weight), 0));
  const kept = channels > 1 ? 1 : 1 - middle * middle;
  const upper = up(up(up(1 + up(total * total)) * up(1 + up(total / middle))) / c);
  return {
    bracket: { lower: down(down(kept) / c), upper },
    method: "bound of its Jacobian",
    size: `${size} x ${size} window`,
  };
}
