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
        for trigger in items(&spec["triggers"]) {
            let metadata = &trigger["metadata"];
            assert_eq!(metadata["value"], *value, "{}", rendered.name);
            // Only the management API counts unacknowledged messages.
            assert_eq!((&metadata["protocol"], &metadata["excludeUnacknowledged"]), (&json!("http"), &json!("false")));
            assert_eq!(trigger["authenticationRef"]["name"], name(rendered.the("TriggerAuthentication")));
        }
        let queues: Vec<_> = items(&spec["triggers"]).map(|trigger| trigger["metadata"]["queueName"].clone()).collect();
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
