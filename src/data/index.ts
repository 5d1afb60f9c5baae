/**
 * The public names of `blindspot/data`: IDX, NPY, PNG and safetensors, bytes to rows and back.
 *
 * @module blindspot/data
 */
export { type Dataset, type ImageShape, imageSize, slice, UNLABELLED } from "./dataset.ts";
export { type Idx, type IdxNames, idxDataset, parseIdx } from "./idx.ts";
export type { DType, NumberArray } from "./little-endian.ts";
export { mnist } from "./mnist.ts";
export { type Npy, readNpy, writeNpy } from "./npy.ts";
export { type DecodedImage, decodePng, encodePng } from "./png.ts";
export { differenceRaster, imageRaster, type Raster } from "./raster.ts";
export { readSafetensors, Safetensors, type Tensor } from "./safetensors.ts";
