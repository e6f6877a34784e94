import json
import re
from graphlib import TopologicalSorter
from typing import Any

import jsonschema
import pytest

from newswire.local.supervisor import STOP_SECONDS
from tests.deploy.composefile import BROKERS, ROOT, SERVICES, Service, cluster, enabled, load, services

_ALL = services({})
_OURS = (*SERVICES, "topics")
_SETUPS = [
    pytest.param(env, profiles, id=f"{name}-{'-'.join(profiles)}")
    for name, env in {"single": {}, "cluster": cluster()}.items()
    for profiles in ((), ("monitoring",))
]


def test_it_is_what_compose_understands() -> None:
    schema = json.loads((ROOT / "tests/deploy/schema/compose-spec.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator(schema).validate(load())


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"command": ["feed"], "helthcheck": {}}, "helthcheck"),
        ({"depends_on": {"redis": {"condition": "service_ready"}}}, "service_ready"),
        ({"stop_grace_period": 16}, "16"),
    ],
)
def test_the_schema_would_say_so(wrong: Service, where: str) -> None:
    schema = json.loads((ROOT / "tests/deploy/schema/compose-spec.json").read_text())
    content = load()
    content["services"]["feed"] |= wrong
    errors = [str(each) for each in jsonschema.Draft7Validator(schema).iter_errors(content)]
    assert any(where in error for error in errors)


@pytest.mark.parametrize(("env", "profiles"), _SETUPS)
def test_whatever_is_waited_for_is_there_and_can_be_waited_for(env: dict[str, str], profiles: tuple[str, ...]) -> None:
    there = enabled(env, *profiles)
    for name, service in there.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in there or how.get("required") is False, f"{name} waits for {other}, which does not start"
            if how["condition"] == "service_healthy":
                assert "test" in _ALL[other]["healthcheck"], f"{name} waits for the health of {other}, which has none"
            else:
                assert how["condition"] == "service_completed_successfully"
                assert _ALL[other]["restart"] == "no", f"{name} waits for {other} to end, which never does"
    tuple(TopologicalSorter({name: service.get("depends_on", {}) for name, service in there.items()}).static_order())


@pytest.mark.parametrize(("env", "profiles"), _SETUPS)
def test_nothing_that_uses_kafka_starts_before_every_broker_and_the_topics(
    env: dict[str, str], profiles: tuple[str, ...]
) -> None:
    there = enabled(env, *profiles)
    brokers = [broker for broker in BROKERS if broker in there]
    assert {broker for broker in brokers if broker in there["topics"]["depends_on"]} == set(brokers)
    users = [name for name, service in there.items() if "NEWSWIRE_KAFKA" in service.get("environment", {})]
    assert sorted(users) == ["enrich", "ingest", "projector", "topics"]
    for user in set(users) - {"topics"}:
        assert there[user]["depends_on"]["topics"]["condition"] == "service_completed_successfully"


def test_the_services_are_ours_and_the_profiles_those_that_are_documented() -> None:
    assert set(enabled({})) == {*_OURS, "kafka-1", "redis"}
    assert set(enabled(cluster())) == {*_OURS, *BROKERS, "redis"}
    assert set(enabled({}, "monitoring")) - set(enabled({})) == {"prometheus", "grafana"}


@pytest.mark.parametrize("name", _ALL)
def test_a_service_may_do_what_it_must_and_no_more(name: str) -> None:
    service = _ALL[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert "network_mode" not in service
    assert service["init"] is True
    assert service["restart"] == ("no" if name == "topics" else "unless-stopped")
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert service["pids_limit"] > 0
    assert service.get("user", "1").split(":")[0] not in {"0", "root"}
    assert not [key for key in service.get("environment", {}) if re.search("PASSWORD|SECRET|TOKEN", key)]


@pytest.mark.parametrize("name", _ALL)
def test_an_image_is_one_version_or_built_here(name: str) -> None:
    service = _ALL[name]
    if name in _OURS:
        assert (service["image"], service["build"]) == ("newswire:local", ".")
        assert service["command"] == [name]
    else:
        assert "build" not in service
        assert re.fullmatch(r"[a-z]+(/[a-z]+)?:v?\d[\w.-]*", service["image"])


@pytest.mark.parametrize("name", _OURS)
def test_a_service_gets_the_time_that_it_needs_to_stop(name: str) -> None:
    assert int(_ALL[name]["stop_grace_period"].removesuffix("s")) > STOP_SECONDS


def test_ports_are_published_on_the_loopback_interface_unless_it_is_asked_for() -> None:
    for env, host in (({}, "127.0.0.1"), ({"NEWSWIRE_BIND": "0.0.0.0"}, "0.0.0.0")):  # noqa: S104 - what is tested
        published = {name: service["ports"] for name, service in services(env).items() if "ports" in service}
        assert published == {
            "feed": [f"{host}:8080:8080"],
            "ingest": [f"{host}:8081:8081"],
            # Neither asks who one is.
            "prometheus": ["127.0.0.1:9090:9090"],
            "grafana": ["127.0.0.1:3000:3000"],
        }


def test_what_is_mounted_is_there() -> None:
    named = set(load()["volumes"])
    used: set[str] = set()
    for service in _ALL.values():
        for volume in service.get("volumes", []):
            source, read_only = _mount(volume)
            if source.startswith("./"):
                assert read_only
                assert (ROOT / source).is_dir(), source
            else:
                used.add(source)
    assert used == named


def _mount(volume: Any) -> tuple[str, bool]:
    if isinstance(volume, str):
        source, _, mode = volume.split(":") if volume.count(":") == 2 else (*volume.split(":"), "")
        return source, mode == "ro"
    assert volume["bind"] == {"create_host_path": False}
    return volume["source"], volume["read_only"]
