"""What became of stories -> what the caller is told. Pure."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson

from newswire import problem
from services.ingest.idempotency import Reply
from services.ingest.intake import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.ingest.intake import Outcome

_JSON = "application/json"


def one(outcome: Outcome, feed_url: str) -> Reply:
    """The answer to a push of one story. Raises what was wrong with it."""
    if isinstance(outcome, Refused):
        raise outcome.error
    body = {"id": outcome.id, "uri": outcome.uri, "version": outcome.version, "duplicate": outcome.duplicate}
    headers = {
        "Location": f"{feed_url}/v1/receipts/{outcome.id}",
        "Cache-Control": "no-store",
        "Content-Type": _JSON,
    }
    return Reply(HTTPStatus.ACCEPTED, headers, orjson.dumps(body))


def many(outcomes: Sequence[Outcome]) -> Reply:
    """The answer to a batch: 202 when all were accepted, 207 when some were, else the highest status as a problem."""
    results = [_result(outcome) for outcome in outcomes]
    refused = [problem.describe(outcome.error)[:2] for outcome in outcomes if isinstance(outcome, Refused)]
    final = not any(status >= HTTPStatus.INTERNAL_SERVER_ERROR for status, _ in refused)
    headers = {"Cache-Control": "no-store", "Content-Type": _JSON}
    if len(refused) < len(results) or not results:
        taken = HTTPStatus.MULTI_STATUS if refused else HTTPStatus.ACCEPTED
        return Reply(taken, headers, orjson.dumps({"results": results}), final)
    status, slug = max(refused)
    detail = f"none of the {len(results)} stories was accepted: see results"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "1"
    body = {**problem.problem_body(status, slug, detail), "results": results}
    return Reply(status, headers | {"Content-Type": problem.MEDIA_TYPE}, orjson.dumps(body), final)


def _result(outcome: Outcome) -> dict[str, Any]:
    if not isinstance(outcome, Refused):
        told = {"status": int(HTTPStatus.ACCEPTED), "uri": outcome.uri, "version": outcome.version, "id": outcome.id}
        return told | {"duplicate": True} if outcome.duplicate else told
    status, slug, errors = problem.describe(outcome.error)
    named = {"uri": outcome.uri, "version": outcome.version} if outcome.uri is not None else {}
    return {"status": status, **named, "problem": problem.problem_body(status, slug, str(outcome.error), errors)}
