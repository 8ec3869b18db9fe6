{{/* What values.schema.json cannot say: one value against another. All that is wrong is told at once. */}}
{{- define "pricing-worker.validate" -}}
{{- $wrong := list -}}
{{- with .Values -}}
{{- if not .broker.existingSecret -}}
  {{- $wrong = append $wrong "broker.existingSecret is empty: name the Secret that has the broker's URL" -}}
{{- end -}}
{{- if and .broker.ca.existingSecret .broker.ca.existingConfigMap -}}
  {{- $wrong = append $wrong "broker.ca.existingSecret and broker.ca.existingConfigMap are both set: set one of them" -}}
{{- end -}}
{{- if and .priceBook.toml .priceBook.existingConfigMap -}}
  {{- $wrong = append $wrong "priceBook.toml and priceBook.existingConfigMap are both set: set one of them" -}}
{{- end -}}
{{- if and .priceBook.toml (not (regexMatch "(?m)^\\s*schema\\s*=" .priceBook.toml)) -}}
  {{- $wrong = append $wrong "priceBook.toml is not the text of a price book (it has no `schema = 1`): give a file's text by --set-file priceBook.toml=FILE" -}}
{{- end -}}
{{- $budget := include "pricing-worker.mebibytes" .memoryBudget | int -}}
{{/* As `least_memory_bytes` in src/appraise/plan.rs, but for what drivers of the price book take beside: 160 bytes a triangle, up to
     4Mi to compare bodies, and 17Mi for what is in flight. */}}
{{- $triangles := int64 .topologyTriangles -}}
{{- $least := add (mul $triangles 160) (min (add (mul $triangles 1024) 16384) 4194304) (mul 17 1048576) -}}
{{- if lt (mul $budget 1048576) $least -}}
  {{- $wrong = append $wrong (printf "memoryBudget is %s, and topologyTriangles %d: the budget must be %dMiB at least, to hold one mesh of so many triangles; raise it, or lower topologyTriangles for all replicas" .memoryBudget $triangles (div (add $least 1048575) 1048576)) -}}
{{- end -}}
{{- if lt (include "pricing-worker.mebibytes" .resources.limits.memory | int) (add $budget 128 | int) -}}
  {{- $wrong = append $wrong (printf "resources.limits.memory is %s, and memoryBudget %s: the limit must be %dMi at least, 128Mi above the budget, or the pod is killed" .resources.limits.memory .memoryBudget (add $budget 128)) -}}
{{- end -}}
{{- if lt (include "pricing-worker.mebibytes" .resources.limits.memory | int) (include "pricing-worker.mebibytes" .resources.requests.memory | int) -}}
  {{- $wrong = append $wrong (printf "resources.requests.memory is %s, above resources.limits.memory, %s" .resources.requests.memory .resources.limits.memory) -}}
{{- end -}}
{{- if .keda.enabled -}}
  {{- if not .keda.existingSecret -}}
    {{- $wrong = append $wrong "keda.existingSecret is empty: name the Secret that has the URL of RabbitMQ's management API, or set keda.enabled=false" -}}
  {{- end -}}
  {{- if gt (int .keda.minReplicaCount) (int .keda.maxReplicaCount) -}}
    {{- $wrong = append $wrong (printf "keda.minReplicaCount is %d, above keda.maxReplicaCount, %d" (int .keda.minReplicaCount) (int .keda.maxReplicaCount)) -}}
  {{- end -}}
  {{- if gt (int .keda.fallback.replicas) (int .keda.maxReplicaCount) -}}
    {{- $wrong = append $wrong (printf "keda.fallback.replicas is %d, above keda.maxReplicaCount, %d" (int .keda.fallback.replicas) (int .keda.maxReplicaCount)) -}}
  {{- end -}}
{{- else if .hpa.enabled -}}
  {{- if gt (int .hpa.minReplicas) (int .hpa.maxReplicas) -}}
    {{- $wrong = append $wrong (printf "hpa.minReplicas is %d, above hpa.maxReplicas, %d" (int .hpa.minReplicas) (int .hpa.maxReplicas)) -}}
  {{- end -}}
{{- end -}}
{{- if and (ne (int .replicas) 2) (or .keda.enabled .hpa.enabled) -}}
  {{- $wrong = append $wrong (printf "replicas is %d, but %s sets the number of pods: set %s, or turn autoscaling off by keda.enabled=false and hpa.enabled=false" (int .replicas) (ternary "KEDA" "the HPA" .keda.enabled) (ternary "keda.minReplicaCount" "hpa.minReplicas" .keda.enabled)) -}}
{{- end -}}
{{- if and .serviceAccount.annotations (not .serviceAccount.create) -}}
  {{- $wrong = append $wrong "serviceAccount.annotations are set, but serviceAccount.create is false: annotate the ServiceAccount that you made" -}}
{{- end -}}
{{- if and .otlp.endpoint (eq (include "pricing-worker.port" .otlp.endpoint) "4317") -}}
  {{- $wrong = append $wrong (printf "otlp.endpoint is %s: port 4317 is for OTLP over gRPC, and the worker speaks it over HTTP, mostly port 4318" .otlp.endpoint) -}}
{{- end -}}
{{- if and .otlp.existingSecret (not .otlp.endpoint) -}}
  {{- $wrong = append $wrong "otlp.existingSecret is set, but otlp.endpoint is empty: no traces are sent" -}}
{{- end -}}
{{- range $name, $value := dict
  "AWS_ACCESS_KEY_ID" "s3.existingSecret"
  "AWS_SECRET_ACCESS_KEY" "s3.existingSecret"
  "AWS_ENDPOINT_URL" "s3.endpointUrl"
  "AWS_ENDPOINT_URL_S3" "s3.endpointUrl"
  "AWS_REGION" "s3.region"
  "OTEL_EXPORTER_OTLP_ENDPOINT" "otlp.endpoint"
  "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" "otlp.endpoint"
  "OTEL_EXPORTER_OTLP_HEADERS" "otlp.existingSecret"
  "OTEL_EXPORTER_OTLP_TRACES_HEADERS" "otlp.existingSecret"
  "OTEL_RESOURCE_ATTRIBUTES" "otlp.resourceAttributes"
-}}
  {{- if hasKey $.Values.extraEnv $name -}}
    {{- $wrong = append $wrong (printf "extraEnv.%s: use %s instead" $name $value) -}}
  {{- end -}}
{{- end -}}
{{- end -}}
{{- if $wrong -}}
  {{- printf "\n%s" (join "\n" $wrong) | fail -}}
{{- end -}}
{{- end }}
