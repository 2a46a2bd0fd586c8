import { type Action, action } from "../action.ts";
import type { Xml } from "../wire/xml.ts";
import { pageOf, readPaging } from "./paging.ts";
import { findOwnRole, findRole, putRole, readRoleName, roleKey } from "./role.ts";
import type { Iam } from "./state.ts";
import { readTags, showTags, tagKey, withoutTags, withTags } from "./tags.ts";

export const TagRole: Action<Iam, Xml> = action(
  (input) => ({ name: readRoleName(input), tags: readTags(input) }),
  (iam, { name, tags }) => {
    const role = findOwnRole(iam, name);
    putRole(iam, { ...role, tags: withTags(iam, role.tags, tags) });
    return undefined;
  },
);

/** Removes tags. Removing a tag that the role does not have is no error. */
export const UntagRole: Action<Iam, Xml> = action(
  (input) => ({ name: readRoleName(input), keys: input.texts("TagKeys", { max: 50 }, tagKey) }),
  (iam, { name, keys }) => {
    const role = findOwnRole(iam, name);
    putRole(iam, { ...role, tags: withoutTags(role.tags, keys) });
    return undefined;
  },
);

export const ListRoleTags: Action<Iam, Xml> = action(
  (input) => ({ name: readRoleName(input), paging: readPaging(input) }),
  (iam, { name, paging }) => {
    const { tags } = findRole(iam, name);
    const { items, end } = pageOf(
      iam,
      `ListRoleTags ${roleKey(name)}`,
      tags,
      ({ key }) => key.toLowerCase(),
      paging,
    );
    return { Tags: showTags(items), ...end };
  },
);
