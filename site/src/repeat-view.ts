/** How to repeat what the page did: the link, the command, the digest that both have, and the record itself. */
import { el } from "./dom.ts";
import type { Repeat } from "./worker/protocol.ts";

/** A button that saves bytes as a file of the user's. */
export function saveButton(label: string, name: string, type: string, bytes: () => BlobPart): HTMLButtonElement {
  const button = el("button", { type: "button" }, label);
  button.addEventListener("click", () => {
    const address = URL.createObjectURL(new Blob([bytes()], { type }));
    el("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  });
  return button;
}

function copyButton(label: string, text: () => string): HTMLButtonElement {
  const button = el("button", { type: "button" }, label);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed to copy";
    }
    setTimeout(() => {
      button.textContent = label;
    }, 2000);
  });
  return button;
}

/** A command whose lines break between its flags and nowhere else. */
function flags(command: string): (HTMLElement | string)[] {
  return command.split(/ (?=--)/).flatMap((flag, i) => [...(i > 0 ? [" "] : []), el("span", { class: "flag" }, flag)]);
}

/** The section below a result. `before` says what the command needs first; `more` are further buttons. */
export function repeatView(
  { command, digest, results }: Repeat,
  { title = "Repeat it", before, more = [] }: { title?: string; before?: string; more?: readonly HTMLElement[] } = {},
): HTMLElement {
  return el(
    "div",
    { class: "repeat" },
    el("h2", {}, title),
    before === undefined ? undefined : el("p", { class: "quiet" }, before),
    el("pre", { tabindex: 0, "aria-label": "Command" }, el("code", {}, ...flags(command))),
    el(
      "p",
      { class: "digest" },
      el("span", {}, "Digest, the same in the browser and on the command line"),
      el("code", {}, digest),
    ),
    el(
      "div",
      { class: "tools" },
      copyButton("Copy the link", () => location.href),
      copyButton("Copy the command", () => command),
      saveButton("Save results.json", "results.json", "application/json", () => results),
      ...more,
    ),
  );
}
