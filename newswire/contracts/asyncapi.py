"""AsyncAPI 3.0: the topics, what is on them, and which service sends and receives what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from newswire import topics
from newswire.contracts import headers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from newswire.contracts.catalogue import Contract, Message
    from newswire.contracts.examples import Example

Described = dict[str, Any]

_BINDING: Final = "0.5.0"
_SCHEMA_FORMAT: Final = "application/schema+json;version=2020-12"
_HEAD: Final[Described] = {
    "asyncapi": "3.0.0",
    "info": {
        "title": "newswire",
        "version": "1",
        "description": (
            "The records in Kafka. Readers ignore fields that they do not know; within a major version only optional"
            " fields come or go, and a breaking change is a new topic."
        ),
        "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
    },
    "defaultContentType": "application/json",
    "servers": {
        "kafka": {
            "host": "{host}:{port}",
            "protocol": "kafka",
            "description": "Topics are made beforehand (`newswire topics`), never by a client's first request.",
            "variables": {"host": {"default": "localhost"}, "port": {"default": "9092"}},
        }
    },
}
_KEY: Final[Described] = {
    "type": "string",
    "description": "the story's uri: all records of a story are in one partition, in order",
}


def document(contracts: Sequence[Contract], examples: Mapping[str, Sequence[Example]]) -> Described:
    """The document; `examples` by the contract's folder."""
    messages = {
        message.name: _message(contract, message, examples.get(contract.folder, ()))
        for contract in contracts
        for message in contract.messages
    }
    return {
        **_HEAD,
        "channels": {contract.topic.name: _channel(contract) for contract in contracts},
        "operations": {name: operation for contract in contracts for name, operation in _operations(contract).items()},
        "components": {"messages": messages},
    }


def _channel(contract: Contract) -> Described:
    return {
        "address": contract.topic.name,
        "description": contract.description,
        "messages": {message.name: _reference("components/messages", message.name) for message in contract.messages},
        "bindings": {
            "kafka": {
                "topic": contract.topic.name,
                "partitions": contract.topic.partitions,
                "topicConfiguration": _configuration(contract.topic),
                "bindingVersion": _BINDING,
            }
        },
    }


def _configuration(topic: topics.Topic) -> Described:
    """Kafka's settings in the types that the binding gives them."""
    config: Described = {
        name: int(value) if value.removeprefix("-").isdecimal() else value for name, value in topic.config.items()
    }
    return {**config, "cleanup.policy": [topic.config["cleanup.policy"]]}


def _message(contract: Contract, message: Message, examples: Sequence[Example]) -> Described:
    part = f"#/$defs/{message.model}" if message.model else ""
    own = [example for example in examples if _is_of(message, example)]
    return {
        "name": message.name,
        "title": message.name,
        "summary": message.summary,
        # The other's value is any bytes.
        **({"contentType": "application/json"} if message.event else {"contentType": "application/octet-stream"}),
        "headers": _headers(message),
        "payload": {
            "schemaFormat": _SCHEMA_FORMAT,
            "schema": {"$ref": f"{contract.folder}/schema.json{part}"},
        },
        "bindings": {"kafka": {"key": _KEY, "bindingVersion": _BINDING}},
        "examples": [_example(example) for example in own],
    }


def _headers(message: Message) -> Described:
    return headers.cloud_event([topics.event_type(message.event)]) if message.event else headers.dead_letter()


def _is_of(message: Message, example: Example) -> bool:
    return message.event is None or example.headers["ce_type"] == topics.event_type(message.event)


def _example(example: Example) -> Described:
    return {"name": example.name, "headers": example.headers, "payload": example.value}


def _operations(contract: Contract) -> dict[str, Described]:
    writers = dict.fromkeys(writer for message in contract.messages for writer in message.writers)
    sends = {
        f"{writer}-sends-{contract.topic.name}": {
            "action": "send",
            "summary": f"{writer} writes to {contract.topic.name}",
            **_channel_and_messages(contract, writer),
        }
        for writer in writers
    }
    receives = {
        f"{reader}-receives-{contract.topic.name}": {
            "action": "receive",
            "summary": f"{reader} reads {contract.topic.name}",
            **_channel_and_messages(contract),
            "bindings": {"kafka": {"groupId": _group(group), "bindingVersion": _BINDING}},
        }
        for reader, group in contract.readers.items()
    }
    return {**sends, **receives}


def _channel_and_messages(contract: Contract, writer: str | None = None) -> Described:
    name = contract.topic.name
    return {
        "channel": _reference("channels", name),
        "messages": [
            _reference(f"channels/{name}/messages", message.name)
            for message in contract.messages
            if writer is None or writer in message.writers
        ],
    }


def _group(group: str) -> Described:
    stem, variable, _ = group.partition("{")
    return {"type": "string", "pattern": f"^{stem}[a-z0-9-]+$"} if variable else {"type": "string", "const": group}


def _reference(where: str, name: str) -> Described:
    return {"$ref": f"#/{where}/{name}"}
