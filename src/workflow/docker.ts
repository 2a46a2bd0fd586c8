import { starred, stringLike } from "../policy/string-like.ts";
import { uses } from "./actions.ts";
import { yaml } from "./quote.ts";
import type { Kind } from "./workflow.ts";

/**
 * Builds one image and pushes it.
 *
 * Every image gets the commit's id and the tags of the settings. It also gets `latest` on the default branch, or the
 * git tag's name on a tag.
 *
 * ECR refuses to push an immutable tag that exists, even for the same image
 * (https://github.com/aws/containers-roadmap/issues/2179). So the workflow pushes an immutable tag only if it is
 * missing, and builds nothing if no tag is left. A second run succeeds, and so does a git tag on a commit that is
 * already pushed. An immutable tag of the settings stays at its first image.
 *
 * The build cache is in the repository itself if the role may also pull (importing the cache needs
 * GetDownloadUrlForLayer) and the cache's tag is mutable. ECR accepts the cache only as an image manifest with OCI's
 * media types.
 * https://aws.amazon.com/blogs/containers/announcing-remote-cache-support-in-amazon-ecr-for-buildkit-clients/
 *
 * By default the image has no provenance and no SBOM. Either of them turns even an image for one platform into an
 * index, which AWS Lambda refuses. https://github.com/aws/aws-lambda-roadmap/issues/82
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

      # Most tags cannot be moved once they exist, so push only the missing ones.
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
                # An image tag has at most 128 letters, digits and . _ -, and does not begin with . or -.
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
          provenance: ${provenance}${provenance || sbom ? "" : " # AWS Lambda refuses images with attestations"}
          sbom: ${sbom}
${access === "both" && moves("buildcache") ? cache(`type=registry,ref=${uri}:buildcache`) : ""}`;
  },
};

/** The mutable tags of a repository by default: the exclusions of new repositories. */
const MOVABLE_TAGS: readonly string[] = ["latest", "buildcache*"];

const QEMU = `\
      # Emulates the platforms that differ from the runner's own.
      - name: Set up QEMU
        ${uses("docker/setup-qemu-action")}

`;

/** Returns the runner's own platform. The labels of GitHub's ARM runners, and of most others, contain `arm`. */
const native = (runner: string): string => (/\barm(64)?\b/i.test(runner) ? "linux/arm64" : "linux/amd64");

const cache = (registry: string): string => `\
          cache-from: ${yaml(registry)}
          cache-to: ${yaml(`${registry},mode=max,image-manifest=true,oci-mediatypes=true`)}
`;
