"""What docker-compose.yml says to newswire, Kafka and Redis, held against newswire's own."""

import os
import re
from pathlib import Path

import pytest
from pydantic import AliasChoices
from pydantic_settings import BaseSettings

from newswire.cli.topics import topics
from newswire.health import health_routes
from newswire.local.kafka import server_properties
from newswire.local.ports import Ports
from newswire.local.redis import redis_arguments
from newswire.topics import TOPICS, settings
from tests.deploy.composefile import BROKERS, ROOT, SERVICES, SETTINGS, cluster, environment, services

_ALL = services({})
_CLUSTER = services(cluster())

# Where compose is another world: addresses, and how soon one broker of several is missed.
_KAFKA_S_OWN = {
    "node.id",
    "listeners",
    "advertised.listeners",
    "controller.quorum.voters",
    "log.dirs",
    "broker.session.timeout.ms",
    "broker.heartbeat.interval.ms",
}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_told_what_its_settings_have(name: str) -> None:
    assert {each for each in _ALL[name]["environment"] if each.startswith("NEWSWIRE_")} <= _variables(SETTINGS[name])


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_told_whatever_is_elsewhere_in_a_container(name: str) -> None:
    defaults = {f"NEWSWIRE_{field.upper()}": each.default for field, each in SETTINGS[name].model_fields.items()}
    elsewhere = {variable for variable, default in defaults.items() if "127.0.0.1" in str(default)}
    folders = {variable for variable, default in defaults.items() if isinstance(default, Path)}
    told = set(environment(_ALL[name]))
    assert elsewhere <= told
    assert folders <= told | set(re.findall(r"NEWSWIRE_\w+", (ROOT / "Dockerfile").read_text()))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_read_what_it_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [each for each in os.environ if each.startswith(("NEWSWIRE_", "OTEL_"))]:
        monkeypatch.delenv(variable)
    for variable, value in environment(_ALL[name]).items():
        monkeypatch.setenv(variable, value)
    read = SETTINGS[name]().model_dump()
    # Inside a container, the loopback interface is the container's own.
    assert (read["host"], read["metrics_host"]) == ("0.0.0.0", "0.0.0.0")  # noqa: S104 - what is tested
    assert read.get("kafka", "kafka-1:9092") == "kafka-1:9092"
    assert read.get("redis", "redis://redis:6379/0") == "redis://redis:6379/0"


def test_the_step_before_is_told_what_its_command_has() -> None:
    taken = {option.envvar for option in topics.params if isinstance(option.envvar, str)}
    assert set(environment(_ALL["topics"])) == {"NEWSWIRE_KAFKA", "NEWSWIRE_REPLICATION"} <= taken


@pytest.mark.parametrize("name", SERVICES)
def test_health_is_asked_for_where_it_is_told(name: str) -> None:
    *_, program, port = _ALL[name]["healthcheck"]["test"]
    assert int(port) == SETTINGS[name].model_fields[f"{name}_port"].default
    assert re.findall(r'"(/[a-z]+)"', program) == ["/readyz"]
    assert "/readyz" in {route.path for route in health_routes({})}


@pytest.mark.parametrize("name", ["feed", "ingest"])
def test_the_port_that_is_published_is_the_one_that_is_listened_on(name: str) -> None:
    (published,) = _ALL[name]["ports"]
    assert published.split(":")[-1] == str(SETTINGS[name].model_fields[f"{name}_port"].default)


def test_the_providers_file_is_in_the_folder_that_is_mounted() -> None:
    (mount,) = _ALL["ingest"]["volumes"]
    assert Path(_ALL["ingest"]["environment"]["NEWSWIRE_PROVIDERS"]).parent == Path(mount["target"])


def test_redis_runs_as_it_does_in_newswire_up() -> None:
    local = _flags(redis_arguments(6379, Path("/data")))
    program, *words = _ALL["redis"]["command"]
    here = _flags(words)
    assert program == "redis-server"
    assert set(local) - set(here) == {"bind", "protected-mode", "daemonize", "port", "dir"}
    assert {name: value for name, value in here.items() if name != "maxmemory"} == {
        name: local[name] for name in here if name != "maxmemory"
    }
    # A rewrite of the file copies what is changed meanwhile, at worst all of it.
    assert (here["maxmemory"], _ALL["redis"]["mem_limit"]) == ("1gb", "2g")


@pytest.mark.parametrize("name", BROKERS)
def test_kafka_runs_as_it_does_in_newswire_up(name: str) -> None:
    local = dict(line.split("=", 1) for line in server_properties(Ports(), Path("/records")).splitlines())
    here = _properties(_ALL[name]["environment"])
    assert _KAFKA_S_OWN - {"log.dirs"} < set(local)
    both = local.keys() & here.keys() - _KAFKA_S_OWN
    assert {each: here[each] for each in both} == {each: local[each] for each in both}
    # Small is what newswire up wants besides; what is said of records, groups and copies is said in both.
    assert {each.split(".")[0] for each in local.keys() - here.keys()} <= {"log", "num", "background"}
    assert {"log.message.timestamp.type", "log.retention.hours", "auto.create.topics.enable"} <= both


def test_a_cluster_is_three_brokers_that_know_each_other() -> None:
    brokers = {name: _properties(_CLUSTER[name]["environment"]) for name in BROKERS}
    voters = {f"{broker['node.id']}@{name}:9093" for name, broker in brokers.items()}
    assert len(voters) == len(BROKERS)
    for name, broker in brokers.items():
        assert set(broker["controller.quorum.voters"].split(",")) == voters
        assert broker["advertised.listeners"] == f"PLAINTEXT://{name}:9092"
        assert broker["min.insync.replicas"] == "2"
        assert {value for key, value in broker.items() if key.endswith("replication.factor")} == {"3"}
        assert {value for key, value in broker.items() if key.endswith("min.isr")} == {"2"}
    assert len({_CLUSTER[name]["environment"]["CLUSTER_ID"] for name in BROKERS}) == 1
    assert len({_CLUSTER[name]["volumes"][0] for name in BROKERS}) == len(BROKERS)


def test_everybody_is_told_of_all_brokers() -> None:
    bootstrap = ",".join(f"{name}:9092" for name in BROKERS)
    told = [
        service["environment"] for service in _CLUSTER.values() if "NEWSWIRE_KAFKA" in service.get("environment", {})
    ]
    assert {each["NEWSWIRE_KAFKA"] for each in told} == {bootstrap}
    assert _CLUSTER["topics"]["environment"]["NEWSWIRE_REPLICATION"] == "3"
    assert {settings(topic, 3)["min.insync.replicas"] for topic in TOPICS} == {"2"}


def _variables(model: type[BaseSettings]) -> set[str]:
    names: set[str] = set()
    for name, field in model.model_fields.items():
        alias = field.validation_alias
        names |= (
            {str(each) for each in alias.choices} if isinstance(alias, AliasChoices) else {f"NEWSWIRE_{name.upper()}"}
        )
    return names


def _flags(words: list[str]) -> dict[str, str]:
    return {name.removeprefix("--"): value for name, value in zip(words[::2], words[1::2], strict=True)}


def _properties(env: dict[str, str]) -> dict[str, str]:
    """As the image makes them: KAFKA_NODE_ID is node.id."""
    named = {each.removeprefix("KAFKA_"): value for each, value in env.items() if each.startswith("KAFKA_")}
    return {each.lower().replace("_", "."): value for each, value in named.items() if each != "HEAP_OPTS"}
