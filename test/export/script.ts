/** Runs a script that calls `aws`: either the stand-in or the machine's CLI. */
import { execFile, execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aws } from "./aws.ts";

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
  const [asked, answered] = [join(directory, "asked"), join(directory, "answered")];
  try {
    mkdirSync(bin);
    mkdirSync(cwd);
    writeFileSync(join(bin, "aws"), standIn(asked, answered));
    chmodSync(join(bin, "aws"), 0o755);
    execFileSync("mkfifo", [asked, answered]);
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
    const answering = answerCommands(asked, answered);
    const ran = await new Promise<Omit<Ran, "left">>((resolve) => {
      const child = execFile("sh", [join(directory, "script.sh")], options, (_, __, stderr) =>
        resolve({ status: child.exitCode ?? -1, stderr }),
      );
    });
    await Promise.all([writeFile(asked, THE_END), answering]);
    return { ...ran, left: readdirSync(cwd) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/**
 * Returns the command `aws`. It hands its arguments to this process through a pipe and prints the answer: a process of
 * Node for each command would take most of the time.
 */
const standIn = (asked: string, answered: string): string => `#!/bin/sh
printf '%s\\0' "$AWS_ENDPOINT_URL" "$AWS_ACCESS_KEY_ID" "$AWS_REGION" "$@" > '${asked}'
exec < '${answered}'
read -r status
if [ "$status" = 0 ]; then cat; else cat >&2; fi
exit "$status"
`;

const THE_END = "";

/** Answers the commands of a script, one after the other, until the end. */
async function answerCommands(asked: string, answered: string): Promise<void> {
  for (;;) {
    const command = await readFile(asked, "utf8");
    if (command === THE_END) return;
    const [endpoint = "", accessKeyId = "", region = "", ...args] = command.split("\0").slice(0, -1);
    const { status, text } = await aws(args, { endpoint, accessKeyId, region });
    await writeFile(answered, `${status}\n${text}\n`);
  }
}
