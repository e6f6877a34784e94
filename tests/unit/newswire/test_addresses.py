import pytest
from pydantic import TypeAdapter, ValidationError

from newswire.addresses import RedisUrl

ADAPTER: TypeAdapter[str] = TypeAdapter(RedisUrl)


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:6379/0", "rediss://user:secret@redis.example:6380/1", "redis://redis"]
)
def test_a_redis_url_stays_as_it_is(url: str) -> None:
    assert ADAPTER.validate_python(url) == url


@pytest.mark.parametrize("url", ["", "http://redis", "127.0.0.1:6379", "redis://redis:port"])
def test_what_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(url)
