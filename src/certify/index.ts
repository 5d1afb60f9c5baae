/** Certificates: how far every change of a row is harmless, of the very numbers that a network gives. */
export type { CertifyBudget } from "./budget.ts";
export {
  CERTIFY_EFFORTS,
  type CertifyEffort,
  type CertifyOptions,
  type CertifyResult,
  type CertifyVerdict,
  certify,
} from "./certify.ts";
export { certifyProperty, type PropertyOptions, type PropertyResult, propertyText } from "./property.ts";
export type { CertifiedNorm } from "./region.ts";
export { type BothEnds, type BothEndsOptions, robustAccuracy, whyUnproved } from "./robust-accuracy.ts";
