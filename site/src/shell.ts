/** What every page does: keeps the site for use without a network, and says so once it is kept. */

/** Written in by the build: the development server has no service worker. */
declare const IS_BUILT: boolean;

/** Whether the reader asked for little traffic: then models are kept as they are used, not in advance. */
function savesData(): boolean {
  return (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
}

/** Starts the service worker where there can be one. */
export function startShell(root: URL): void {
  const note = document.getElementById("offline");
  if (!IS_BUILT || !("serviceWorker" in navigator)) return;
  const keep = async () => {
    await navigator.serviceWorker.register(new URL("sw.js", root), { scope: root.pathname });
    const { active } = await navigator.serviceWorker.ready;
    if (savesData()) return;
    active?.postMessage("keep");
  };
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    if (data === "kept" && note) note.textContent = "It works without a network now.";
  });
  const start = () => {
    keep().catch((error: Error) => {
      if (note) note.textContent = `Not kept for use without a network: ${error.message}`;
    });
  };
  if (document.readyState === "complete") start();
  else addEventListener("load", start);
}
