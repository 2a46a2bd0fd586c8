/** The constraints of STS's service model (2011-06-15). */
import type { TextRule } from "../input.ts";

export const arn: TextRule = { min: 20, max: 2048 };
export const roleSessionName: TextRule = { min: 2, max: 64, pattern: "[\\w+=,.@-]*" };
export const externalId: TextRule = { min: 2, max: 1224, pattern: "[\\w+=,.@:\\/-]*" };
export const clientToken: TextRule = { min: 4, max: 20_000 };
export const providerId: TextRule = { min: 4, max: 2048 };
export const durationSeconds = { min: 900, max: 43_200 };
