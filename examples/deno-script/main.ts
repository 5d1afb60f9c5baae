/** The smallest change to each of some digits, and how near it is proved that none is. */
import { parseArgs } from "@std/cli/parse-args";
import { certify, minimalAttack } from "blindspot";
import { loadMnist, loadNetwork } from "blindspot/node";

const flags = parseArgs(Deno.args, { string: ["norm", "count"], default: { norm: "linf", count: "3" } });
const norm = flags.norm as "linf" | "l2" | "l1";
const count = Number(flags.count);

const network = await loadNetwork("fc100-100-10");
const mnist = await loadMnist("test");
const rows = mnist.rows.slice(0, count * network.inputSize);
const truth = mnist.labels.slice(0, count);
const found = await minimalAttack(network, { rows, truth, norm });
const proved = await certify(network, { rows, truth, norm });
for (let i = 0; i < count; i++) {
  console.log(
    `${truth[i]} as ${found.labels[i]}: ${norm} between ${proved.radius[i].toFixed(4)} and ${found.distance[i].toFixed(4)}`,
  );
}
