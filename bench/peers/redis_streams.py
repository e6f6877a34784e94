"""Redis Streams only: HTTP -> stream `raw` -> a consumer group's worker -> stream `enriched` -> server-sent events."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import click
import uvloop
from fastapi import FastAPI
from redis.asyncio import Redis

from bench.peers.server import ready, serve, stream_app
from bench.peers.story import Story, enrich

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.applications import Starlette

    from bench.peers.broadcast import Broadcast

_RAW: Final = "raw"
_ENRICHED: Final = "enriched"
_GROUP: Final = "enrich"
_BATCH: Final = 100
_KEPT: Final = 100_000
# Below redis-py's own limit for an answer.
_BLOCK_MS: Final = 2_000


def _connect(url: str) -> Any:  # noqa: ANN401 - its answers' types are those of every protocol and setting at once
    return Redis.from_url(url)


def push_app(url: str) -> FastAPI:
    """Takes a story, and answers once it is in the first stream."""
    redis = _connect(url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await redis.aclose()

    app = FastAPI(lifespan=lifespan)
    app.add_route("/readyz", ready)

    @app.post("/stories", status_code=202)
    async def push(story: Story) -> dict[str, str]:
        number = await redis.xadd(_RAW, {"story": story.encoded()}, maxlen=_KEPT, approximate=True)
        return {"id": number.decode()}

    return app


async def work(url: str) -> None:
    """Enrich for ever: a batch is acknowledged together with what came of it."""
    redis = _connect(url)
    await redis.xgroup_create(_RAW, _GROUP, id="0", mkstream=True)
    while True:
        answer = await redis.xreadgroup(_GROUP, "worker", {_RAW: ">"}, count=_BATCH, block=_BLOCK_MS)
        for _, entries in answer:
            async with redis.pipeline() as pipe:
                for _, fields in entries:
                    pipe.xadd(_ENRICHED, {"story": enrich(fields[b"story"])}, maxlen=_KEPT, approximate=True)
                pipe.xack(_RAW, _GROUP, *(number for number, _ in entries))
                await pipe.execute()


def feed_app(url: str) -> Starlette:
    """Sends every reader what comes into the second stream."""

    async def follow(broadcast: Broadcast) -> None:
        redis = _connect(url)
        last: bytes | str = "0"
        while True:
            for _, entries in await redis.xread({_ENRICHED: last}, count=_BATCH, block=_BLOCK_MS):
                for number, fields in entries:
                    broadcast.send(fields[b"story"])
                    last = number

    return stream_app(follow)


@click.command()
@click.argument("part", type=click.Choice(["push", "work", "feed"]))
@click.option("--redis", "url", required=True)
@click.option("--port", default=0)
def main(part: str, url: str, port: int) -> None:
    """Run one of the three processes until a signal."""
    if part == "work":
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(work(url))
    else:
        serve(push_app(url) if part == "push" else feed_app(url), port)


if __name__ == "__main__":
    main()
