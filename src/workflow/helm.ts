import { HELM_VERSION, uses } from "./actions.ts";
import { yaml } from "./quote.ts";
import type { Kind } from "./workflow.ts";

/**
 * Packages one chart and pushes it. Helm appends the chart's name to the address that it pushes to, so the step first
 * compares that name with the repository's last segment. Helm uses the credentials of docker's login
 * (https://helm.sh/docs/topics/registries/).
 *
 * If the chart's version exists, the run succeeds without a push, because most commits do not change the version. The
 * step looks for the version with docker. Helm would download the whole chart, which a role that only pushes may not.
 */
export const helm: Kind = {
  job: "publish",
  needs: "push",
  maxMinutes: 15,
  inputs: "",
  steps: ({ chart }, { uri }) => `\
      - name: Set up Helm
        ${uses("azure/setup-helm")}
        with:
          version: ${HELM_VERSION}

      - name: Package and push the chart
        env:
          CHART: ${yaml(chart)}
          REPOSITORY: ${yaml(uri)}
        run: |
          metadata="$(helm show chart "$CHART" | tr -d '"')"
          name="$(sed -n 's/^name: //p' <<< "$metadata")"
          version="$(sed -n 's/^version: //p' <<< "$metadata")"

          # Helm pushes a chart to the repository with the chart's name.
          if [ "$name" != "\${REPOSITORY##*/}" ]; then
            echo "::error title=Wrong name::The chart in $CHART is named $name, so Helm would not push it to $REPOSITORY. Name it \${REPOSITORY##*/}."
            exit 1
          fi

          # Helm writes _ for a + in a tag.
          if docker buildx imagetools inspect "$REPOSITORY:\${version//+/_}" > /dev/null 2>&1; then
            echo "::notice title=Nothing to push::$name $version already exists. To push a change, raise the version."
            exit 0
          fi

          helm package "$CHART" --dependency-update --destination "$RUNNER_TEMP"
          helm push "$RUNNER_TEMP/$name-$version.tgz" "oci://\${REPOSITORY%/*}"
`,
};
