import type { Child } from "hono/jsx";
import { ICON, STYLE } from "./style.ts";

/** The AWS account and region that a page is about. */
export type Place = { readonly account: string; readonly region: string };

/** The pages that every page links to, by their paths below `/v1/`. */
export const MAIN_PAGES = [
  { path: "roll-calls/latest", name: "Roll call", text: "the last check of every registration" },
  { path: "roles", name: "Registrations", text: "every registered role, by owner, repository and state" },
  { path: "audit", name: "Audit", text: "every role that trusts GitHub, registered or not" },
  { path: "accounts", name: "Accounts", text: "the member accounts, and what Rolecall can do in each" },
] as const;

/** The content of a page and the parts around it. */
type Frame = {
  title: string;
  /** The relative path from the page to `/v1/`, such as `../`. Links are relative, so that they work behind any domain. */
  root: string;
  /** The account and region that the page is about; undefined on a page that is about none. */
  place: Place | undefined;
  /** The page itself, if it is one of the main pages. */
  here?: (typeof MAIN_PAGES)[number]["path"];
  /** Links to sections of the page, by their ids. */
  sections: readonly { id: string; name: string }[];
  /** The content of the footer. */
  end: Child;
  children: Child;
};

/**
 * Renders a whole page as an HTML document that loads nothing else. The renderer escapes all text. Unicode's format
 * characters are invisible or reverse other characters, so they appear as escapes and cannot mislead a reader.
 */
export function page(frame: Frame): string {
  const hidden = (character: string) => `\\u{${character.codePointAt(0)?.toString(16)}}`;
  return `<!doctype html>\n${<Page {...frame} />}\n`.replace(/\p{Cf}/gu, hidden);
}

function Page({ title, root, here, place, sections, end, children }: Frame) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{title} – Rolecall</title>
        <link rel="icon" href={ICON} />
        {/* Only the style is not escaped. It is a constant, and the content security policy names its hash. */}
        <style dangerouslySetInnerHTML={{ __html: STYLE }} />
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the text
        </a>
        <header class="top">
          <p class="brand">
            Rolecall
            {place && (
              <span class="soft">
                {" "}
                {place.account}, {place.region}
              </span>
            )}
          </p>
          <nav aria-label="Pages">
            <ul>
              {MAIN_PAGES.map(({ path, name }) => (
                <li>
                  <a href={`${root}${path}`} aria-current={path === here ? "page" : undefined}>
                    {name}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          {sections.length > 1 && (
            <nav aria-label="On this page" class="sections">
              <span class="soft" aria-hidden="true">
                On this page
              </span>
              <ul>
                {sections.map(({ id, name }) => (
                  <li>
                    <a href={`#${id}`}>{name}</a>
                  </li>
                ))}
              </ul>
            </nav>
          )}
        </header>
        <main id="main" tabindex={-1}>
          {children}
        </main>
        <footer class="bottom">{end}</footer>
      </body>
    </html>
  );
}

/** A section of a page with a heading. */
export const Section = ({ id, title, children }: { id: string; title: string; children: Child }) => (
  <section id={id} aria-labelledby={`${id}-title`}>
    <h2 id={`${id}-title`}>{title}</h2>
    {children}
  </section>
);

/** Shows a time to the minute, in UTC. */
export const Moment = ({ at }: { at: string }) => (
  <time datetime={at}>
    <span>{at.slice(0, 10)}</span> <span>{at.slice(11, 16)} UTC</span>
  </time>
);
