/** Writes safetensors files for the tests of their reader. */

export interface Written {
  dtype: string;
  shape: readonly number[];
  bytes: Uint8Array;
}

export function f32(shape: readonly number[], values: Float32Array): Written {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((v, i) => {
    view.setFloat32(4 * i, v, true);
  });
  return { dtype: "F32", shape, bytes };
}

export function u16(dtype: string, shape: readonly number[], bits: readonly number[]): Written {
  return { dtype, shape, bytes: Uint8Array.from(bits.flatMap((b) => [b & 255, b >> 8])) };
}

/** A header of any text, then data. */
export function fileOf(header: string, data: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

/** A file of tensors in order; `padding` spaces behind the header move the data. */
export function writeSafetensors(
  tensors: Readonly<Record<string, Written>>,
  metadata?: Record<string, string>,
  padding = 0,
): Uint8Array {
  const header: Record<string, unknown> = metadata ? { __metadata__: metadata } : {};
  const length = Object.values(tensors).reduce((sum, { bytes }) => sum + bytes.length, 0);
  const data = new Uint8Array(length);
  let at = 0;
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [at, at + bytes.length] };
    data.set(bytes, at);
    at += bytes.length;
  }
  return fileOf(JSON.stringify(header) + " ".repeat(padding), data);
}
