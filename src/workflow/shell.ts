/** Shell functions that the scripts of several kinds contain, indented for a step's `run: |`. */

/** Stops the script with an error of GitHub's log. The function writes to stderr, which is no part of a $(…). */
export const FAIL = `\
          fail() { echo "::error title=$1::$2" >&2; exit 1; }
`;

/**
 * Prints the manifest of an image. If docker fails for any other reason than a missing tag, the script stops, so that an
 * outage never looks like a missing image. A role that only pushes may read manifests (ecr:BatchGetImage).
 */
export const MANIFEST = `\
          # Prints the manifest of a tag, or nothing if the tag does not exist.
          manifest() {
            docker buildx imagetools inspect --raw "$1" 2> "$RUNNER_TEMP/error" ||
              grep -qF "$1: not found" "$RUNNER_TEMP/error" || { cat "$RUNNER_TEMP/error" >&2; exit 1; }
          }
`;

/** The media type of a Helm chart's configuration. It distinguishes charts from images. */
export const CHART_TYPE = "application/vnd.cncf.helm.config.v1+json";
