"""Every exception that newswire raises itself.

NewswireError
├── InvalidError              never retry: the input is at fault
│   ├── MalformedError            not parseable at all
│   ├── BadQueryError             a query parameter that is unknown, repeated or out of range
│   ├── UnsupportedError          a media type, coding or format that we do not take
│   ├── TooLargeError             over a limit of size or nesting
│   ├── ViolationError            parsed, but against the rules; names each fault
│   └── BadRecordError            a Kafka record that can never be processed
├── CredentialsError          who is asking is not known
├── ForbiddenError            who is asking is known, and may not
├── InProgressError           the same request is under way already
├── KeyReusedError            an Idempotency-Key came with another request than before
├── RateError                 over the provider's rate
├── FailedError               retry: something beside the input is at fault
│   ├── PublishError              Kafka did not acknowledge in time; the event may be stored
│   ├── StoreError                Redis did not answer, or refused
│   └── NotWholeError             the view is being rebuilt
├── GapError                  the fence met an offset that is not the next one
├── GoneError                 was there, and is not any more
└── SetupError                this machine lacks something, or a start failed; the text is for a person
    └── TopicMismatchError        a topic exists with partitions or replicas that cannot be altered in place
"""

from __future__ import annotations

from dataclasses import dataclass


class NewswireError(Exception):
    """The root of the tree."""


class InvalidError(NewswireError):
    """The input is at fault: the same input will always fail."""


class MalformedError(InvalidError):
    """The input cannot be parsed at all."""


class BadQueryError(InvalidError):
    """A parameter of the request's query (or the header that stands for one) is at fault."""

    def __init__(self, parameter: str, detail: str) -> None:
        super().__init__(f"{parameter}: {detail}")
        self.parameter = parameter
        self.detail = detail


class UnsupportedError(InvalidError):
    """The media type, content coding or format is not one that we take."""


class TooLargeError(InvalidError):
    """The input is over a limit of size or nesting."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: a JSON Pointer (RFC 6901) into the input, and what is wrong there."""

    pointer: str
    detail: str


class ViolationError(InvalidError):
    """The input was parsed and breaks rules, each of which is named."""

    def __init__(self, detail: str, violations: tuple[Violation, ...] = ()) -> None:
        super().__init__(detail)
        self.violations = violations


class BadRecordError(InvalidError):
    """A Kafka record that can never be processed."""


class CredentialsError(NewswireError):
    """No credentials, or wrong ones; the text never says which."""


class ForbiddenError(NewswireError):
    """The caller is known, and may not do this."""


class InProgressError(NewswireError):
    """A request with the same Idempotency-Key is under way."""


class KeyReusedError(NewswireError):
    """An Idempotency-Key came with another request than the first one's."""


class RateError(NewswireError):
    """The provider has pushed as much as its rate allows. `headers` say when it may go on."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__(f"over the rate; try again in {headers['Retry-After']} s")
        self.headers = headers


class FailedError(NewswireError):
    """Something beside the input is at fault: a retry may succeed."""


class PublishError(FailedError):
    """Kafka did not acknowledge in time. The event may be stored all the same."""


class StoreError(FailedError):
    """Redis did not answer in time, or refused."""


class NotWholeError(FailedError):
    """The view is being rebuilt from the log: nothing of it may be shown yet."""


class GapError(NewswireError):
    """The fence met an offset that is not the next one: seek back to `expected`."""

    def __init__(self, expected: int) -> None:
        super().__init__(f"the next offset is {expected}")
        self.expected = expected


class GoneError(NewswireError):
    """What is asked for was there, and is not any more."""


class SetupError(NewswireError):
    """Something is missing on the machine, or a start failed. The text is for a person."""


class TopicMismatchError(SetupError):
    """A topic exists with a partition count, or replicas, that cannot be altered in place."""
