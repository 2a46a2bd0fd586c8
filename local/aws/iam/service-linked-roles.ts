/**
 * Roles that belong to an AWS service. The account's users cannot change them.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
 */
import { type Action, action } from "../action.ts";
import type { Xml } from "../wire/xml.ts";
import { putRole, roleKey, showRole } from "./role.ts";
import * as rules from "./rules.ts";
import { invalidInput } from "./rules.ts";
import { type Iam, newId, type Role } from "./state.ts";

export const CreateServiceLinkedRole: Action<Iam, Xml> = action(
  (input) => ({
    service: input.text("AWSServiceName", { min: 1, max: 128, pattern: "[\\w+=,.@\\-]+" }),
    description: input.optionalText("Description", rules.roleDescription),
  }),
  (iam, { service, description }) => {
    const [label = ""] = service.split(".");
    const name = `AWSServiceRoleFor${label.charAt(0).toUpperCase()}${label.slice(1)}`;
    if (iam.roles.get(roleKey(name)) !== undefined)
      throw invalidInput(
        `Service role name ${name} has been taken in this account, please try a different suffix.`,
      );
    const role: Role = {
      name,
      path: `/aws-service-role/${service}/`,
      id: newId("AROA"),
      createdAt: iam.now().toISOString(),
      trust: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: [service] }, Action: ["sts:AssumeRole"] }],
      }),
      maxSessionDuration: rules.defaultSessionDuration,
      tags: [],
      inline: [],
      attached: [],
      ...(description === undefined ? {} : { description }),
    };
    putRole(iam, role);
    return { Role: showRole(iam, role) };
  },
);
