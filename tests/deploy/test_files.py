"""The files under deploy/ name commands, settings, paths and spans; each must be what the project really has."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.secret_files import CREDENTIALS
from config.settings import SECRET, Settings
from worker.commands.shared.tree import COMMANDS

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SETTINGS = {name.upper() for name in Settings.model_fields}
SECRETS = {name.upper() for name in SECRET}
OUR_PAGES = ("deploy", "upgrade", "panelists", "install-service-project", "install-cloud", "install-data-center")
LONGEST_GOODBYE = 10


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text()))


def manifests() -> list[dict[str, Any]]:
    listed = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text())["resources"]
    texts = [(DEPLOY / "kubernetes" / name).read_text() for name in listed]
    return [document for text in texts for document in yaml.safe_load_all(text)]


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in manifests() if each["kind"] == kind}


def pods() -> dict[str, dict[str, Any]]:
    return {name: each["spec"]["template"]["spec"] for name, each in of_kind("Deployment").items()}


def units() -> dict[str, dict[str, list[str]]]:
    """Every service unit: its keys, each with its values."""
    found: dict[str, dict[str, list[str]]] = {}
    for path in sorted((DEPLOY / "systemd").glob("*.service")):
        keys = found.setdefault(path.stem, {})
        for line in path.read_text().splitlines():
            if "=" in line and not line.startswith("#"):
                keys.setdefault(line.partition("=")[0], []).append(line.partition("=")[2])
    return found


def test_no_unit_is_started_again_for_a_wrong_setting() -> None:
    assert {name: unit["RestartPreventExitStatus"] for name, unit in units().items()} == {
        name: ["2"] for name in units()
    }


def commands() -> Iterator[list[str]]:
    """What is run anywhere, without the word `escalation`."""
    for line in (ROOT / "Procfile").read_text().splitlines():
        yield shlex.split(line.partition(":")[2])[1:]
    for unit in units().values():
        yield shlex.split(unit["ExecStart"][0])[1:]
    for service in compose()["services"].values():
        if service.get("image") == "escalation-worker":
            yield service["command"]
            yield from probes(service.get("healthcheck", {}).get("test", ["CMD"])[1:])
    for pod in pods().values():
        [container] = pod["containers"]
        yield container["args"]
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            yield from probes(container.get(probe, {}).get("exec", {}).get("command", []))
    yield from (shlex.split(words) for page in OUR_PAGES for words in told(page))


def probes(command: list[str]) -> Iterator[list[str]]:
    if command[:1] == ["escalation"]:
        yield command[1:]


def told(page: str) -> list[str]:
    """Every `escalation …` of a page."""
    text = (ROOT / "docs" / f"{page}.md").read_text()
    return re.findall(r"(?:^ {4,}|`|&& )(?:\S*/)?escalation ((?:[a-z]+ ?)+)", text, re.MULTILINE)


def test_every_command_is_one_of_ours() -> None:
    every = list(commands())
    assert len(every) > 20
    for words in every:
        path = ""
        for word in words:
            if not path or any(name.startswith(f"{path} ") for name in COMMANDS):
                path = f"{path} {word}".strip()
                assert path in COMMANDS, words


def test_the_three_processes_are_everywhere() -> None:
    three = {"web", "worker", "beat"}
    assert {line.partition(":")[0] for line in (ROOT / "Procfile").read_text().splitlines()} == three
    assert {name.removeprefix("escalation-") for name in units()} == three
    assert {name.removeprefix("escalation-") for name in pods()} == three
    assert set(compose()["services"]) == three | {"valkey"}


def test_every_setting_is_one_of_ours() -> None:
    image = (DEPLOY / "Containerfile").read_text()
    in_image = set(re.findall(r"^(?:ENV| {3,}) ?([A-Z_]+)=", image, re.MULTILINE)) - {"PATH", "XDG_CACHE_HOME"}
    named = {name for name in in_image if not name.startswith("PYTHON")}
    named |= set(compose()["services"]["web"]["environment"])
    named |= set(of_kind("ConfigMap")["escalation-settings"]["data"])
    named |= {name.upper() for name in of_kind("Secret")["escalation-secrets"]["stringData"]}
    for page in OUR_PAGES:
        named |= set(re.findall(r"`([A-Z]+_[A-Z_]+)[`=]", (ROOT / "docs" / f"{page}.md").read_text()))
    assert {"HOST", "PORT", "PROTOCOL_FILE"} <= named
    assert named <= SETTINGS | {CREDENTIALS} | {f"{name}_FILE" for name in SECRETS}


def test_secrets_are_kept_with_secrets() -> None:
    secret = of_kind("Secret")["escalation-secrets"]["stringData"]
    assert {name.upper() for name in secret} <= SECRETS
    assert set(secret) <= set(SECRET)  # as files they are named in small letters
    assert not SECRETS & set(of_kind("ConfigMap")["escalation-settings"]["data"])
    assert not {"JIRA_TOKEN", "JIRA_WEBHOOK_SECRETS"} & set(compose()["services"]["web"]["environment"])
    assert set(compose()["services"]["web"]["secrets"]) == set(compose()["secrets"]) <= set(SECRET)


def test_secrets_that_are_mounted_lie_where_they_are_looked_for() -> None:
    where = of_kind("ConfigMap")["escalation-settings"]["data"][CREDENTIALS]
    for name, pod in pods().items():
        mounts = {each["name"]: each["mountPath"] for each in pod["containers"][0]["volumeMounts"]}
        assert mounts["secrets"] == where, name
    assert compose()["services"]["web"]["environment"][CREDENTIALS] == "/run/secrets"


@pytest.mark.parametrize("unit", ["web", "worker", "beat"])
def test_a_unit_may_get_its_secrets_from_systemd_and_need_not(unit: str) -> None:
    text = (DEPLOY / "systemd" / f"escalation-{unit}.service").read_text()
    loaded = set(re.findall(r"^LoadCredential=(\w+):/etc/escalation/secrets/\1$", text, re.MULTILINE))
    assert loaded == set(re.findall(r"^SetCredential=(\w+):\\n$", text, re.MULTILINE)) <= set(SECRET)
    assert "redis_url" in loaded


def test_every_path_is_there() -> None:
    image = (DEPLOY / "Containerfile").read_text()
    copied = [words.split()[:-1] for words in re.findall(r"^COPY (?!--from)(.*)$", image, re.MULTILINE)]
    assert all((ROOT / path).exists() for paths in copied for path in paths)
    described = compose()
    build = described["services"]["web"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()
    mounted = [volume.partition(":")[0] for volume in described["services"]["web"]["volumes"]]
    assert mounted and all((DEPLOY / path).is_file() for path in mounted)


@pytest.mark.parametrize("page", OUR_PAGES)
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / "docs" / f"{page}.md").read_text())
    assert all((ROOT / "docs" / link).exists() for link in links), links


def test_what_the_image_takes_out_is_what_the_lock_put_in() -> None:
    image = (DEPLOY / "Containerfile").read_text()
    out = re.search(r"uninstall --yes (.*)$", image, re.MULTILINE)
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "locks" / "run.txt").read_text(), re.MULTILINE))
    assert out and set(out[1].split()) - {"pip"} <= locked
    build = [line for line in (ROOT / "locks" / "build.in").read_text().split() if line]
    assert set(build) <= set(out[1].split())


def test_everybody_has_time_to_end() -> None:
    services = compose()["services"]
    assert all(int(services[name]["stop_grace_period"].rstrip("s")) > LONGEST_GOODBYE for name in services)
    assert all(int(unit["TimeoutStopSec"][0]) > LONGEST_GOODBYE for unit in units().values())
    assert all(pod["terminationGracePeriodSeconds"] > LONGEST_GOODBYE for pod in pods().values())


def test_nobody_is_root_and_redis_forgets_nothing() -> None:
    assert re.search(r"^USER 10001", (DEPLOY / "Containerfile").read_text(), re.MULTILINE)
    assert all(pod["securityContext"]["runAsNonRoot"] for pod in pods().values())
    assert all(unit["DynamicUser"] == ["yes"] for unit in units().values())
    line = shlex.join(compose()["services"]["valkey"]["command"])
    assert "--appendonly yes" in line and "--maxmemory-policy noeviction" in line


def test_what_is_kept_for_the_next_start_has_a_place_of_its_own() -> None:
    """Units that shared a folder would take it from each other at each start: each has a user of its own."""
    assert {name: unit["CacheDirectory"] for name, unit in units().items()} == {name: [name] for name in units()}
    assert all(unit["CacheDirectoryMode"] == ["0700"] for unit in units().values())
    assert re.search(r"XDG_CACHE_HOME=/tmp$", (DEPLOY / "Containerfile").read_text(), re.MULTILINE)
    assert "/tmp" in compose()["services"]["web"]["tmpfs"]
    for name, pod in pods().items():
        assert {"name": "tmp", "mountPath": "/tmp"} in pod["containers"][0]["volumeMounts"], name


def test_an_outage_of_redis_ends_no_healthy_worker() -> None:
    [worker] = pods()["escalation-worker"]["containers"]
    probe = worker["livenessProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] >= 120


def test_one_beat_and_several_of_the_others() -> None:
    found = of_kind("Deployment")
    replicas = {name: each["spec"]["replicas"] for name, each in found.items()}
    assert replicas["escalation-beat"] == 1 and found["escalation-beat"]["spec"]["strategy"] == {"type": "Recreate"}
    assert replicas["escalation-web"] > 1 and replicas["escalation-worker"] > 1
    for kind in ("PodDisruptionBudget", "Service"):
        for name, each in of_kind(kind).items():
            selector = each["spec"]["selector"]
            selected = selector.get("matchLabels", selector)
            assert selected == found[name]["spec"]["template"]["metadata"]["labels"]


def test_probes_ask_where_web_listens() -> None:
    [web] = pods()["escalation-web"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in web["ports"]}
    assert ports == {"http": int(of_kind("ConfigMap")["escalation-settings"]["data"]["PORT"])}
    paths = {web[probe]["httpGet"]["path"] for probe in ("livenessProbe", "readinessProbe")}
    assert paths == {"/healthz"}
