import { HELM_VERSION, uses } from "./actions.ts";
import { yaml } from "./quote.ts";
import { CHART_TYPE, FAIL, MANIFEST } from "./shell.ts";
import type { Kind } from "./workflow.ts";

/**
 * Packages one chart and pushes it. Helm appends the chart's name to the address that it pushes to, so the step first
 * compares that name with the repository's last segment. Helm uses the credentials of docker's login
 * (https://helm.sh/docs/topics/registries/).
 *
 * A version is pushed once. If it exists with the same content, the run succeeds, because most commits do not change the
 * chart. If its content differs, the run succeeds with a warning: the chart changed, but not its version. If the tag
 * names an image, the run fails.
 *
 * To compare, the step looks for the digest of the packaged chart in the manifest that exists. It reads the manifest with
 * docker. Helm would download the whole chart, which a role that only pushes may not. Helm 4 keeps the times of the files
 * in the archive, so the step sets all of them to the same time. A dependency without a `Chart.lock` may still differ.
 */
export const helm: Kind = {
  job: "publish",
  needs: "push",
  maxMinutes: 15,
  inputs: () => "",
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
${FAIL}
${MANIFEST}
          metadata="$(helm show chart "$CHART" | tr -d '"')"
          name="$(sed -n 's/^name: //p' <<< "$metadata")"
          version="$(sed -n 's/^version: //p' <<< "$metadata")"

          # Helm pushes a chart to the repository with the chart's name.
          if [ "$name" != "\${REPOSITORY##*/}" ]; then
            fail "Wrong name" "The chart in $CHART is named $name, so Helm would not push it to $REPOSITORY. Name it \${REPOSITORY##*/}."
          fi

          # The archive contains the times of the files. With one time for all, the same files make the same archive.
          find . -exec touch -h -d @0 {} +
          helm package "$CHART" --dependency-update --destination "$RUNNER_TEMP"
          archive="$RUNNER_TEMP/$name-$version.tgz"
          digest="$(sha256sum < "$archive" | cut -d ' ' -f 1)"

          tag="\${version//+/_}" # as Helm writes it
          found="$(manifest "$REPOSITORY:$tag")"
          case "$found" in
            "") helm push "$archive" "oci://\${REPOSITORY%/*}" ;;
            *"sha256:$digest"*) echo "::notice title=Nothing to push::$name $version already exists with this content." ;;
            *${CHART_TYPE}*) echo "::warning title=Not pushed::$name $version already exists with other content. To push this chart, raise the version." ;;
            *) fail "Not a chart" "$REPOSITORY:$tag is an image. Push charts and images to different repositories." ;;
          esac
`,
};
