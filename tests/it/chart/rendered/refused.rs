//! Tests that Helm refuses an operator's mistakes at installation, with a message that names the value.

use pricing_worker::appraise::least_memory_bytes;
use pricing_worker::pricing::PriceBook;
use rayon::prelude::*;
use serde_json::{Value, json};

use super::super::folder;
use super::super::schema::{merge, nested};
use super::engine::try_render;

/// Helm's refusal of these values.
fn refusal(values: &Value) -> String {
    let rendered = try_render(&folder(), values, &[]);
    rendered.err().unwrap_or_else(|| panic!("this is not refused: {values}"))
}

/// The path of a value, the wrong value, and a part of the refusal.
type Row = (&'static str, Value, &'static str);

/// Batches of rows whose values are not nested in each other. Helm reports all errors at once, so it starts less often.
fn batches(rows: impl IntoIterator<Item = Row>) -> Vec<Vec<Row>> {
    let is_within = |inner: &str, outer: &str| format!("{inner}.").starts_with(&format!("{outer}."));
    let mut batches: Vec<Vec<Row>> = Vec::new();
    for row in rows {
        let fits =
            |batch: &&mut Vec<Row>| !batch.iter().any(|other| is_within(row.0, other.0) || is_within(other.0, row.0));
        match batches.iter_mut().find(fits) {
            Some(batch) => batch.push(row),
            None => batches.push(vec![row]),
        }
    }
    batches
}

/// Whether a line of Helm's names a value and its rule. Helm reports an unknown or missing name at its group.
fn is_said(line: &str, path: &str, says: &str) -> bool {
    let pointer = format!("/{}", path.replace('.', "/"));
    let (group, name) = pointer.rsplit_once('/').expect("it begins with one");
    let at_value = line.contains(&format!("at '{pointer}'")) || line.contains(&format!("at '{pointer}/"));
    let at_group = line.contains(&format!("at '{group}'")) && line.contains(&format!("'{name}'"));
    (at_value || at_group) && line.contains(says)
}

/// Asserts that Helm's refusal names each value, the wrong one, with a part of the message.
fn assert_each_is_named(table: impl IntoIterator<Item = Row>) {
    let wrong: Vec<_> = batches(table)
        .into_par_iter()
        .flat_map_iter(|batch| {
            let mut values = json!({});
            for (path, value, _) in &batch {
                merge(&mut values, nested(path, value.clone()));
            }
            let refusal = refusal(&values);
            let said = |(path, value, says): Row| {
                let is_said = refusal.lines().any(|line| is_said(line, path, says));
                (!is_said).then(|| format!("{path}={value}: nothing says {says:?} in\n{refusal}"))
            };
            batch.into_iter().filter_map(said).collect::<Vec<_>>()
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_value_of_the_worker_that_is_wrong_in_itself_is_named() {
    assert_each_is_named([
        ("concurrency", json!("4"), "want integer"),
        ("concurrency", json!(0), "minimum"),
        ("concurrency", json!(1.5), "want integer"),
        ("concurrency", json!(5000), "maximum"),
        ("memoryBudget", json!("512Mi"), "does not match"),
        ("memoryBudget", json!(536_870_912), "want string"),
        ("maxObjectSize", json!("8 GiB"), "does not match"),
        ("jobTimeout", json!("300"), "does not match"),
        ("jobTimeout", json!(300), "want string"),
        ("drainTimeout", json!("0s"), "does not match"),
        ("drainTimeout", json!("1m30s"), "does not match"),
        ("broker.topology", json!("ignore"), "'declare'"),
        ("broker.existingSecret", json!("Not_A_Name"), "does not match"),
        ("s3.endpointUrl", json!("minio:9000"), "does not match"),
        ("s3.endpointUrl", json!("http://shop:secret@minio:9000"), "does not match"),
        ("s3.pathStyle", json!("true"), "auto"),
        ("priceBook.toml", json!({ "schema": 1 }), "want string"),
        ("log.format", json!("xml"), "'json'"),
        ("otlp.endpoint", json!("collector:4318"), "does not match"),
        ("extraEnv", json!({ "2ND": "4" }), "'2ND' not allowed"),
        ("extraEnv", json!({ "AWS_MAX_ATTEMPTS": 3 }), "want string"),
        ("extraEnv", json!({ "TOKEN": { "secretKeyRef": { "name": "a", "key": "b" } } }), "valueFrom"),
        ("extraEnv", json!({ "TOKEN": { "valueFrom": {} } }), "minProperties"),
        ("extraEnvFrom", json!({ "secretRef": { "name": "a" } }), "want array"),
        ("threads", json!(0), "minimum"),
        ("threads", json!(1025), "maximum"),
        ("threads", json!("4"), "does not match"),
        ("broker.clientCertificate.existingSecret", json!("Not_A_Name"), "does not match"),
        ("s3.sessionTokenKey", json!("session token"), "does not match"),
        ("s3.httpsProxy", json!("http://shop:secret@proxy:3128"), "does not match"),
        ("s3.httpProxy", json!("proxy:3128"), "does not match"),
        ("s3.noProxy", json!(["minio"]), "want string"),
        ("otlp.resourceAttributes", json!({ "team": "a,b" }), "does not match"),
    ]);
}

#[test]
fn a_value_of_the_pods_that_is_wrong_in_itself_is_named() {
    assert_each_is_named([
        ("image.repository", json!("registry.example/pricing-worker:1.0"), "does not match"),
        ("image.repository", json!(""), "does not match"),
        ("image.tag", json!(1.0), "want string"),
        ("image.digest", json!("0123abcd"), "does not match"),
        ("image.pullPolicy", json!("always"), "'IfNotPresent'"),
        ("image.pullSecrets", json!(["registry"]), "want object"),
        ("podDisruptionBudget.maxUnavailable", json!(0), "minimum"),
        ("podDisruptionBudget.maxUnavailable", json!("0%"), "does not match"),
        ("resources.requests.cpu", json!("1 core"), "does not match"),
        ("resources.requests.cpu", json!("0.000"), "does not match"),
        ("resources.limits.cpu", json!("0"), "does not match"),
        ("resources.limits.cpu", json!(0), "exclusiveMinimum"),
        ("resources.limits.memory", json!("768MB"), "does not match"),
        ("resources.limits.memory", json!(805_306_368), "want string"),
        ("topologySpread.whenUnsatisfiable", json!("Always"), "'ScheduleAnyway'"),
        ("tolerations", json!({ "key": "spot" }), "want array"),
        ("nodeSelector", json!({ "spot": true }), "want string"),
        ("podAnnotations", json!({ "port": 9090 }), "want string"),
        ("serviceAccount.annotations", json!("arn:aws:iam::1:role/x"), "want object"),
        ("bindAddress", json!("127.0.0.1"), "'0.0.0.0'"),
        ("networkPolicy.prometheus", json!([]), "minItems"),
        ("networkPolicy.broker.ports", json!(["amqp"]), "want integer"),
        ("commonLabels", json!({ "team": 1 }), "want string"),
        ("revisionHistoryLimit", json!(-1), "minimum"),
        ("strategy.type", json!("OnDelete"), "'RollingUpdate'"),
        ("strategy.maxSurge", json!("25"), "does not match"),
        ("podSecurityContext.runAsUser", json!(0), "minimum"),
        ("podSecurityContext.privileged", json!(true), "not allowed"),
        ("hostAliases", json!([{ "ip": "192.0.2.1" }]), "missing"),
        ("dnsPolicy", json!("ClusterFirstWithHostNet"), "'ClusterFirst'"),
        ("dnsConfig", json!({ "servers": [] }), "not allowed"),
        ("initContainers", json!([{ "name": "fetch" }]), "missing"),
        ("extraContainers", json!([{ "image": "tunnel" }]), "missing"),
        ("extraVolumes", json!([{ "emptyDir": {} }]), "missing"),
        ("extraVolumeMounts", json!([{ "name": "a" }]), "missing"),
        ("global.imageRegistry", json!("https://mirror.example"), "does not match"),
        ("global.imagePullSecrets", json!([{ "secret": "a" }]), "missing"),
    ]);
}

#[test]
fn a_value_of_scaling_or_monitoring_that_is_wrong_in_itself_is_named() {
    assert_each_is_named([
        ("replicas", json!("two"), "want integer"),
        ("keda.enabled", json!("true"), "want boolean"),
        ("keda.minReplicaCount", json!(0), "minimum"),
        ("keda.pollingInterval", json!("5s"), "want integer"),
        ("keda.messagesPerJobSlot", json!(0), "minimum"),
        ("keda.scaleUp.periodSeconds", json!(3600), "maximum"),
        ("keda.scaleDown.stabilizationWindowSeconds", json!(-1), "minimum"),
        ("hpa.targetCPUUtilizationPercentage", json!("70%"), "want integer"),
        ("serviceMonitor.interval", json!(30), "want string"),
        ("dashboard.labels", json!({ "grafana_dashboard": 1 }), "want string"),
        (
            "keda.cron",
            json!([{ "timezone": "Etc/UTC", "start": "8:00", "end": "0 18 * * *", "desiredReplicas": 2 }]),
            "does not match",
        ),
        ("keda.cpu.targetUtilizationPercentage", json!("80%"), "want integer"),
        ("keda.pausedReplicas", json!("none"), "does not match"),
        ("keda.authenticationRef.kind", json!("Secret"), "'TriggerAuthentication'"),
        ("keda.fallback.behavior", json!("currentReplicas"), "'static'"),
        ("hpa.scaleDown.periodSeconds", json!(0), "minimum"),
        ("serviceMonitor.namespace", json!("Monitoring"), "does not match"),
        ("serviceMonitor.scrapeTimeout", json!("10"), "does not match"),
        ("serviceMonitor.relabelings", json!({ "action": "drop" }), "want array"),
        ("prometheusRule.alerts.PricingRetries.threshold", json!(5), "maximum"),
        ("prometheusRule.alerts.PricingRestarts.threshold", json!(1.5), "want integer"),
        ("prometheusRule.alerts.NoSuchAlert", json!({ "enabled": false }), "not allowed"),
    ]);
}

#[test]
fn a_name_that_is_unknown_or_was_taken_away_is_named() {
    assert_each_is_named([
        // An unknown name, at each depth.
        ("replicaCount", json!(3), "not allowed"),
        ("broker.url", json!("amqp://shop:secret@rabbit"), "not allowed"),
        ("keda.maxReplicas", json!(3), "not allowed"),
        ("keda.scaleUp.percents", json!(3), "not allowed"),
        // Removed values.
        ("resources.limits", Value::Null, "missing"),
        ("keda", Value::Null, "missing"),
    ]);
}

#[test]
fn values_that_do_not_fit_each_other_are_named_with_what_to_do() {
    let table: [Misfit; 2] = [
        (
            json!({
                "broker": { "existingSecret": "", "ca": { "existingSecret": "a", "existingConfigMap": "b" } },
                "s3": { "ca": { "existingSecret": "a", "existingConfigMap": "b" },
                        "existingSecret": "a", "credentialsFile": { "existingSecret": "b" } },
                "priceBook": { "toml": "prices.toml", "existingConfigMap": "b" },
                "memoryBudget": "1GiB",
                "keda": { "existingSecret": "", "minReplicaCount": 21, "fallback": { "replicas": 22 } },
                "replicas": 5,
                "strategy": { "maxSurge": "0%" },
                "dnsPolicy": "None",
                "serviceAccount": { "create": false, "annotations": { "role": "x" } },
                "otlp": { "endpoint": "http://collector:4317" },
                "serviceMonitor": { "interval": "15s", "scrapeTimeout": "1m" },
            }),
            &[
                "broker.existingSecret is empty",
                "broker.ca.existingSecret and broker.ca.existingConfigMap are both set",
                "s3.ca.existingSecret and s3.ca.existingConfigMap are both set",
                "s3.existingSecret and s3.credentialsFile.existingSecret are both set: set one of them",
                "priceBook.toml and priceBook.existingConfigMap are both set",
                "priceBook.toml is not the text of a price book (it has no `schema = 1`): give a file's text by --set-file",
                "resources.limits.memory is 768Mi, memoryBudget 1GiB, and there are 4 threads for 4 jobs: the limit must be \
                 1152Mi at least, 128Mi above the budget, or the pod is killed; raise it, or lower memoryBudget, threads or \
                 concurrency",
                "keda.existingSecret is empty",
                "keda.minReplicaCount is 21, above keda.maxReplicaCount, 20",
                "keda.fallback.replicas is 22, above keda.maxReplicaCount, 20",
                "replicas is 5, but KEDA sets the number of pods: set keda.minReplicaCount",
                "strategy.maxUnavailable and strategy.maxSurge are both 0: no pod could be replaced; set one of them",
                "dnsPolicy is None, but dnsConfig.nameservers is empty: name a server",
                "serviceAccount.annotations are set, but serviceAccount.create is false",
                "otlp.endpoint is http://collector:4317: port 4317 is for OTLP over gRPC",
                "serviceMonitor.scrapeTimeout is 1m, above serviceMonitor.interval, 15s",
            ],
        ),
        (
            json!({ "keda": {
                "authenticationRef": { "kind": "ClusterTriggerAuthentication" }, "paused": true, "pausedReplicas": 0,
                "cron": [{ "timezone": "Etc/UTC", "start": "0 8 * * *", "end": "0 8 * * *", "desiredReplicas": 21 }] } }),
            &[
                "keda.authenticationRef.kind is ClusterTriggerAuthentication, but keda.authenticationRef.name is empty",
                "keda.paused and keda.pausedReplicas are both set",
                "keda.cron[0].desiredReplicas is 21, above keda.maxReplicaCount, 20",
                "keda.cron[0].start and end are both 0 8 * * *",
            ],
        ),
    ];
    name_what_to_do(&table);
}

#[test]
fn additions_and_sizes_that_do_not_fit_are_named_with_what_to_do() {
    let table: [Misfit; 6] = [
        (
            json!({
                "s3": { "sessionTokenKey": "token" },
                "extraEnv": { "AWS_SECRET_ACCESS_KEY": "x", "PRICING_AMQP_URL": "x", "RAYON_NUM_THREADS": "64",
                              "https_proxy": "http://proxy:3128", "AWS_ENDPOINT_URL": "http://minio:9000",
                              "HTTPS_PROXY": { "valueFrom": { "secretKeyRef": { "name": "a", "key": "b" } } } },
                "extraVolumes": [{ "name": "broker", "emptyDir": {} }, { "name": "a", "emptyDir": {} }],
                "extraVolumeMounts": [{ "name": "a", "mountPath": "/a" }, { "name": "b", "mountPath": "/b" }],
                "initContainers": [{ "name": "a", "image": "a" }],
                "extraContainers": [{ "name": "worker", "image": "a" }, { "name": "a", "image": "a" }],
            }),
            &[
                "s3.sessionTokenKey is set, but s3.existingSecret is empty",
                "extraEnv.AWS_SECRET_ACCESS_KEY: use s3.existingSecret instead",
                "extraEnv.PRICING_AMQP_URL: use broker.existingSecret instead",
                "extraEnv.RAYON_NUM_THREADS: use threads instead",
                "extraEnv.HTTPS_PROXY: use s3.httpsProxy instead",
                "extraEnv.https_proxy: use s3.httpsProxy instead",
                "extraEnv.AWS_ENDPOINT_URL: use s3.endpointUrl instead",
                "extraVolumes: the name broker is taken",
                "extraVolumeMounts: there is no volume b: add it to extraVolumes",
                "initContainers and extraContainers: the name worker is taken",
                "initContainers and extraContainers: the name a is taken",
            ],
        ),
        (
            json!({ "keda": { "enabled": false }, "hpa": { "minReplicas": 30 }, "replicas": 0 }),
            &["hpa.minReplicas is 30, above hpa.maxReplicas, 20", "replicas is 0, but the HPA sets the number of pods"],
        ),
        (
            json!({ "resources": { "limits": { "memory": "639Mi", "cpu": "999m" }, "requests": { "memory": "1Gi" } },
                    "memoryBudget": "512MiB", "threads": 4 }),
            &[
                "resources.limits.memory is 639Mi",
                "must be 640Mi",
                "resources.requests.memory is 1Gi, above",
                "resources.requests.cpu is 1, above resources.limits.cpu, 999m: lower it, or raise the limit",
            ],
        ),
        (
            json!({ "threads": 64, "concurrency": 128 }),
            &["there are 64 threads for 128 jobs: the limit must be 1724Mi at least, 1212Mi above the budget"],
        ),
        (
            json!({ "memoryBudget": "326MiB" }),
            &["memoryBudget is 326MiB, and topologyTriangles 2000000: the budget must be 327MiB at least"],
        ),
        (
            json!({ "otlp": { "existingSecret": "collector" } }),
            &["otlp.existingSecret is set, but otlp.endpoint is empty"],
        ),
    ];
    name_what_to_do(&table);
}

/// Values, and all parts of their refusal.
type Misfit = (Value, &'static [&'static str]);

#[track_caller]
fn name_what_to_do(table: &[Misfit]) {
    for (values, says) in table {
        let refusal = refusal(values);
        for says in *says {
            assert!(refusal.contains(says), "nothing says {says:?} in\n{refusal}");
        }
        // There are no further messages: every line after the first is in the table.
        let lines = refusal.trim().lines().skip(1).count();
        assert!(lines <= says.len(), "more is said than {says:?} in\n{refusal}");
    }
}

#[test]
fn the_least_memory_budget_is_the_programs() {
    let book = PriceBook::sample();
    for triangles in [1, 4_079, 2_000_000, 350_000_000] {
        let least = least_memory_bytes(triangles, &book).div_ceil(1 << 20);
        let values = |budget: u64| {
            json!({
                "topologyTriangles": triangles,
                "memoryBudget": format!("{budget}MiB"),
                "resources": { "limits": { "memory": format!("{}Mi", budget + 128) }, "requests": { "memory": "100Mi" } },
            })
        };
        let refusal = refusal(&values(least - 1));
        let says = format!("topologyTriangles {triangles}: the budget must be {least}MiB at least");
        assert!(refusal.contains(&says), "nothing says {says:?} in\n{refusal}");
        let rendered = try_render(&folder(), &values(least), &[]);
        assert!(rendered.is_ok(), "{triangles} triangles in {least}MiB: {rendered:?}");
    }
}

#[test]
fn what_is_just_within_the_limits_is_taken() {
    let table = [
        json!({
            "resources": { "limits": { "memory": "640Mi", "cpu": 0.5 }, "requests": { "memory": "640Mi", "cpu": "500m" } },
            "keda": { "minReplicaCount": 4, "maxReplicaCount": 4, "existingSecret": "",
                      "authenticationRef": { "name": "rabbitmq" },
                      "cron": [{ "timezone": "Etc/UTC", "start": "0 8 * * *", "end": "0 9 * * *", "desiredReplicas": 4 }] },
            "strategy": { "type": "Recreate", "maxSurge": 0 },
            "serviceMonitor": { "scrapeTimeout": "15s" },
            "otlp": { "endpoint": "http://collector:43170" },
            "global": { "of": "an umbrella chart" },
            "priceBook": { "toml": "# Ours\n  schema = 1\n" },
        }),
        json!({
            "keda": { "enabled": false, "existingSecret": "", "minReplicaCount": 30 },
            "hpa": { "enabled": false, "minReplicas": 30 },
            "replicas": 0,
        }),
    ];
    for values in table {
        let rendered = try_render(&folder(), &values, &[]);
        assert!(rendered.is_ok(), "{values}: {rendered:?}");
    }
}
