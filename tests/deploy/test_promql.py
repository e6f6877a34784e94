import pytest

from tests.deploy.promql import faults, metrics_in, result_labels


@pytest.mark.parametrize(
    "text",
    [
        "sum by (job, topic) (newswire_lag_records)",
        'histogram_quantile(0.99, sum by (le, route) (rate(newswire_request_seconds_bucket{job="feed"}[5m])))',
        "rate(newswire_apply_seconds_sum[5m]) / rate(newswire_apply_seconds_count[5m])",
        "newswire_view_whole == 0 and on (instance) newswire_projector_active == 1",
        "rate(process_cpu_seconds_total[5m])",
    ],
)
def test_what_the_inventory_has(text: str) -> None:
    assert faults(text) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("newswire_lag", "newswire_lag is not in the inventory"),
        ("kafka_server_lag", "kafka_server_lag is not in the inventory"),
        ("newswire_freshness_seconds", "newswire_freshness_seconds is not in the inventory"),
        ("rate(newswire_lag_records_bucket[5m])", "newswire_lag_records_bucket is not in the inventory"),
        ("rate(newswire_stories_accepted[5m])", "newswire_stories_accepted is not in the inventory"),
        ('newswire_lag_records{partition="1"}', "newswire_lag_records has no label partition"),
        ('newswire_lag_records{job="feed"}', "feed has no newswire_lag_records"),
        ('newswire_streams_open{job=~"feed|ingest"}', "feed|ingest has no newswire_streams_open"),
        ("sum by (provider) (newswire_lag_records)", "no label provider to group by"),
        ("sum by (topic) (sum by (job) (newswire_lag_records))", "no label topic to group by"),
        ("newswire_view_whole * on (topic) newswire_lag_records", "no label topic on both sides"),
        ("rate(newswire_lag_records[5m])", "rate of newswire_lag_records, which goes up and down"),
    ],
)
def test_what_it_does_not_have(text: str, fault: str) -> None:
    (found,) = faults(text)
    assert fault in found


def test_what_is_no_promql() -> None:
    with pytest.raises(ValueError, match="unclosed left parenthesis"):
        faults("sum(rate(newswire_lag_records[5m])")


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("newswire_lag_records", {"job", "instance", "topic"}),
        ("sum(newswire_lag_records)", set()),
        ("time() - max by (provider) (newswire_provider_last_accepted_timestamp_seconds)", {"provider"}),
        ("histogram_quantile(0.9, rate(newswire_clock_late_seconds_bucket[5m])) > 5", {"job", "instance", "kind"}),
    ],
)
def test_the_labels_that_come_out(text: str, labels: set[str]) -> None:
    assert result_labels(text) == labels
    assert metrics_in(text)
