{{/* Every setting of the worker; secrets by reference alone. */}}
{{- define "pricing-worker.env" -}}
- name: PRICING_AMQP_URL_FILE
  value: /etc/pricing-worker/broker/url
{{- if or .Values.broker.ca.existingSecret .Values.broker.ca.existingConfigMap }}
- name: PRICING_AMQP_CA
  value: /etc/pricing-worker/broker-ca/ca.crt
{{- end }}
{{- if .Values.broker.clientCertificate.existingSecret }}
- name: PRICING_AMQP_CERT
  value: /etc/pricing-worker/broker-certificate/tls.crt
- name: PRICING_AMQP_KEY
  value: /etc/pricing-worker/broker-certificate/tls.key
{{- end }}
- name: PRICING_TOPOLOGY
  value: {{ .Values.broker.topology }}
{{- if or .Values.priceBook.toml .Values.priceBook.existingConfigMap }}
- name: PRICING_PRICE_BOOK
  value: /etc/pricing-worker/price-book/book.toml
{{- end }}
- name: PRICING_CONCURRENCY
  value: {{ .Values.concurrency | quote }}
- name: PRICING_THREADS
  value: {{ include "pricing-worker.threads" . | quote }}
- name: PRICING_MEMORY_BUDGET
  value: {{ .Values.memoryBudget }}
{{- /* Helm reads numbers as floating-point ones, and would write 2e+06. */}}
- name: PRICING_TOPOLOGY_TRIANGLES
  value: {{ .Values.topologyTriangles | int64 | quote }}
- name: PRICING_MAX_OBJECT_SIZE
  value: {{ .Values.maxObjectSize }}
- name: PRICING_CAD
  value: {{ ternary "/usr/local/bin/pricing-cad" "off" .Values.cad.enabled | quote }}
- name: PRICING_CAD_MEMORY
  value: {{ .Values.cad.memory }}
- name: PRICING_CAD_TIMEOUT
  value: {{ .Values.cad.timeout }}
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
{{- /* Not AWS_ENDPOINT_URL, which holds for the service that turns a role into keys too. */}}
- name: AWS_ENDPOINT_URL_S3
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
{{- with .sessionTokenKey }}
- name: AWS_SESSION_TOKEN
  valueFrom:
    secretKeyRef:
      name: {{ quote $.Values.s3.existingSecret }}
      key: {{ quote . }}
{{- end }}
{{- end }}
{{- if .credentialsFile.existingSecret }}
- name: AWS_SHARED_CREDENTIALS_FILE
  value: /etc/pricing-worker/s3-credentials/credentials
{{- end }}
{{- if or .ca.existingSecret .ca.existingConfigMap }}
- name: AWS_CA_BUNDLE
  value: /etc/pricing-worker/s3-ca/ca.crt
{{- end }}
{{- with .httpProxy }}
- name: HTTP_PROXY
  value: {{ quote . }}
{{- end }}
{{- with .httpsProxy }}
- name: HTTPS_PROXY
  value: {{ quote . }}
{{- end }}
{{- with .noProxy }}
- name: NO_PROXY
  value: {{ quote . }}
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
  {{- if kindIs "string" $value }}
  value: {{ quote $value }}
  {{- else }}
  {{- toYaml $value | nindent 2 }}
  {{- end }}
{{- end }}
{{- end }}

{{/* The variables that the chart sets, and those that would undo what it sets or need what follows from the value, such as the
     NetworkPolicy: the value to use for each. */}}
{{- define "pricing-worker.variables" -}}
ALL_PROXY: s3.httpsProxy
AWS_ACCESS_KEY_ID: s3.existingSecret
AWS_CA_BUNDLE: s3.ca
AWS_ENDPOINT_URL: s3.endpointUrl
AWS_ENDPOINT_URL_S3: s3.endpointUrl
AWS_REGION: s3.region
AWS_SECRET_ACCESS_KEY: s3.existingSecret
AWS_SESSION_TOKEN: s3.sessionTokenKey
AWS_SHARED_CREDENTIALS_FILE: s3.credentialsFile
HTTP_PROXY: s3.httpProxy
HTTPS_PROXY: s3.httpsProxy
NO_PROXY: s3.noProxy
OTEL_EXPORTER_OTLP_ENDPOINT: otlp.endpoint
OTEL_EXPORTER_OTLP_HEADERS: otlp.existingSecret
OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: otlp.endpoint
OTEL_EXPORTER_OTLP_TRACES_HEADERS: otlp.existingSecret
OTEL_RESOURCE_ATTRIBUTES: otlp.resourceAttributes
POD_NAME: another name
PRICING_ADMIN_ADDR: bindAddress
PRICING_AMQP_CA: broker.ca
PRICING_AMQP_CERT: broker.clientCertificate
PRICING_AMQP_KEY: broker.clientCertificate
PRICING_AMQP_URL: broker.existingSecret
PRICING_AMQP_URL_FILE: broker.existingSecret
PRICING_CAD: cad.enabled
PRICING_CAD_MEMORY: cad.memory
PRICING_CAD_TIMEOUT: cad.timeout
PRICING_CONCURRENCY: concurrency
PRICING_DRAIN_TIMEOUT: drainTimeout
PRICING_JOB_TIMEOUT: jobTimeout
PRICING_LOG: log.format
PRICING_MAX_OBJECT_SIZE: maxObjectSize
PRICING_MEMORY_BUDGET: memoryBudget
PRICING_PRICE_BOOK: priceBook
PRICING_S3_PATH_STYLE: s3.pathStyle
PRICING_THREADS: threads
PRICING_TOPOLOGY: broker.topology
PRICING_TOPOLOGY_TRIANGLES: topologyTriangles
RAYON_NUM_THREADS: threads
RUST_LOG: log.levels
all_proxy: s3.httpsProxy
http_proxy: s3.httpProxy
https_proxy: s3.httpsProxy
no_proxy: s3.noProxy
{{- end }}
