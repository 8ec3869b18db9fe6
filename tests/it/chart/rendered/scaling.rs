//! Tests of the number of pods: by KEDA, by the HPA, or fixed.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::engine::{everything, render};
use super::{items, name};

#[test]
fn one_alone_sets_the_number_of_pods() {
    let mut owners = BTreeSet::new();
    for rendered in everything() {
        let fixed = rendered.the("Deployment")["spec"].get("replicas");
        let [keda, hpa] = ["ScaledObject", "HorizontalPodAutoscaler"].map(|kind| rendered.find(kind).is_some());
        let owner = match (keda, hpa, fixed) {
            (true, false, None) => "keda",
            (false, true, None) => "hpa",
            (false, false, Some(replicas)) if *replicas == rendered.value("replicas") => "replicas",
            other => panic!("{}: KEDA, HPA, replicas: {other:?}", rendered.name),
        };
        let expected = match (rendered.value("keda.enabled"), rendered.value("hpa.enabled")) {
            (Value::Bool(true), _) => "keda",
            (_, Value::Bool(true)) => "hpa",
            _ => "replicas",
        };
        assert_eq!(owner, expected, "{}", rendered.name);
        owners.insert(owner);
    }
    assert_eq!(owners.len(), 3, "{owners:?}");
}

#[test]
fn keda_counts_what_the_job_slots_can_take() {
    let mut seen = BTreeSet::new();
    for rendered in everything() {
        let Some(scaled) = rendered.find("ScaledObject") else { continue };
        let spec = &scaled["spec"];
        let number = |path: &str| rendered.value(path).as_u64().expect("a number");
        let slots: u64 = rendered.variable("PRICING_CONCURRENCY").expect("it is set").parse().expect("a number");
        let value = (slots * number("keda.messagesPerJobSlot")).to_string();
        let by_queue = || items(&spec["triggers"]).filter(|trigger| trigger["type"] == "rabbitmq");
        for trigger in by_queue() {
            let metadata = &trigger["metadata"];
            assert_eq!(trigger["metricType"], "AverageValue", "{}: the fallback holds for this type", rendered.name);
            assert_eq!(metadata["value"], *value, "{}", rendered.name);
            // Only the management API counts unacknowledged messages.
            assert_eq!((&metadata["protocol"], &metadata["excludeUnacknowledged"]), (&json!("http"), &json!("false")));
            let made = rendered.find("TriggerAuthentication").map(|made| json!(name(made)));
            let named = rendered.value("keda.authenticationRef.name");
            assert_eq!(made.is_some(), named == "", "{}", rendered.name);
            let kind = rendered.value("keda.authenticationRef.kind");
            let expected = json!({ "kind": kind, "name": made.unwrap_or(named) });
            assert_eq!(trigger["authenticationRef"], expected, "{}", rendered.name);
        }
        let queues: Vec<_> = by_queue().map(|trigger| trigger["metadata"]["queueName"].clone()).collect();
        assert_eq!(queues, ["pricing.jobs.interactive", "pricing.jobs.bulk"]);
        let counts = ["minReplicaCount", "maxReplicaCount", "pollingInterval", "cooldownPeriod"];
        for count in counts {
            assert_eq!(spec[count], number(&format!("keda.{count}")), "{}: {count}", rendered.name);
        }
        assert!(spec["minReplicaCount"].as_u64() >= Some(1), "{}", rendered.name);
        assert_eq!(spec["scaleTargetRef"]["name"], name(rendered.the("Deployment")));
        seen.insert(value);
    }
    assert!(seen.len() > 1, "every case has the same value: {seen:?}");
}

#[test]
fn the_values_of_scaling_reach_the_hpa_that_keda_makes() {
    let given = json!({ "keda": {
        "scaleUp": { "stabilizationWindowSeconds": 1, "percent": 2, "pods": 3, "periodSeconds": 4 },
        "scaleDown": { "stabilizationWindowSeconds": 5, "pods": 6, "periodSeconds": 7 },
        "fallback": { "failureThreshold": 8, "replicas": 9 } } });
    let rendered = render("scaling", given, &[]);
    let spec = &rendered.the("ScaledObject")["spec"];
    let behavior = json!({
        "scaleUp": { "stabilizationWindowSeconds": 1, "selectPolicy": "Max", "policies": [
            { "type": "Percent", "value": 2, "periodSeconds": 4 }, { "type": "Pods", "value": 3, "periodSeconds": 4 } ] },
        "scaleDown": { "stabilizationWindowSeconds": 5, "policies": [
            { "type": "Pods", "value": 6, "periodSeconds": 7 } ] } });
    assert_eq!(spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"], behavior);
    let fallback = json!({ "failureThreshold": 8, "replicas": 9, "behavior": "currentReplicasIfHigher" });
    assert_eq!(spec["fallback"], fallback);
}

#[test]
fn a_keda_before_2_17_gets_no_field_that_it_does_not_know() {
    let rendered = render("static", json!({ "keda": { "fallback": { "behavior": "static" } } }), &[]);
    let fallback = &rendered.the("ScaledObject")["spec"]["fallback"];
    assert_eq!(*fallback, json!({ "failureThreshold": 3, "replicas": 4 }));
}

#[test]
fn hours_and_cpu_are_triggers_beside_the_queues() {
    let values = json!({ "keda": {
        "cron": [
            { "timezone": "Europe/Berlin", "start": "0 8 * * 1-5", "end": "0 18 * * 1-5", "desiredReplicas": 4 },
            { "timezone": "Etc/UTC", "start": "0 0 1 * *", "end": "0 6 1 * *", "desiredReplicas": 1_000_000 },
        ],
        "cpu": { "enabled": true, "targetUtilizationPercentage": 65 }, "maxReplicaCount": 1_000_000 } });
    let rendered = render("triggers", values, &[]);
    let triggers: Vec<_> = items(&rendered.the("ScaledObject")["spec"]["triggers"]).skip(2).collect();
    // KEDA takes texts alone.
    let expected = [
        json!({ "type": "cron", "metadata": { "timezone": "Europe/Berlin", "start": "0 8 * * 1-5", "end": "0 18 * * 1-5",
                                              "desiredReplicas": "4" } }),
        json!({ "type": "cron", "metadata": { "timezone": "Etc/UTC", "start": "0 0 1 * *", "end": "0 6 1 * *",
                                              "desiredReplicas": "1000000" } }),
        json!({ "type": "cpu", "metricType": "Utilization", "metadata": { "value": "65", "containerName": "worker" } }),
    ];
    assert_eq!(triggers, expected.iter().collect::<Vec<_>>());
    assert_eq!(rendered.container()["name"], "worker");
}

#[test]
fn a_pause_is_an_annotation_that_is_there_or_is_not() {
    // The values; the annotations. `paused: "false"` would pause as well.
    let table = [
        (json!({}), json!(null)),
        (json!({ "paused": true }), json!({ "autoscaling.keda.sh/paused": "true" })),
        (json!({ "pausedReplicas": 0 }), json!({ "autoscaling.keda.sh/paused-replicas": "0" })),
        (json!({ "pausedReplicas": 3 }), json!({ "autoscaling.keda.sh/paused-replicas": "3" })),
    ];
    for (keda, expected) in table {
        let rendered = render("paused", json!({ "keda": keda }), &[]);
        assert_eq!(rendered.the("ScaledObject")["metadata"]["annotations"], expected, "{keda}");
    }
}

#[test]
fn the_hpa_follows_the_worker_alone_as_fast_as_it_was_told() {
    for rendered in everything() {
        let Some(hpa) = rendered.find("HorizontalPodAutoscaler") else { continue };
        let value = |path: &str| rendered.value(&format!("hpa.{path}"));
        let target = json!({ "type": "Utilization", "averageUtilization": value("targetCPUUtilizationPercentage") });
        let metric = json!({ "type": "ContainerResource",
                             "containerResource": { "name": "cpu", "container": "worker", "target": target } });
        assert_eq!(hpa["spec"]["metrics"], json!([metric]), "{}", rendered.name);
        assert_eq!(
            (&hpa["spec"]["minReplicas"], &hpa["spec"]["maxReplicas"]),
            (&value("minReplicas"), &value("maxReplicas"))
        );
        let policy = |path: &str, kind: &str, of: &str| json!({ "type": kind, "value": value(&format!("{path}.{of}")), "periodSeconds": value(&format!("{path}.periodSeconds")) });
        let behavior = json!({
            "scaleUp": {
                "stabilizationWindowSeconds": value("scaleUp.stabilizationWindowSeconds"), "selectPolicy": "Max",
                "policies": [policy("scaleUp", "Percent", "percent"), policy("scaleUp", "Pods", "pods")] },
            "scaleDown": {
                "stabilizationWindowSeconds": value("scaleDown.stabilizationWindowSeconds"),
                "policies": [policy("scaleDown", "Pods", "pods")] } });
        assert_eq!(hpa["spec"]["behavior"], behavior, "{}", rendered.name);
    }
}
