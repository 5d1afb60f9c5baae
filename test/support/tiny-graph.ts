/** Small GraphModels written by hand: nodes, constants, and the files that tfjs and we read. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

type Attributes = Record<string, unknown>;

const BASE64 = (text: string): string => btoa(text);
export const text = (value: string) => ({ s: BASE64(value) });
export const texts = (...values: string[]) => ({ list: { s: values.map(BASE64) } });
export const wholes = (...values: number[]) => ({ list: { i: values.map(String) } });
export const whole = (value: number) => ({ i: String(value) });
export const real = (value: number) => ({ f: value });
export const truth = (value: boolean) => ({ b: value });
export const type = (value: string) => ({ type: value });
const shape = (extents: readonly number[]) => ({ shape: { dim: extents.map((size) => ({ size: String(size) })) } });

export interface TinyNode {
  name: string;
  op: string;
  input: string[];
  attr: Attributes;
}

export class TinyGraph {
  readonly nodes: TinyNode[] = [];
  private readonly specs: { name: string; shape: number[]; dtype: "float32" | "int32" | "bool" }[] = [];
  private readonly parts: Uint8Array[] = [];

  input(name: string, extents: readonly number[], dtype = "DT_FLOAT"): this {
    return this.node("Placeholder", name, [], { shape: shape(extents), dtype: type(dtype) });
  }

  constant(name: string, extents: number[], values: ArrayLike<number>): this {
    return this.weight(name, extents, "float32", new Uint8Array(Float32Array.from(values).buffer));
  }

  whole(name: string, extents: number[], values: ArrayLike<number>): this {
    return this.weight(name, extents, "int32", new Uint8Array(Int32Array.from(values).buffer));
  }

  node(op: string, name: string, input: string[] = [], attr: Attributes = {}): this {
    this.nodes.push({ name, op, input, attr: { T: type("DT_FLOAT"), ...attr } });
    return this;
  }

  json(): { format: string; modelTopology: { node: TinyNode[]; versions: object }; weightsManifest: object[] } {
    const weights = this.specs;
    return {
      format: "graph-model",
      modelTopology: { node: this.nodes, versions: { producer: 1 } },
      weightsManifest: [{ paths: ["weights.bin"], weights }],
    };
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(Buffer.concat(this.parts));
  }

  write(folder: string): string {
    writeFileSync(join(folder, "model.json"), JSON.stringify(this.json()));
    writeFileSync(join(folder, "weights.bin"), this.bytes());
    return folder;
  }

  private weight(name: string, extents: number[], dtype: "float32" | "int32", bytes: Uint8Array): this {
    this.specs.push({ name, shape: extents, dtype });
    this.parts.push(bytes);
    return this.node("Const", name, [], { dtype: type(dtype === "float32" ? "DT_FLOAT" : "DT_INT32") });
  }
}
