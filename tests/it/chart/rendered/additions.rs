//! Tests of what operators add to the chart's objects: labels, annotations, volumes, variables, containers, secrets.

use serde_json::{Value, json};

use super::engine::{case, render};
use super::{Rendered, is_within, items, name};

#[test]
fn common_labels_and_annotations_are_on_every_object_and_pod() {
    let rendered = case("everything");
    let pod = std::iter::once(rendered.pod());
    let shown = |manifest: &&Value| name(manifest) != "shown-notes";
    for object in rendered.manifests.iter().filter(shown).chain(pod) {
        let metadata = &object["metadata"];
        assert_eq!(metadata["labels"]["example.com/team"], "quotes", "{metadata:#}");
        let contact = if object == rendered.pod() { "pods@shop.example" } else { "quotes@shop.example" };
        assert_eq!(metadata["annotations"]["example.com/contact"], contact, "{metadata:#}");
    }
    // The chart's own labels win.
    assert_eq!(rendered.pod()["metadata"]["labels"]["app.kubernetes.io/component"], "worker");
    assert_eq!(rendered.the("Pod")["metadata"]["labels"]["app.kubernetes.io/component"], "check");
}

#[test]
fn what_is_the_operators_own_is_in_the_pods_as_it_was_written() {
    let rendered = case("everything");
    let value = |path: &str| rendered.value(path);
    for pod in [&rendered.pod()["spec"], &rendered.the("Pod")["spec"]] {
        for name in ["hostAliases", "dnsPolicy", "dnsConfig"] {
            assert_eq!(pod[name], value(name), "{name}");
        }
        let last = |list: &Value| list.as_array().and_then(|list| list.last()).cloned();
        assert_eq!(last(&pod["volumes"]), last(&value("extraVolumes")));
        let worker = &pod["containers"][0];
        assert_eq!(last(&worker["volumeMounts"]), last(&value("extraVolumeMounts")));
        assert_eq!(worker["envFrom"], value("extraEnvFrom"));
        for (name, text) in value("extraEnv").as_object().expect("variables") {
            let variable = items(&worker["env"]).find(|variable| variable["name"] == *name).expect("it is there");
            let found = if text.is_string() { &variable["value"] } else { variable };
            assert!(found == text || is_within(text, found), "{name}: {variable}");
        }
        let init = &pod["initContainers"][0];
        assert!(is_within(&value("initContainers")[0], init), "{init:#}");
        assert_eq!(init["securityContext"], worker["securityContext"], "as restricted as the worker");
    }
    // A container that does not end has no place beside one that has to.
    assert_eq!(items(&rendered.the("Pod")["spec"]["containers"]).count(), 1);
    let beside = &rendered.pod()["spec"]["containers"][1]["securityContext"];
    assert_eq!((&beside["runAsUser"], &beside["readOnlyRootFilesystem"]), (&json!(1000), &json!(true)));
}

#[test]
fn what_a_container_of_the_operators_sets_is_not_overridden() {
    let own =
        json!({ "readOnlyRootFilesystem": false, "capabilities": { "drop": ["ALL"], "add": ["NET_BIND_SERVICE"] } });
    let values = json!({ "extraContainers": [{ "name": "a", "image": "a", "securityContext": own }] });
    let rendered = render("own", values, &[]);
    let found = &rendered.pod()["spec"]["containers"][1]["securityContext"];
    assert!(is_within(&own, found), "{found}");
    assert_eq!(found["allowPrivilegeEscalation"], false, "what it does not set is the worker's");
}

#[test]
fn secrets_of_one_registry_are_beside_those_of_all() {
    let secrets = json!([{ "name": "registry" }, { "name": "mirror" }]);
    assert_eq!(case("everything").pod()["spec"]["imagePullSecrets"], secrets);
    assert_eq!(case("everything").the("Pod")["spec"]["imagePullSecrets"], secrets);
    assert!(case("defaults").pod()["spec"]["imagePullSecrets"].is_null());
}

#[test]
fn another_version_of_the_secrets_makes_other_pods() {
    let annotation =
        |rendered: &Rendered| rendered.pod()["metadata"]["annotations"]["pricing-worker/secrets-version"].clone();
    assert_eq!(annotation(case("everything")), "2");
    assert!(annotation(case("defaults")).is_null());
    // As `--set secretsVersion=$(date +%s)` gives it.
    let of_a_number = render("a number", json!({ "secretsVersion": 1_764_248_400 }), &[]);
    assert_eq!(annotation(&of_a_number), "1764248400");
}
