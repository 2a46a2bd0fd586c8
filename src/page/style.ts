import { createHash } from "node:crypto";

/** The icon of every page, as a URL that holds the whole image. Without one, a browser would ask for /favicon.ico. */
export const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0b4fb8"/><path d="M4 8.5l2.5 2.5L12 5.5" fill="none" stroke="#fff" stroke-width="2"/></svg>',
)}`;

/** The deepest indentation that a line of a policy has on a page. */
export const DEEPEST = 12;

/**
 * The style of every page: the reader's own fonts, light or dark colours as the system prefers, and lines that are easy
 * to read. Nothing is expressed by colour alone.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fdfdfb; --panel: #f4f4f0; --line: #d9dad5; --ink: #1c1e20; --soft: #575c61;
  --link: #0b4fb8; --bad: #9c2410; --bad-paper: #fbeae6; --good: #1a6338; --mark: #e9ead9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15171a; --panel: #1d2024; --line: #363b41; --ink: #e8e9e6; --soft: #aab0b5;
    --link: #9cc2ff; --bad: #ffa792; --bad-paper: #3a1f19; --good: #8ed8aa; --mark: #33382c;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
body > * { max-width: 64rem; margin-inline: auto; padding-inline: clamp(1rem, 4vw, 2.5rem); }
h1, h2, h3, h4, p, dl, ul, ol, pre, table, figure { margin: 0; }
h1, h2, h3, h4 { line-height: 1.25; text-wrap: balance; overflow-wrap: anywhere; }
h1 { font-size: clamp(1.6rem, 1.2rem + 2vw, 2.3rem); font-weight: 650; letter-spacing: -0.015em; }
h1.name { font-size: clamp(1.25rem, 1rem + 1.5vw, 2rem); }
h2 { font-size: 1.35rem; font-weight: 650; letter-spacing: -0.01em; }
h3 { font-size: 1.05rem; font-weight: 650; }
h4 { font-size: 1rem; font-weight: 600; }
p, li, dd, td, th, summary { overflow-wrap: anywhere; }
p, li { max-width: 42rem; text-wrap: pretty; }
.wide { max-width: none; }
a { color: var(--link); text-underline-offset: 0.15em; text-decoration-thickness: 0.06em; }
a:hover { text-decoration-thickness: 0.12em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 2px; }
[id] { scroll-margin-top: 1rem; }
code, pre { font: 0.875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { overflow-wrap: anywhere; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--panel); padding: 0.75rem 1rem; border-radius: 6px; }
pre code { font-size: 1em; }
time, .number { font-variant-numeric: tabular-nums; }
time span { white-space: nowrap; }
.soft { color: var(--soft); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 0; top: -5rem; padding: 0.5rem 1rem; background: var(--paper); }
.skip:focus { top: 0; }

.top { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; align-items: baseline; padding-block: 1.25rem; }
.brand { font-weight: 650; }
.brand .soft { font-weight: 400; padding-left: 0.5rem; }
.one { white-space: nowrap; }
.top [aria-current] { color: inherit; font-weight: 650; text-decoration: none; }
.top ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; list-style: none; padding: 0; }
.sections { flex-basis: 100%; display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; font-size: 0.9375rem; }
@media (max-width: 40rem) { .sections { display: none; } }
.filters { display: grid; grid-template-columns: minmax(5rem, max-content) 1fr; gap: 0.35rem 1.5rem; align-items: baseline; }
.filters dt { color: var(--soft); }
.filters dd { margin: 0; display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; }
.filters [aria-current] { color: inherit; font-weight: 650; text-decoration: none; }
.badge.good { color: var(--good); }
main { padding-block: clamp(1rem, 4vw, 2.5rem) 3rem; }
main:focus { outline: none; }
main > * + * { margin-top: 1.25rem; }
section { margin-top: 3rem !important; }
section > * + *, article > * + * { margin-top: 0.75rem; }
section > h2 { padding-bottom: 0.4rem; border-bottom: 1px solid var(--line); }
article { margin-top: 2rem !important; }
.bottom { border-top: 1px solid var(--line); padding-block: 1.25rem 2.5rem; color: var(--soft); font-size: 0.9375rem; }
.bottom > * + * { margin-top: 0.25rem; }
.lead { font-size: 1.0625rem; color: var(--soft); }

.counts { display: flex; flex-wrap: wrap; gap: 0.75rem 2.25rem; padding-block: 0.5rem; }
.counts > div { display: flex; flex-direction: column-reverse; }
.counts dt { color: var(--soft); font-size: 0.9375rem; }
.counts dd { margin: 0; font-size: 1.6rem; font-weight: 600; line-height: 1.2; }
.zero dd { color: var(--soft); font-weight: 400; }
@media (max-width: 40rem) { .zero { display: none !important; } }

.facts { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: 0.35rem 1.5rem; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; }
@media (max-width: 40rem) {
  .facts { grid-template-columns: 1fr; gap: 0; }
  .facts dd + dt { margin-top: 0.6rem; }
}

.change { margin-top: 1.25rem !important; padding-left: 1rem; border-left: 3px solid var(--line); }
.change.widens { border-left-color: var(--bad); }
.change > * + * { margin-top: 0.35rem; }
.change :is(h3, h4) { font-size: 1rem; font-weight: 600; display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem; align-items: baseline; }
.badge { font-size: 0.875rem; font-weight: 600; padding: 0.05rem 0.5rem; border-radius: 1rem; border: 1px solid currentcolor; color: var(--soft); white-space: nowrap; }
.badge.bad { color: var(--bad); background: var(--bad-paper); }
.sides { display: grid; gap: 0.75rem; margin-top: 0.6rem !important; }
@media (min-width: 52rem) { .sides { grid-template-columns: 1fr 1fr; } }
.sides > div { min-width: 0; display: flex; flex-direction: column; }
.sides dt { font-size: 0.875rem; color: var(--soft); }
.sides dd { margin: 0.15rem 0 0; flex: 1; display: flex; }
.sides pre { flex: 1; min-width: 0; padding: 0.6rem 0; font-size: 0.8125rem; }
.line { --step: 1ch; --in: 0; display: block; position: relative; min-height: 1.5em; padding: 0 0.6rem 0 calc(2.4ch + var(--in) * var(--step)); }
@media (min-width: 40rem) { .line { --step: 2ch; } }
${Array.from({ length: DEEPEST }, (_, index) => `.in-${index + 1} { --in: ${index + 1}; }`).join("\n")}
.line::before { position: absolute; left: 0.7ch; }
.sides :is(del, ins) { text-decoration: none; font-weight: 600; }
.sides del { background: var(--mark); }
.sides ins { background: var(--bad-paper); color: var(--bad); }
.sides del::before { content: "\\2212"; }
.sides ins::before { content: "+"; }

.runs { padding-block: 0.5rem; }
.runs svg { display: block; width: 100%; height: 5rem; }
.runs .ends { display: flex; justify-content: space-between; gap: 1rem; font-size: 0.875rem; color: var(--soft); border-top: 1px solid var(--line); padding-top: 0.25rem; }
.runs figcaption { font-size: 0.9375rem; color: var(--soft); margin-bottom: 0.5rem; }
.bar { fill: var(--bad); }
.fine { fill: var(--good); }
details { margin-top: 0.5rem; }
summary { cursor: pointer; color: var(--link); width: fit-content; }
details > * + * { margin-top: 0.75rem; }

table { border-collapse: collapse; width: 100%; font-size: 0.9375rem; }
caption { text-align: left; color: var(--soft); padding-bottom: 0.4rem; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 1rem 0.4rem 0; border-top: 1px solid var(--line); }
th { font-weight: 600; }
thead th { color: var(--soft); border-top: 0; font-size: 0.875rem; overflow-wrap: normal; }
tr > :last-child { padding-right: 0; }
td.number, th.number { text-align: right; }
@media (max-width: 40rem) { th, td { padding-right: 0.6rem; } }
@media (max-width: 52rem) {
  .stacks thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stacks :is(table, tbody, tr, th, td) { display: block; padding: 0; border: 0; }
  .stacks tr { padding-block: 0.5rem; border-top: 1px solid var(--line); }
  .stacks td.beside { display: inline-block; padding-right: 0.5rem; }
  .stacks td[data-label]::before { content: attr(data-label) " "; color: var(--soft); }
  .stacks td:empty { display: none; }
}
@media (min-width: 52rem) {
  .stacks tbody th { min-width: 18rem; }
  .stacks .by { display: block; }
}
.pages { display: flex; gap: 1.25rem; }
.findings { padding: 0; list-style: none; }
.findings li { padding-left: 1rem; border-left: 3px solid var(--line); max-width: 43rem; }
.findings li.error { border-left-color: var(--bad); }
.findings li + li { margin-top: 0.9rem; }
.findings li > * + * { margin-top: 0.2rem; }
.heading { display: flex; flex-wrap: wrap; gap: 0.25rem 0.6rem; align-items: baseline; }
.plain { padding: 0; list-style: none; }
.others { margin-top: 2rem !important; }
.plain li + li { margin-top: 0.25rem; }
.note { padding: 0.75rem 1rem; background: var(--panel); border-radius: 6px; max-width: none; }
.note.bad { border-left: 3px solid var(--bad); }
.copy { user-select: all; }
.command { word-break: break-all; }
@media print { .skip, .top ul { display: none; } }
`;

/**
 * The content security policy of a page. A browser may apply this one style and show the icon, and nothing else. Even if
 * foreign markup got into a page, it could load nothing, run nothing and send nothing.
 */
export const POLICY = [
  "default-src 'none'",
  // The icon.
  "img-src data:",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The headers of a page. They restrict what it may load and send. */
export const PAGE_HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": POLICY,
  "referrer-policy": "no-referrer",
};
