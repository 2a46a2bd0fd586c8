import { yaml } from "./quote.ts";
import type { Kind } from "./workflow.ts";

/**
 * Pulls one image, for whatever a deployment does with it next. Its tag is asked for in a run by hand, and is
 * otherwise `latest`, which the docker workflow moves with the default branch.
 */
export const pull: Kind = {
  job: "pull",
  needs: "pull",
  maxMinutes: 30,
  inputs: `\
      tag:
        description: The image's tag
        type: string
        default: latest
`,
  steps: (_, { uri }) => `\
      # What comes next can name the image by its digest, steps.pull.outputs.image: a tag may move meanwhile.
      - name: Pull the image
        id: pull
        env:
          IMAGE: ${yaml(uri)}
          TAG: \${{ github.event.inputs.tag || 'latest' }}
          LC_ALL: C
        run: |
          if [[ ! "$TAG" =~ ^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$ ]]; then
            echo "::error title=Not a tag::An image's tag has letters, digits and _ . - only, and begins with none of the last two."
            exit 1
          fi
          docker pull "$IMAGE:$TAG" | tee "$RUNNER_TEMP/pulled"
          digest="$(sed -n 's/^Digest: //p' "$RUNNER_TEMP/pulled")"
          echo "image=$IMAGE@\${digest:?was not told}" | tee -a "$GITHUB_OUTPUT"
`,
};
