import { STYLE } from "../../src/page/style.ts";
import type { Rendered } from "./markdown.ts";

export type SitePage = Rendered & { readonly file: string };

/** The pages' own style, and what a site of many pages needs besides. */
const SITE_STYLE = `${STYLE}
body { display: grid; grid-template-columns: minmax(0, 1fr); }
body > * { max-width: none; margin: 0; }
.pages { padding-block: 1.25rem; border-bottom: 1px solid var(--line); font-size: 0.9375rem; }
.pages > ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; list-style: none; padding: 0; }
.pages ul ul { display: none; }
.pages a { text-decoration: none; }
.pages a:hover { text-decoration: underline; }
.pages [aria-current] { font-weight: 650; color: var(--ink); }
main > * + * { margin-top: 0.9rem; }
main > * { max-width: 48rem; }
main > .scroll, main > pre, main section, main section .scroll { max-width: 60rem; }
main > h2 { margin-top: 2.75rem; padding-bottom: 0.4rem; border-bottom: 1px solid var(--line); }
main > h3 { margin-top: 1.75rem; }
main ul, main ol { padding-left: 1.4rem; }
main li { max-width: none; }
main li + li { margin-top: 0.3rem; }
main p > code, main li code, td code, th code, dd code { background: var(--panel); padding: 0.1em 0.3em; border-radius: 3px; }
td, th { overflow-wrap: break-word; }
.scroll { overflow-x: auto; }
.scroll :is(th, td) { min-width: 6.5rem; }
.scroll tbody th { font-weight: 400; }
.scroll th code { overflow-wrap: break-word; }
@media (min-width: 40rem) { tbody th { font-weight: 400; } }
.text > * + * { margin-top: 0.75rem; }
.operation { margin-top: 2.75rem !important; }
.operation h4 { margin-top: 1.25rem; }
.schema { margin-top: 2rem !important; }
td:empty { display: none; }
@media (min-width: 40rem) { td:empty { display: table-cell; } }
@media (min-width: 64rem) {
  body { grid-template-columns: 17rem minmax(0, 1fr); }
  .skip { grid-column: 1 / -1; }
  .pages { border: 0; border-right: 1px solid var(--line); position: sticky; top: 0; height: 100vh; overflow-y: auto; padding-inline: 1.5rem; }
  .pages ul { display: block !important; }
  .pages ul ul { padding: 0.2rem 0 0.4rem 0.9rem; list-style: none; font-size: 0.875rem; }
  .pages li { margin-top: 0.3rem; }
}
`;

/** A page of the site (HTML), with the way to all others. */
export function sitePage(page: SitePage, pages: readonly SitePage[]): string {
  return `<!doctype html>\n${<Whole page={page} pages={pages} />}\n`;
}

const Whole = ({ page, pages }: { page: SitePage; pages: readonly SitePage[] }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>{page.file === "index.html" ? page.title : `${page.title} – Rolecall`}</title>
      <link rel="icon" href="data:," />
      <style dangerouslySetInnerHTML={{ __html: SITE_STYLE }} />
    </head>
    <body>
      <a class="skip" href="#main">
        Skip to the text
      </a>
      <nav class="pages" aria-label="Pages">
        <ul>
          {pages.map(({ file, title, sections }) => (
            <li>
              <a href={file} {...(file === page.file && { "aria-current": "page" as const })}>
                {title}
              </a>
              {file === page.file && sections.length > 0 && (
                <ul>
                  {sections.map(({ id, name }) => (
                    <li>
                      <a href={`#${id}`} dangerouslySetInnerHTML={{ __html: name }} />
                    </li>
                  ))}
                </ul>
              )}
            </li>
          ))}
        </ul>
      </nav>
      {/* Made of the repository's own documents. */}
      <main id="main" tabindex={-1} dangerouslySetInnerHTML={{ __html: page.body }} />
    </body>
  </html>
);
