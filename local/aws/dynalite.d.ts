declare module "dynalite" {
  import type { Server } from "node:http";

  export type DynaliteOptions = {
    /** Where LevelDB keeps the tables; in memory without it. */
    path?: string;
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  };

  /** A server that does not listen yet. Closing it closes its database. */
  export default function dynalite(options?: DynaliteOptions): Server;
}
