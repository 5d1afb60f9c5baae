/** The bytes that a base64 string stands for, on every platform. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  // Not `Uint8Array.from`: at the start, before the engine has compiled anything, it takes eight times as long.
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
