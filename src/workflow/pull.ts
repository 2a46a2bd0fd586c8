import { moves } from "./docker.ts";
import { yaml } from "./quote.ts";
import type { Kind } from "./workflow.ts";

/**
 * Pulls one image, so that further steps can deploy it. A manual run asks for the tag. Other runs pull `latest`, which
 * the docker workflow moves along with the default branch. If ECR does not let `latest` move, no image has that tag.
 * Then there is no default, and all runs are manual.
 */
export const pull: Kind = {
  job: "pull",
  needs: "pull",
  maxMinutes: 30,
  inputs: (target) => `\
      tag:
        description: The image's tag
        type: string
        ${moves(target, "latest") ? "default: latest" : "required: true"}
`,
  onlyByHand: (target) => !moves(target, "latest"),
  steps: (_, target) => `\
      # Later steps can name the image by its digest, steps.pull.outputs.image, because a tag may move.
      - name: Pull the image
        id: pull
        env:
          IMAGE: ${yaml(target.uri)}
          TAG: \${{ github.event.inputs.tag${moves(target, "latest") ? " || 'latest'" : ""} }}
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
