"""Answers are kept until the data change, and not without end."""

from __future__ import annotations

from collections.abc import Callable

from kaimedia.studio.recent_answers import MOST, RecentAnswers


def test_an_answer_is_made_again_only_after_a_change() -> None:
    marker, made = [1], []

    def answer(name: str) -> Callable[[], str]:
        return lambda: made.append(name) or name

    answers = RecentAnswers(lambda: marker[0])
    assert [answers.get("a", answer("first")), answers.get("a", answer("second"))] == ["first", "first"]
    assert answers.get("b", answer("other")) == "other"
    marker[0] = 2
    assert answers.get("a", answer("third")) == "third"
    assert made == ["first", "other", "third"]


def test_the_oldest_answers_are_forgotten() -> None:
    answers = RecentAnswers(lambda: 1)
    for number in range(MOST + 1):
        answers.get(number, lambda number=number: number)
    assert answers.get(MOST, lambda: -1) == MOST
    assert answers.get(0, lambda: -1) == -1
