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
  "docker/build-push-action": ["v7.4.0", "c3c9e263c25d99ce0380d002d59b67737d91b0dc"],
  "docker/setup-buildx-action": ["v4.4.1", "f87e5991a6d7451dcb8d9637bfbc97413f497069"],
  "docker/setup-qemu-action": ["v4.4.0", "99012661954931238ded8c8b007157a8430204e1"],
} as const;

/** The Helm that azure/setup-helm installs. Helm 3 gets no fixes after November 2026: https://helm.sh/blog/helm-4-released/ */
export const HELM_VERSION = "v4.2.4";

/**
 * The container images that the actions start, each pinned by digest for the same reason. By default the actions start
 * the newest image. `docker buildx imagetools inspect IMAGE:TAG` prints the digest of a newer one.
 */
export const IMAGES = {
  /** The emulators that docker/setup-qemu-action installs, with all rights on the runner. */
  binfmt:
    "docker.io/tonistiigi/binfmt:qemu-v10.2.3-68@sha256:400a4873b838d1b89194d982c45e5fb3cda4593fbfd7e08a02e76b03b21166f0",
  /** The builder that docker/setup-buildx-action starts. */
  buildkit:
    "docker.io/moby/buildkit:v0.33.0@sha256:6c2fa84a6b61ccd72899dde4239f8d5717f05f9a8ca6f3cad185fb1a95a94de3",
  /** The scanner that BuildKit starts for a bill of materials. It reads the whole image. */
  scanner:
    "docker.io/docker/buildkit-syft-scanner:1.12.0@sha256:ae4f3b554449e7e25548e7d8ccc029d17357348e30c6e3df01b92bc93654d6a9",
} as const;

/** Returns a step's `uses:` line. */
export function uses(action: keyof typeof ACTIONS): string {
  const [version, commit] = ACTIONS[action];
  return `uses: ${action}@${commit} # ${version}`;
}
