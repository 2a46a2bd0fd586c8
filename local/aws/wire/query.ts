/**
 * The AWS Query protocol: a form-encoded body in, XML out.
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 */
import { randomUUID } from "node:crypto";
import type { Actions } from "../action.ts";
import type { Endpoint, HttpRequest, Reply } from "../endpoint.ts";
import { AwsError } from "../errors.ts";
import type { ServiceName } from "../fault.ts";
import { Input, type Problem } from "../input.ts";
import { element, type Xml } from "./xml.ts";

export type QueryService<Context> = {
  service: ServiceName;
  version: string;
  namespace: string;
  actions: Actions<Context, Xml>;
  /** Makes the context of one request, because it may depend on the caller. */
  context: (http: HttpRequest) => Context;
  /** Actions without a signature. They carry their proof in a parameter. */
  unsigned?: readonly string[];
};

export function queryEndpoint<Context>(service: QueryService<Context>): Endpoint {
  const { namespace, actions, context } = service;
  return {
    service: service.service,

    read(http) {
      const { Action, Version: _, ...request } = parseForm(http);
      return { action: typeof Action === "string" ? Action : "", request };
    },

    async perform({ action: name, request }, http) {
      if (http.scope === undefined && !service.unsigned?.includes(name))
        throw new AwsError("MissingAuthenticationToken", 403, "Request is missing Authentication Token");
      const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
      if (action === undefined)
        throw new AwsError(
          "InvalidAction",
          400,
          `Could not find operation ${name} for version ${service.version}`,
        );
      const result = await action.perform(context(http), new Input(request), refuse);
      const requestId = randomUUID();
      const body = element(
        `${name}Response`,
        { ...resultOf(name, result), ResponseMetadata: { RequestId: requestId } },
        ` xmlns="${namespace}"`,
      );
      return xmlReply(200, requestId, body);
    },

    renderError(error) {
      const requestId = randomUUID();
      const body = element(
        "ErrorResponse",
        {
          Error: {
            Type: error.status < 500 ? "Sender" : "Receiver",
            Code: error.code,
            Message: error.message,
          },
          RequestId: requestId,
        },
        ` xmlns="${namespace}"`,
      );
      return { ...xmlReply(error.status, requestId, body), errorCode: error.code };
    },
  };
}

/** Leaves out the result element if the action has no result. */
function resultOf(name: string, result: Xml): Record<string, Xml> {
  return result === undefined ? {} : { [`${name}Result`]: result };
}

function xmlReply(status: number, requestId: string, body: string): Reply {
  return { status, headers: { "content-type": "text/xml", "x-amzn-requestid": requestId }, body };
}

/** Returns the error of IAM and STS for input that breaks the model's constraints. */
function refuse(problems: readonly Problem[]): AwsError {
  const said = problems.find(({ says }) => says !== undefined)?.says;
  if (said !== undefined && problems.length === 1) return new AwsError("ValidationError", 400, said);
  const faults = problems.map(
    ({ at, constraint, value }) =>
      `Value ${value === undefined ? "" : `'${value}' `}at '${at}' failed to satisfy constraint: ${constraint}`,
  );
  const count = faults.length === 1 ? "1 validation error" : `${faults.length} validation errors`;
  return new AwsError("ValidationError", 400, `${count} detected: ${faults.join("; ")}`);
}

type Node = { text: string | undefined; children: Map<string, Node> };
type Form = { readonly [name: string]: FormValue };
type FormValue = string | readonly FormValue[] | Form;

/** Parses a form: `Tags.member.1.Key=a` becomes `{ Tags: [{ Key: "a" }] }`. */
function parseForm(http: HttpRequest): Form {
  const root: Node = { text: undefined, children: new Map() };
  const form = new URLSearchParams(http.body.toString("utf8"));
  for (const [name, value] of [...http.query, ...form]) {
    let node = root;
    for (const part of name.split(".")) {
      let next = node.children.get(part);
      if (next === undefined) {
        next = { text: undefined, children: new Map() };
        node.children.set(part, next);
      }
      node = next;
    }
    node.text = value;
  }
  return fieldsOf(root);
}

function fieldsOf(node: Node): Form {
  return Object.fromEntries([...node.children].map(([name, child]) => [name, readNode(child)]));
}

function readNode(node: Node): FormValue {
  if (node.children.size === 0) return node.text ?? "";
  const members = node.children.get("member");
  if (members !== undefined && node.children.size === 1) {
    const items = [...members.children].sort(([a], [b]) => Number(a) - Number(b));
    return items.map(([, item]) => readNode(item));
  }
  return fieldsOf(node);
}
