"""A folder in Maven's layout -> the lines of kafka_jars.txt, on stdout. Run by `make jars-lock`."""

from __future__ import annotations

import sys
from pathlib import Path

from newswire.local.jars import Jar, sha256_of

HEADER = "# Kafka and what it needs at run time: coordinates, SHA-256, bytes. From pom.xml, by `make jars-lock`."


def jar_list(repository: Path) -> list[Jar]:
    """Every jar below `repository`, by coordinate."""
    found = []
    for path in repository.rglob("*.jar"):
        *group, artifact, version, _ = path.relative_to(repository).parts
        found.append(Jar(f"{'.'.join(group)}:{artifact}:{version}", sha256_of(path), path.stat().st_size))
    return sorted(found, key=lambda jar: jar.coordinate)


if __name__ == "__main__":
    lines = [f"{jar.coordinate} {jar.sha256} {jar.size_bytes}" for jar in jar_list(Path(sys.argv[1]))]
    sys.stdout.write("\n".join([HEADER, *lines, ""]))
