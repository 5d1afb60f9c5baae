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

/** So many of the nearest, and as many of the farthest, stand on the first page of the first order. */
const ENDS = PAGE / 2;

/**
 * The orders of cards that each have a length: the nearest and the farthest, the nearest, the farthest, as given.
 *
 * @param compare  ascending with sign 1 and descending with -1; cards without a length last in both
 * @param hasLength  whether a card has one
 */
export function ordersByLength<T>(
  cards: readonly T[],
  compare: (a: T, b: T, sign: 1 | -1) => number,
  hasLength: (card: T) => boolean,
): Order[] {
  const placesIn = (ordered: readonly T[]): number[] => {
    const place = new Map(ordered.map((card, i) => [card, i]));
    return cards.map((card) => place.get(card) as number);
  };
  const [nearest, farthest] = ([1, -1] as const).map((sign) => cards.toSorted((a, b) => compare(a, b, sign))) as [
    T[],
    T[],
  ];
  const found = nearest.filter(hasLength);
  const near = found.slice(0, ENDS);
  const far = found.slice(ENDS).slice(-ENDS).reverse();
  const first = new Set([...near, ...far]);
  return [
    {
      id: "ends",
      words: "nearest and farthest",
      places: placesIn([...near, ...far, ...nearest.filter((card) => !first.has(card))]),
    },
    { id: "nearest", words: "nearest first", places: placesIn(nearest) },
    { id: "farthest", words: "farthest first", places: placesIn(farthest) },
    { id: "given", words: "as given", places: cards.map((_, i) => i) },
  ];
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
