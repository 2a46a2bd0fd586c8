/** Runs a script that calls `aws`: either the stand-in or the machine's CLI. */
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const STAND_IN = fileURLToPath(new URL("aws.mjs", import.meta.url));

export type Ran = {
  status: number;
  stderr: string;
  /** The files that the script left in its working directory. */
  left: string[];
};

/**
 * Runs a script with `sh` in a directory of its own, against the AWS at a URL.
 * @param accessKeyId the embedded AWS takes a key of 12 digits as one of the account with that id
 */
export async function runScript(
  script: string,
  url: string,
  cliOfTheMachine = false,
  accessKeyId = "local",
): Promise<Ran> {
  const directory = mkdtempSync(join(tmpdir(), "rolecall-export-"));
  const [bin, cwd] = [join(directory, "bin"), join(directory, "cwd")];
  try {
    mkdirSync(bin);
    mkdirSync(cwd);
    writeFileSync(join(bin, "aws"), `#!/bin/sh\nexec '${process.execPath}' '${STAND_IN}' "$@"\n`);
    chmodSync(join(bin, "aws"), 0o755);
    writeFileSync(join(directory, "script.sh"), script);
    const { PATH = "", ...env } = process.env;
    const options = {
      cwd,
      env: {
        ...env,
        PATH: cliOfTheMachine ? PATH : `${bin}:${PATH}`,
        LC_ALL: "C.UTF-8",
        AWS_ENDPOINT_URL: url,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: "local",
        // The environment has another region than the script, which names its own.
        AWS_REGION: "us-east-2",
        AWS_DEFAULT_REGION: "us-east-2",
      },
    };
    const ran = await new Promise<Omit<Ran, "left">>((resolve) => {
      const child = execFile("sh", [join(directory, "script.sh")], options, (_, __, stderr) =>
        resolve({ status: child.exitCode ?? -1, stderr }),
      );
    });
    return { ...ran, left: readdirSync(cwd) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
