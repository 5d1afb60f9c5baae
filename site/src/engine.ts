/** The page's side of its worker: calls that tell on their way and answer in the end, and networks that are loaded once. */
import { fetchFile } from "./fetched.ts";
import type { ShippedName } from "./shipped.ts";
import type { CallName, Calls, NetworkSaid, Reply, Request } from "./worker/protocol.ts";

/** An error that a call in the worker ended in, with the library's words. */
export class Refused extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** Whether an error says that the page itself stopped a call. */
export const isStop = (error: unknown): boolean => (error as Error | undefined)?.name === "AbortError";

interface Waiting {
  tell(told: unknown): void;
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** Milliseconds in which a worker that computes in steps hears that a call is not wanted any more. */
const PATIENCE = 1000;

interface CallOptions<Name extends CallName> {
  onTell?: (told: Calls[Name]["tell"]) => void;
  signal?: AbortSignal;
}

export class Engine {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private readonly networks = new Map<string, Promise<NetworkSaid>>();
  private started: Promise<void> | undefined;
  /** What was loaded, by key: a new worker loads it again. */
  private readonly loads = new Map<string, Calls["load"]["ask"]>();
  private calls = 0;

  /** Starts the worker at the first call: a page that is only read loads none of it. */
  private start(): Promise<void> {
    this.started ??= (async () => {
      const worker = new Worker(new URL("./worker/worker.ts", import.meta.url), { type: "module", name: "blindspot" });
      worker.addEventListener("message", ({ data }: MessageEvent<Reply>) => this.receive(data));
      worker.addEventListener("error", (event) => this.fail(event.message || "worker: expected its code, got none"));
      this.worker = worker;
      await this.send("start", { kernels: await fetchFile("kernels.wasm") });
      for (const ask of this.loads.values()) await this.send("load", ask);
    })();
    this.started.catch(() => {
      this.started = undefined; // the next call tries again
    });
    return this.started;
  }

  private receive(reply: Reply): void {
    const waiting = this.waiting.get(reply.id);
    if (!waiting) return;
    if ("tell" in reply) {
      waiting.tell(reply.tell);
      return;
    }
    this.waiting.delete(reply.id);
    if ("answer" in reply) waiting.resolve(reply.answer);
    else waiting.reject(new Refused(reply.error.name, reply.error.message));
  }

  private fail(message: string, name = "Error"): void {
    for (const { reject } of this.waiting.values()) reject(new Refused(name, message));
    this.waiting.clear();
  }

  /** Asks the worker to stop a call. One that hears nothing, since it computes without a pause, is ended, and a new one begun. */
  private stop(id: number): void {
    this.worker?.postMessage({ id, abort: true } satisfies Request);
    setTimeout(() => {
      if (!this.waiting.has(id)) return;
      this.worker?.terminate();
      this.worker = undefined;
      this.started = undefined;
      this.fail("stopped", "AbortError");
    }, PATIENCE);
  }

  private send<Name extends CallName>(
    name: Name,
    ask: Calls[Name]["ask"],
    { onTell, signal }: CallOptions<Name> = {},
  ): Promise<Calls[Name]["answer"]> {
    const id = this.calls++;
    return new Promise((resolve, reject) => {
      const tell = (told: unknown) => onTell?.(told as Calls[Name]["tell"]);
      this.waiting.set(id, { tell, resolve: resolve as (answer: unknown) => void, reject });
      this.worker?.postMessage({ id, name, ask } satisfies Request);
      signal?.addEventListener("abort", () => this.waiting.has(id) && this.stop(id));
    });
  }

  /** Asks the worker, once its kernels are ready. Rejects with `Refused`, in the library's words. */
  async call<Name extends CallName>(
    name: Name,
    ask: Calls[Name]["ask"],
    options: CallOptions<Name> = {},
  ): Promise<Calls[Name]["answer"]> {
    await this.start();
    options.signal?.throwIfAborted();
    let answer: Calls[Name]["answer"];
    try {
      answer = await this.send(name, ask, options);
    } catch (error) {
      // The worker was ended because of another call: this one is asked again.
      if (isStop(error) && !options.signal?.aborted) return this.call(name, ask, options);
      throw error;
    }
    if (name === "load") this.loads.set((ask as Calls["load"]["ask"]).key, ask as Calls["load"]["ask"]);
    return answer;
  }

  /** Loads a shipped model, once. Its key in the worker is its name. */
  shipped(name: ShippedName): Promise<NetworkSaid> {
    const known = this.networks.get(name);
    if (known) return known;
    const folder = `models/${name}`;
    const loading = (async () => {
      const files = ["model.json", "group1-shard1of1.bin"];
      const parts = await Promise.all(files.map((file) => fetchFile(`${folder}/${file}`)));
      return this.call("load", { key: name, files: parts.map((bytes, i) => new File([bytes], files[i] as string)) });
    })();
    this.networks.set(name, loading);
    loading.catch(() => this.networks.delete(name)); // the next call tries again
    return loading;
  }
}
