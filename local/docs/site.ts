/** The documentation as a site of files that need nothing from elsewhere: the documents, and the reference. */
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { sitePage } from "./frame.tsx";
import { brokenLinks } from "./links.ts";
import { renderDocument } from "./markdown.ts";
import { type Contract, reference } from "./reference.tsx";

const root = fileURLToPath(new URL("../../", import.meta.url));
const CONTRACT = "openapi.yaml";

/**
 * The site's files by their names, all in one folder and with relative links, so that it works wherever it is put.
 * @throws Error naming each link within it that leads nowhere
 */
export async function buildSite(): Promise<Map<string, string>> {
  const folder = (await readdir(`${root}docs`)).filter((name) => name.endsWith(".md")).sort();
  const documents = [
    "README.md",
    ...folder.map((name) => `docs/${name}`),
    "SECURITY.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "examples/README.md",
    "examples/platform-repository/README.md",
  ];
  const read = (path: string) => readFile(root + path, "utf8");
  const contractText = await read(CONTRACT);
  const contract: Contract = parse(contractText);

  const names = new Map([
    ...documents.map((path) => [path, fileName(path)] as const),
    ...FILES.map((path) => [path, textName(path)] as const),
    [CONTRACT, REFERENCE],
  ]);
  const rendered = await Promise.all(
    documents.map(async (path) => ({
      path,
      file: fileName(path),
      ...renderDocument(await read(path), path, names),
    })),
  );
  const described = { file: REFERENCE, ...reference(contract) };
  const [start, ...others] = rendered;
  const pages = [...(start ? [{ ...start, title: contract.info.title }] : []), described, ...others];
  const site = new Map(pages.map((page) => [page.file, sitePage(page, pages)]));
  site.set(CONTRACT, contractText);
  for (const path of FILES) site.set(textName(path), await read(path));

  const broken = brokenLinks(site);
  if (broken.length > 0)
    throw new Error(`The documentation has links that lead nowhere:\n${broken.join("\n")}`);
  return site;
}

const REFERENCE = "reference.html";
/** What documents link to and is none: it is shown as text. */
const FILES = [
  "examples/curl/register.sh",
  "examples/typescript-client/main.ts",
  "examples/typescript-client/signed-fetch.ts",
  "examples/drift-to-chat/template.yml",
];
const textName = (path: string): string => `${path.replaceAll("/", "-")}.txt`;

/** `README.md` is the start, and the folder `docs` is no part of a document's address. */
const fileName = (path: string): string =>
  path === "README.md"
    ? "index.html"
    : `${path
        .replace(/^docs\//, "")
        .replace(/(?:\/README)?\.md$/, "")
        .replaceAll("/", "-")
        .toLowerCase()}.html`;
