/**
 * Parses a file as GitHub's runner parses an action.yml, with GitHub's own parser, and prints the errors as JSON:
 *
 *     node parse.mjs FILE
 */
import { readFileSync } from "node:fs";
import { convertActionTemplate, parseAction } from "@actions/workflow-parser/actions/index";
import { NoOperationTraceWriter } from "@actions/workflow-parser/templates/trace-writer";

const [, , name = ""] = process.argv;
const { context, value } = parseAction(
  { name, content: readFileSync(name, "utf8") },
  new NoOperationTraceWriter(),
);
if (value !== undefined) convertActionTemplate(context, value);
console.log(JSON.stringify(context.errors.getErrors().map(({ message }) => message)));
