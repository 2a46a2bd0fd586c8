/** The calls that each consumer makes with its generated client. */
export type Name = { owner: string; repo: string; role: string };

export type Consumer = {
  /** Registers with the default branch and these tags. Returns the entity tag, which a later change needs. */
  register(name: Name, tags: string[]): Promise<{ status?: number; etag: string; roleArn: string }>;
  /** Changes the tags if the entity tag is still current. Returns the status, and the code of a problem. */
  update(name: Name, tags: string[], etag: string): Promise<{ status?: number; code?: string }>;
  explain(name: Name, sub: string): Promise<{ allowed: boolean; remedy: string }>;
  workflow(name: Name): Promise<string>;
  /** Returns the roles of all pages. */
  list(limit: number): Promise<string[]>;
  /** Returns the ARNs of the removed resources. */
  remove(name: Name): Promise<string[]>;
  /** Returns the pointers of the faults of a session that is too short. */
  faults(name: Name): Promise<string[]>;
};

export type Connect = (baseUrl: string, fetch: typeof globalThis.fetch) => Consumer;
