/** Markdown as HTML, with the anchors that GitHub gives to headings. */
import { posix } from "node:path";
import { Marked } from "marked";
import { getHeadingList, gfmHeadingId } from "marked-gfm-heading-id";

/** A page's text, and where it can be entered. */
export type Rendered = {
  readonly title: string;
  /** HTML. */
  readonly body: string;
  /** Their names are HTML too. */
  readonly sections: readonly { readonly id: string; readonly name: string }[];
};

/**
 * A document of the repository.
 * @param path of the document, from the root
 * @param names the site's files, by the paths that they are made of
 */
export function renderDocument(text: string, path: string, names: ReadonlyMap<string, string>): Rendered {
  const marked = configured((href) => {
    if (/^(https?:|#)/.test(href)) return href;
    const [file = "", anchor] = href.split("#");
    const target = names.get(posix.join(posix.dirname(path), file));
    return `${target ?? file}${anchor === undefined ? "" : `#${anchor}`}`;
  });
  marked.use(gfmHeadingId());
  const body = marked.parse(text, { async: false });
  const headings = getHeadingList();
  return {
    title: headings.find(({ level }) => level === 1)?.raw ?? path,
    body,
    sections: headings.filter(({ level }) => level === 2).map(({ id, text: name }) => ({ id, name })),
  };
}

/** A description of the contract: paragraphs, lists, code. */
export const renderText = (text: string): string => configured((href) => href).parse(text, { async: false });

function configured(leadsTo: (href: string) => string): Marked {
  let tables = 0;
  return new Marked({
    walkTokens(token) {
      if (token.type === "link") token.href = leadsTo(token.href);
    },
    renderer: {
      // What is wider than a phone is moved by finger or by keys, and says so to who hears it.
      table({ header, rows }) {
        const inline = (cell: (typeof header)[number]) => this.parser.parseInline(cell.tokens);
        const isNamed = header.some(({ text }) => text !== "");
        const head = isNamed
          ? `<thead><tr>${header.map((cell) => (cell.text === "" ? "<td></td>" : `<th scope="col">${inline(cell)}</th>`)).join("")}</tr></thead>`
          : "";
        const body = rows.map(([first, ...rest]) => {
          const cells = rest.map((cell) => `<td>${inline(cell)}</td>`).join("");
          return `<tr><th scope="row">${first ? inline(first) : ""}</th>${cells}</tr>`;
        });
        tables++;
        const name = `Table ${tables}${isNamed ? `: ${header.map(({ text }) => text).join(", ")}` : ""}`;
        return `<div class="scroll" tabindex="0" role="region" aria-label="${attribute(name)}"><table>${head}<tbody>${body.join("")}</tbody></table></div>\n`;
      },
    },
  });
}

const attribute = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll("`", "");
