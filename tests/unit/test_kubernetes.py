"""The manifests in docs/kubernetes.md fit each other, the image and the app."""

from __future__ import annotations

import re
from typing import Any

import yaml

from bench.processes import worker_command
from kaimedia.api.uploads import MAX_FORM_BYTES
from kaimedia.config_settings import SETTINGS
from kaimedia.domain import Phase
from tests.unit.test_container import COMPOSE, IMAGE, PORT, ROOT

TEXT = (ROOT / "docs" / "kubernetes.md").read_text(encoding="utf-8")
OBJECTS: dict[tuple[str, str], dict[str, Any]] = {
    (each["kind"], each["metadata"]["name"]): each
    for block in re.findall(r"```yaml\n(.*?)```", TEXT, flags=re.S)
    for each in yaml.safe_load_all(block)
}
APP, WORKER = OBJECTS["Deployment", "kaimedia-app"], OBJECTS["Deployment", "kaimedia-worker"]


def pod(deployment: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = deployment["spec"]["template"]["spec"]
    return found


def test_everything_is_there() -> None:
    assert sorted(kind for kind, _ in OBJECTS) == sorted(
        ["Secret", "Secret", "ConfigMap", "Deployment", "Deployment", "Service", "Ingress", "ScaledObject"]
    )


def test_selectors_and_names_fit() -> None:
    for deployment in (APP, WORKER):
        name = deployment["metadata"]["name"]
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        assert deployment["spec"]["selector"]["matchLabels"] == labels == {"app": name}
        for source in pod(deployment)["containers"][0]["envFrom"]:
            [(kind, reference)] = source.items()
            assert ({"configMapRef": "ConfigMap", "secretRef": "Secret"}[kind], reference["name"]) in OBJECTS
    service = OBJECTS["Service", "kaimedia-app"]
    assert service["spec"]["selector"] == {"app": "kaimedia-app"}
    [port] = pod(APP)["containers"][0]["ports"]
    assert (port["name"], str(port["containerPort"])) == (service["spec"]["ports"][0]["targetPort"], PORT)
    [path] = OBJECTS["Ingress", "kaimedia"]["spec"]["rules"][0]["http"]["paths"]
    backend = path["backend"]["service"]
    assert ("Service", backend["name"]) in OBJECTS and backend["port"]["name"] == service["spec"]["ports"][0]["name"]
    assert OBJECTS["ScaledObject", "kaimedia-worker"]["spec"]["scaleTargetRef"]["name"] == WORKER["metadata"]["name"]


def test_settings_exist_and_are_enough() -> None:
    known = {setting.name for setting in SETTINGS}
    named = {*OBJECTS["ConfigMap", "kaimedia"]["data"], *OBJECTS["Secret", "kaimedia"]["stringData"]}
    assert named <= known
    assert {"KAIMEDIA_DATABASE_URL", "KAIMEDIA_SECRET_KEY", "KAIMEDIA_MEDIA_URL", "KAIMEDIA_ACCESS"} <= named
    for values in (OBJECTS["ConfigMap", "kaimedia"]["data"], OBJECTS["Secret", "kaimedia"]["stringData"]):
        assert all(isinstance(value, str) for value in values.values()), "Kubernetes takes no other values"


def test_start_lines_and_users_are_those_of_the_image() -> None:
    assert "command" not in pod(APP)["containers"][0]
    assert (
        pod(WORKER)["containers"][0]["command"] == worker_command("python") == COMPOSE["services"]["worker"]["command"]
    )
    user = int(IMAGE.all_of("USER")[-1].text)
    grace_s = int(COMPOSE["services"]["app"]["stop_grace_period"].removesuffix("s"))
    for deployment in (APP, WORKER):
        assert (
            pod(deployment)["securityContext"]["runAsUser"] == user
            and pod(deployment)["securityContext"]["runAsNonRoot"]
        )
        assert pod(deployment)["terminationGracePeriodSeconds"] == grace_s
        locked = pod(deployment)["containers"][0]["securityContext"]
        assert locked["readOnlyRootFilesystem"] and not locked["allowPrivilegeEscalation"]


def test_no_volume_lasts_and_all_that_is_written_is_one() -> None:
    for deployment in (APP, WORKER):
        volumes = {volume["name"]: volume for volume in pod(deployment)["volumes"]}
        mounts = {mount["mountPath"]: mount["name"] for mount in pod(deployment)["containers"][0]["volumeMounts"]}
        assert set(mounts.values()) == set(volumes)
        assert all("emptyDir" in volume or "secret" in volume for volume in volumes.values())
        secrets = [volume["secret"]["secretName"] for volume in volumes.values() if "secret" in volume]
        assert all(("Secret", name) in OBJECTS for name in secrets)
        assert {path for path, name in mounts.items() if "emptyDir" in volumes[name]} == {"/data", "/tmp"}


def test_probes_ask_what_answers_for_every_host_name() -> None:
    [container] = pod(APP)["containers"]
    probes = [container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")]
    assert probes == [{"path": "/healthz", "port": "http"}] * 3
    assert not any(name.endswith("Probe") for name in pod(WORKER)["containers"][0])


def test_the_ingress_lets_uploads_through() -> None:
    annotations = OBJECTS["Ingress", "kaimedia"]["metadata"]["annotations"]
    assert annotations["nginx.ingress.kubernetes.io/proxy-body-size"] == f"{MAX_FORM_BYTES // 10**6}m"


def test_scaling_follows_a_metric_that_exists() -> None:
    [trigger] = OBJECTS["ScaledObject", "kaimedia-worker"]["spec"]["triggers"]
    query = trigger["metadata"]["query"]
    table = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in table for name in re.findall(r"kaimedia_\w+", query))
    [phases] = re.findall(r'phase=~"([a-z|]+)"', query)
    assert set(phases.split("|")) <= {phase.value for phase in Phase}
    assert OBJECTS["ScaledObject", "kaimedia-worker"]["spec"]["minReplicaCount"] > 0
