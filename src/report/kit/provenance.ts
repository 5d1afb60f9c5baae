/** The last section of every page: the command that makes it again, and all that its numbers follow from. */
import { duration } from "./format.ts";
import { html, type Markup, type Piece } from "./markup.ts";

interface Digested {
  name: string;
  /** SHA-256. */
  digest: string;
}

export interface Provenance {
  command: string;
  version: string;
  digest: string;
  /** What the digest covers; default "results". */
  digestOf?: string;
  /** SHA-256 of everything in results.json but the times. */
  recordDigest?: string;
  /** The generation of the bits. */
  bits?: number;
  /** SHA-256 of the kernels; null where it is not known. */
  wasm?: string | null;
  /** With what each is called in front of its name; default "model". */
  models?: readonly (Digested & { origin?: string })[];
  data?: Digested | undefined;
  options?: object;
  /** What this study alone has to say. */
  others?: readonly (readonly [name: string, value: Piece])[];
  milliseconds?: number;
}

function digested({ name, digest }: Digested): Markup {
  return html`${name}<br><code>${digest}</code>`;
}

export function provenance({
  command,
  version,
  digest,
  digestOf = "results",
  recordDigest,
  bits,
  wasm,
  models = [],
  data,
  options = {},
  others = [],
  milliseconds,
}: Provenance): Markup {
  const facts: (readonly [name: string, value: Piece])[] = [
    [`digest of the ${digestOf}`, html`<code>${digest}</code>`],
    ...(recordDigest === undefined ? [] : [["digest of the record", html`<code>${recordDigest}</code>`] as const]),
    ...models.map((model) => [model.origin ?? "model", digested(model)] as const),
    ...(data ? [["data", digested(data)] as const] : []),
    ["blindspot", bits === undefined ? version : `${version}, generation ${bits} of the bits`],
    ...(wasm ? [["kernels", html`<code>${wasm}</code>`] as const] : []),
    ...Object.entries(options).flatMap(([name, value]) =>
      value === undefined || value === null ? [] : [[name, String(value)] as const],
    ),
    ...others,
    ...(milliseconds === undefined ? [] : [["time", `${duration(milliseconds)}, which is in no digest`] as const]),
  ];
  return html`<section class="prose">
<h2>To see the same again</h2>
<p>The same command gives the same digest on every machine and engine, bit for bit.</p>
<pre><code>${command}</code></pre>
<table>${facts.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</table>
</section>`;
}
