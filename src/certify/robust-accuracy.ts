/**
 * Robust accuracy with both of its ends: what an ensemble of attacks changes, and what certificates prove. A network is certified unless
 * the caller says otherwise; other targets, and norms and operations without bounds, have the upper end alone.
 */
import {
  robustAccuracy as attackedAccuracy,
  type NamedTarget,
  type RobustAccuracy,
  type RobustAccuracyOptions,
} from "../attacks/index.ts";
import { codeOf, wrongType } from "../check.ts";
import { Network } from "../model/index.ts";
import { CERTIFIED_NORMS, certify } from "./certify.ts";
import { LinearBounds } from "./linear-bounds.ts";
import type { CertifiedNorm } from "./region.ts";

/** What `robustAccuracy` is asked, and whether it also certifies. */
export interface BothEndsOptions<Target extends NamedTarget = NamedTarget>
  extends Omit<RobustAccuracyOptions<Target>, "certify"> {
  /** What proves rows; default `certify` for a network. With false nothing is proved. */
  certify?: RobustAccuracyOptions<Target>["certify"] | false;
}

/** Robust accuracy from both ends: proved, and not attacked. */
export interface BothEnds extends RobustAccuracy {
  /** Why no row could be proved, where that is so: "norm l0 has no certificates". */
  unproved?: string;
}

/**
 * The robust accuracy of a target on some rows: `upper` is the share that no attack changes within epsilon, `lower` the share that is
 * proved, `undecided` what lies between. Where the rows cannot be certified `lower` is 0, and `unproved` says why.
 *
 *     const { lower, upper } = await robustAccuracy(network, { rows, truth, norm: "linf", epsilon: 8 / 255 });
 *
 * Rejects for rows outside the box, labels out of range, and options that are unknown.
 */
export async function robustAccuracy<Target extends NamedTarget>(
  target: Target,
  options: BothEndsOptions<Target>,
): Promise<BothEnds> {
  if (typeof options !== "object" || options === null) wrongType("robustAccuracy options", "an object", options);
  const { certify: asked, ...rest } = options;
  if (asked === false) return attackedAccuracy<Target>(target, rest);
  if (asked !== undefined) return attackedAccuracy<Target>(target, { ...rest, certify: asked });
  const unproved = whyUnproved(target, options.norm);
  if (unproved !== undefined) return { ...(await attackedAccuracy<Target>(target, rest)), unproved };
  return attackedAccuracy<Target>(target, {
    ...rest,
    certify: (network, { norm, ...question }) =>
      certify(network as unknown as Network, { ...question, norm: norm as CertifiedNorm }),
  });
}

/** Why a target cannot be certified in a norm; undefined where it can be. */
export function whyUnproved(target: NamedTarget, norm: string): string | undefined {
  if (!(target instanceof Network)) return "the target is no Network, whose operations have bounds";
  if (!CERTIFIED_NORMS.some((known) => known === norm)) return `norm ${norm} has no certificates`;
  try {
    new LinearBounds(target);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return (error as Error).message;
  }
  return undefined;
}
