//! Tests of every pod, rule by rule, against Kubernetes' Pod Security Standards, profile `restricted` with `baseline`.
//!
//! <https://kubernetes.io/docs/concepts/security/pod-security-standards/>

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::engine::everything;
use super::items;

/// The kinds of volumes that the profile admits.
const VOLUMES: [&str; 8] =
    ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];

/// The rules that a pod breaks: those of the profile, and those that this chart adds. Null for a user: the cluster's choice.
fn problems(pod: &Value, user: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let mut hold = |holds: bool, rule: &str| {
        if !holds {
            problems.push(rule.to_owned());
        }
    };
    for namespace in ["hostNetwork", "hostPID", "hostIPC"] {
        hold(pod[namespace].is_null() || pod[namespace] == false, "no namespace of the node");
    }
    hold(pod["securityContext"]["sysctls"].is_null(), "no sysctls");
    hold(pod["automountServiceAccountToken"] == false, "no token of the API");
    hold(pod["securityContext"]["runAsUser"] == *user, "as the user that was set");
    for volume in items(&pod["volumes"]) {
        let kinds: Vec<_> = volume.as_object().expect("a volume").keys().filter(|key| *key != "name").collect();
        hold(kinds.iter().all(|kind| VOLUMES.contains(&kind.as_str())), "volumes of the kinds that are admitted");
    }
    let all = ["initContainers", "ephemeralContainers", "containers"];
    for container in all.iter().flat_map(|kind| items(&pod[kind])) {
        let own = &container["securityContext"];
        // A container's own setting wins over the pod's.
        let setting = |name: &str| if own[name].is_null() { &pod["securityContext"][name] } else { &own[name] };
        hold(own["privileged"].is_null() || own["privileged"] == false, "not privileged");
        hold(own["allowPrivilegeEscalation"] == false, "no escalation of privileges");
        hold(own["capabilities"] == json!({ "drop": ["ALL"] }), "no capabilities");
        hold(own["readOnlyRootFilesystem"] == true, "a root that is only read");
        hold(own["procMount"].is_null(), "the default mount of /proc");
        hold(setting("seLinuxOptions").is_null(), "no options of SELinux");
        hold(setting("appArmorProfile").is_null(), "the default profile of AppArmor");
        hold(setting("windowsOptions").is_null(), "no process of the node's");
        hold(setting("seccompProfile")["type"] == "RuntimeDefault", "the runtime's seccomp profile");
        hold(*setting("runAsNonRoot") == true, "not as root");
        hold(*setting("runAsUser") != 0, "not as root, by number");
        hold(items(&container["ports"]).all(|port| port["hostPort"].is_null()), "no port of the node");
        hold(container["lifecycle"].is_null(), "no handlers: the image has no shell, and the worker needs none");
        for resource in ["cpu", "memory"] {
            hold(!container["resources"]["requests"][resource].is_null(), "requests of CPU and memory");
        }
        hold(!container["resources"]["limits"]["memory"].is_null(), "a limit of memory");
    }
    problems
}

#[test]
fn every_pod_is_admitted_by_the_restricted_profile() {
    let mut users = BTreeSet::new();
    for rendered in everything() {
        let pods = [&rendered.pod()["spec"], &rendered.the("Pod")["spec"]];
        for pod in pods {
            let user = rendered.value("podSecurityContext.runAsUser");
            assert_eq!(problems(pod, &user), Vec::<String>::new(), "{}: {pod:#}", rendered.name);
            users.insert(user.to_string());
        }
    }
    assert_eq!(users, ["10001", "65532", "null"].map(str::to_owned).into(), "the users of the cases");
}

#[test]
fn the_rules_find_what_breaks_them() {
    let pod = &everything().next().expect("a case").pod()["spec"];
    // The change; the number of rules that it breaks.
    let table = [
        ("/hostNetwork", json!(true)),
        ("/automountServiceAccountToken", json!(true)),
        ("/securityContext/runAsNonRoot", json!(false)),
        ("/securityContext/runAsUser", json!(null)),
        ("/securityContext/seccompProfile/type", json!("Unconfined")),
        ("/containers/0/securityContext/runAsUser", json!(0)),
        ("/containers/0/securityContext/privileged", json!(true)),
        ("/containers/0/securityContext/capabilities/add", json!(["SYS_ADMIN"])),
        ("/containers/0/securityContext/readOnlyRootFilesystem", json!(false)),
        ("/containers/0/ports/0/hostPort", json!(9090)),
        ("/volumes/0/hostPath", json!({ "path": "/" })),
    ];
    for (path, value) in table {
        let mut changed = pod.clone();
        let (parent, name) = path.rsplit_once('/').expect("a path");
        changed.pointer_mut(parent).expect("it is there")[name] = value;
        let found = problems(&changed, &json!(65532));
        assert_eq!(found.len(), 1, "{path}: {found:?}");
    }
}
