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

{{- define "pricing-worker.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{- printf "%s@%s" .repository .digest -}}
{{- else -}}
{{- printf "%s:%s" .repository (default $.Chart.AppVersion .tag) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "pricing-worker.serviceAccountName" -}}
{{- $made := .Values.serviceAccount.create | ternary (include "pricing-worker.fullname" .) "default" -}}
{{- default $made .Values.serviceAccount.name -}}
{{- end }}

{{/* Seconds of a length of time: 90s, 5m, 1h. */}}
{{- define "pricing-worker.seconds" -}}
{{- mul (trimSuffix (regexFind "[smh]$" .) .) (dict "s" 1 "m" 60 "h" 3600 | dig (regexFind "[smh]$" .) 0) -}}
{{- end }}

{{/* Mebibytes of a size: 512MiB as the worker writes it, 2Gi as Kubernetes does. */}}
{{- define "pricing-worker.mebibytes" -}}
{{- mul (regexFind "^[0-9]+" .) (contains "G" . | ternary 1024 1) -}}
{{- end }}

{{/* The port of a URL, which may be left to its scheme. */}}
{{- define "pricing-worker.port" -}}
{{- $url := urlParse . -}}
{{- regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) | default (eq $url.scheme "https" | ternary "443" "80") -}}
{{- end }}

{{/* Pods are admitted where the profile `restricted` is enforced. */}}
{{- define "pricing-worker.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "pricing-worker.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* Every setting of the worker; secrets by reference alone. */}}
{{- define "pricing-worker.env" -}}
- name: PRICING_AMQP_URL_FILE
  value: /etc/pricing-worker/broker/url
{{- if or .Values.broker.ca.existingSecret .Values.broker.ca.existingConfigMap }}
- name: PRICING_AMQP_CA
  value: /etc/pricing-worker/broker-ca/ca.crt
{{- end }}
- name: PRICING_TOPOLOGY
  value: {{ .Values.broker.topology }}
{{- if or .Values.priceBook.toml .Values.priceBook.existingConfigMap }}
- name: PRICING_PRICE_BOOK
  value: /etc/pricing-worker/price-book/book.toml
{{- end }}
- name: PRICING_CONCURRENCY
  value: {{ .Values.concurrency | quote }}
- name: PRICING_MEMORY_BUDGET
  value: {{ .Values.memoryBudget }}
{{- /* Helm reads numbers as floating-point ones, and would write 2e+06. */}}
- name: PRICING_TOPOLOGY_TRIANGLES
  value: {{ .Values.topologyTriangles | int64 | quote }}
- name: PRICING_MAX_OBJECT_SIZE
  value: {{ .Values.maxObjectSize }}
- name: PRICING_JOB_TIMEOUT
  value: {{ .Values.jobTimeout }}
- name: PRICING_DRAIN_TIMEOUT
  value: {{ .Values.drainTimeout }}
- name: PRICING_ADMIN_ADDR
  value: {{ printf "%s:9090" .Values.bindAddress | quote }}
- name: PRICING_LOG
  value: {{ .Values.log.format }}
{{- with .Values.log.levels }}
- name: RUST_LOG
  value: {{ quote . }}
{{- end }}
{{- with .Values.s3 }}
{{- with .endpointUrl }}
- name: AWS_ENDPOINT_URL
  value: {{ quote . }}
{{- end }}
{{- with .region }}
- name: AWS_REGION
  value: {{ quote . }}
{{- end }}
{{- if ne (toString .pathStyle) "auto" }}
- name: PRICING_S3_PATH_STYLE
  value: {{ .pathStyle | quote }}
{{- end }}
{{- if .existingSecret }}
- name: AWS_ACCESS_KEY_ID
  valueFrom:
    secretKeyRef:
      name: {{ quote .existingSecret }}
      key: {{ quote .accessKeyIdKey }}
- name: AWS_SECRET_ACCESS_KEY
  valueFrom:
    secretKeyRef:
      name: {{ quote .existingSecret }}
      key: {{ quote .secretAccessKeyKey }}
{{- end }}
{{- end }}
{{- with .Values.otlp }}
{{- if .endpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ quote .endpoint }}
{{- if .existingSecret }}
- name: OTEL_EXPORTER_OTLP_HEADERS
  valueFrom:
    secretKeyRef:
      name: {{ quote .existingSecret }}
      key: {{ quote .headersKey }}
{{- end }}
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
{{- $attributes := list (printf "k8s.namespace.name=%s" $.Release.Namespace) "k8s.pod.name=$(POD_NAME)" }}
{{- range $name, $value := .resourceAttributes }}
{{- $attributes = append $attributes (printf "%s=%s" $name $value) }}
{{- end }}
- name: OTEL_RESOURCE_ATTRIBUTES
  value: {{ join "," $attributes | quote }}
{{- end }}
{{- end }}
{{- range $name, $value := .Values.extraEnv }}
- name: {{ $name }}
  value: {{ quote $value }}
{{- end }}
{{- end }}

{{- define "pricing-worker.volumeMounts" -}}
- name: broker
  mountPath: /etc/pricing-worker/broker
  readOnly: true
{{- if or .Values.broker.ca.existingSecret .Values.broker.ca.existingConfigMap }}
- name: broker-ca
  mountPath: /etc/pricing-worker/broker-ca
  readOnly: true
{{- end }}
{{- if or .Values.priceBook.toml .Values.priceBook.existingConfigMap }}
- name: price-book
  mountPath: /etc/pricing-worker/price-book
  readOnly: true
{{- end }}
{{- end }}

{{- define "pricing-worker.volumes" -}}
{{- with .Values.broker }}
- name: broker
  secret:
    secretName: {{ quote .existingSecret }}
    # The URL alone: the worker has no use for the others.
    items: [{ key: {{ quote .urlKey }}, path: url }]
{{- if .ca.existingSecret }}
- name: broker-ca
  secret:
    secretName: {{ quote .ca.existingSecret }}
    items: [{ key: {{ quote .ca.key }}, path: ca.crt }]
{{- else if .ca.existingConfigMap }}
- name: broker-ca
  configMap:
    name: {{ quote .ca.existingConfigMap }}
    items: [{ key: {{ quote .ca.key }}, path: ca.crt }]
{{- end }}
{{- end }}
{{- with .Values.priceBook }}
{{- if .toml }}
- name: price-book
  configMap:
    name: {{ include "pricing-worker.fullname" $ }}-price-book
{{- else if .existingConfigMap }}
- name: price-book
  configMap:
    name: {{ quote .existingConfigMap }}
    items: [{ key: {{ quote .key }}, path: book.toml }]
{{- end }}
{{- end }}
{{- end }}
