//! Tests beyond the schemas of the kinds: manifests fit each other, the worker, and the values.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use super::engine::{assert_valid, case, everything, render};
use super::{Rendered, is_within, items, name};

#[test]
fn a_pod_has_time_to_drain_before_it_is_killed() {
    let mut seen = BTreeSet::new();
    for rendered in everything() {
        let drain = humantime::parse_duration(rendered.variable("PRICING_DRAIN_TIMEOUT").expect("it is set"));
        let drain = drain.expect("a length of time as the worker reads it");
        let grace = rendered.pod()["spec"]["terminationGracePeriodSeconds"].as_u64().map(Duration::from_secs);
        let grace = grace.expect("seconds");
        assert!(grace >= drain + Duration::from_secs(15), "{}: {grace:?} for {drain:?}", rendered.name);
        seen.insert(drain);
    }
    // Seconds, minutes, hours.
    assert!(seen.len() > 2, "{seen:?}");
}

#[test]
fn an_update_takes_no_capacity_away_where_nothing_else_was_set() {
    for rendered in everything() {
        let deployment = &rendered.the("Deployment")["spec"];
        let update = json!({ "maxUnavailable": rendered.value("strategy.maxUnavailable"),
                             "maxSurge": rendered.value("strategy.maxSurge") });
        let expected = match rendered.value("strategy.type").as_str() {
            Some("Recreate") => json!({ "type": "Recreate" }),
            _ => json!({ "type": "RollingUpdate", "rollingUpdate": update }),
        };
        assert_eq!(deployment["strategy"], expected, "{}", rendered.name);
        assert_eq!(deployment["revisionHistoryLimit"], rendered.value("revisionHistoryLimit"), "{}", rendered.name);
    }
    let update = &case("defaults").the("Deployment")["spec"]["strategy"]["rollingUpdate"];
    assert_eq!(*update, json!({ "maxUnavailable": 0, "maxSurge": "25%" }));
}

#[test]
fn every_selector_finds_the_workers_and_no_other_pod() {
    for rendered in everything() {
        let workers = &rendered.pod()["metadata"]["labels"];
        let check = &rendered.the("Pod")["metadata"]["labels"];
        let mut selectors = vec![
            &rendered.the("Deployment")["spec"]["selector"]["matchLabels"],
            &rendered.the("Service")["spec"]["selector"],
        ];
        selectors.extend(rendered.find("PodDisruptionBudget").map(|budget| &budget["spec"]["selector"]["matchLabels"]));
        selectors.extend(rendered.find("NetworkPolicy").map(|policy| &policy["spec"]["podSelector"]["matchLabels"]));
        let spread = items(&rendered.pod()["spec"]["topologySpreadConstraints"]);
        selectors.extend(spread.map(|constraint| &constraint["labelSelector"]["matchLabels"]));
        assert!(selectors.len() > 3, "{}", rendered.name);
        for selector in selectors {
            assert!(is_within(selector, workers), "{}: {selector} in {workers}", rendered.name);
            assert!(!is_within(selector, check), "{}: {selector} in {check}", rendered.name);
        }
        if let Some(monitor) = rendered.find("ServiceMonitor") {
            let place = rendered.value("serviceMonitor.namespace");
            let elsewhere = json!({ "matchNames": ["default"] });
            let expected = if place == "" { (&json!(null), &json!(null)) } else { (&place, &elsewhere) };
            let found = (&monitor["metadata"]["namespace"], &monitor["spec"]["namespaceSelector"]);
            assert_eq!(found, expected, "{}: from another namespace it looks into the release's", rendered.name);
            let service = rendered.the("Service");
            let selector = &monitor["spec"]["selector"]["matchLabels"];
            assert!(is_within(selector, &service["metadata"]["labels"]), "{}: {selector}", rendered.name);
            assert_eq!(monitor["spec"]["endpoints"][0]["port"], service["spec"]["ports"][0]["name"]);
        }
    }
}

#[test]
fn what_a_manifest_names_another_one_is() {
    for rendered in everything() {
        let pods = [&rendered.pod()["spec"], &rendered.the("Pod")["spec"]];
        for pod in pods {
            let account = pod["serviceAccountName"].as_str().expect("a name");
            if rendered.value("serviceAccount.create") == true {
                assert_eq!(account, name(rendered.the("ServiceAccount")), "{}", rendered.name);
            } else {
                assert_eq!((account, rendered.find("ServiceAccount")), ("default", None), "{}", rendered.name);
            }
            let container = &pod["containers"][0];
            let [volumes, mounts] = [&pod["volumes"], &container["volumeMounts"]]
                .map(|list| items(list).map(|item| item["name"].as_str().expect("a name")).collect::<BTreeSet<_>>());
            assert_eq!(volumes, mounts, "{}", rendered.name);
            let mut mounts = items(&container["volumeMounts"]);
            assert!(mounts.all(|mount| mount["readOnly"] == true), "{}: the worker writes nothing", rendered.name);
        }
        if let Some(hpa) = rendered.find("HorizontalPodAutoscaler") {
            assert_eq!(hpa["spec"]["scaleTargetRef"]["name"], name(rendered.the("Deployment")), "{}", rendered.name);
        }
        let probed = ["livenessProbe", "readinessProbe"].map(|probe| &rendered.container()[probe]["httpGet"]);
        let expected =
            [json!({ "path": "/livez", "port": "metrics" }), json!({ "path": "/readyz", "port": "metrics" })];
        assert_eq!(probed, expected.each_ref(), "{}", rendered.name);
        assert_eq!(rendered.container()["ports"], json!([{ "name": "metrics", "containerPort": 9090 }]));
        assert!(rendered.variable("PRICING_ADMIN_ADDR").expect("it is set").ends_with(":9090"), "{}", rendered.name);
    }
}

#[test]
fn no_secret_is_in_a_manifest() {
    for rendered in everything() {
        assert!(rendered.find("Secret").is_none(), "{}", rendered.name);
        for container in [rendered.container(), &rendered.the("Pod")["spec"]["containers"][0]] {
            for variable in items(&container["env"]) {
                let name = variable["name"].as_str().expect("a name");
                assert_ne!(name, "PRICING_AMQP_URL", "{}: a URL with a password", rendered.name);
                let is_secret = ["_KEY_ID", "_ACCESS_KEY", "_HEADERS", "_TOKEN"].iter().any(|end| name.ends_with(end));
                let is_reference = variable["valueFrom"]["secretKeyRef"].is_object();
                assert_eq!(is_secret, is_reference, "{}: {variable}", rendered.name);
            }
        }
    }
    // The worker mounts one key of the broker's Secret, and not the management API's key beside it.
    let broker = &case("defaults").pod()["spec"]["volumes"][0]["secret"];
    assert_eq!(
        broker,
        &json!({ "secretName": "pricing-worker-broker", "items": [{ "key": "amqp-url", "path": "url" }] })
    );
}

#[test]
fn the_notes_name_every_secret_and_config_map_that_the_pods_wait_for() {
    let mut seen = BTreeSet::new();
    for rendered in everything() {
        let notes = rendered.all("ConfigMap").into_iter().find(|map| name(map) == "shown-notes").expect("the notes");
        let notes = notes["data"]["NOTES.txt"].as_str().expect("a text");
        let made: BTreeSet<_> = rendered.all("ConfigMap").into_iter().map(name).collect();
        let volumes = items(&rendered.pod()["spec"]["volumes"]).flat_map(|volume| {
            [&volume["secret"]["secretName"], &volume["configMap"]["name"]].map(|name| (name, &volume["name"]))
        });
        let extra = rendered.value("extraEnv");
        let variables = items(&rendered.container()["env"])
            .filter(|variable| extra.get(variable["name"].as_str().expect("a name")).is_none());
        let variables = variables.map(|variable| (&variable["valueFrom"]["secretKeyRef"]["name"], &variable["name"]));
        for (source, wanted_by) in volumes.chain(variables) {
            let Some(source) = source.as_str().filter(|source| !made.contains(source)) else { continue };
            assert!(notes.contains(&format!("\n  {source}: ")), "{}: {wanted_by} waits for {source}", rendered.name);
            seen.insert(wanted_by.as_str().expect("a name"));
        }
    }
    // Both authorities, the certificate, the price book, keys, the credentials file, headers, the URL.
    assert!(seen.len() > 8, "{seen:?}");
}

#[test]
fn another_price_book_makes_other_pods() {
    let annotation = |rendered: &Rendered| rendered.pod()["metadata"]["annotations"]["checksum/price-book"].clone();
    let book = case("everything").values["priceBook"]["toml"].as_str().expect("a book").to_owned();
    let of = |toml: &str| render("book", json!({ "priceBook": { "toml": toml } }), &[]);
    let [one, same, other] = [&book, &book, &book.replace("0.58", "0.59")].map(|book| of(book));
    assert!(annotation(&one).is_string());
    assert_eq!(annotation(&one), annotation(&same));
    assert_ne!(annotation(&one), annotation(&other));
    assert!(annotation(case("defaults")).is_null());
    // The file's bytes are unchanged, whatever they are.
    let made = one.all("ConfigMap").into_iter().find(|map| name(map) == "test-pricing-worker-price-book");
    assert_eq!(made.expect("a ConfigMap")["data"]["book.toml"], book);
    assert_eq!(one.pod()["spec"]["volumes"][1]["configMap"]["name"], "test-pricing-worker-price-book");
}

#[test]
fn the_image_is_the_charts_version_a_tag_or_a_digest() {
    let version = env!("CARGO_PKG_VERSION");
    let digest = case("everything").values["image"]["digest"].as_str().expect("a digest").to_owned();
    let table = [
        (case("defaults").container(), format!("pricing-worker:{version}")),
        (case("minio").container(), "pricing-worker:1.2.3".to_owned()),
        (case("everything").container(), format!("mirror.example/shop/shop/pricing-worker@{digest}")),
        (
            &case("everything").the("Pod")["spec"]["containers"][0],
            format!("mirror.example/shop/shop/pricing-worker@{digest}"),
        ),
    ];
    for (container, expected) in table {
        assert_eq!(container["image"], expected);
    }
    // The registry goes, as a container engine tells it from a name; the name stays.
    let mirrored = [
        ("pricing-worker", "mirror/pricing-worker"),
        ("shop/pricing-worker", "mirror/shop/pricing-worker"),
        ("registry.example/shop/pricing-worker", "mirror/shop/pricing-worker"),
        ("localhost/pricing-worker", "mirror/pricing-worker"),
        ("registry:5000/pricing-worker", "mirror/pricing-worker"),
    ];
    for (repository, expected) in mirrored {
        let values = json!({ "image": { "repository": repository }, "global": { "imageRegistry": "mirror" } });
        assert_eq!(render(repository, values, &[]).container()["image"], format!("{expected}:{version}"));
    }
    let both = json!({ "image": { "tag": "1.2.3", "digest": digest } });
    assert_eq!(render("both", both, &[]).container()["image"], format!("pricing-worker@{digest}"));
}

#[test]
fn traffic_is_let_through_to_the_ports_that_the_urls_name() {
    let ports = |rendered: &Rendered| {
        let egress = items(&rendered.the("NetworkPolicy")["spec"]["egress"]);
        let ports = egress.flat_map(|rule| items(&rule["ports"])).map(|port| port["port"].as_u64().expect("a port"));
        ports.collect::<Vec<_>>()
    };
    let table = [
        ("", "", vec![53, 53, 5353, 5353, 5671, 5672, 443]),
        ("http://minio", "", vec![53, 53, 5353, 5353, 5671, 5672, 80]),
        ("https://minio/path", "http://collector:4318", vec![53, 53, 5353, 5353, 5671, 5672, 443, 4318]),
        ("http://[fd00::1]:9000", "https://collector/v1", vec![53, 53, 5353, 5353, 5671, 5672, 9000, 443]),
    ];
    for (store, collector, expected) in table {
        let values = json!({ "s3": { "endpointUrl": store }, "otlp": { "endpoint": collector } });
        assert_eq!(ports(&render("ports", values, &[])), expected, "{store} {collector}");
    }
    let dns = &case("everything").the("NetworkPolicy")["spec"]["egress"][0];
    let [of_dns, to] = ["ports", "to"].map(|name| case("everything").value(&format!("networkPolicy.dns.{name}")));
    assert_eq!(dns["to"], to);
    for protocol in ["UDP", "TCP"] {
        let of_protocol = items(&dns["ports"]).filter(|port| port["protocol"] == protocol);
        assert_eq!(json!(of_protocol.map(|port| &port["port"]).collect::<Vec<_>>()), of_dns, "{protocol}");
    }
    let proxies = json!({ "s3": { "httpProxy": "http://proxy", "httpsProxy": "http://proxy:3128/" } });
    assert_eq!(ports(&render("proxies", proxies, &[])), [53, 53, 5353, 5353, 5671, 5672, 443, 80, 3128]);
    for rendered in everything() {
        let Some(policy) = rendered.find("NetworkPolicy") else { continue };
        assert_eq!(policy["spec"]["policyTypes"], json!(["Ingress", "Egress"]), "{}", rendered.name);
        let ingress = items(&policy["spec"]["ingress"]).collect::<Vec<_>>();
        assert_eq!(ingress.len(), 1, "{}", rendered.name);
        assert_eq!(ingress[0]["ports"], json!([{ "port": "metrics" }]), "{}", rendered.name);
        assert!(items(&ingress[0]["from"]).count() > 0, "{}: anybody may come in", rendered.name);
    }
}

#[test]
fn the_service_monitor_reads_as_it_was_told() {
    let endpoint = &case("everything").the("ServiceMonitor")["spec"]["endpoints"][0];
    for name in ["interval", "scrapeTimeout", "relabelings", "metricRelabelings"] {
        assert_eq!(endpoint[name], case("everything").value(&format!("serviceMonitor.{name}")), "{name}");
    }
    assert_eq!(case("everything").the("PrometheusRule")["metadata"]["namespace"], "monitoring");
    let defaults = render("defaults", json!({ "serviceMonitor": { "enabled": true } }), &[]);
    let expected = json!({ "port": "metrics", "interval": "15s" });
    assert_eq!(defaults.the("ServiceMonitor")["spec"]["endpoints"][0], expected);
}

#[test]
fn names_are_names_however_odd() {
    let values = json!({
        "broker": { "existingSecret": "1", "urlKey": "2", "ca": { "existingSecret": "3", "key": "4" },
                    "clientCertificate": { "existingSecret": "19", "certKey": "20", "keyKey": "21" } },
        "s3": { "existingSecret": "5", "accessKeyIdKey": "6", "secretAccessKeyKey": "7", "sessionTokenKey": "22",
                "ca": { "existingConfigMap": "23", "key": "24" }, "noProxy": "25" },
        "secretsVersion": "26", "commonLabels": { "e": "27" }, "commonAnnotations": { "f": "28" },
        "global": { "imagePullSecrets": ["29"] },
        "otlp": { "endpoint": "http://collector", "existingSecret": "8", "headersKey": "9" },
        "keda": { "existingSecret": "10", "urlKey": "11" },
        "priceBook": { "existingConfigMap": "12", "key": "13" },
        "priorityClassName": "14",
        "podAnnotations": { "a": "15" }, "podLabels": { "b": "16" }, "nodeSelector": { "c": "true" },
        "serviceAccount": { "name": "17", "annotations": { "d": "18" } },
        "extraEnv": { "OTEL_TRACES_SAMPLER_ARG": "1" },
        "serviceMonitor": { "enabled": true },
    });
    let longest = "a".repeat(53);
    // The release, and the name of its objects.
    let table = [
        ("2026", "2026-pricing-worker"),
        ("pricing-worker", "pricing-worker"),
        ("my-pricing-worker-2", "my-pricing-worker-2"),
        (longest.as_str(), &longest[..52]),
    ];
    let mut text = String::new();
    for (release, expected) in table {
        let rendered = render(release, values.clone(), &["--release", release]);
        assert_eq!(name(rendered.the("Deployment")), expected);
        for manifest in &rendered.manifests {
            let name = name(manifest);
            assert!(name.len() <= 63, "{name}");
        }
        text += &rendered.text;
    }
    // The schemas refuse a number or a boolean in place of text.
    assert_valid(&text);
}
