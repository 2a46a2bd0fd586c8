/** The account that the emulator imitates, with its region and partition. */
export type Account = { id: string; region: string; partition: string };

const regionPrefixes: readonly (readonly [prefix: string, partition: string])[] = [
  ["cn-", "aws-cn"],
  ["us-gov-", "aws-us-gov"],
  ["eusc-", "aws-eusc"],
  ["us-isob-", "aws-iso-b"],
  ["us-isof-", "aws-iso-f"],
  ["eu-isoe-", "aws-iso-e"],
  ["us-iso-", "aws-iso"],
];

const dnsSuffixes: Readonly<Record<string, string>> = {
  aws: "amazonaws.com",
  "aws-cn": "amazonaws.com.cn",
  "aws-us-gov": "amazonaws.com",
  "aws-eusc": "amazonaws.eu",
  "aws-iso": "c2s.ic.gov",
  "aws-iso-b": "sc2s.sgov.gov",
  "aws-iso-e": "cloud.adc-e.uk",
  "aws-iso-f": "csp.hci.ic.gov",
};

export function partitionOf(region: string): string {
  return regionPrefixes.find(([prefix]) => region.startsWith(prefix))?.[1] ?? "aws";
}

/** The domain of the partition's endpoints, as in `ACCOUNT.dkr.ecr.REGION.<suffix>`. */
export function dnsSuffixOf(partition: string): string {
  return dnsSuffixes[partition] ?? "amazonaws.com";
}
