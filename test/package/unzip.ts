import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { inflateRawSync } from "node:zlib";

/**
 * Writes the files of a zip archive to a directory and returns their names. It reads the parts of the format that
 * Lambda's archives use: deflated or stored, no encryption, no zip64.
 * https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export async function unzip(archive: string, directory: string): Promise<string[]> {
  const bytes = await readFile(archive);
  const end = bytes.lastIndexOf("PK\x05\x06", undefined, "latin1");
  let at = bytes.readUInt32LE(end + 16);
  const names: string[] = [];
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const [name, extra, comment] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field));
    if (name === undefined || extra === undefined || comment === undefined) throw new Error("unreachable");
    const path = bytes.toString("utf8", at + 46, at + 46 + name);
    const local = bytes.readUInt32LE(at + 42);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const data = bytes.subarray(start, start + bytes.readUInt32LE(at + 20));
    const isDeflated = bytes.readUInt16LE(at + 10) === 8;
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), isDeflated ? inflateRawSync(data) : data);
    names.push(path);
    at += 46 + name + extra + comment;
  }
  return names;
}
