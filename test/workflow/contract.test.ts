/** The contract carries the forms of the settings: its validators are what checks them. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { FORMS } from "./forms.ts";

const { schemas } = parse(readFileSync("openapi.yaml", "utf8")).components;

/** Not in the contract yet. */
const COMING: string[] = [];

test.each(Object.entries(FORMS).filter(([name]) => name in schemas || !COMING.includes(name)))(
  "%s",
  (name, form) => {
    expect(schemas[name]).toMatchObject(form);
  },
);
