"""The campaigns, each in short, and that the command counts what they find."""

import pytest

from scripts import torture
from scripts.campaigns.campaign import Campaign

#: How often each is done here, of those that need no long-running programs.
SHORT = {"weights": 40, "downloads": 4, "numbers": 4, "kill-saving": 1}


@pytest.mark.parametrize("name", SHORT)
def test_in_short(name, tmp_path):
    campaign = torture.CAMPAIGNS[name]
    assert [result for result in campaign.run(SHORT[name], tmp_path) if result is not None] == []


def test_failures_are_counted_and_told(monkeypatch, capsys):
    campaign = Campaign("some hold", lambda count, folder: iter([None, "it broke"]), full=2, quick=1)
    monkeypatch.setattr(torture, "CAMPAIGNS", {"some": campaign})
    assert torture.main(["--quick"]) == 1
    out, err = capsys.readouterr()
    assert "some hold: 2 cases, 1 failed" in out
    assert err == "some: it broke\n"
