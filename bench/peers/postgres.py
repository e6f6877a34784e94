"""FastAPI + PostgreSQL + Redis, inline: HTTP -> enrich -> INSERT, on disk -> PUBLISH -> server-sent events."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import asyncpg
import click
from fastapi import FastAPI, Request
from redis.asyncio import Redis

from bench.peers.server import ready, serve, stream_app
from bench.peers.story import Story, enrich

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.applications import Starlette

    from bench.peers.broadcast import Broadcast

_CHANNEL: Final = "stories"
_CONNECTIONS: Final = 10
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS stories (uri text, version text, document jsonb NOT NULL,"
    " accepted timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (uri, version))"
)
_INSERT: Final = "INSERT INTO stories (uri, version, document) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"


def push_app(postgres: str, url: str) -> FastAPI:
    """Takes a story, and answers once it is stored and announced."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(postgres, min_size=_CONNECTIONS, max_size=_CONNECTIONS) as pool:
            await pool.execute(_TABLE)
            app.state.pool, app.state.redis = pool, Redis.from_url(url)
            yield
            await app.state.redis.aclose()

    app = FastAPI(lifespan=lifespan)
    app.add_route("/readyz", ready)

    @app.post("/stories", status_code=201)
    async def push(story: Story, request: Request) -> dict[str, str]:
        state = request.app.state
        document = enrich(story.encoded())
        await state.pool.execute(_INSERT, story.uri, story.version, document.decode())
        await state.redis.publish(_CHANNEL, document)
        return {"uri": story.uri}

    return app


def feed_app(url: str) -> Starlette:
    """Sends every reader what is announced."""

    async def follow(broadcast: Broadcast) -> None:
        async with Redis.from_url(url) as redis, redis.pubsub(ignore_subscribe_messages=True) as announced:
            await announced.subscribe(_CHANNEL)
            async for message in announced.listen():
                broadcast.send(message["data"])

    return stream_app(follow)


@click.command()
@click.argument("part", type=click.Choice(["push", "feed"]))
@click.option("--postgres", default="")
@click.option("--redis", "url", required=True)
@click.option("--port", required=True, type=int)
def main(part: str, postgres: str, url: str, port: int) -> None:
    """Run one of the two processes until a signal."""
    serve(push_app(postgres, url) if part == "push" else feed_app(url), port)


if __name__ == "__main__":
    main()
