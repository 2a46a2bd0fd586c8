/**
 * The actions that the workflows use, each pinned to a commit. Someone who takes over an action can move its tags, but
 * cannot change a commit.
 * https://docs.github.com/en/actions/reference/security/secure-use#using-third-party-actions
 */
const ACTIONS = {
  "actions/checkout": ["v7.0.1", "3d3c42e5aac5ba805825da76410c181273ba90b1"],
  "aws-actions/amazon-ecr-login": ["v2.1.7", "03f1aad4c6c7ffd436567f42f9384779290529bd"],
  "aws-actions/configure-aws-credentials": ["v6.2.3", "e6de054238d6b7531b4efff3b6587d9aade6a06c"],
  "azure/setup-helm": ["v5.0.1", "9bc31f4ebc9c6b171d7bfbaa5d006ae7abdb4310"],
  "docker/build-push-action": ["v7.3.0", "53b7df96c91f9c12dcc8a07bcb9ccacbed38856a"],
  "docker/setup-buildx-action": ["v4.3.0", "37fe631027851001ddb9b187196cc803df7f5f0e"],
  "docker/setup-qemu-action": ["v4.2.0", "96fe6ef7f33517b61c61be40b68a1882f3264fb8"],
} as const;

/** The Helm that azure/setup-helm installs. Helm 3 gets no fixes after November 2026: https://helm.sh/blog/helm-4-released/ */
export const HELM_VERSION = "v4.2.4";

/** Returns a step's `uses:` line. */
export function uses(action: keyof typeof ACTIONS): string {
  const [version, commit] = ACTIONS[action];
  return `uses: ${action}@${commit} # ${version}`;
}
