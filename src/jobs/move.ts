/** Typed arrays on their way to another thread: whole buffers are handed over, parts of larger ones copied out first. */
import type { Transferable } from "node:worker_threads";

/**
 * `value` (JSON's values and typed arrays) as it can be posted, its buffers added to `transfers`. Arrays in shared memory
 * stay as they are. Others are copied, unless they fill a buffer that the sender `mayLose`.
 */
export function moved(value: unknown, transfers: Transferable[], mayLose: boolean): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => moved(item, transfers, mayLose));
  if (ArrayBuffer.isView(value)) {
    const array = value as Float32Array;
    if (array.buffer instanceof SharedArrayBuffer) return array;
    const isWhole = array.byteLength === array.buffer.byteLength;
    const sent = mayLose && isWhole ? array : array.slice();
    if (!transfers.includes(sent.buffer as ArrayBuffer)) transfers.push(sent.buffer as ArrayBuffer);
    return sent;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, moved(item, transfers, mayLose)]));
}
