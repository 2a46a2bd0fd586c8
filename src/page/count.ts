/** Returns a number with its noun: `1 role`, `2 roles`. */
export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;
