/**
 * What a worker can be asked to do: a function of plain data (JSON's values and typed arrays, a `SharedModel` for a
 * network) whose bits depend on that data alone. It runs on a thread or in process, and does not know where.
 */
import type { Network } from "../../model/index.ts";
import type { SharedModel } from "../shared-model.ts";

export interface TaskContext<Message = never> {
  /** Aborted when nobody wants the result any more. A task that yields to the event loop hears it, and throws its reason. */
  readonly signal: AbortSignal;
  /** The network of a model, built once by each worker. */
  network(model: SharedModel): Network;
  /** Tells whoever runs the task something on its way. Typed arrays that fill their buffer are moved, not copied. */
  post(message: Message): void;
}

export type Task<Input, Output, Message = never> = (
  input: Input,
  context: TaskContext<Message>,
) => Output | Promise<Output>;
