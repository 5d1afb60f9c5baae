/**
 * Keeps the site for use without a network. The first visit keeps the pages, their code and the kernels; models and further digits
 * follow when a page asks for them, or at once by the message "keep". Only what the site itself serves is ever fetched or kept.
 */
interface WorkerEvent extends Event {
  waitUntil(promise: Promise<unknown>): void;
}
interface FetchEvent extends WorkerEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface KeepEvent extends WorkerEvent {
  readonly data: unknown;
  readonly source: { postMessage(message: unknown): void } | null;
}

/** Written in by the build: the version, what is kept at once, and what is kept later. */
declare const VERSION: string;
declare const FIRST: readonly string[];
declare const LATER: readonly string[];

const CACHE = `blindspot-${VERSION}`;
const worker = self as unknown as {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  addEventListener(type: "install" | "activate", listener: (event: WorkerEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;
  addEventListener(type: "message", listener: (event: KeepEvent) => void): void;
};

const address = (file: string): string => new URL(file, worker.registration.scope).href;

worker.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FIRST.map(address))));
});

worker.addEventListener("activate", (event) => {
  const tidy = async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("blindspot-") && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await worker.clients.claim();
  };
  event.waitUntil(tidy());
});

/** What is kept of an address; a folder is its index.html. */
function kept(url: URL): Promise<Response | undefined> {
  const file = url.pathname.endsWith("/") ? new URL("index.html", url) : url;
  return caches.match(`${file.origin}${file.pathname}`);
}

async function answer(request: Request, url: URL): Promise<Response> {
  const known = await kept(url);
  if (known) return known;
  const fresh = await fetch(request);
  if (fresh.ok) await (await caches.open(CACHE)).put(`${url.origin}${url.pathname}`, fresh.clone());
  return fresh;
}

/** The documentation is built apart: the newest there is, and what is kept of it where there is no network. */
async function newest(request: Request, url: URL): Promise<Response> {
  try {
    const fresh = await fetch(request);
    if (fresh.ok) await (await caches.open(CACHE)).put(`${url.origin}${url.pathname}`, fresh.clone());
    return fresh;
  } catch (error) {
    const known = await caches.match(`${url.origin}${url.pathname}`);
    if (known) return known;
    throw error;
  }
}

worker.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || !url.href.startsWith(worker.registration.scope)) return;
  const isDocumentation = url.href.startsWith(address("docs/"));
  event.respondWith((isDocumentation ? newest : answer)(event.request, url));
});

worker.addEventListener("message", (event) => {
  if (event.data !== "keep") return;
  const keep = async () => {
    const cache = await caches.open(CACHE);
    for (const file of LATER) if (!(await cache.match(address(file)))) await cache.add(address(file));
    event.source?.postMessage("kept");
  };
  event.waitUntil(keep());
});
