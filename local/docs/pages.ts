/** Lays out the Markdown of the site: the documents of the repository, and the reference made from the contract. */
import { readdir, readFile } from "node:fs/promises";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { Contract } from "./contract.ts";
import { GROUPS } from "./groups.ts";
import { referencePages } from "./reference.ts";

export const root = fileURLToPath(new URL("../../", import.meta.url));
const CONTRACT = "openapi.yaml";
/** Files that documents link to. The site has each as it is. */
const FILES = [
  CONTRACT,
  "examples/curl/register.sh",
  "examples/typescript-client/main.ts",
  "examples/typescript-client/signed-fetch.ts",
  "examples/drift-to-chat/template.yml",
];

export type Site = {
  /** The Markdown of each page, by its file name. All are in one folder. */
  readonly pages: ReadonlyMap<string, string>;
  /** Files that the site has as they are, by their names. */
  readonly files: ReadonlyMap<string, string>;
  /** The side list. */
  readonly groups: readonly { name: string; items: readonly { name: string; file: string }[] }[];
};

/** Reads the documents. @throws Error if a document is in no group, or a link leads to no page */
export async function readSite(): Promise<Site> {
  const documents = GROUPS.flatMap(({ documents }) => documents);
  const ungrouped = (await readdir(`${root}docs`))
    .filter((name) => name.endsWith(".md") && !documents.some(({ path }) => path === `docs/${name}`))
    .map((name) => `docs/${name} is in no group of local/docs/groups.ts`);
  const names = new Map([
    ...documents.map(({ path }) => [path, pageName(path)] as const),
    ...FILES.map((path) => [path, fileName(path)] as const),
  ]);
  const read = (path: string) => readFile(root + path, "utf8");
  const texts = await Promise.all(documents.map(({ path }) => read(path)));
  const broken: string[] = [];
  const pages = new Map(
    documents.map(({ path }, index) => [
      pageName(path),
      withLinks(texts[index] ?? "", path, names, (link) => broken.push(`${path} → ${link}`)),
    ]),
  );
  const contract: Contract = parse(await read(CONTRACT));
  const reference = referencePages(contract);
  for (const { file, text } of reference) pages.set(file, text);
  if (ungrouped.length + broken.length > 0)
    throw new Error(`The documentation is not whole:\n${[...ungrouped, ...broken].join("\n")}`);
  const files = new Map(
    await Promise.all(FILES.map(async (path) => [fileName(path), await read(path)] as const)),
  );
  const grouped = GROUPS.map(({ name, documents }) => ({
    name,
    items: documents.map(({ path, name }) => ({ name, file: pageName(path) })),
  }));
  const groups = [
    ...grouped.slice(0, 2),
    { name: "Reference", items: reference.map(({ name, file }) => ({ name, file })) },
    ...grouped.slice(2),
  ];
  return { pages, files, groups };
}

/** Returns the name of a document's page. `README.md` is the start, and the folder `docs` is no part of an address. */
const pageName = (path: string): string =>
  path === "README.md"
    ? "index.md"
    : `${path
        .replace(/^docs\//, "")
        .replace(/(?:\/README)?\.md$/, "")
        .replaceAll("/", "-")
        .toLowerCase()}.md`;

const fileName = (path: string): string =>
  path === CONTRACT ? CONTRACT : `${path.replaceAll("/", "-")}.txt`;

/** A link in Markdown to a path of the repository, with an optional anchor. */
const LINK = /\]\((?!https?:|#)([^)#\s]+)(#[^)\s]*)?\)/g;

/** Returns a document with its links to files of the repository turned to the site's pages. */
export function withLinks(
  text: string,
  path: string,
  names: ReadonlyMap<string, string>,
  onBroken: (link: string) => void,
): string {
  return text.replace(LINK, (link, target: string, anchor = "") => {
    const name = names.get(posix.join(posix.dirname(path), target));
    if (name === undefined) {
      onBroken(target);
      return link;
    }
    // A file that is no page is loaded anew, past the site's own navigation.
    return name.endsWith(".md") ? `](./${name}${anchor})` : `](./${name}){target="_self"}`;
  });
}
