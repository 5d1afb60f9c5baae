/** A pad to draw a digit on: with a finger, a mouse or a pen; with the keyboard, arrow keys move a pen that Space puts down. */
import { el } from "./dom.ts";
import { addStroke, centred, SIDE, type Spot } from "./ink.ts";

const KEYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const MIDDLE = SIDE / 2;

export class DrawingPad {
  readonly element: HTMLElement;
  /** u8[784] */
  pixels = new Uint8Array(SIDE * SIDE);
  private readonly canvas = el("canvas", {
    width: SIDE,
    height: SIDE,
    tabindex: 0,
    role: "application",
    "aria-label": "Drawing pad, 28 by 28 pixels. Arrow keys move the pen, Space puts it down or lifts it.",
    "aria-describedby": "pen",
  });
  private readonly cursor = el("i", { class: "pen", hidden: true });
  private readonly status = el(
    "span",
    { id: "pen", class: "quiet", role: "status" },
    "Draw a digit, large and in the middle.",
  );
  private pen: Spot = { x: MIDDLE, y: MIDDLE };
  private isDown = false;
  private readonly changed: () => void;

  /** @param changed  is called when a stroke has ended */
  constructor(changed: () => void) {
    this.changed = changed;
    const [clear, centre] = [el("button", { type: "button" }, "Clear"), el("button", { type: "button" }, "Centre")];
    clear.addEventListener("click", () => this.set(new Uint8Array(SIDE * SIDE), true));
    centre.addEventListener("click", () => this.set(centred(this.pixels), true));
    this.element = el(
      "div",
      { class: "pad" },
      el("div", { class: "frame" }, this.canvas, this.cursor),
      el("div", { class: "pad-tools" }, this.status, clear, centre),
    );
    this.listen();
    this.draw();
  }

  set(pixels: Uint8Array, tells = false): void {
    this.pixels = pixels.slice();
    this.draw();
    if (tells) this.changed();
  }

  private draw(): void {
    const data = new ImageData(SIDE, SIDE);
    this.pixels.forEach((ink, i) => {
      data.data.set([ink, ink, ink, 255], 4 * i);
    });
    this.canvas.getContext("2d")?.putImageData(data, 0, 0);
  }

  private stroke(to: Spot): void {
    addStroke(this.pixels, this.pen, to);
    this.pen = to;
    this.draw();
  }

  private listen(): void {
    const { canvas } = this;
    const spotOf = (event: PointerEvent): Spot => {
      const { left, top, width, height } = canvas.getBoundingClientRect();
      return { x: (SIDE * (event.clientX - left)) / width, y: (SIDE * (event.clientY - top)) / height };
    };
    let drawing: number | undefined;
    canvas.addEventListener("pointerdown", (event) => {
      if (drawing !== undefined) return;
      drawing = event.pointerId;
      canvas.setPointerCapture(event.pointerId);
      this.cursor.hidden = true;
      this.pen = spotOf(event);
      this.stroke(this.pen);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId === drawing) this.stroke(spotOf(event));
    });
    const lift = (event: PointerEvent) => {
      if (event.pointerId !== drawing) return;
      drawing = undefined;
      this.changed();
    };
    canvas.addEventListener("pointerup", lift);
    canvas.addEventListener("pointercancel", lift);
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("blur", () => {
      this.cursor.hidden = true;
    });
  }

  private key(event: KeyboardEvent): void {
    const move = KEYS[event.key];
    if (!move && event.key !== " ") return;
    event.preventDefault();
    if (event.key === " ") {
      this.isDown = !this.isDown;
      if (this.isDown) this.stroke(this.pen);
    } else if (move) {
      const limit = (value: number) => Math.min(SIDE - 0.5, Math.max(0.5, value));
      const to = { x: limit(this.pen.x + move[0]), y: limit(this.pen.y + move[1]) };
      if (this.isDown) this.stroke(to);
      this.pen = to;
    }
    this.cursor.hidden = false;
    this.cursor.classList.toggle("down", this.isDown);
    this.cursor.style.insetInlineStart = `${(100 * this.pen.x) / SIDE}%`;
    this.cursor.style.insetBlockStart = `${(100 * this.pen.y) / SIDE}%`;
    const where = `column ${Math.ceil(this.pen.x)}, row ${Math.ceil(this.pen.y)}`;
    this.status.textContent = `Pen ${this.isDown ? "down" : "up"}, ${where}.`;
    if (this.isDown) this.changed();
  }
}
