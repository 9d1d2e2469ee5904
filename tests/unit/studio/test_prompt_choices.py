"""Many prompts in one text: lines and `{a|b}` choices."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaimedia.errors import InvalidRequest
from kaimedia.studio import prompt_choices
from kaimedia.studio.prompt_choices import choices, count, prompts

# A backslash right before a group's own `|` or `}` would escape it.
WORDS = st.text(alphabet="abc \\{|}", max_size=12).map(lambda text: text.rstrip("\\"))


def escaped(text: str) -> str:
    return re.sub(r"[{|}]", lambda found: f"\\{found[0]}", text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\n\n  two  \r\n", ["one", "two"]),
        ("one\n\u00ad\n", ["one"]),  # a soft hyphen alone is nothing to see
        ("{red|blue} car", ["red car", "blue car"]),
        ("{a|b} {1|2}", ["a 1", "a 2", "b 1", "b 2"]),
        ("{a|b {1|2}} x", ["a x", "b 1 x", "b 2 x"]),
        ("{|very }big", ["big", "very big"]),
        ("{a|a}", ["a", "a"]),
        (r"\{a\|b\}", ["{a|b}"]),
        (r"{a\|b|c}", ["a|b", "c"]),
        ("{plain} a|b", ["{plain} a|b"]),
        ("{see {a|b}}", ["{see a}", "{see b}"]),
        ('{"light": "low", "of": {"x": 1}}', ['{"light": "low", "of": {"x": 1}}']),
        ("{a|b", ["{a|b"]),
        ("a|b}", ["a|b}"]),
        ("{x|{a|b}", ["{x|a", "{x|b"]),
        (r"C:\temp \n", [r"C:\temp \n"]),
        ("", []),
    ],
)
def test_prompts(text: str, expected: list[str]) -> None:
    assert prompts(text) == expected
    assert count(text) == len(expected)


@given(st.lists(st.lists(WORDS, min_size=2, max_size=3), max_size=4), WORDS)
def test_groups_multiply_and_escaped_text_comes_back(groups: list[list[str]], tail: str) -> None:
    written = "".join("{" + "|".join(map(escaped, group)) + "}" for group in groups) + escaped(tail)
    expected = [tail]
    for group in reversed(groups):
        expected = [word + rest for word in group for rest in expected]
    assert choices(written) == expected


@given(st.text(alphabet="ab{|}\\\n ", max_size=40))
def test_the_count_is_the_number_of_prompts(text: str) -> None:
    number = count(text)
    if number <= 200:
        made = prompts(text)
        assert len(made) == number
        plain = text.replace("\\", "")
        if "|" not in plain:  # then nothing is a choice
            assert made == [re.sub(r"\\([{}])", r"\1", line.strip()) for line in text.splitlines() if line.strip()]
    else:
        with pytest.raises(InvalidRequest):
            prompts(text)


def test_too_many_are_counted_and_not_built() -> None:
    with pytest.raises(InvalidRequest, match="make 256 prompts; up to 200") as refused:
        prompts("{a|b}" * 8)
    assert refused.value.field == "prompt"
    with pytest.raises(InvalidRequest, match="more than a million"):
        prompts("{a|b|c|d|e|f|g|h|i|j}" * 5000)
    assert count("{a|b}" * 5000) == prompt_choices.COUNT_CAP
    assert len(prompts("a\n" * 200)) == 200
    with pytest.raises(InvalidRequest, match="make 201 prompts"):
        prompts("a\n" * 201)


def test_groups_are_nested_only_so_deep() -> None:
    deepest = prompt_choices.MAX_NESTING
    assert len(prompts("{a|" * deepest + "b" + "}" * deepest)) == deepest + 1
    with pytest.raises(InvalidRequest, match=f"up to {deepest} deep"):
        prompts("{" * (deepest + 1))
