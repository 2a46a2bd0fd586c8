import { starred, stringLike } from "../trust/evaluate/string-like.ts";
import { uses } from "./actions.ts";
import { yaml } from "./quote.ts";
import type { Kind } from "./workflow.ts";

/**
 * Builds one image and pushes it.
 *
 * Tags: the commit's id always, `latest` on the default branch, a git tag's name on that tag, and those of the
 * settings always. ECR refuses a tag that is there and cannot be moved, even for the same image
 * (https://github.com/aws/containers-roadmap/issues/2179). So of tags that cannot be moved only those that are
 * missing are pushed, and nothing is built where none is left: running again, or tagging a commit that is pushed
 * already, ends well, and a tag of the settings that the repository does not let move stays at its first image.
 *
 * The cache is in the repository itself where the role may pull, too (importing it takes GetDownloadUrlForLayer), and
 * its tag can be moved, as an image manifest of OCI's types, the only form of it that ECR takes.
 * https://aws.amazon.com/blogs/containers/announcing-remote-cache-support-in-amazon-ecr-for-buildkit-clients/
 *
 * No provenance and no SBOM unless asked for: with either even an image for one platform is an index, which AWS
 * Lambda refuses. https://github.com/aws/aws-lambda-roadmap/issues/82
 */
export const docker: Kind = {
  job: "publish",
  needs: "push",
  maxMinutes: 360,
  inputs: "",
  steps: (
    { runner, platforms, context, dockerfile, tags = [], provenance = false, sbom = false },
    { uri, access, movableTags = MOVABLE_TAGS },
  ) => {
    const moves = (tag: string): boolean => movableTags.some((filter) => stringLike(starred(filter), tag));
    const [moved, fixed] = [tags.filter(moves), tags.filter((tag) => !moves(tag))];
    return `\
${platforms.some((platform) => platform !== native(runner)) ? QEMU : ""}\
      - name: Set up Buildx
        ${uses("docker/setup-buildx-action")}

      # Most tags cannot be moved once they are there: push those that are missing.
      - name: Choose the image's tags
        id: tags
        env:
          IMAGE: ${yaml(uri)}
          DEFAULT_BRANCH: \${{ github.event.repository.default_branch }}
${moved.length > 0 ? `          MOVED: ${yaml(moved.join(" "))}\n` : ""}\
${fixed.length > 0 ? `          FIXED: ${yaml(fixed.join(" "))}\n` : ""}\
          LC_ALL: C
        run: |
          always() { echo "$IMAGE:$1"; }
          if_missing() { docker buildx imagetools inspect "$IMAGE:$1" > /dev/null 2>&1 || always "$1"; }
          tags() {
            if_missing "$GITHUB_SHA"
${moved.length > 0 ? '            for tag in $MOVED; do always "$tag"; done\n' : ""}\
${fixed.length > 0 ? '            for tag in $FIXED; do if_missing "$tag"; done\n' : ""}\
            case "$GITHUB_REF" in
              "refs/heads/$DEFAULT_BRANCH") ${moves("latest") ? "always" : "if_missing"} latest ;;
              refs/tags/*)
                # An image's tag has no other characters, begins with none of the marks, and is not longer.
                tag="\${GITHUB_REF_NAME//[^[:alnum:]._-]/-}"
                tag="\${tag/#[.-]/_}"
                if_missing "\${tag::128}"
                ;;
            esac
          }
          { echo 'chosen<<END'; tags | sort -u; echo END; } | tee -a "$GITHUB_OUTPUT"

      - name: Build and push
        if: steps.tags.outputs.chosen != ''
        ${uses("docker/build-push-action")}
        with:
          context: ${yaml(context)}
          file: ${yaml(context === "." ? dockerfile : `${context}/${dockerfile}`)}
          platforms: ${yaml(platforms.join(","))}
          push: true
          tags: \${{ steps.tags.outputs.chosen }}
          provenance: ${provenance}${provenance || sbom ? "" : " # AWS Lambda takes no image with an attestation"}
          sbom: ${sbom}
${access === "both" && moves("buildcache") ? cache(`type=registry,ref=${uri}:buildcache`) : ""}`;
  },
};

/** What a repository lets move unless it says otherwise: the exclusions with which new ones are made. */
const MOVABLE_TAGS: readonly string[] = ["latest", "buildcache*"];

const QEMU = `\
      # Emulates the platforms that the runner itself is not of.
      - name: Set up QEMU
        ${uses("docker/setup-qemu-action")}

`;

/** What a runner builds for without help, as far as its label tells: GitHub's and most others' say `arm`. */
const native = (runner: string): string => (/\barm(64)?\b/i.test(runner) ? "linux/arm64" : "linux/amd64");

const cache = (registry: string): string => `\
          cache-from: ${yaml(registry)}
          cache-to: ${yaml(`${registry},mode=max,image-manifest=true,oci-mediatypes=true`)}
`;
