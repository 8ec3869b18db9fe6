{{/* Files of Secrets and ConfigMaps of the operator's: the name of the volume, which is its folder below /etc/pricing-worker, where
     it comes from, and the key of each file. */}}
{{- define "pricing-worker.files" -}}
{{- with .Values.broker }}
- name: broker
  secret: {{ quote .existingSecret }}
  # The URL alone: the worker has no use for the others.
  keys: { url: {{ quote .urlKey }} }
{{- if or .ca.existingSecret .ca.existingConfigMap }}
- name: broker-ca
  secret: {{ quote .ca.existingSecret }}
  configMap: {{ quote .ca.existingConfigMap }}
  keys: { ca.crt: {{ quote .ca.key }} }
{{- end }}
{{- with .clientCertificate }}
{{- if .existingSecret }}
- name: broker-certificate
  secret: {{ quote .existingSecret }}
  keys: { tls.crt: {{ quote .certKey }}, tls.key: {{ quote .keyKey }} }
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.s3 }}
{{- if .credentialsFile.existingSecret }}
- name: s3-credentials
  secret: {{ quote .credentialsFile.existingSecret }}
  keys: { credentials: {{ quote .credentialsFile.key }} }
{{- end }}
{{- if or .ca.existingSecret .ca.existingConfigMap }}
- name: s3-ca
  secret: {{ quote .ca.existingSecret }}
  configMap: {{ quote .ca.existingConfigMap }}
  keys: { ca.crt: {{ quote .ca.key }} }
{{- end }}
{{- end }}
{{- with .Values.priceBook }}
{{- if .toml }}
- name: price-book
  configMap: {{ include "pricing-worker.fullname" $ }}-price-book
  keys: { book.toml: book.toml }
{{- else if .existingConfigMap }}
- name: price-book
  configMap: {{ quote .existingConfigMap }}
  keys: { book.toml: {{ quote .key }} }
{{- end }}
{{- end }}
{{- end }}

{{- define "pricing-worker.volumeMounts" -}}
{{- range include "pricing-worker.files" . | fromYamlArray }}
- name: {{ .name }}
  mountPath: /etc/pricing-worker/{{ .name }}
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "pricing-worker.volumes" -}}
{{- range include "pricing-worker.files" . | fromYamlArray }}
- name: {{ .name }}
  {{- if .secret }}
  secret:
    secretName: {{ quote .secret }}
  {{- else }}
  configMap:
    name: {{ quote .configMap }}
  {{- end }}
    items:
      {{- range $path, $key := .keys }}
      - key: {{ quote $key }}
        path: {{ $path }}
      {{- end }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}
