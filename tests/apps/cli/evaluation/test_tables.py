"""Tables as text."""

from apps.cli.evaluation.tables import table


def test_shares_are_percents_and_counts_have_commas():
    found = table("group", {"a": {"n": 10_000, "low": 0.5}, "longer": {"n": 2, "low": 1.0}})
    assert found == ["group        n  95 % from", "a       10,000    50.00 %", "longer       2   100.00 %"]
