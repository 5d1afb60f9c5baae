/** Draws a one, has a worker search for its nearest blind spot, and shows what was found. */
const SIDE = 28;

/** A bar, as f32[784] in [0, 1]. */
const row = new Float32Array(SIDE * SIDE);
for (let y = 5; y < 23; y++) for (let x = 13; x < 16; x++) row[y * SIDE + x] = 1;

function draw(id, pixels) {
  const context = document.getElementById(id).getContext("2d");
  const image = context.createImageData(SIDE, SIDE);
  for (const [i, value] of pixels.entries()) image.data.set([255 * value, 255 * value, 255 * value, 255], 4 * i);
  context.putImageData(image, 0, 0);
}

draw("before", row);
const worker = new Worker("worker.js", { type: "module" });
worker.onerror = (event) => {
  document.getElementById("answer").textContent = `failed: ${event.message}`;
};
worker.onmessage = ({ data }) => {
  if (data.rows) draw("after", data.rows);
  document.getElementById("answer").textContent = data.text;
};
worker.postMessage(row);
