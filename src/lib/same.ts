/**
 * Tells whether two values have the same JSON text, including the order of keys. Ignores keys with undefined values.
 */
export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
