"""The canonical model of a story: ninjs 3.1's names, plus `authors` and `extra`.

Source: the IPTC's ninjs 3.1 schema (CC BY 4.0). Frozen. Strings are kept as they came, so that nothing of a
source's meaning is lost; date-times are checked, and one without a zone gets `Z`. Unknown properties are ignored
when an event is read, and named when a story comes in over HTTP: there, validate with `extra="forbid"`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from newswire.instants import DateTime, TruncatedDateTime
from newswire.model import Integer, JsonObject, Model

PubStatus = Literal["usable", "withheld", "canceled"]
NewsType = Literal["text", "audio", "video", "picture", "graphic", "composite", "component", "event", "planning"]

Urgency = Annotated[int, Field(ge=1, le=9)]
Percentage = Annotated[int, Field(ge=0, le=100)]


class Text(Model):
    """A headline, or a description."""

    role: str | None = None
    content_type: str | None = None
    value: str


class Body(Text):
    """The content: HTML if `contentType` says `text/html`, and plain text otherwise; ingest marks all that is HTML."""

    char_count: Integer | None = None
    word_count: Integer | None = None


class Address(Model):
    """A postal address."""

    lines: tuple[str, ...] | None = None
    locality: str | None = None
    area: str | None = None
    postal_code: str | None = None
    country: str | None = None


class ContactInfo(Model):
    """One way to reach somebody: either a value or an address."""

    type: str | None = None
    role: str | None = None
    lang: str | None = None
    name: str | None = None
    value: str | None = None
    address: Address | None = None

    @model_validator(mode="after")
    def _value_or_address(self) -> Self:
        if (self.value is None) == (self.address is None):
            msg = "exactly one of value and address"
            raise ValueError(msg)
        return self


class Concept(Model):
    """Something that a story is about, by name, URI or a scheme of the provider's own."""

    name: str | None = None
    rel: str | None = None
    uri: str | None = None
    literal: str | None = None


class Subject(Concept):
    """A subject, with who assigned it and how sure that is (per cent)."""

    creator: str | None = None
    relevance: Percentage | None = None
    confidence: Percentage | None = None


class Person(Concept):
    """A human being."""

    contact_info: tuple[ContactInfo, ...] | None = None


class Place(Person):
    """A named location."""

    geo_json: Annotated[JsonObject | None, Field(alias="geoJSON")] = None


class Symbol(Model):
    """A ticker at a market place."""

    exchange: str | None = None
    symbol_type: str | None = None
    symbol: str | None = None


class Organisation(Person):
    """A company, party, office or club."""

    symbols: tuple[Symbol, ...] | None = None


class Event(Concept):
    """Something that happens, planned or not."""

    id: str | None = None


class Named(Model):
    """A genre, or a digital source type."""

    name: str | None = None
    uri: str | None = None
    literal: str | None = None


class InfoSource(Named):
    """Who originated, changed or supplied the content."""

    role: str | None = None
    contact_info: tuple[ContactInfo, ...] | None = None


class PointOfInterest(Model):
    """Pixels from the top left."""

    x: Integer | None = None
    y: Integer | None = None


class Rendition(Model):
    """One form of a picture, video or sound; `duration` in seconds."""

    name: str
    href: str | None = None
    content_type: str | None = None
    title: str | None = None
    width: Integer | None = None
    height: Integer | None = None
    size_in_bytes: Integer | None = None
    duration: float | Integer | None = None
    format: str | None = None
    aspect_ratio: str | None = None
    video_codec: str | None = None
    frame_rate: float | Integer | None = None
    poi: PointOfInterest | None = None
    transport_protocol: str | None = None
    scan_type: Literal["progressive", "interlaced"] | None = None
    bitrate: str | None = None


class RecurrenceRule(Model):
    """An iCalendar rule."""

    frequency: Literal["secondly", "minutely", "hourly", "daily", "weekly", "monthly", "yearly"] | None = None
    interval: Integer | None = None
    until: DateTime | None = None
    count: Integer | None = None


class Recurrence(Model):
    """When an event happens again."""

    recurrence_dates: TruncatedDateTime | tuple[TruncatedDateTime, ...] | None = None
    recurrence_rules: tuple[RecurrenceRule, ...] | None = None


class Dates(Model):
    """When an event or a coverage begins and ends."""

    start_date: DateTime | None = None
    end_date: DateTime | None = None
    expected_start_date: TruncatedDateTime | None = None
    expected_end_date: TruncatedDateTime | None = None
    expected_duration: str | None = None
    recurrence: Recurrence | None = None

    @model_validator(mode="after")
    def _start_or_end(self) -> Self:
        start = (self.start_date is None) != (self.expected_start_date is None)
        end = (self.end_date is None) != (self.expected_end_date is None)
        if not (start or end):
            msg = "one of startDate and expectedStartDate, or one of endDate and expectedEndDate"
            raise ValueError(msg)
        return self


class EventDetails(Model):
    """What is known of a planned event."""

    event_status: str | None = None
    planned_coverage_status: str | None = None
    dates: Dates | None = None
    organiser: Organisation | None = None


class Reference(Model):
    """A work order's name and number."""

    name: str | None = None
    value: str | None = None


class Commissioned(Model):
    """Who ordered the content, and when."""

    by: str | None = None
    on: DateTime | None = None
    references: tuple[Reference, ...] | None = None


class Audience(Model):
    """Whom a planned item is for."""

    audience: str | None = None
    significance: Integer | None = None


class ItemCount(Model):
    """How many items are planned."""

    range_from: Integer | None = None
    range_to: Integer | None = None


class PlannedCoverage(Model):
    """Something that a provider means to deliver."""

    uri: str | None = None
    title: str | None = None
    pub_status: PubStatus | None = None
    type: NewsType | None = None
    commissioned: Commissioned | None = None
    dates: Dates | None = None
    audiences: tuple[Audience, ...] | None = None
    excl_audience: tuple[str, ...] | None = None
    ed_note: str | None = None
    urgency: Urgency | None = None
    language: str | None = None
    item_count: ItemCount | None = None
    word_count: Integer | None = None
    renditions: tuple[Rendition, ...] | None = None


class AltId(Model):
    """Another identifier of the same story."""

    role: str | None = None
    value: str | None = None


class TrustIndicator(Model):
    """A link to a document on how the provider works."""

    role: str | None = None
    title: str | None = None
    href: str | None = None


class Standard(Model):
    """Which standard, version and schema a story says it follows."""

    name: str | None = None
    version: str | None = None
    schema_: Annotated[str | None, Field(alias="schema")] = None


class RightsInfo(Model):
    """A rights expression: linked or encoded."""

    lang_id: str | None = None
    linked_rights: str | None = None
    encoded_rights: str | None = None

    @model_validator(mode="after")
    def _linked_or_encoded(self) -> Self:
        if (self.linked_rights is None) == (self.encoded_rights is None):
            msg = "exactly one of linkedRights and encodedRights"
            raise ValueError(msg)
        return self


class Author(Model):
    """Superdesk's shape of an author, which ninjs has no place for."""

    name: str | None = None
    role: str | None = None
    jobtitle: str | None = None
    biography: str | None = None
    avatar_url: str | None = None


class NewsObject(Model):
    """Everything that ninjs 3.1 says of a news object."""

    uri: str
    type: NewsType | None = None
    representation_type: Literal["full", "partial"] | None = None
    profile: str | None = None
    version: str | None = None
    first_created: DateTime | None = None
    version_created: DateTime | None = None
    content_created: DateTime | None = None
    embargoed_until: DateTime | None = None
    pub_status: PubStatus | None = None
    urgency: Urgency | None = None
    copyright_holder: str | None = None
    copyright_notice: str | None = None
    usage_terms: str | None = None
    ed_note: str | None = None
    language: str | None = None
    descriptions: tuple[Text, ...] | None = None
    bodies: tuple[Body, ...] | None = None
    headlines: tuple[Text, ...] | None = None
    people: tuple[Person, ...] | None = None
    organisations: tuple[Organisation, ...] | None = None
    places: tuple[Place, ...] | None = None
    subjects: tuple[Subject, ...] | None = None
    events: tuple[Event, ...] | None = None
    event_details: EventDetails | None = None
    planned_coverage: tuple[PlannedCoverage, ...] | None = None
    objects: tuple[Concept, ...] | None = None
    info_sources: tuple[InfoSource, ...] | None = None
    title: str | None = None
    by: str | None = None
    slugline: str | None = None
    located: str | None = None
    renditions: tuple[Rendition, ...] | None = None
    associations: tuple[Association, ...] | None = None
    alt_ids: tuple[AltId, ...] | None = None
    trust_indicators: tuple[TrustIndicator, ...] | None = None
    standard: Standard | None = None
    genres: tuple[Named, ...] | None = None
    expires: DateTime | None = None
    rights_info: RightsInfo | None = None
    digital_source_type: Named | None = None


class Association(NewsObject):
    """A news object that another one holds: its picture, or a story related to it."""

    name: str
    rel: str | None = None


class Article(NewsObject):
    """One version of one story."""

    uri: Annotated[str, Field(min_length=1)]
    authors: tuple[Author, ...] | None = None
    extra: JsonObject | None = None

    @property
    def status(self) -> PubStatus:
        """The publication status; absent is usable."""
        return self.pub_status or "usable"

    def dump(self) -> dict[str, Any]:
        """Plain JSON data under ninjs' names, absent fields left out."""
        return self.model_dump(mode="json", exclude_none=True)
