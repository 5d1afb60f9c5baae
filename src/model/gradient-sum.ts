/**
 * What the terms of one step of training add up to: a gradient for each parameter of a network, f32, next to the layers'
 * own, which hold one chunk of rows at a time.
 */
import { outOfRange } from "../check.ts";
import type { F32Pointer, Region, Workspace } from "../wasm/index.ts";
import type { Parameter } from "./layers/index.ts";

export class GradientSum {
  private readonly workspace: Workspace;
  private readonly places = new Map<Parameter, F32Pointer>();

  /** @param memory where the sum lies, default in the workspace for good */
  constructor(workspace: Workspace, parameters: readonly Parameter[], memory?: Region) {
    this.workspace = workspace;
    const room = memory ?? workspace.arena;
    for (const parameter of parameters) this.places.set(parameter, room.allocateF32(parameter.size));
    this.clear();
  }

  /** f32[parameter.size]. */
  at(parameter: Parameter): F32Pointer {
    const place = this.places.get(parameter);
    if (place === undefined) outOfRange(parameter.name, "a parameter of this sum", "another");
    return place;
  }

  clear(): void {
    for (const [{ size }, at] of this.places) this.workspace.arena.f32(at, size).fill(0);
  }

  /** sum += scale gradient, for the layers' present gradients of the parameters. */
  add(parameters: readonly Parameter[], scale: number): void {
    for (const parameter of parameters) {
      this.workspace.kernels.axpy_f32(parameter.size, scale, parameter.gradient as F32Pointer, this.at(parameter));
    }
  }
}
