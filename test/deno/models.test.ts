/** The shipped models under Deno: each folder is whole, and has the weights whose digest its note states. */
import { assert, assertEquals } from "@std/assert";
import { exists, walk } from "@std/fs";
import { basename, dirname, fromFileUrl, join } from "@std/path";
import { loadNetwork, shippedModels } from "blindspot/node";
import { digestParameters } from "../../src/data/digest.ts";

const MODELS = fromFileUrl(new URL("../../models", import.meta.url));

Deno.test("every shipped model has its weights, by the digest in its note, and a README", async () => {
  const folders: string[] = [];
  for await (const { path } of walk(MODELS, { maxDepth: 2, includeDirs: false, match: [/model\.json$/] })) {
    const folder = dirname(path);
    folders.push(basename(folder));
    assert(await exists(join(folder, "README.md")), `${folder}: expected a README.md, got none`);
    const { digest } = JSON.parse(await Deno.readTextFile(join(folder, "training.json")));
    const network = await loadNetwork(folder);
    assertEquals(await digestParameters(network.getParameters()), digest);
  }
  assertEquals(folders.sort(), [...(await shippedModels())].sort());
  assert(folders.length >= 11);
});
