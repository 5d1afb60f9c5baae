/**
 * What a record says of one image, for studies in which an image's numbers do not depend on the images beside it: a run of a few
 * images must say the same of them.
 */
import type { NamedArray, NamedArrays } from "../../data/digest.ts";
import { benchArrayName } from "../bench-attacks/record.ts";
import { transferArrayName } from "../transfer/record.ts";

/** Consecutive images that a study is asked about again. */
export interface AskedRows {
  /** Position of the first one in the set that the record's images were taken from: the study's option `first`. */
  first: number;
  /** The same among the record's images. */
  position: number;
  /** How many there are. */
  count: number;
  /** Of a bench of attacks: the one model and norm that are asked about, and the epsilon that the record has for them. */
  bench?: BenchQuestion;
}

export interface BenchQuestion {
  model: string;
  norm: string;
  epsilon: number;
}

/** A record and its arrays; undefined where they are not at hand. */
export interface Stored {
  record: object;
  arrays: NamedArrays | undefined;
}

/** What runs of a few images are asked, and what two records that answer say. */
export interface RowQuestion {
  bench?: BenchQuestion;
  /** Of each of these lists of positions a run needs one, since a study refuses images of which nothing comes. */
  needs: readonly (readonly number[])[];
  /** What a record says of the image at `index` of its set; undefined where it leaves it out. */
  said(stored: Stored, index: number): unknown;
}

/** How a record is verified image by image. */
export interface RowReader {
  /** Whether what a record says of an image stands in its arrays alone. */
  isInArrays: boolean;
  questions(stored: Stored): RowQuestion[];
  /** What a record says of all its images alike. */
  common(stored: Stored): unknown;
  /** Options that are about all images together: runs of a few are not asked them. */
  ofAll?: readonly string[];
  /** What a sample does not reach, in words. */
  left?: string;
}

/** The parts of records that are read here. */
interface Read {
  kind: string;
  options: Readonly<Record<string, unknown>>;
  models?: readonly { name: string }[];
  examples?: readonly { index: number }[];
  images?: readonly { index: number }[];
  layers?: readonly object[];
  rows?: readonly { kind: string; name: string }[];
  cells?: readonly BenchQuestion[];
}

const read = ({ record }: Stored) => record as Read;

const without = (object: object, ...names: string[]) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
const only = (object: object, ...names: string[]) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => names.includes(name)));

/** Row `at` of an array whose first axis is that of the images. */
function rowOf({ data, shape = [data.length] }: NamedArray, at: number): NamedArray["data"] {
  const size = shape.slice(1).reduce((product, n) => product * n, 1);
  return data.subarray(at * size, (at + 1) * size);
}

/** Column `at` of a matrix. */
function columnOf({ data, shape = [] }: NamedArray, at: number): NamedArray["data"] {
  const [rows = 0, columns = 0] = shape;
  return Float64Array.from({ length: rows }, (_, row) => data[row * columns + at] as number);
}

/** Of the arrays whose names `pick` gives another name, under that one, the part that `of` gives. */
function parts(
  arrays: NamedArrays | undefined,
  pick: (name: string) => string | undefined,
  of: (array: NamedArray, name: string) => NamedArray["data"],
): Record<string, NamedArray["data"]> {
  const found: Record<string, NamedArray["data"]> = {};
  for (const [name, array] of Object.entries(arrays ?? {})) {
    const picked = pick(name);
    if (picked !== undefined) found[picked] = of(array, name);
  }
  return found;
}

/** The head of a record, without the options that say which images were asked about, and those about all of them. */
const head = (stored: Stored, others: readonly string[] = [], ofAll: readonly string[] = []) => ({
  ...only(stored.record, "kind", "model", "models", ...others),
  options: without(read(stored).options, "first", "count", ...ofAll),
});

/** A record with a list of images, each with its `index`; in the arrays stands a row for each of them, or a column. */
function listed(
  list: "examples" | "images",
  common: readonly string[],
  {
    columns = [],
    others = [],
    ofAll = [],
    left,
  }: { columns?: readonly string[]; others?: readonly string[] } & Pick<RowReader, "ofAll" | "left"> = {},
): RowReader {
  const said: RowQuestion["said"] = (stored, index) => {
    const images = read(stored)[list] ?? [];
    const at = images.findIndex((image) => image.index === index);
    if (at < 0) return undefined;
    return {
      // Pixels stand in the arrays.
      [list]: Object.fromEntries(
        Object.entries(images[at] as object).filter(([, value]) => !ArrayBuffer.isView(value)),
      ),
      arrays: parts(
        stored.arrays,
        (name) => (others.includes(name) ? undefined : name),
        (array, name) => (columns.includes(name) ? columnOf(array, at) : rowOf(array, at)),
      ),
    };
  };
  return {
    isInArrays: false,
    ofAll,
    ...(left !== undefined && { left }),
    questions: () => [{ needs: [], said }],
    common: (stored) => ({
      ...head(stored, common, ofAll),
      layers: read(stored).layers?.map((layer) => without(layer, "seen")),
      arrays: parts(
        stored.arrays,
        (name) => (others.includes(name) ? name : undefined),
        ({ data }) => data,
      ),
    }),
  };
}

/** The sets of images but those that are amplified; an image's place in them is that in the data. */
const transfer: RowReader = {
  isInArrays: true,
  questions: (stored) => {
    const found = setsOf(stored, ["adversarial"]).map((set) => stored.arrays?.[`${set}/success`]?.data ?? []);
    return [
      {
        needs: found.map((success) => Array.from(success.keys()).filter((at) => success[at] === 1)),
        said: (of, index) => {
          const sets = ["original", "label", ...setsOf(of, ["adversarial", "noise"])];
          const at = index - Number(read(of).options.first);
          return parts(
            of.arrays,
            (name) => (sets.includes(name.replace(/\/[^/]*$/, "")) ? name : undefined),
            (array, name) => (name.endsWith("/answers") ? columnOf(array, at) : rowOf(array, at)),
          );
        },
      },
    ];
  },
  common: (stored) => ({ ...head(stored), sets: read(stored).rows?.map(({ kind, name }) => ({ kind, name })) }),
  left: "changes that were amplified, by one factor for all images",
};

/** The names under which the arrays of sets of these kinds stand. */
function setsOf(stored: Stored, kinds: readonly string[]): string[] {
  return (read(stored).rows ?? []).flatMap(({ kind, name }, set) =>
    kinds.includes(kind) ? [transferArrayName(set, name)] : [],
  );
}

/** A question for each model and norm. Images that the model misread stand nowhere. */
const benchAttacks: RowReader = {
  isInArrays: true,
  questions: (stored) =>
    (read(stored).cells ?? []).map(({ model, norm, epsilon }, cell) => {
      const first = Number(read(stored).options.first);
      const index = stored.arrays?.[`${benchArrayName(cell, norm)}/index`]?.data ?? [];
      return {
        bench: { model, norm, epsilon },
        needs: [Array.from(index, (one) => one - first)],
        said: (of, at) => {
          const cells = read(of).cells ?? [];
          const place = `${benchArrayName(
            cells.findIndex((one) => one.model === model && one.norm === norm),
            norm,
          )}/`;
          const row = of.arrays?.[`${place}index`]?.data.indexOf(at) ?? -1;
          return {
            model: read(of).models?.find(({ name }) => name === model),
            arrays:
              row >= 0 &&
              parts(
                of.arrays,
                (name) => (name.startsWith(place) ? name.slice(place.length) : undefined),
                (array) => rowOf(array, row),
              ),
          };
        },
      };
    }),
  common: (stored) => ({
    ...only(stored.record, "kind", "budgets"),
    options: without(read(stored).options, "first", "count", "norms", "epsilon"),
  }),
  left: "what is compared between attacks, over all images",
};

/** By kind of record. Of other studies an image's numbers depend on all images, or there are none. */
export const ROW_READERS: Readonly<Record<string, RowReader>> = {
  attack: listed("examples", []),
  audit: listed("images", [], {
    ofAll: ["failUnder", "proved", "baseline", "allow"],
    left: "checks and comparisons, over all images",
  }),
  "bench-attacks": benchAttacks,
  certify: listed("images", ["norm", "effort", "budget", "epsilon"]),
  robust: listed("images", ["norm", "epsilon"]),
  stability: listed("images", ["bound"], {
    columns: ["stretch", "stretch_from_input"],
    others: ["bound", "lower", "plane_upper", "plane_lower", "running"],
  }),
  transfer,
};
