{{/* The name of all objects. 52 characters leave room for what is added to it. */}}
{{- define "pricing-worker.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{/* What finds the workers. It never changes: a Deployment's selector cannot. */}}
{{- define "pricing-worker.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: worker
{{- end }}

{{/* What says where an object comes from. */}}
{{- define "pricing-worker.labels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The metadata of an object. `root`: the chart's scope. `suffix`, `name`: added to the name of all objects, or in place of it.
     `namespace`, `labels`, `annotations`: its own, if any. */}}
{{- define "pricing-worker.metadata" -}}
{{- $name := printf "%s%s" (include "pricing-worker.fullname" .root) (default "" .suffix) -}}
{{- $labels := merge (include "pricing-worker.labels" .root | fromYaml) (default dict .labels) .root.Values.commonLabels -}}
{{- $annotations := merge (dict) (default dict .annotations) .root.Values.commonAnnotations -}}
name: {{ default $name .name | quote }}
{{- with .namespace }}
namespace: {{ quote . }}
{{- end }}
labels:
  {{- toYaml $labels | nindent 2 }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Seconds of a length of time: 90s, 5m, 1h. */}}
{{- define "pricing-worker.seconds" -}}
{{- mul (trimSuffix (regexFind "[smh]$" .) .) (dict "s" 1 "m" 60 "h" 3600 | dig (regexFind "[smh]$" .) 0) -}}
{{- end }}

{{/* Mebibytes of a size: 512MiB as the worker writes it, 2Gi as Kubernetes does. */}}
{{- define "pricing-worker.mebibytes" -}}
{{- mul (regexFind "^[0-9]+" .) (contains "G" . | ternary 1024 1) -}}
{{- end }}

{{/* Thousandths of a core: 1500m, "1.5" or 2. */}}
{{- define "pricing-worker.millicores" -}}
{{- $cores := toString . -}}
{{- hasSuffix "m" $cores | ternary (trimSuffix "m" $cores | int64) (mulf (float64 $cores) 1000 | int64) -}}
{{- end }}

{{/* The port of a URL, which may be left to its scheme. */}}
{{- define "pricing-worker.port" -}}
{{- $url := urlParse . -}}
{{- regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) | default (eq $url.scheme "https" | ternary "443" "80") -}}
{{- end }}

{{/* Threads that compute: what was set, the CPU limit rounded up, or one for each job. Without a number the worker would take the
     cores of the node. */}}
{{- define "pricing-worker.threads" -}}
{{- if ne (toString .Values.threads) "auto" -}}
  {{- int .Values.threads -}}
{{- else if .Values.resources.limits.cpu -}}
  {{- div (include "pricing-worker.millicores" .Values.resources.limits.cpu | add 999) 1000 | min 1024 -}}
{{- else -}}
  {{- int .Values.concurrency -}}
{{- end -}}
{{- end }}

{{/* Mebibytes that a pod takes beside its models. Measured with 1, 8 and 64 threads: the program 31, with what it keeps after a
     thousand jobs; each thread up to 14, by its stack and what malloc's arena of it keeps of a model of 1.8 million triangles, and 3
     where there are 64; each job under 1. */}}
{{- define "pricing-worker.headroom" -}}
{{- add 60 (include "pricing-worker.threads" . | int | mul 16) (int .Values.concurrency) -}}
{{- end }}

{{/* How fast an autoscaler adds pods, and takes them away. */}}
{{- define "pricing-worker.scaling" -}}
scaleUp:
  stabilizationWindowSeconds: {{ .scaleUp.stabilizationWindowSeconds }}
  selectPolicy: Max
  policies:
    - type: Percent
      value: {{ .scaleUp.percent }}
      periodSeconds: {{ .scaleUp.periodSeconds }}
    - type: Pods
      value: {{ .scaleUp.pods }}
      periodSeconds: {{ .scaleUp.periodSeconds }}
scaleDown:
  stabilizationWindowSeconds: {{ .scaleDown.stabilizationWindowSeconds }}
  policies:
    - type: Pods
      value: {{ .scaleDown.pods }}
      periodSeconds: {{ .scaleDown.periodSeconds }}
{{- end }}
