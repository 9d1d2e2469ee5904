"""Requests from a CSV file, and errors that name row and column."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaimedia.domain import GenerationRequest
from kaimedia.errors import InvalidRequest
from kaimedia.models.spec import ModelSpec
from kaimedia.studio.prompt_table import MAX_BYTES, requests_of


def base(spec: ModelSpec) -> GenerationRequest:
    return GenerationRequest(spec.id, "", "")


def read(text: str | bytes, model: str = "gpt4o-image") -> list[GenerationRequest]:
    return requests_of(text.encode() if isinstance(text, str) else text, model, base)


def refused(text: str | bytes, model: str = "gpt4o-image") -> str:
    with pytest.raises(InvalidRequest) as error:
        read(text, model)
    assert error.value.field == "csv"
    return error.value.message


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a byte order mark"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_columns_in_any_order_and_a_model_of_each_row(mark: bytes, delimiter: str) -> None:
    rows = [
        ["Model", "duration_s", "prompt", "aspect_ratio", "variants", "resolution"],
        ["", "", "a boat", "3:2", "2", ""],
        ["sora2", "10", "a kite,\nin two lines; and more", "", "", ""],
        ["veo3_fast", "", "a ”quoted” word", "9:16", "", "1080p"],
    ]
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows(rows)
    boat, kite, word = read(mark + file.getvalue().encode())
    assert (boat.model, boat.prompt, boat.aspect_ratio, boat.variants) == ("gpt4o-image", "a boat", "3:2", 2)
    assert (kite.model, kite.prompt, kite.duration_s) == ("sora2", "a kite,\nin two lines; and more", 10)
    assert (word.model, word.aspect_ratio, word.params["resolution"]) == ("veo3_fast", "9:16", "1080p")


def test_choices_make_several_and_a_style_goes_around_each() -> None:
    made = requests_of(b"prompt\n{red|blue} car\n", "gpt4o-image", base, lambda prompt: f"{prompt}, {{in|oil}}")
    assert [each.prompt for each in made] == ["red car, {in|oil}", "blue car, {in|oil}"]


def test_empty_rows_are_left_out_but_counted() -> None:
    assert [each.prompt for each in read("prompt\n\n  \na\n")] == ["a"]
    assert refused("prompt,variants\n\n\na,9\n").startswith("Row 4, variants: ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("prompt,duration_s\na,\n,5\n", "Row 3, prompt: Write a prompt."),
        ("prompt,duration_s,model\na,five,sora2\n", "Row 2, duration_s: “five” is not a whole number."),
        ("prompt,duration_s\na,5\n", "Row 2, duration_s: GPT-4o Image makes images, which have no duration."),
        ("prompt,aspect_ratio\na,7:1\n", "Row 2, aspect_ratio: GPT-4o Image supports"),
        ("prompt,model\na,no-such\n", "Row 2, model: "),
        ("prompt,resolution\na,1080p\n", "Row 2, resolution: GPT-4o Image has no field"),
        ("prompt,colour\na,red\n", "Row 1: there is no column “colour”."),
        ("prompt,\na,red\n", "Row 1: there is no column without a name."),
        ("prompt,Prompt\na,b\n", "Row 1: the column “prompt” is there twice."),
        ("a boat, a kite\n", "The first row must name the columns; at least “prompt”."),
        ("", "The first row must name the columns"),
        ("prompt\n", "The file has a header row but no other rows."),
        ("prompt\na boat, at sea\n", "Row 2 has 2 cells, the header 1."),
        ('prompt\n"a" boat\n', "Line 2 is not valid CSV:"),
        ('prompt\n"never closed\n', "Line 2 is not valid CSV:"),
        (b"prompt\n\xff\xfe\n", "The file is not UTF-8."),
        ("prompt\n" + "a\n" * 201, "The file makes more than 200 tasks (at row 202)."),
        ("prompt\n" + "{a|b}" * 8, "Row 2, prompt: The choices make more than 200 prompts."),
        ("p" * (MAX_BYTES + 1), "The file has more than 2 MB."),
    ],
    ids=lambda value: None if isinstance(value, str) and len(value) < 40 else "",
)
def test_what_is_wrong_names_row_and_column(text: str | bytes, expected: str) -> None:
    assert refused(text).startswith(expected)


@given(st.binary(max_size=200) | st.text(alphabet='prompt\n",;{|}a1', max_size=80).map(str.encode))
def test_any_file_is_read_or_refused(data: bytes) -> None:
    try:
        made = read(data)
    except InvalidRequest as error:
        assert error.field == "csv"
    else:
        assert 0 < len(made) <= 200 and all(each.prompt for each in made)
