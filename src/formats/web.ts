/** Networks from addresses, by fetch, and from files that a page was given. */
import { failed, outOfRange, requireOptions, wrongType } from "../check.ts";
import { NETWORK_OPTIONS, type Network, type NetworkOptions } from "../model/index.ts";
import type { ModelFile } from "./graph.ts";
import { networkOf } from "./load.ts";

/** What a file of a model may have. */
const LIMIT = 2 ** 32;
const MODEL = "a tfjs model or an ONNX file";

/**
 * Loads a network by fetch, or from files: a LayersModel (its model.json and shards), a GraphModel, an ONNX file. What it is, is
 * known from the content. Rejects for a model that does not run here, naming its layers or operations, and for files
 * that are missing or damaged.
 *
 * @param from the address of the model.json or the .onnx file, absolute or relative to the page; or the files themselves
 */
export async function loadNetwork(
  from: string | URL | readonly File[],
  options: NetworkOptions = {},
): Promise<Network> {
  requireOptions("loadNetwork", options, NETWORK_OPTIONS);
  return networkOf(typeof from === "string" || from instanceof URL ? await fetched(from) : await picked(from), options);
}

/** The answer says where the model lies: that of a relative address is known to the page alone. */
async function fetched(address: string | URL): Promise<ModelFile> {
  const answer = await answerOf(String(address));
  const url = new URL(answer.url || String(address));
  return {
    name: url.href,
    bytes: await bytesIn(answer),
    beside: async (path) => {
      const there = new URL(path, url);
      if (!there.href.startsWith(new URL(".", url).href)) {
        outOfRange(url.href, "shards inside its folder", JSON.stringify(path));
      }
      there.search ||= url.search;
      return bytesIn(await answerOf(there.href));
    },
  };
}

async function answerOf(address: string): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(address);
  } catch (error) {
    return failed(address, MODEL, (error as Error).message, error);
  }
  return answer.ok ? answer : failed(address, MODEL, `${answer.status} ${answer.statusText}`.trim());
}

const bytesIn = async (answer: Response) => new Uint8Array(await answer.arrayBuffer());

const nameOf = (file: File): string => file.webkitRelativePath || file.name;

async function picked(files: readonly File[]): Promise<ModelFile> {
  const list = typeof files === "object" && files !== null && "length" in files ? Array.from(files) : [];
  if (!list.every((file) => file instanceof Blob) || list.length === 0)
    wrongType("model", "an address or files", files);
  const models = list.filter(({ name }) => /\.(json|onnx)$/i.test(name));
  const [main] =
    list.length === 1 ? list : (models.filter(({ name }) => name === "model.json").concat(models) as File[]);
  if (!main) outOfRange("model", "a model.json or an .onnx file among the files", list.map(nameOf).join(", "));
  const folder = nameOf(main).slice(0, -main.name.length);
  return {
    name: nameOf(main),
    bytes: await bytesOf(main),
    beside: async (path) => {
      const found = list.find((file) => nameOf(file) === folder + path) ?? list.find(({ name }) => name === path);
      return bytesOf(found ?? failed(nameOf(main), `the file ${path} beside it`, list.map(nameOf).join(", ")));
    },
  };
}

async function bytesOf(file: File): Promise<Uint8Array<ArrayBuffer>> {
  if (file.size > LIMIT) outOfRange(nameOf(file), `a file of at most ${LIMIT} bytes`, `${file.size}`);
  return new Uint8Array(await file.arrayBuffer());
}
