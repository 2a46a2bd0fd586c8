import { uses } from "./actions.ts";
import { yaml } from "./quote.ts";
import type { Kind } from "./workflow.ts";

/**
 * Builds one image and pushes it.
 *
 * Tags: the commit's id always, `latest` on the default branch, and a git tag's name on that tag. The repositories
 * are made with tags that cannot be moved, `latest` and `buildcache*` aside, and ECR refuses a tag that is there even
 * for the same image (https://github.com/aws/containers-roadmap/issues/2179). So only tags that are missing are
 * pushed, and nothing is built where none is: running again, or tagging a commit that is pushed already, ends well.
 *
 * The cache is in the repository itself where the role may pull, too (importing it takes GetDownloadUrlForLayer),
 * as an image manifest of OCI's types, the only form of it that ECR takes.
 * https://aws.amazon.com/blogs/containers/announcing-remote-cache-support-in-amazon-ecr-for-buildkit-clients/
 *
 * No provenance: with it even an image for one platform is an index, which AWS Lambda refuses.
 * https://github.com/aws/aws-lambda-roadmap/issues/82
 */
export const docker: Kind = {
  needs: "push",
  maxMinutes: 360,
  steps: ({ runner, platforms, context, dockerfile }, { uri, access }) => `\
${platforms.some((platform) => platform !== native(runner)) ? QEMU : ""}\
      - name: Set up Buildx
        ${uses("docker/setup-buildx-action")}

      # A tag that is there cannot be moved, "latest" aside: push only those that are missing.
      - name: Choose the image's tags
        id: tags
        env:
          IMAGE: ${yaml(uri)}
          DEFAULT_BRANCH: \${{ github.event.repository.default_branch }}
          LC_ALL: C
        run: |
          if_missing() { docker buildx imagetools inspect "$IMAGE:$1" > /dev/null 2>&1 || echo "$IMAGE:$1"; }
          {
            echo 'missing<<END'
            if_missing "$GITHUB_SHA"
            case "$GITHUB_REF" in
              "refs/heads/$DEFAULT_BRANCH") echo "$IMAGE:latest" ;;
              refs/tags/*)
                # An image's tag has no other characters, begins with none of the marks, and is not longer.
                tag="\${GITHUB_REF_NAME//[^[:alnum:]._-]/-}"
                tag="\${tag/#[.-]/_}"
                if_missing "\${tag::128}"
                ;;
            esac
            echo END
          } | tee -a "$GITHUB_OUTPUT"

      - name: Build and push
        if: steps.tags.outputs.missing != ''
        ${uses("docker/build-push-action")}
        with:
          context: ${yaml(context)}
          file: ${yaml(context === "." ? dockerfile : `${context}/${dockerfile}`)}
          platforms: ${yaml(platforms.join(","))}
          push: true
          tags: \${{ steps.tags.outputs.missing }}
          provenance: false # AWS Lambda takes no image with an attestation
${access === "both" ? cache(`type=registry,ref=${uri}:buildcache`) : ""}`,
};

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
