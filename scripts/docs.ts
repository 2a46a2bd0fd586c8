/** `npm run docs`: writes the documentation as a static site to `dist/docs/`. It fails on a link that leads nowhere. */
import { BASE } from "../local/docs/built.ts";
import { buildSite } from "../local/docs/site.ts";

const pages = await buildSite();
console.log(`dist/docs/ has ${pages} pages, made for the path ${BASE}. npm start serves them there.`);
