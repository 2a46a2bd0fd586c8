/** The contract has the forms of the settings, because its validators check requests. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { FORMS } from "./forms.ts";

const { schemas } = parse(readFileSync("openapi.yaml", "utf8")).components;

/** Forms that the contract does not have yet. */
const COMING: string[] = [];

test.each(Object.entries(FORMS).filter(([name]) => name in schemas || !COMING.includes(name)))(
  "the contract has the form of %s",
  (name, form) => {
    expect(schemas[name]).toMatchObject(form);
  },
);
