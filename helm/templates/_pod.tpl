{{/* Annotations of a worker's pod. A change of one rolls the pods. */}}
{{- define "pricing-worker.podAnnotations" -}}
{{- $annotations := dict "kubectl.kubernetes.io/default-container" "worker" -}}
{{- with .Values.priceBook.toml -}}
  {{- /* The worker reads the book when it starts. */ -}}
  {{- $_ := set $annotations "checksum/price-book" (sha256sum .) -}}
{{- end -}}
{{- with .Values.secretsVersion -}}
  {{- $_ := set $annotations "pricing-worker/secrets-version" (kindIs "string" . | ternary . (int64 . | toString)) -}}
{{- end -}}
{{- merge $annotations .Values.podAnnotations .Values.commonAnnotations | toYaml -}}
{{- end }}

{{/* What the pods of the workers and of the test have in common, but for their containers. */}}
{{- define "pricing-worker.pod" -}}
serviceAccountName: {{ include "pricing-worker.serviceAccountName" . | quote }}
automountServiceAccountToken: false
# A Service that is named otel or pricing-log would set variables of the worker's.
enableServiceLinks: false
{{- with include "pricing-worker.imagePullSecrets" . }}
imagePullSecrets:
  {{- trim . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "pricing-worker.podSecurityContext" . | nindent 2 }}
{{- with .Values.hostAliases }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
dnsPolicy: {{ .Values.dnsPolicy }}
{{- with .Values.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.initContainers }}
initContainers:
  {{- include "pricing-worker.containers" . | trim | nindent 2 }}
{{- end }}
volumes:
  {{- include "pricing-worker.volumes" . | trim | nindent 2 }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* What both containers have in common: the same program with the same settings. */}}
{{- define "pricing-worker.container" -}}
image: {{ include "pricing-worker.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
env:
  {{- include "pricing-worker.env" . | nindent 2 }}
{{- with .Values.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "pricing-worker.securityContext" . | nindent 2 }}
volumeMounts:
  {{- include "pricing-worker.volumeMounts" . | trim | nindent 2 }}
{{- end }}

{{/* Containers of the operator's, as restricted as the worker where they do not say otherwise. */}}
{{- define "pricing-worker.containers" -}}
{{- $restricted := include "pricing-worker.securityContext" dict | fromYaml -}}
{{- range . }}
{{- $own := deepCopy (default dict .securityContext) -}}
{{- range $name, $value := $restricted -}}
  {{- /* Not by `merge`, for which false is as good as absent. */ -}}
  {{- if not (hasKey $own $name) -}}
    {{- $_ := set $own $name $value -}}
  {{- end -}}
{{- end }}
- {{ set (deepCopy .) "securityContext" $own | toYaml | nindent 2 | trim }}
{{- end }}
{{- end }}

{{/* Pods are admitted where the profile `restricted` is enforced. */}}
{{- define "pricing-worker.podSecurityContext" -}}
runAsNonRoot: true
{{- with .Values.podSecurityContext.runAsUser }}
runAsUser: {{ int64 . }}
{{- end }}
{{- with .Values.podSecurityContext.runAsGroup }}
runAsGroup: {{ int64 . }}
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "pricing-worker.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "pricing-worker.serviceAccountName" -}}
{{- $made := .Values.serviceAccount.create | ternary (include "pricing-worker.fullname" .) "default" -}}
{{- default $made .Values.serviceAccount.name -}}
{{- end }}

{{/* The image, from the registry of global.imageRegistry where there is one. */}}
{{- define "pricing-worker.image" -}}
{{- $repository := .Values.image.repository -}}
{{- with .Values.global.imageRegistry -}}
  {{- /* As container engines tell a registry from a part of the name. */ -}}
  {{- $repository = printf "%s/%s" . (regexReplaceAll "^(localhost|[^/]*[.:][^/]*)/" $repository "") -}}
{{- end -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{- printf "%s@%s" $repository .digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (default $.Chart.AppVersion .tag) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "pricing-worker.imagePullSecrets" -}}
{{- $secrets := .Values.image.pullSecrets -}}
{{- range .Values.global.imagePullSecrets -}}
  {{- $secrets = append $secrets (kindIs "string" . | ternary (dict "name" .) .) -}}
{{- end -}}
{{- with $secrets }}
{{- uniq . | toYaml }}
{{- end }}
{{- end }}
