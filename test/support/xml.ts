/** XML as a strict reader takes it: elements, attributes and text, well-formed, without anything else. */

export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  text: string;
}

const NAME = /[A-Za-z_][\w.-]*/y;
const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The root of a document. Throws at the first character that does not belong. */
export function parseXml(source: string): XmlElement {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
  if (!source.startsWith(declaration)) throw new Error("no declaration");
  let at = declaration.length;
  const fail = (what: string): never => {
    throw new Error(`${what} at ${JSON.stringify(source.slice(at, at + 40))}`);
  };
  const take = (text: string) => {
    if (!source.startsWith(text, at)) fail(`expected ${text}`);
    at += text.length;
  };
  const name = (): string => {
    NAME.lastIndex = at;
    const [found] = NAME.exec(source) ?? [fail("expected a name")];
    at += (found as string).length;
    return found as string;
  };
  const decoded = (raw: string): string => {
    for (const character of raw) {
      const code = character.codePointAt(0) as number;
      const isLegal =
        code === 9 ||
        code === 10 ||
        code === 13 ||
        (code >= 32 && (code < 0xd800 || code > 0xdfff) && code !== 0xfffe && code !== 0xffff);
      if (!isLegal) fail(`character ${code}`);
    }
    if (/[<>]/.test(raw) || /&(?!(?:amp|lt|gt|quot|apos|#\d+);)/.test(raw)) fail(`bare markup in ${raw}`);
    return raw.replace(/&(#\d+|\w+);/g, (_, entity: string) =>
      entity.startsWith("#") ? String.fromCodePoint(Number(entity.slice(1))) : (ENTITIES[entity] as string),
    );
  };
  const element = (): XmlElement => {
    take("<");
    const made: XmlElement = { name: name(), attributes: {}, children: [], text: "" };
    while (source[at] === " ") {
      at++;
      const key = name();
      take('="');
      const end = source.indexOf('"', at);
      if (Object.hasOwn(made.attributes, key)) fail(`${key} twice`);
      made.attributes[key] = decoded(source.slice(at, end));
      at = end + 1;
    }
    if (source.startsWith("/>", at)) {
      at += 2;
      return made;
    }
    take(">");
    while (!source.startsWith("</", at)) {
      if (at >= source.length) fail("the end");
      if (source[at] === "<") made.children.push(element());
      else {
        const end = source.indexOf("<", at);
        made.text += decoded(source.slice(at, end));
        at = end;
      }
    }
    take(`</${made.name}>`);
    return made;
  };
  const root = element();
  if (source.slice(at).trim() !== "") fail("more");
  return root;
}
