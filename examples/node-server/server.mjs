/** Answers a posted PNG with the nearest image that the model reads as the next digit, attacked on a pool of worker threads. */
import { createServer } from "node:http";
import process from "node:process";
import { predictedClasses, summarize, targetLabels } from "blindspot";
import { decodePng, encodePng, imageRaster, imageSize } from "blindspot/data";
import { attackOnWorkers, loadNetwork, openPool } from "blindspot/node";

const network = await loadNetwork(process.env.MODEL ?? "fc100-100-10");
const pool = await openPool({ workers: Number(process.env.WORKERS ?? 2) });

async function answer(bytes, signal) {
  const { rows, shape } = decodePng("the posted image", bytes);
  if (imageSize(shape) !== network.inputSize) throw new RangeError(`expected 28 x 28 x 1, got ${shape.join(" x ")}`);
  const truth = predictedClasses(network.scores(rows), network.classes);
  const labels = targetLabels("next", truth, { classes: network.classes });
  const found = await attackOnWorkers(pool, network, { rows, labels, signal });
  return { truth: truth[0], found, png: encodePng(imageRaster(found.rows, shape)) };
}

const server = createServer(async (request, response) => {
  const gone = new AbortController();
  response.on("close", () => gone.abort(new Error("the client has gone")));
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    const { truth, found, png } = await answer(new Uint8Array(Buffer.concat(chunks)), gone.signal);
    response.setHeader("content-type", "application/json");
    const { meanDistortion } = summarize(found);
    response.end(
      JSON.stringify({
        answer: truth,
        target: found.targets[0],
        distortion: meanDistortion,
        png: Buffer.from(png).toString("base64"),
      }),
    );
  } catch (error) {
    response.statusCode = 400;
    response.end(JSON.stringify({ error: error.message }));
  }
});
server.listen(Number(process.env.PORT ?? 8080), () => console.log(`listening on ${server.address().port}`));

process.once("SIGTERM", async () => {
  server.close();
  await pool.close();
});
