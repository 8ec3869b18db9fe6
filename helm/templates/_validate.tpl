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
{{- if and .s3.ca.existingSecret .s3.ca.existingConfigMap -}}
  {{- $wrong = append $wrong "s3.ca.existingSecret and s3.ca.existingConfigMap are both set: set one of them" -}}
{{- end -}}
{{- if and .s3.existingSecret .s3.credentialsFile.existingSecret -}}
  {{- $wrong = append $wrong "s3.existingSecret and s3.credentialsFile.existingSecret are both set: set one of them, or the file is never read" -}}
{{- end -}}
{{- if and .s3.sessionTokenKey (not .s3.existingSecret) -}}
  {{- $wrong = append $wrong "s3.sessionTokenKey is set, but s3.existingSecret is empty: name the Secret that has the token and its keys" -}}
{{- end -}}
{{- if and .priceBook.toml .priceBook.existingConfigMap -}}
  {{- $wrong = append $wrong "priceBook.toml and priceBook.existingConfigMap are both set: set one of them" -}}
{{- end -}}
{{- if and .priceBook.toml (not (regexMatch "(?m)^\\s*schema\\s*=" .priceBook.toml)) -}}
  {{- $wrong = append $wrong "priceBook.toml is not the text of a price book (it has no `schema = 1`): give a file's text by --set-file priceBook.toml=FILE" -}}
{{- end -}}
{{- $budget := include "pricing-worker.mebibytes" .memoryBudget | int -}}
{{/* As `least_memory_bytes` in src/appraise/plan.rs, but for what drivers of the price book take beside: 160 bytes a triangle or, if
     that is more, the union of bodies, which takes 320 MB at most; up to 4Mi to compare bodies, and 17Mi for what is in flight. */}}
{{- $triangles := int64 .topologyTriangles -}}
{{- $united := add $triangles (div $triangles 2) (min (mul $triangles 32) 20000) -}}
{{- $unions := min (add (mul $triangles 84) (mul $united 760)) 320000000 -}}
{{- $least := add (max (mul $triangles 160) $unions) (min (add (mul $triangles 1024) 16384) 4194304) (mul 17 1048576) -}}
{{- if lt (mul $budget 1048576) $least -}}
  {{- $wrong = append $wrong (printf "memoryBudget is %s, and topologyTriangles %d: the budget must be %dMiB at least, to hold one mesh of so many triangles; raise it, or lower topologyTriangles for all replicas" .memoryBudget $triangles (div (add $least 1048575) 1048576)) -}}
{{- end -}}
{{- $headroom := include "pricing-worker.headroom" $ | int -}}
{{- if lt (include "pricing-worker.mebibytes" .resources.limits.memory | int) (add $budget $headroom | int) -}}
  {{- $wrong = append $wrong (printf "resources.limits.memory is %s, memoryBudget %s, and there are %s threads for %d jobs: the limit must be %dMi at least, %dMi above the budget, or the pod is killed; raise it, or lower memoryBudget, threads or concurrency" .resources.limits.memory .memoryBudget (include "pricing-worker.threads" $) (int .concurrency) (add $budget $headroom) $headroom) -}}
{{- end -}}
{{- if lt (include "pricing-worker.mebibytes" .resources.limits.memory | int) (include "pricing-worker.mebibytes" .resources.requests.memory | int) -}}
  {{- $wrong = append $wrong (printf "resources.requests.memory is %s, above resources.limits.memory, %s" .resources.requests.memory .resources.limits.memory) -}}
{{- end -}}
{{- with .resources -}}
{{- if and .limits.cpu (lt (include "pricing-worker.millicores" .limits.cpu | int) (include "pricing-worker.millicores" .requests.cpu | int)) -}}
  {{- $wrong = append $wrong (printf "resources.requests.cpu is %v, above resources.limits.cpu, %v: lower it, or raise the limit" .requests.cpu .limits.cpu) -}}
{{- end -}}
{{- end -}}
{{- if .keda.enabled -}}
  {{- if not (or .keda.existingSecret .keda.authenticationRef.name) -}}
    {{- $wrong = append $wrong "keda.existingSecret is empty: name the Secret that has the URL of RabbitMQ's management API, or set keda.enabled=false" -}}
  {{- end -}}
  {{- if and (eq .keda.authenticationRef.kind "ClusterTriggerAuthentication") (not .keda.authenticationRef.name) -}}
    {{- $wrong = append $wrong "keda.authenticationRef.kind is ClusterTriggerAuthentication, but keda.authenticationRef.name is empty: name the one that you made" -}}
  {{- end -}}
  {{- if and .keda.paused (ne (toString .keda.pausedReplicas) "") -}}
    {{- $wrong = append $wrong "keda.paused and keda.pausedReplicas are both set: set paused to leave the number of pods, or pausedReplicas to set it" -}}
  {{- end -}}
  {{- range $index, $hours := .keda.cron -}}
    {{- if gt (int .desiredReplicas) (int $.Values.keda.maxReplicaCount) -}}
      {{- $wrong = append $wrong (printf "keda.cron[%d].desiredReplicas is %d, above keda.maxReplicaCount, %d" $index (int .desiredReplicas) (int $.Values.keda.maxReplicaCount)) -}}
    {{- end -}}
    {{- if eq .start .end -}}
      {{- $wrong = append $wrong (printf "keda.cron[%d].start and end are both %s: KEDA refuses hours without a length" $index .start) -}}
    {{- end -}}
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
{{- if and (eq .strategy.type "RollingUpdate") (has (toString .strategy.maxUnavailable) (list "0" "0%")) (has (toString .strategy.maxSurge) (list "0" "0%")) -}}
  {{- $wrong = append $wrong "strategy.maxUnavailable and strategy.maxSurge are both 0: no pod could be replaced; set one of them" -}}
{{- end -}}
{{- if and (eq .dnsPolicy "None") (not .dnsConfig.nameservers) -}}
  {{- $wrong = append $wrong "dnsPolicy is None, but dnsConfig.nameservers is empty: name a server" -}}
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
{{- with .serviceMonitor -}}
{{- if and .scrapeTimeout (gt (include "pricing-worker.seconds" .scrapeTimeout | int) (include "pricing-worker.seconds" .interval | int)) -}}
  {{- $wrong = append $wrong (printf "serviceMonitor.scrapeTimeout is %s, above serviceMonitor.interval, %s" .scrapeTimeout .interval) -}}
{{- end -}}
{{- end -}}
{{- $volumes := list -}}
{{- range include "pricing-worker.files" $ | fromYamlArray -}}
  {{- $volumes = append $volumes .name -}}
{{- end -}}
{{- range .extraVolumes -}}
  {{- if has .name $volumes -}}
    {{- $wrong = append $wrong (printf "extraVolumes: the name %s is taken: choose another" .name) -}}
  {{- end -}}
  {{- $volumes = append $volumes .name -}}
{{- end -}}
{{- range .extraVolumeMounts -}}
  {{- if not (has .name $volumes) -}}
    {{- $wrong = append $wrong (printf "extraVolumeMounts: there is no volume %s: add it to extraVolumes" .name) -}}
  {{- end -}}
{{- end -}}
{{- $containers := list "worker" "check" -}}
{{- range concat .initContainers .extraContainers -}}
  {{- if has .name $containers -}}
    {{- $wrong = append $wrong (printf "initContainers and extraContainers: the name %s is taken: choose another" .name) -}}
  {{- end -}}
  {{- $containers = append $containers .name -}}
{{- end -}}
{{- range $name, $_ := .extraEnv -}}
  {{- with get (include "pricing-worker.variables" $ | fromYaml) $name -}}
    {{- $wrong = append $wrong (printf "extraEnv.%s: use %s instead" $name .) -}}
  {{- end -}}
{{- end -}}
{{- end -}}
{{- if $wrong -}}
  {{- printf "\n%s" (join "\n" $wrong) | fail -}}
{{- end -}}
{{- end }}
