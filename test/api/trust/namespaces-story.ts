/** The model of `namespaces.test.ts`: it knows who is rightful from the events so far, without the service's rules. */
import { baseOf, hostOf, type Name, type Owner, type Put } from "./namespaces-actions.ts";

/** A repository as it really is, whether GitHub shows it or not. */
export type Real = { id: number; owner: Owner; name: Name; isShown: boolean };

const STARTING: [Owner, Name, boolean][] = [
  ["acme", "api{n}", true],
  ["acme", "_api{n}", true],
  ["acme", "API{n}", false],
  ["acme", "web{n}", false],
  ["acme", "shared{n}", false],
  ["Umbrella", "api{n}", true],
  ["corp", "api{n}", true],
  ["corp", "_api{n}", false],
];

/** The identity of a repository: its id if tokens carry one, otherwise its name. */
export type Identity = string;

/** The events so far and their consequences: the rightful repositories, and the operator's ECR repositories. */
export function openStory(number: number) {
  const written = (text: string): string => text.replaceAll("{n}", String(number));
  const namespaceOf = (owner: string, name: Name): string =>
    `${owner.toLowerCase()}/${written(baseOf(name))}`;
  /** No two runs share an id, as all are in one table. */
  const idOf = (id: number): number => 1000 * number + id;
  /** GitHub has one repository of a name, however it is spelled. */
  const isSame = (a: { owner: string; name: string }, b: { owner: string; name: string }): boolean =>
    `${a.owner}/${a.name}`.toLowerCase() === `${b.owner}/${b.name}`.toLowerCase();

  const world: Real[] = [];
  for (const [index, [owner, name, isShown]] of STARTING.entries()) {
    const isTaken = world.some((other) => isSame(other, { owner, name }));
    // Ids of two hosts may be the same.
    const id = idOf(100 + (hostOf(owner) === "server" ? index - 6 : index));
    if (!isTaken) world.push({ id, owner, name, isShown });
  }
  let nextId = idOf(200);

  const holders = new Map<
    string,
    { identity: Identity; name: string; isProven: boolean; provenId: number | undefined; former: Identity[] }
  >();
  const registrations = new Map<
    string,
    { path: string; identity: Identity; ecr: string[]; namespace: string }
  >();
  /** The owner of each ECR repository, as the table should have it. */
  const owned = new Map<string, Identity | "operator">();
  /** The ECR repositories that exist. */
  const made = new Set<string>();
  /** The ECR repositories that a release has left. Nobody may change their settings any more. */
  const left = new Set<string>();

  const identityOf = (owner: string, name: Name, id: number | undefined): Identity =>
    owner === "corp" || id === undefined
      ? `name:${owner}/${written(name)}`.toLowerCase()
      : `repository:${id}`;

  function idIn({ owner, name, ids }: Put): number | undefined {
    const here = world.find((one) => isSame(one, { owner, name }));
    if (ids === "none") return undefined;
    if (ids === "own") return here?.id ?? idOf(999);
    if (ids === "made-up") return idOf(998);
    // The id of whoever holds the namespace, or else of somebody else's repository.
    const [, held] = /^repository:(\d+)$/.exec(holders.get(namespaceOf(owner, name))?.identity ?? "") ?? [];
    return held === undefined
      ? (world.find((one) => one !== here && one.owner === owner)?.id ?? idOf(997))
      : Number(held);
  }

  /** The right answers to a PUT, and its consequences if it is accepted. */
  function judge(put: Put): { isRightful: boolean; accept(): void } {
    const { owner, name, role } = put;
    const id = idIn(put);
    const namespace = namespaceOf(owner, name);
    const path = `${owner}/${written(name)}`;
    const seen = world.find((one) => one.isShown && isSame(one, put));
    const refused = { isRightful: false, accept: () => {} };
    if (seen !== undefined && (seen.owner !== owner || seen.name !== name)) return refused;
    if (seen !== undefined && id !== undefined && id !== seen.id) return refused;
    const isProven = seen !== undefined;
    const identity = identityOf(owner, name, isProven ? seen.id : id);
    const holder = holders.get(namespace);
    const isSameName = holder?.name.toLowerCase() === path.toLowerCase();
    const takesOver =
      isProven && holder !== undefined && holder.identity !== identity && !holder.isProven && isSameName;
    const isHolder =
      holder === undefined
        ? isProven || (owner !== "ACME" && written(baseOf(name)) === written(name))
        : (holder.identity === identity && (isProven || holder.name === path)) || takesOver;
    if (!isHolder) return refused;
    // GitHub tells two repositories of one name apart, also where tokens do not.
    if (isProven && holder?.provenId !== undefined && holder.provenId !== seen.id) return refused;
    const standing = registrations.get(`${path.toLowerCase()} ${role}`);
    if (standing !== undefined && standing.identity !== identity && !takesOver) return refused;
    const ecr = [namespace, ...(put.cache ? [`${namespace}/cache`] : [])];
    const mine = [identity, ...(holder?.former ?? []), ...(takesOver ? [holder.identity] : [])];
    for (const one of ecr) {
      const its = owned.get(one);
      if (its === "operator" && !isProven) return refused;
      if (its === undefined && !isProven && one === written("acme/shared{n}")) return refused;
      if (its !== undefined && its !== "operator" && !mine.includes(its)) return refused;
    }
    if (put.settings && left.has(namespace)) return refused;
    const accept = () => {
      if (takesOver) {
        for (const [key, one] of registrations)
          if (one.path.toLowerCase() === path.toLowerCase()) registrations.delete(key);
      }
      const former = [...(holder?.former ?? []), ...(takesOver ? [holder.identity] : [])];
      holders.set(namespace, {
        identity,
        name: path,
        isProven: isProven || holder?.isProven === true,
        provenId: owner === "corp" ? (seen?.id ?? holder?.provenId) : undefined,
        former,
      });
      registrations.set(`${path.toLowerCase()} ${role}`, { path, identity, ecr, namespace });
      for (const one of ecr) {
        owned.set(one, identity);
        made.add(one);
      }
    };
    return { isRightful: true, accept };
  }

  return {
    written,
    world,
    holders,
    registrations,
    owned,
    made,
    left,
    namespaceOf,
    idOf,
    isSame,
    judge,
    idIn,
    newId: () => nextId++,
  };
}

export type Story = ReturnType<typeof openStory>;
