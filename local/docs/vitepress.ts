/** The configuration of VitePress. It makes a site that asks nobody for anything: no fonts, no icons, no search service. */
import { slug } from "github-slugger";
import { defineConfig } from "vitepress";
import { ICON } from "../../src/page/style.ts";
import type { Site } from "./pages.ts";

/** Returns the configuration. @param groups the side list */
export const configured = (groups: Site["groups"]) =>
  defineConfig({
    title: "Rolecall",
    description: "AWS access for GitHub repositories, without access keys",
    lang: "en",
    head: [["link", { rel: "icon", href: ICON }]],
    // Links in documents have the anchors that GitHub gives to headings.
    markdown: {
      anchor: { slugify: slug },
      // The default themes have too little contrast.
      theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
      config(md) {
        const { fence } = md.renderer.rules;
        // An indented block gets the same frame, colours and copy button as a fenced one.
        md.renderer.rules.code_block = (tokens, index, ...rest) => {
          const token = tokens[index];
          if (token === undefined || fence === undefined) return "";
          token.info = /^\s*[[{]/.test(token.content) ? "json" : "sh";
          return fence(tokens, index, ...rest);
        };
      },
    },
    themeConfig: {
      search: { provider: "local" },
      outline: { level: [2, 2], label: "On this page" },
      sidebar: groups.map(({ name, items }) => ({
        text: name,
        items: items.map(({ name, file }) => ({
          text: name,
          link: `/${file.replace(/(?:index)?\.md$/, "")}`,
        })),
      })),
      docFooter: { prev: false, next: false },
    },
  });
