import type { Child } from "hono/jsx";
import { STYLE } from "./style.ts";

/** The content of a page and the parts around it. */
type Frame = {
  title: string;
  /** Links to sections of the page, by their ids. */
  sections: readonly { id: string; name: string }[];
  /** Another page, by a relative path. */
  up?: { href: string; name: string };
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

function Page({ title, sections, up, end, children }: Frame) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{title} – Rolecall</title>
        {/* Only the style is not escaped. It is a constant, and the content security policy names its hash. */}
        <style dangerouslySetInnerHTML={{ __html: STYLE }} />
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the text
        </a>
        <header class="top">
          <p class="brand">Rolecall</p>
          <nav aria-label="On this page">
            <ul>
              {up && (
                <li>
                  <a href={up.href}>{up.name}</a>
                </li>
              )}
              {sections.map(({ id, name }) => (
                <li>
                  <a href={`#${id}`}>{name}</a>
                </li>
              ))}
            </ul>
          </nav>
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
