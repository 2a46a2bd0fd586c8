import { HELM_VERSION, uses } from "./actions.ts";
import { yaml } from "./quote.ts";
import type { Kind } from "./workflow.ts";

/**
 * Packages one chart and pushes it. Helm itself appends the chart's name to where it pushes, so the name is held
 * against the repository's last segment first; and it logs in with what docker's login left
 * (https://helm.sh/docs/topics/registries/).
 *
 * A version that is there is left alone: the run ends well, as most commits do not change the version. It is looked
 * for with docker, because Helm would fetch the whole chart for that, and a role that only pushes may not.
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

          # Helm pushes a chart to the repository of its name.
          if [ "$name" != "\${REPOSITORY##*/}" ]; then
            echo "::error title=Wrong name::The chart in $CHART is named $name, and would not go to $REPOSITORY; name it \${REPOSITORY##*/}."
            exit 1
          fi

          # In a tag, Helm writes _ for +.
          if docker buildx imagetools inspect "$REPOSITORY:\${version//+/_}" > /dev/null 2>&1; then
            echo "::notice title=Nothing to push::$name $version is there already; a change needs a new version."
            exit 0
          fi

          helm package "$CHART" --dependency-update --destination "$RUNNER_TEMP"
          helm push "$RUNNER_TEMP/$name-$version.tgz" "oci://\${REPOSITORY%/*}"
`,
};
