/**
 * What an audit takes, in processor time of one core: in all four norms with radii, and as a gate on L2 and L-infinity with proofs at the budget.
 * Beside it, what share of the radius that `certify` reaches the audit's few bounds reach, over the images that are read rightly.
 *
 *     npm run build && node bench/audit.bench.mjs [images, default 100] [model, default fc100-100-10]
 */
import process from "node:process";
import { slice } from "../dist/data/index.js";
import { auditStudy, certify } from "../dist/index.js";
import { loadMnist, loadNetwork } from "../dist/node/index.js";
import { header, report } from "./harness.mjs";

const count = Number(process.argv[2] ?? 100);
const name = process.argv[3] ?? "fc100-100-10";
const network = await loadNetwork(name);
const dataset = slice(await loadMnist("test"), 0, count);
/** @type {string[]} */
const lines = [];
const results = [];

/** @type {(what: string, options: import("../dist/index.js").AuditStudyOptions) => Promise<import("../dist/index.js").AuditRecord>} */
async function timed(what, options) {
  const before = process.cpuUsage();
  const record = await auditStudy({ network, name }, { dataset, name: "mnist:test" }, options);
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  results.push({ what, seconds });
  lines.push(`${what.padEnd(60)} ${seconds.toFixed(2)} s`);
  return record;
}

const gate = { norms: ["l2", "linf"], epsilon: [0.3, 0.02], certify: "epsilon" };
await timed("gate: l2 and linf, proofs at 0.3 and 0.02", /** @type {any} */ (gate));
const all = await timed("all four norms, with radii", { norms: ["l2", "linf", "l1", "l0"] });
for (const norm of /** @type {const} */ (["l2", "linf", "l1"])) {
  const { radius } = await certify(network, { rows: dataset.rows, truth: dataset.labels, norm });
  const shares = [...radius].flatMap((most, i) =>
    most > 0 ? [(all.images[i]?.norms[norm]?.certified ?? 0) / most] : [],
  );
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const least = shares.reduce((a, b) => Math.min(a, b));
  results.push({ norm, mean, least });
  lines.push(
    `${norm.padEnd(5)} radius of the audit over that of certify: mean ${mean.toFixed(4)}, least ${least.toFixed(3)}`,
  );
}
report([header(`audit of ${name}, ${count} images`), ...lines], results);
