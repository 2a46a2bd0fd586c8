declare module "dynalite" {
  import type { Server } from "node:http";

  export type DynaliteOptions = {
    /** The folder in which LevelDB stores the tables. By default they are in memory. */
    path?: string;
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  };

  /** A server that does not listen yet. Closing it closes its database. */
  export default function dynalite(options?: DynaliteOptions): Server;
}
