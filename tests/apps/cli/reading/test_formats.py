"""The forms of answers."""

import csv
import io
import json
import os

import pytest

from apps.cli.reading.formats import FORMATS

SURE = {"file": "a.png", "label": 7, "confidence": 0.75, "probabilities": [*7 * [0.03125], 0.75, 0.03125, 0.0]}
REJECTED = {"file": "long name.png", "label": None, "confidence": None, "reason": "blank", "probabilities": 10 * [0.1]}
BROKEN = {"file": 'b,"c".png', "error": 'b,"c".png: found nothing'}
ANSWERS = [SURE, REJECTED, BROKEN]


def written(name, answers, *names):
    form = FORMATS[name](*names)
    return form.begin + "".join(map(form.record, answers)) + form.end()


@pytest.mark.parametrize("answers", [ANSWERS, [SURE], []])
def test_json_is_the_document_of_all_answers(answers):
    assert written("json", answers) == json.dumps(answers, indent=2) + "\n"


def test_json_lines():
    assert [json.loads(line) for line in written("jsonl", ANSWERS).splitlines()] == ANSWERS


def test_csv_has_a_column_for_each_value():
    sure, rejected, broken = csv.DictReader(io.StringIO(written("csv", ANSWERS)))
    assert (sure["file"], sure["label"], sure["confidence"], sure["reason"], sure["error"]) == (
        "a.png",
        "7",
        "0.75",
        "",
        "",
    )
    assert [float(sure[f"probability_{digit}"]) for digit in range(10)] == SURE["probabilities"]
    assert (rejected["label"], rejected["confidence"], rejected["reason"]) == ("", "", "blank")
    assert (broken["file"], broken["error"], broken["probability_0"]) == (BROKEN["file"], BROKEN["error"], "")


def test_text_pads_names_to_the_longest_one():
    lines = written("text", ANSWERS).splitlines()
    assert lines[0].startswith("a.png  7   75.0 %  0.031 ")
    assert lines[1].startswith("long name.png  -    blank  0.100 ")
    assert len(lines) == 2
    assert written("text", [SURE], ["long name.png"]).startswith("a.png          7")


@pytest.mark.parametrize("name", ["jsonl", "csv"])
@pytest.mark.parametrize(
    "file", ["a.png", 'a,"b".png', "two\nlines.png", "caf\udce9.png", "red\x1b[31m.png", "ü\r.png"]
)
def test_records_are_parsed_back(name, file):
    form = FORMATS[name]()
    for answer in ({**SURE, "file": file}, {"file": file, "error": "found nothing"}):
        record = form.record(answer).encode("utf-8", "backslashreplace")
        assert form.is_complete(record)
        assert form.parse(record) == (form.key(file), "error" in answer)


def test_the_bytes_of_names_are_escaped_in_csv():
    assert FORMATS["csv"]().key(os.fsdecode(b"caf\xe9.png")) == r"caf\xe9.png"


@pytest.mark.parametrize(
    ("name", "record"), [("jsonl", b"[1]\n"), ("jsonl", b"{\n"), ("csv", b"a,b\n"), ("csv", b'"a"b,1\n')]
)
def test_other_records_are_refused(name, record):
    with pytest.raises(ValueError, match=r"expected|Expecting|delimiter"):
        FORMATS[name]().parse(record)
