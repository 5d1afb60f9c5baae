/**
 * What the runs of the experiment on adversarial training say seed by seed, from the runs.csv that it writes:
 *
 *     npm run build && node scripts/training-differences.mjs training/runs.csv
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { differencesBySeed } from "../dist/studies/training/findings.js";

const [file = "training/runs.csv"] = process.argv.slice(2);
const [head, ...lines] = readFileSync(file, "utf8").trim().split("\n");
const columns = head.split(",");
const runs = lines.map((line) => {
  const cells = line.split(",");
  const of = (name) => cells[columns.indexOf(name)];
  return { arm: of("arm"), seed: Number(of("seed")), testError: Number(of("testError")), steps: Number(of("steps")) };
});
const points = (share) => (100 * share).toFixed(2);

for (const arm of new Set(runs.map((run) => run.arm))) {
  const steps = runs.filter((run) => run.arm === arm).map((run) => run.steps);
  console.log(`${arm.padEnd(15)} updates ${Math.min(...steps)} to ${Math.max(...steps)}`);
}
for (const { first, second, difference, deviation } of differencesBySeed(runs)) {
  const { count, mean, low, high } = difference;
  const interval = low === null ? "" : `, 95 % ${points(low)} to ${points(high)}`;
  const spread = deviation === null ? "" : ` ± ${points(deviation)}`;
  console.log(`${second} less ${first}: ${points(mean)}${spread} points, ${count} seeds${interval}`);
}
