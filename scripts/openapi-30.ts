/** Brings the contract down to OpenAPI 3.0 for the generator of the Python client. */

type Node = { [key: string]: unknown };
const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Returns a part of the contract in the words of OpenAPI 3.0, which has no `null`, no `const` and one example a schema. */
export function asOpenApi30(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(asOpenApi30);
  if (!isNode(part)) return part;
  const { const: only, examples, propertyNames: _, oneOf, anyOf, ...rest } = part;
  const choices = [oneOf, anyOf].flat().filter(isNode);
  const lower = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, asOpenApi30(value)]));
  return {
    ...lower,
    ...(only !== undefined && { enum: [only] }),
    ...(choices.some(({ type }) => type === "null") && { nullable: true }),
    ...onlyChoice(choices.filter(({ type }) => type !== "null")),
    // Schemas have a list of examples; media types and components have named ones, which 3.0 also has.
    ...(Array.isArray(examples) ? { example: examples[0] } : examples !== undefined && { examples }),
  };
}

/**
 * Returns the schema of a single choice. Returns an empty schema, which any value matches, for several choices: the
 * generator would make one class with the fields of all of them, which accepts none of the choices.
 */
function onlyChoice([choice, ...others]: readonly Node[]): object {
  if (choice === undefined || others.length > 0) return {};
  // A reference of 3.0 has nothing beside it, so `allOf` holds it.
  return "$ref" in choice ? { allOf: [choice] } : Object(asOpenApi30(choice));
}
