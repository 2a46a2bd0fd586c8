/** IAM's lists of roles are read without the SDK's reader. The SDK is the oracle for what is read. */
import { Readable } from "node:stream";
import {
  GetAccountAuthorizationDetailsCommand,
  GetRoleCommand,
  IAMClient,
  ListRolesCommand,
} from "@aws-sdk/client-iam";
import { HttpResponse } from "@smithy/core/protocols";
import { describe, expect, test } from "vitest";
import { readRoleListsOf } from "../../src/aws/role-lists.ts";
import { readXml, Unread } from "../../src/aws/xml.ts";

const document = encodeURIComponent('{"Version":"2012-10-17","Statement":[]}');

const ROLE = `
        <Path>/rolecall/</Path>
        <RoleName>acme.web</RoleName>
        <RoleId>AROAEXAMPLE</RoleId>
        <Arn>arn:aws:iam::123456789012:role/rolecall/acme.web</Arn>
        <CreateDate>2026-11-23T06:00:00Z</CreateDate>
        <AssumeRolePolicyDocument>${document}</AssumeRolePolicyDocument>
        <Description>&lt;&quot;é&#x20AC;&apos; &amp;amp; more&gt;</Description>
        <MaxSessionDuration>7200</MaxSessionDuration>`;

const DETAILS = `<GetAccountAuthorizationDetailsResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
  <GetAccountAuthorizationDetailsResult>
    <IsTruncated>true</IsTruncated>
    <Marker>a&#x2F;b=</Marker>
    <UserDetailList/>
    <RoleDetailList>
      <member>${ROLE}
        <InstanceProfileList><member><Path>/</Path></member></InstanceProfileList>
        <RolePolicyList>
          <member><PolicyName>one</PolicyName><PolicyDocument>${document}</PolicyDocument></member>
          <member><PolicyName>two</PolicyName><PolicyDocument>{}</PolicyDocument></member>
        </RolePolicyList>
        <AttachedManagedPolicies><member><PolicyArn>arn:aws:iam::aws:policy/A</PolicyArn></member></AttachedManagedPolicies>
        <PermissionsBoundary><PermissionsBoundaryArn>arn:aws:iam::aws:policy/B</PermissionsBoundaryArn></PermissionsBoundary>
        <Tags><member><Key>a</Key><Value></Value></member><member><Key>b</Key><Value> x
 y </Value></member></Tags>
        <RoleLastUsed><LastUsedDate>2026-11-23T07:00:00Z</LastUsedDate></RoleLastUsed>
      </member>
      <member>
        <Path>/</Path>
        <RoleName>bare</RoleName>
        <RolePolicyList/><AttachedManagedPolicies></AttachedManagedPolicies><Tags/><RoleLastUsed/>
      </member>
    </RoleDetailList>
    <Policies><member>
      <Arn>arn:aws:iam::123456789012:policy/p</Arn>
      <PolicyVersionList>
        <member><Document>{}</Document><IsDefaultVersion>false</IsDefaultVersion></member>
        <member><Document>${document}</Document><IsDefaultVersion>true</IsDefaultVersion></member>
      </PolicyVersionList>
    </member></Policies>
  </GetAccountAuthorizationDetailsResult>
  <ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata>
</GetAccountAuthorizationDetailsResponse>
`;

const LIST = `<ListRolesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListRolesResult>
    <IsTruncated>false</IsTruncated>
    <Roles><member>${ROLE}</member><member><RoleId>AROAOTHER</RoleId></member></Roles>
  </ListRolesResult></ListRolesResponse>`;

/** Returns a client whose every call gets one answer. */
function clientOf(body: string, { statusCode = 200, isRead = true } = {}): IAMClient {
  const client = new IAMClient({
    region: "eu-central-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
    requestHandler: {
      handle: async () => ({
        response: new HttpResponse({
          statusCode,
          headers: { "content-type": "text/xml", "x-amzn-requestid": "r-1" },
          body: Readable.from([Buffer.from(body)]),
        }),
      }),
      updateHttpClientConfig: () => {},
      httpHandlerConfigs: () => ({}),
    },
  });
  if (isRead) readRoleListsOf(client);
  return client;
}

const details = (client: IAMClient) => client.send(new GetAccountAuthorizationDetailsCommand({}));
const list = (client: IAMClient) => client.send(new ListRolesCommand({}));

/** Leaves out fields without a value. */
const values = (value: object): unknown => JSON.parse(JSON.stringify(value));

describe("a list of roles is read as the SDK reads it", () => {
  test("the details of roles and policies", async () => {
    const ours = await details(clientOf(DETAILS));
    const theirs = await details(clientOf(DETAILS, { isRead: false }));
    const { RoleDetailList = [], Policies = [], ...page } = ours;
    expect(theirs).toMatchObject(values(page) ?? {});
    const [first] = theirs.RoleDetailList ?? [];
    const { InstanceProfileList, ...read } = first ?? {};
    expect(InstanceProfileList).toHaveLength(1);
    expect(values(RoleDetailList[0] ?? {})).toEqual(values(read));
    expect(RoleDetailList).toHaveLength(2);
    expect(theirs.RoleDetailList?.[1]).toMatchObject({ Path: "/", RoleName: "bare", Tags: [] });
    expect(RoleDetailList[1]).toMatchObject({ Path: "/", RoleName: "bare", Tags: [], RolePolicyList: [] });
    expect(values(Policies)).toEqual(values(theirs.Policies ?? []));
    expect(ours.Marker).toBe("a/b=");
  });

  test("the descriptions of roles", async () => {
    const ours = await list(clientOf(LIST));
    const theirs = await list(clientOf(LIST, { isRead: false }));
    expect(ours.IsTruncated).toBe(false);
    expect(ours.Roles?.map(values)).toEqual(
      theirs.Roles?.map(({ RoleId, Description, MaxSessionDuration }) =>
        values({ RoleId, Description, MaxSessionDuration }),
      ),
    );
    expect(ours.Roles?.[0]?.Description).toBe("<\"é€' &amp; more>");
  });

  test("the SDK's reader does no work: it would also have read the instance profiles", async () => {
    const { RoleDetailList: [first] = [] } = await details(clientOf(DETAILS));
    expect(first?.RoleName).toBe("acme.web");
    expect(first).not.toHaveProperty("InstanceProfileList");
  });
});

describe("the SDK reads", () => {
  test.each([
    ["a comment", DETAILS.replace("<UserDetailList/>", "<!-- none -->")],
    ["a CDATA section", DETAILS.replace(">bare<", "><![CDATA[bare]]><")],
    ["a declaration", `<?xml version="1.0"?>\n${DETAILS}`],
    ["an attribute", DETAILS.replace("<UserDetailList/>", '<UserDetailList a="b"/>')],
  ])("an answer with %s", async (_, body) => {
    const { RoleDetailList = [], Marker } = await details(clientOf(body));
    expect(RoleDetailList.map(({ RoleName }) => RoleName)).toEqual(["acme.web", "bare"]);
    expect(RoleDetailList[0]).toHaveProperty("InstanceProfileList");
    expect(Marker).toBe("a/b=");
  });

  test("an answer that is cut off, and refuses it", async () => {
    await expect(details(clientOf(DETAILS.slice(0, 2000)))).rejects.toThrow();
  });

  test("an error", async () => {
    const body =
      "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
    await expect(details(clientOf(body, { statusCode: 403 }))).rejects.toMatchObject({
      name: "AccessDenied",
      $metadata: { httpStatusCode: 403, requestId: "r-1" },
    });
  });

  test("every other answer", async () => {
    const body = LIST.replaceAll("ListRoles", "GetRole").replace(
      /<Roles>.*<\/Roles>/s,
      `<Role>${ROLE}</Role>`,
    );
    const { Role } = await clientOf(body).send(new GetRoleCommand({ RoleName: "acme.web" }));
    expect(Role?.RoleName).toBe("acme.web");
  });
});

describe("XML", () => {
  const read = (xml: string) => readXml(Buffer.from(xml));

  test.each([
    ["<a/>", ""],
    ["<a></a>", ""],
    ['<a xmlns="b">c</a>\n', "c"],
    ["<a> b\r\nc&#10; </a>", " b\nc\n "],
    ["<a>&#38;lt;</a>", "&lt;"],
    // The SDK's reader makes another character of this reference.
    ["<a>&#128512;</a>", "😀"],
    ["<a><b>1</b><c/></a>", { b: "1", c: "" }],
    ["<a>\n <member>1</member>\n <member/>\n</a>", ["1", ""]],
    ["<a><member><member>1</member></member></a>", [["1"]]],
  ])("%j is read", (xml, content) => {
    expect(read(xml)).toEqual(content);
  });

  test.each([
    "",
    "a",
    "<a>",
    "<a",
    "<a></b>",
    "<a><b></a></b>",
    "<a/>b",
    "<a/><a/>",
    "<a>b<c/></a>",
    "<a><c/>b</a>",
    "<a><b>1</b><b>2</b></a>",
    "<a><member/><b/></a>",
    "<a><b c='d'/></a>",
    "<a><__proto__>1</__proto__></a>",
    "<a>&nbsp;</a>",
    "<a>b & c</a>",
    "<a>&#x110000;</a>",
    "<a><!-- b --></a>",
    "<a><![CDATA[b]]></a>",
    "<?xml version='1.0'?><a/>",
  ])("%j is not read", (xml) => {
    expect(() => read(xml)).toThrow(Unread);
  });
});
