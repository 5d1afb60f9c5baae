/** Where pages compute: networks live here, and searches run here. It fetches nothing. */
import { initialize } from "../../../src/slim.ts";
import { attack } from "./attack.ts";
import { load, networkOf } from "./networks.ts";
import type { CallName, Calls, Reply, Request } from "./protocol.ts";
import { certify, units } from "./studies.ts";

type Handlers = {
  [Name in CallName]: (
    ask: Calls[Name]["ask"],
    tell: (told: Calls[Name]["tell"]) => void,
    signal: AbortSignal,
  ) => Promise<Calls[Name]["answer"]>;
};

const HANDLERS: Handlers = {
  start: async ({ kernels }) => {
    await initialize(kernels);
    return undefined;
  },
  load,
  answers: async ({ key, rows }) => networkOf(key).probabilities(rows),
  attack,
  certify,
  units,
};

const page = self as unknown as {
  postMessage(message: Reply): void;
  addEventListener(type: "message", listener: (event: MessageEvent<Request>) => void): void;
};
const running = new Map<number, AbortController>();

async function serve(id: number, name: CallName, ask: unknown): Promise<void> {
  const stop = new AbortController();
  running.set(id, stop);
  try {
    const handle = HANDLERS[name] as (
      ask: unknown,
      tell: (told: unknown) => void,
      signal: AbortSignal,
    ) => Promise<unknown>;
    page.postMessage({ id, answer: await handle(ask, (tell) => page.postMessage({ id, tell }), stop.signal) });
  } catch (error) {
    const { name = "Error", message = String(error) } = (error ?? {}) as Partial<Error>;
    page.postMessage({ id, error: { name, message } });
  } finally {
    running.delete(id);
  }
}

page.addEventListener("message", ({ data }) => {
  if ("abort" in data) running.get(data.id)?.abort(new DOMException("stopped", "AbortError"));
  else void serve(data.id, data.name, data.ask);
});
