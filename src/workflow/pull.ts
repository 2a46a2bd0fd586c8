import { yaml } from "./quote.ts";
import type { Kind } from "./workflow.ts";

/**
 * Pulls one image, so that further steps can deploy it. A manual run asks for the tag. Other runs pull `latest`, which
 * the docker workflow moves along with the default branch.
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
      # Later steps can name the image by its digest, steps.pull.outputs.image, because a tag may move.
      - name: Pull the image
        id: pull
        env:
          IMAGE: ${yaml(uri)}
          TAG: \${{ github.event.inputs.tag || 'latest' }}
          LC_ALL: C
        run: |
          if [[ ! "$TAG" =~ ^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$ ]]; then
            echo "::error title=Not a tag::An image tag has only letters, digits and _ . -, and does not begin with . or -."
            exit 1
          fi
          docker pull "$IMAGE:$TAG" | tee "$RUNNER_TEMP/pulled"
          digest="$(sed -n 's/^Digest: //p' "$RUNNER_TEMP/pulled")"
          echo "image=$IMAGE@\${digest:?was not printed}" | tee -a "$GITHUB_OUTPUT"
`,
};
