/** What each consumer does with a client that a generator made from the contract. */
export type Name = { owner: string; repo: string; role: string };

export type Consumer = {
  /** Registers with the default branch and these tags; answers the entity tag, to change it by. */
  register(name: Name, tags: string[]): Promise<{ status: number; etag: string; roleArn: string }>;
  /** Changes the tags if the entity tag still holds; answers the status, and the code of the problem. */
  update(name: Name, tags: string[], etag: string): Promise<{ status: number; code?: string }>;
  explain(name: Name, sub: string): Promise<{ allowed: boolean; remedy: string }>;
  workflow(name: Name): Promise<string>;
  /** The roles of all pages. */
  list(limit: number): Promise<string[]>;
  /** The ARNs of what was removed. */
  remove(name: Name): Promise<string[]>;
  /** The pointers of the faults of a session that is too short. */
  faults(name: Name): Promise<string[]>;
};

export type Connect = (baseUrl: string, fetch: typeof globalThis.fetch) => Consumer;
