/** The line in which a page says how far it is, what came out, or why there is nothing. */
import { byId } from "./dom.ts";
import { isStop } from "./engine.ts";

export class StatusLine {
  private readonly element = byId("status", HTMLElement);

  say(text: string, isRefusal = false): void {
    this.element.textContent = text;
    this.element.classList.toggle("refusal", isRefusal);
  }

  /** Says why something ended: in the library's words, unless the reader stopped it. */
  fail(error: unknown): void {
    if (isStop(error)) this.say("Stopped.");
    else this.say((error as Error).message, true);
  }
}
