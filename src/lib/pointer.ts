/** JSON pointers (RFC 6901): a name as a reference token, and back. */
export const pointerToken = (name: string): string => name.replaceAll("~", "~0").replaceAll("/", "~1");

export const fromPointerToken = (token: string): string => token.replaceAll("~1", "/").replaceAll("~0", "~");
