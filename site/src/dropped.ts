/** What a user drops or picks: the files of a model, and PNG pictures, out of files and folders. */
import { outOfRange } from "../../src/check.ts";
import { decodePng } from "../../src/data/png.ts";
import type { Images } from "./worker/protocol.ts";

/** Pictures at most: each takes a search and a certificate. */
const MOST_PICTURES = 100;
/** What the command calls the folder of the pictures. */
const PICTURES = "images:pictures";

export interface Dropped {
  model: readonly File[];
  pictures: readonly File[];
}

/** Files of a folder have their path within it, as those of a folder picker have. */
function withPath(file: File, path: string): File {
  if (file.webkitRelativePath === "") Object.defineProperty(file, "webkitRelativePath", { value: path });
  return file;
}

async function filesOf(entry: FileSystemEntry): Promise<File[]> {
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [path.includes("/") ? withPath(file, path) : file];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const files: File[] = [];
  // A reader hands out a folder in parts, the last of them empty.
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0) return files;
    for (const one of part) files.push(...(await filesOf(one)));
  }
}

/** All files of a drop, those of its folders too. */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return Array.from(transfer.files);
  return (await Promise.all(entries.map(filesOf))).flat();
}

/** Divides files into those of a model and pictures; what is neither, such as notes beside the model, is left. */
export function divided(files: readonly File[]): Dropped {
  const pictures = files.filter(({ name }) => /\.png$/i.test(name));
  const model = files.filter(({ name }) => /\.(json|bin|onnx)$/i.test(name) || /^group\d+-shard/.test(name));
  return { model, pictures: pictures.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** What the command would call a model: its folder, or its file. */
export function modelNameOf(files: readonly File[]): string {
  const onnx = files.find(({ name }) => /\.onnx$/i.test(name));
  if (onnx) return onnx.name;
  const main = files.find(({ name }) => name === "model.json") ?? files[0];
  return main?.webkitRelativePath.split("/").at(-2) ?? "model";
}

/** Pictures as the images of a question: all of one size, in the order of their names. */
export async function picturesOf(files: readonly File[]): Promise<Images> {
  if (files.length > MOST_PICTURES) outOfRange("pictures", `at most ${MOST_PICTURES}`, `${files.length}`);
  const decoded = await Promise.all(
    files.map(async (file) => ({ name: file.name, ...decodePng(file.name, new Uint8Array(await file.arrayBuffer())) })),
  );
  const [first] = decoded;
  if (!first) return outOfRange("pictures", "at least one PNG image", "none");
  const rows = new Float32Array(decoded.length * first.rows.length);
  decoded.forEach(({ name, rows: row, shape }, i) => {
    if (shape.join() !== first.shape.join()) {
      outOfRange(name, `${first.shape.join(" x ")}, the size of ${first.name}`, shape.join(" x "));
    }
    rows.set(row, i * row.length);
  });
  return { rows, labels: undefined, shape: first.shape, name: PICTURES, first: 0 };
}
