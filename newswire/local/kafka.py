"""Apache Kafka in KRaft mode, one node, small: settings, first-start formatting, the child process."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import signal
import uuid
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from newswire.errors import SetupError
from newswire.local.cache import cache_folder
from newswire.local.ports import HOST, Ports
from newswire.local.process import Child, Program
from newswire.local.readiness import kafka_ready

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from newswire.local.jars import Jars
    from newswire.local.tools import Tool

# Small, and quick to start: less than half the memory that the flags of Kafka's own script take.
JVM_FLAGS: Final = (
    "-Xms64m",
    "-Xmx192m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
)
_CLEAN_EXITS: Final = frozenset({0, 128 + signal.SIGTERM, -signal.SIGTERM})
_FORMAT_SECONDS = 60.0

_SETTINGS: Final = {
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    # Topics are made by our own step, with the contract's partitions and settings.
    "auto.create.topics.enable": "false",
    "log.message.timestamp.type": "LogAppendTime",
    "log.retention.hours": -1,
    # A wire that was switched off for a month goes on where it stopped.
    "offsets.retention.minutes": 2_147_483_647,
    "group.initial.rebalance.delay.ms": 0,
    # After kill -9 the broker is itself again in 3 s, not in 12.
    "broker.session.timeout.ms": 1000,
    "broker.heartbeat.interval.ms": 200,
    "default.replication.factor": 1,
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 1,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    "share.coordinator.state.topic.num.partitions": 1,
    "log.cleaner.dedupe.buffer.size": 2_097_152,
    "log.cleaner.io.buffer.size": 65_536,
    "num.network.threads": 2,
    "num.io.threads": 4,
    "background.threads": 2,
}

_LOG4J = """\
status = error
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = {log}
appender.file.filePattern = {log}.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{{ISO8601}} %p %m (%c)%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 2
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{{ISO8601}} %p %m (%c)%n
appender.console.filter.threshold.type = ThresholdFilter
appender.console.filter.threshold.level = ERROR
rootLogger.level = INFO
rootLogger.appenderRefs = file, console
rootLogger.appenderRef.file.ref = file
rootLogger.appenderRef.console.ref = console
"""


@dataclass(frozen=True, slots=True)
class KafkaHome:
    """Where one broker keeps its things, below the data folder."""

    data: Path

    @property
    def folder(self) -> Path:
        """Settings and records."""
        return self.data / "kafka"

    @property
    def settings(self) -> Path:
        """Written anew at each start."""
        return self.folder / "server.properties"

    @property
    def log4j(self) -> Path:
        """Written anew at each start."""
        return self.folder / "log4j2.properties"

    @property
    def formatted(self) -> Path:
        """Holds the cluster's id, from the moment on that formatting is done."""
        return self.folder / "cluster.id"

    @property
    def logs(self) -> Path:
        """The log files of the whole data folder."""
        return self.data / "logs"


def server_properties(ports: Ports, records: Path) -> str:
    """The broker's settings file."""
    listener = f"PLAINTEXT://{HOST}:{ports.kafka}"
    settings: Mapping[str, object] = {
        **_SETTINGS,
        "listeners": f"{listener},CONTROLLER://{HOST}:{ports.controller}",
        "advertised.listeners": listener,
        # Static, so that the data survives a move to other ports: a dynamic quorum stores its address.
        "controller.quorum.voters": f"1@{HOST}:{ports.controller}",
        "log.dirs": records,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def new_cluster_id() -> str:
    """Kafka's form of a UUID; never one that a command line would take for an option."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        if not text.startswith("-"):
            return text


def archive_path(java_version: str, jars_digest: str) -> Path:
    """The AppCDS archive that fits this Java and these jars."""
    key = hashlib.sha256(f"{java_version} {jars_digest} {JVM_FLAGS}".encode()).hexdigest()[:12]
    return cache_folder("appcds") / f"kafka-{key}.jsa"


async def kafka(java: Tool, jars: Jars, data: Path, ports: Ports) -> Child:
    """The broker as a child that is ready to be started; formats its storage the first time."""
    home = KafkaHome(data)
    for folder in (home.folder, home.logs):
        folder.mkdir(parents=True, exist_ok=True)
    home.settings.write_text(server_properties(ports, home.folder / "records"))
    home.log4j.write_text(_LOG4J.format(log=home.logs / "kafka-server.log"))
    base = [str(java.path), *JVM_FLAGS, f"-Dlog4j2.configurationFile={home.log4j}", "-cp", jars.class_path]
    if not home.formatted.exists():
        await _format(home, base)
    archive = archive_path(java.version, jars.digest)
    fresh = archive.with_suffix(f".{os.getpid()}.new")
    return Child(
        Program(
            name="kafka",
            argv=lambda: [base[0], *_archive_flags(archive, fresh), *base[1:], "kafka.Kafka", str(home.settings)],
            log=home.logs / "kafka.log",
            ready=partial(kafka_ready, ports.kafka),
            ended=partial(_keep_archive, archive, fresh),
        )
    )


async def _format(home: KafkaHome, base: list[str]) -> None:
    cluster = new_cluster_id()
    command = [*base, "kafka.tools.StorageTool", "format", "--ignore-formatted"]
    command += ["-t", cluster, "-c", str(home.settings)]
    child = Child(Program("kafka's storage", lambda: command, home.logs / "kafka.log"))
    child.start()
    # A format that was interrupted is repeated: nothing was written to the log yet.
    try:
        code = await child.exited_within(_FORMAT_SECONDS)
    finally:
        child.kill()
    if code != 0:
        raise SetupError(child.with_tail("kafka's storage could not be formatted"))
    home.formatted.write_text(cluster + "\n")


def _archive_flags(archive: Path, fresh: Path) -> list[str]:
    """Read the class archive where there is one (half the time to start), else write one when the broker ends."""
    if archive.exists():
        return [f"-XX:SharedArchiveFile={archive}"]
    return [f"-XX:ArchiveClassesAtExit={fresh}"]


def _keep_archive(archive: Path, fresh: Path, code: int) -> None:
    with contextlib.suppress(OSError):
        if code in _CLEAN_EXITS:
            fresh.replace(archive)
        else:
            fresh.unlink()
