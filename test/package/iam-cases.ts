import type { Decision, Statement } from "./iam.ts";

type Case = {
  case: string;
  /** By default its effect is Allow. */
  statement: Omit<Statement, "Effect"> & { Effect?: Statement["Effect"] };
  decision: Decision;
};

/** Statements, and what each decides about the one request of the test. */
export const cases: readonly Case[] = [
  {
    case: "an action by name, in another case",
    statement: { Action: "s3:getobject", Resource: "*" },
    decision: "allowed",
  },
  {
    case: "an action by wildcard",
    statement: { Action: ["s3:Put*", "s3:Get?bject"], Resource: "*" },
    decision: "allowed",
  },
  {
    case: "another action",
    statement: { Action: "s3:GetObjectAcl", Resource: "*" },
    decision: "not allowed",
  },
  {
    case: "a resource by wildcard",
    statement: { Action: "s3:*", Resource: "arn:*:s3:::bucket/*" },
    decision: "allowed",
  },
  {
    case: "a resource in another case",
    statement: { Action: "s3:*", Resource: "arn:aws:s3:::Bucket/*" },
    decision: "not allowed",
  },
  {
    case: "a wildcard across a colon",
    statement: { Action: "s3:*", Resource: "arn:aws:*:bucket/key" },
    decision: "not allowed",
  },
  {
    case: "a dot in place of another character",
    statement: { Action: "s3:*", Resource: "arn:aws:s3:::bucket.key" },
    decision: "not allowed",
  },
  {
    case: "a condition that is true",
    statement: {
      Action: "s3:*",
      Resource: "*",
      Condition: { StringEquals: { "aws:TAG": ["x", "one"] } },
    },
    decision: "allowed",
  },
  {
    case: "a condition whose key is missing",
    statement: { Action: "s3:*", Resource: "*", Condition: { StringLike: { "aws:none": "*" } } },
    decision: "not allowed",
  },
  {
    case: "StringEquals with a wildcard",
    statement: { Action: "s3:*", Resource: "*", Condition: { StringEquals: { "aws:tag": "o*" } } },
    decision: "not allowed",
  },
  {
    case: "StringLike with a wildcard",
    statement: { Action: "s3:*", Resource: "*", Condition: { StringLike: { "aws:tag": "o*" } } },
    decision: "allowed",
  },
  {
    case: "a condition with one key that does not match",
    statement: {
      Action: "s3:*",
      Resource: "*",
      Condition: { StringEquals: { "aws:tag": "one", "aws:list": "c" } },
    },
    decision: "not allowed",
  },
  {
    case: "an ARN with wildcards in its parts",
    statement: {
      Action: "s3:*",
      Resource: "*",
      Condition: { ArnEquals: { "aws:arn": "arn:aws:iam::*:role/*" } },
    },
    decision: "allowed",
  },
  {
    case: "Null for a key that the request has",
    statement: { Action: "s3:*", Resource: "*", Condition: { Null: { "aws:tag": "false" } } },
    decision: "allowed",
  },
  {
    case: "Null for a key that the request does not have",
    statement: { Action: "s3:*", Resource: "*", Condition: { Null: { "aws:none": "false" } } },
    decision: "not allowed",
  },
  {
    case: "ForAllValues with all values listed",
    statement: {
      Action: "s3:*",
      Resource: "*",
      Condition: { "ForAllValues:StringEquals": { "aws:list": ["a", "b", "c"] } },
    },
    decision: "allowed",
  },
  {
    case: "ForAllValues with a value that is not listed",
    statement: {
      Action: "s3:*",
      Resource: "*",
      Condition: { "ForAllValues:StringEquals": { "aws:list": "a" } },
    },
    decision: "not allowed",
  },
  {
    case: "ForAllValues without a value",
    statement: {
      Action: "s3:*",
      Resource: "*",
      Condition: { "ForAllValues:StringEquals": { "aws:none": "a" } },
    },
    decision: "allowed",
  },
  {
    case: "ForAnyValue with a listed value",
    statement: {
      Action: "s3:*",
      Resource: "*",
      Condition: { "ForAnyValue:StringEquals": { "aws:list": ["b", "x"] } },
    },
    decision: "allowed",
  },
  {
    case: "ForAnyValue without a value",
    statement: {
      Action: "s3:*",
      Resource: "*",
      Condition: { "ForAnyValue:StringEquals": { "aws:none": "a" } },
    },
    decision: "not allowed",
  },
  {
    case: "a deny beside an allow",
    statement: { Effect: "Deny", Action: "s3:Get*", Resource: "*" },
    decision: "denied",
  },
  {
    case: "not-equals of another value",
    statement: {
      Action: "s3:*",
      Resource: "*",
      Condition: { StringNotEquals: { "aws:tag": ["x", "y"] } },
    },
    decision: "allowed",
  },
  {
    case: "not-equals of one of its values",
    statement: {
      Action: "s3:*",
      Resource: "*",
      Condition: { StringNotEquals: { "aws:tag": ["x", "one"] } },
    },
    decision: "not allowed",
  },
  {
    case: "not-equals of a key that is missing",
    statement: {
      Action: "s3:*",
      Resource: "*",
      Condition: { StringNotEquals: { "aws:none": "x" } },
    },
    decision: "allowed",
  },
  {
    case: "not-like of what is like it",
    statement: { Action: "s3:*", Resource: "*", Condition: { StringNotLike: { "aws:tag": "o*" } } },
    decision: "not allowed",
  },
  {
    case: "not-like, with a question mark for each character",
    statement: { Action: "s3:*", Resource: "*", Condition: { StringNotLike: { "aws:tag": "??" } } },
    decision: "allowed",
  },
  {
    case: "all values unlike",
    statement: {
      Action: "s3:*",
      Resource: "*",
      Condition: { "ForAllValues:StringNotLike": { "aws:list": ["c*", "d"] } },
    },
    decision: "allowed",
  },
  {
    case: "one value alike, of all that are to be unlike",
    statement: {
      Action: "s3:*",
      Resource: "*",
      Condition: { "ForAllValues:StringNotLike": { "aws:list": "b*" } },
    },
    decision: "not allowed",
  },
  {
    case: "all of no values unlike",
    statement: {
      Action: "s3:*",
      Resource: "*",
      Condition: { "ForAllValues:StringNotLike": { "aws:none": "*" } },
    },
    decision: "allowed",
  },
  {
    case: "any of no values unlike",
    statement: {
      Action: "s3:*",
      Resource: "*",
      Condition: { "ForAnyValue:StringNotLike": { "aws:none": "x" } },
    },
    decision: "not allowed",
  },
  {
    case: "another ARN",
    statement: {
      Action: "s3:*",
      Resource: "*",
      Condition: { ArnNotLike: { "aws:arn": "arn:aws:iam::*:role/y" } },
    },
    decision: "allowed",
  },
  {
    case: "an ARN that is like it",
    statement: {
      Action: "s3:*",
      Resource: "*",
      Condition: { ArnNotLike: { "aws:arn": "arn:aws:iam::*:role/x" } },
    },
    decision: "not allowed",
  },
  {
    case: "a deny of everyone",
    statement: { Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "*" },
    decision: "denied",
  },
];
