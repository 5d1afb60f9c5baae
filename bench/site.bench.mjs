/**
 * How long a visitor of the site waits: from the click to the first changed image that is shown, and to the answer. In Chromium,
 * each time in a fresh profile whose form was touched before.
 *
 *     npm run build:wasm && npx vite build --config site/vite.config.ts && node bench/site.bench.mjs [runs]
 */
import process from "node:process";
import { chromium } from "playwright-core";
import { preview } from "vite";
import { CHROMIUM, INSTALLS } from "../scripts/browsers.mjs";

const runs = Number(process.argv[2] ?? 5);
if (!CHROMIUM) {
  console.error(`site: expected Chromium, got none (${INSTALLS.chromium})`);
  process.exit(1);
}
const server = await preview({ configFile: "site/vite.config.ts", preview: { port: 0, host: "127.0.0.1" } });
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
const { port } = /** @type {import("node:net").AddressInfo} */ (server.httpServer.address());
const waits = { first: [], answer: [] };
for (let run = 0; run < runs; run++) {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${port}/`, { waitUntil: "networkidle" });
  await page.getByLabel("A 3, position 18").check({ force: true });
  await page.locator(".bars .answer").waitFor(); // the model is loaded: it has read the digit
  const { first, answer } = await page.evaluate(async () => {
    const until = async (isTrue) => {
      while (!isTrue()) await new Promise((resolve) => requestAnimationFrame(resolve));
      return performance.now();
    };
    const clicked = performance.now();
    /** @type {HTMLElement} */ (document.querySelector("#search")).click();
    const first = await until(() => document.querySelector(".chart .met") !== null);
    const answer = await until(() => document.querySelector(".search.found") !== null);
    return { first: first - clicked, answer: answer - clicked };
  });
  waits.first.push(first);
  waits.answer.push(answer);
  await page.close();
}
await browser.close();
for (const [name, all] of Object.entries(waits)) {
  const sorted = all.sort((a, b) => a - b).map(Math.round);
  console.log(`${name}: median ${sorted[Math.floor(runs / 2)]} ms, ${sorted[0]} to ${sorted.at(-1)}`);
}
process.exit(0); // the server waits for connections that browsers keep
