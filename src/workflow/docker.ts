import { starred, stringLike } from "../policy/string-like.ts";
import { IMAGES, uses } from "./actions.ts";
import { yaml } from "./quote.ts";
import { labelsOf, type Runner } from "./runner.ts";
import { CHART_TYPE, FAIL, MANIFEST } from "./shell.ts";
import type { Kind, Repository } from "./workflow.ts";

/**
 * Builds one image for each commit and pushes it.
 *
 * Every image gets the commit's id and the tags of the settings. It also gets `latest` on the default branch if ECR lets
 * that tag move, or the git tag's name on a tag. Before the build, the script looks for the tags:
 *
 * - If the commit's image exists, nothing is built. `imagetools create` gives that image the tags that it does not have.
 *   So a second run completes a run that failed halfway, and a git tag on a built commit names the image of that commit.
 * - A moving tag moves to the commit's image, but never back to an older commit. An annotation of each image names its
 *   commit, and GitHub compares the two commits.
 * - Any other tag stays where it is. If it names another image, a git tag's name is an error: somebody moved the git tag,
 *   or two git tags have the same name in ECR. A tag of the settings is a warning, because it shall stay.
 * - A tag that names a Helm chart is an error. So is the commit's id if it names another commit's image.
 *
 * ECR refuses to push an immutable tag that exists, even for the same image
 * (https://github.com/aws/containers-roadmap/issues/2179). The commit's id comes first in the list of tags, and BuildKit
 * pushes the tags in order. So any other tag of a failed push implies the commit's id.
 *
 * `imagetools create` gets the image as a descriptor with a platform. If it gets a reference, it reads the image's
 * configuration for the platform, which needs ecr:GetDownloadUrlForLayer, and a role that only pushes does not have it.
 * `--prefer-index=false` copies the manifest as it is, so that the digest stays the same.
 * https://docs.docker.com/reference/cli/docker/buildx/imagetools/create/
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
  inputs: () => "",
  steps: (
    { runner, platforms, context, dockerfile, tags = [], provenance = false, sbom = false },
    target,
  ) => {
    const { uri, access } = target;
    const movesTag = (tag: string) => moves(target, tag);
    const moving = tags.filter(movesTag);
    const latest = movesTag("latest");
    const isIndex = platforms.length > 1 || provenance || sbom;
    return `\
${platforms.some((platform) => platform !== native(runner)) ? QEMU : ""}\
      - name: Set up Buildx
        ${uses("docker/setup-buildx-action")}
        with:
          driver-opts: image=${IMAGES.buildkit}

${choose({ uri, moving, latest, fixed: tags.filter((tag) => !movesTag(tag) && tag !== "latest") })}
      - name: Build and push
        if: steps.tags.outputs.chosen != ''
        ${uses("docker/build-push-action")}
        with:
          context: ${yaml(context)}
          file: ${yaml(context === "." ? dockerfile : `${context}/${dockerfile}`)}
          platforms: ${yaml(platforms.join(","))}
          push: true
          tags: \${{ steps.tags.outputs.chosen }}
          annotations: ${isIndex ? "index" : "manifest"}:${REVISION}=\${{ github.sha }}
          provenance: ${provenance}${provenance || sbom ? "" : " # AWS Lambda refuses images with attestations"}
          sbom: ${sbom ? `generator=${IMAGES.scanner}` : false}
${access === "both" && movesTag("buildcache") ? cache(`type=registry,ref=${uri}:buildcache`) : ""}`;
  },
};

/** The annotation that names an image's commit: https://specs.opencontainers.org/image-spec/annotations/ */
const REVISION = "org.opencontainers.image.revision";

/** The shell's pattern that finds the commit in a manifest with the annotation. */
const OF_COMMIT = `\\"${REVISION.replaceAll(".", "\\.")}\\":\\ *\\"([0-9a-f]{40})\\"`;

type Tags = { uri: string; moving: readonly string[]; fixed: readonly string[]; latest: boolean };

/** Returns the step that chooses the tags. */
const choose = ({ uri, moving, fixed, latest }: Tags): string => {
  const anyMoves = latest || moving.length > 0;
  return `\
      # Each commit has one image. If it exists, it only gets the tags that it does not have, and nothing is built.
      - name: Choose the image's tags
        id: tags
        env:
          IMAGE: ${yaml(uri)}
${latest ? "          DEFAULT_BRANCH: ${{ github.event.repository.default_branch }}\n" : ""}\
${moving.length > 0 ? `          MOVING: ${yaml(moving.join(" "))}\n` : ""}\
${fixed.length > 0 ? `          FIXED: ${yaml(fixed.join(" "))}\n` : ""}\
${anyMoves ? "          GITHUB_TOKEN: ${{ github.token }}\n" : ""}\
          LC_ALL: C
        run: |
${FAIL}
${MANIFEST}
${anyMoves ? `${IS_NEWER}\n` : ""}\
          # Chooses a tag. If it names another image, it ${anyMoves ? "moves, or stays" : "stays,"} with a warning or an error.
          choose() {
            if [[ " \${tags[*]} " = *" $1 "* ]]; then return 0; fi
            found="$(manifest "$IMAGE:$1")"
            case "$found" in
              "") tags+=("$1") ;;
              *${CHART_TYPE}*) fail "Not an image" "$IMAGE:$1 is a Helm chart. Push charts and images to different repositories." ;;
              "$image") return 0 ;;
              *)
${anyMoves ? '                if [ "$2" = move ] && ! is_newer; then tags+=("$1"); return 0; fi\n' : ""}\
                echo "::${anyMoves ? "${2/move/warning}" : "$2"} title=Tag not moved::$1 names another image than that of $GITHUB_SHA, and stays there. $3"
                if [ "$2" = error ]; then exit 1; fi
                ;;
            esac
          }

          tags=()
          image="$(manifest "$IMAGE:$GITHUB_SHA")"
          if [[ "$image" =~ ${OF_COMMIT} && "\${BASH_REMATCH[1]}" != "$GITHUB_SHA" ]]; then
            fail "Another commit's image" "$IMAGE:$GITHUB_SHA is the image of the commit \${BASH_REMATCH[1]}. Delete this tag in ECR, then run the job again."
          fi
          choose "$GITHUB_SHA" error
${moving.length > 0 ? `          for tag in $MOVING; do choose "$tag" move "${NEWER}"; done\n` : ""}\
${fixed.length > 0 ? '          for tag in $FIXED; do choose "$tag" warning "It cannot move in ECR."; done\n' : ""}\
          case "$GITHUB_REF" in
${
  latest
    ? `            "refs/heads/$DEFAULT_BRANCH") choose latest move "${NEWER}" ;;\n`
    : "            refs/tags/latest) ;; # not used, because it could not move in ECR\n"
}\
            refs/tags/*)
              # An image tag has at most 128 letters, digits and . _ -, and does not begin with . or -.
              tag="\${GITHUB_REF_NAME//[^[:alnum:]._-]/-}"
              tag="\${tag/#[.-]/_}"
              choose "\${tag::128}" error "The git tag $GITHUB_REF_NAME was moved, or another git tag has the same name in ECR. Use a new git tag."
              ;;
          esac

          if [ -z "$image" ]; then
            { echo 'chosen<<END'; printf '%s\\n' "\${tags[@]/#/$IMAGE:}"; echo END; } | tee -a "$GITHUB_OUTPUT"
            exit
          fi
          if [ "\${#tags[@]}" -gt 0 ]; then
            # A role that only pushes may not read the image's configuration, so docker gets a descriptor with a platform.
            [[ "$image" =~ \\"mediaType\\":\\ *\\"([^\\"]+)\\" ]] || fail "No media type" "The manifest of $IMAGE:$GITHUB_SHA has none."
            digest="sha256:$(printf %s "$image" | sha256sum | cut -d ' ' -f 1)"
            docker buildx imagetools create --prefer-index=false "\${tags[@]/#/--tag=$IMAGE:}" \\
              '{"mediaType":"'"\${BASH_REMATCH[1]}"'","digest":"'"$digest"'","size":'\${#image}',"platform":{"os":"linux","architecture":"any"}}'
          fi
          echo "::notice title=Nothing to build::The image of $GITHUB_SHA exists. New tags: \${tags[*]:-none}."
`;
};

/** The reason why a moving tag stays. */
const NEWER = "That image is of a newer commit.";

/**
 * The shell function that compares this commit with the commit of the image in `$found`.
 * https://docs.github.com/en/rest/commits/commits#compare-two-commits
 */
const IS_NEWER = `\
          # Tells whether $found is the image of a newer commit. GitHub answers 404 for a commit of another repository.
          is_newer() {
            [[ "$found" =~ ${OF_COMMIT} ]] || return 1
            answer="$(curl -sS --retry 3 -H "Authorization: Bearer $GITHUB_TOKEN" -w '%{http_code}' \\
              "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/compare/$GITHUB_SHA...\${BASH_REMATCH[1]}" | tr -d ' \\n')"
            case "$answer" in
              *'"status":"ahead"'*'}200') return 0 ;;
              *'}200' | *'}404') return 1 ;;
              *) fail "GitHub did not answer" "GitHub did not compare $GITHUB_SHA with the newest image's commit. Run the job again." ;;
            esac
          }
`;

/** Tells whether ECR lets a tag of a repository move. */
export const moves = ({ movableTags = MOVABLE_TAGS }: Repository, tag: string): boolean =>
  movableTags.some((filter) => stringLike(starred(filter), tag));

/** The mutable tags of a repository by default: the exclusions of new repositories. */
const MOVABLE_TAGS: readonly string[] = ["latest", "buildcache*"];

const QEMU = `\
      # Emulates the platforms that differ from the runner's own.
      - name: Set up QEMU
        ${uses("docker/setup-qemu-action")}
        with:
          image: ${IMAGES.binfmt}

`;

/** Returns the runner's own platform. The labels of GitHub's ARM runners, and of most others, contain `arm`. */
const native = (runner: Runner): string =>
  labelsOf(runner).some((label) => /\barm(64)?\b/i.test(label)) ? "linux/arm64" : "linux/amd64";

const cache = (registry: string): string => `\
          cache-from: ${yaml(registry)}
          cache-to: ${yaml(`${registry},mode=max,image-manifest=true,oci-mediatypes=true`)}
`;
