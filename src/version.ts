/** What made a record. */

/** The version of the package; a test compares it with package.json. */
export const VERSION = "0.1.0";

/**
 * The generation of the bits. It rises when a release changes any number that the library computes from the same inputs:
 * digests of different generations are not comparable.
 */
export const BITS = 4;
