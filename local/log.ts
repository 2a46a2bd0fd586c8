import type { Log } from "../src/services.ts";

type Level = keyof Log;
const LEVELS: Level[] = ["info", "warn", "error"];

/** Returns a log that writes JSON lines of the given level and above to standard error. */
export function lineLog(from: Level): Log {
  const at = (level: Level) => (message: string, details: Record<string, unknown>) => {
    if (LEVELS.indexOf(level) >= LEVELS.indexOf(from))
      console.error(JSON.stringify({ level, message, ...details }));
  };
  return { info: at("info"), warn: at("warn"), error: at("error") };
}
