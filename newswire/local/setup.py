"""`python -m newswire.local.setup`: what `make setup` does after pip."""

from __future__ import annotations

import sys

from rich.console import Console

from newswire.errors import SetupError
from newswire.local.brokers import find_tools


def main() -> int:
    """Find or download everything that Kafka and Redis need; the exit code."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        tools = find_tools(console)
    except SetupError as error:
        console.print(f"Error: {error}", markup=False)
        return 1
    console.print(f"Java   {tools.java.path}\nRedis  {tools.redis.path}\nKafka  {tools.jars.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
