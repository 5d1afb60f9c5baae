/** How MNIST's test set is cut for pages. */

/** Images in a chunk. */
export const CHUNK = 100;
/** Images in all. */
export const MNIST_COUNT = 10_000;
