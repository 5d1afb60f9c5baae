/**
 * Cards in pages and in several orders, by style alone: radio buttons choose, and a rule for each page hides the cards of the others. Without
 * support for such rules, all cards are there.
 */
import { html, Markup } from "./markup.ts";

/** Cards of a page: four lines of three on a screen, a few screens on a telephone. */
export const PAGE = 12;

/** An order of the cards: its name in class names, its words, and the place of each card. */
export interface Order {
  id: string;
  words: string;
  /** From 0, one a card. */
  places: readonly number[];
}

const pagesOf = (count: number): number => Math.max(1, Math.ceil(count / PAGE));

/** What a card has to carry for the rules: its place in every order, and the page that this is. */
export function cardPlaces(orders: readonly Order[], card: number): Markup {
  const place = (order: Order): number => order.places[card] as number;
  const style = orders.map((order) => `--${order.id}:${place(order)}`).join(";");
  const pages = orders.map((order) => html` data-${order.id}="${Math.floor(place(order) / PAGE)}"`);
  return html` style="${style}"${pages}`;
}

/** The choice of the order, the first being chosen. */
export function orderChoice(orders: readonly Order[]): Markup {
  return html`<fieldset aria-label="Order">${orders.map(
    ({ id, words }, i) =>
      html`<label><input type="radio" name="sort" id="sort-${id}"${i === 0 ? html` checked` : undefined}>${words}</label>`,
  )}</fieldset>`;
}

/** The choice of the page; nothing where one page holds all. */
export function pageChoice(count: number): Markup | undefined {
  const pages = pagesOf(count);
  if (pages === 1) return undefined;
  return html`<fieldset class="pages" aria-label="Page">${Array.from(
    { length: pages },
    (_, i) =>
      html`<label><input type="radio" name="page" id="page-${i}" aria-label="page ${i + 1} of ${pages}"${i === 0 ? html` checked` : undefined}>${i + 1}</label>`,
  )}</fieldset>`;
}

/** The rules that order the cards, and hide those of other pages. */
export function pagingStyle(orders: readonly Order[], count: number): Markup {
  const rules = orders.flatMap(({ id }) => [
    `main:has(#sort-${id}:checked) .example{order:var(--${id})}`,
    ...Array.from({ length: pagesOf(count) }, (_, page) =>
      pagesOf(count) === 1
        ? ""
        : `main:has(#sort-${id}:checked):has(#page-${page}:checked) .example:not([data-${id}="${page}"]){display:none}`,
    ),
  ]);
  return html`<style>${new Markup(rules.join("\n"))}</style>`;
}
