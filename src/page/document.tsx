import type { Child } from "hono/jsx";
import { STYLE } from "./style.ts";

/** A page's parts that lie outside of its text. */
type Frame = {
  title: string;
  /** Places of the page, by their ids. */
  sections: readonly { id: string; name: string }[];
  /** Another page, by a relative path. */
  up?: { href: string; name: string };
  /** What stands at the end. */
  end: Child;
  children: Child;
};

/**
 * A whole page, as the text of an HTML document that needs nothing else. Everything in it is escaped by the renderer, and
 * what shows nothing or turns others round (Unicode's format characters) is written as an escape: what a person reads is
 * what is there.
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
        {/* The one text that is not escaped: it is ours, and the policy names its hash. */}
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

/** A part of a page under its own heading. */
export const Section = ({ id, title, children }: { id: string; title: string; children: Child }) => (
  <section id={id} aria-labelledby={`${id}-title`}>
    <h2 id={`${id}-title`}>{title}</h2>
    {children}
  </section>
);

/** A moment as people read it: to the minute, in UTC. */
export const Moment = ({ at }: { at: string }) => (
  <time datetime={at}>
    <span>{at.slice(0, 10)}</span> <span>{at.slice(11, 16)} UTC</span>
  </time>
);

/** `1 role`, `2 roles`. */
export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;
