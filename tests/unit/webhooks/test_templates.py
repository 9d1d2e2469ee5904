"""The formats of chat services: every file is valid, and a prompt can neither notify anybody nor change the message."""

from __future__ import annotations

import json

import pytest

from kaimedia.cli.webhook_options import FORMATS as TYPED
from kaimedia.config_webhook import FORMATS
from kaimedia.domain.webhook import WebhookEvent
from kaimedia.webhooks.template import FOLDER, NAMES, formats, template

TEMPLATES = sorted(file.stem for file in FOLDER.glob("*.toml"))
VALUES = {name: "" for name in NAMES if name != "title"}
EVIL = '@everyone <!channel> <@U123> </b> **bold** [a](https://evil.example)\n# big "}, {"'


def text_of(name: str, body: bytes) -> str:
    """The text that is shown."""
    if name == "ntfy":
        return body.decode()
    document = json.loads(body)
    return str(document["content" if name == "discord" else "text"])


def test_the_setting_allows_exactly_these_formats() -> None:
    assert TEMPLATES == ["discord", "ntfy", "slack"]
    assert set(FORMATS) == set(TYPED) == set(formats()) == {"json", *TEMPLATES}
    with pytest.raises(KeyError):
        template("../templates/slack")


@pytest.mark.parametrize("event", list(WebhookEvent))
@pytest.mark.parametrize("name", TEMPLATES)
def test_every_event_has_a_message_without_gaps(name: str, event: WebhookEvent) -> None:
    body, headers = template(name).render(event, {**VALUES, "error": "The reason.", "model": "veo3_fast"})
    text = text_of(name, body)
    assert text and "{" not in text and all(line.strip() for line in text.splitlines())
    assert headers["Content-Type"].startswith(("application/json", "text/plain")) and "" not in headers.values()


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_longest_values_fit(name: str) -> None:
    link = "https://studio.example/static/media/video_20261122T101530Z_0123456789abcdef0123456789abcdef.mp4"
    values = {**dict.fromkeys(VALUES, "*" * 5000), "links": f"{link} {link}", "link": link}
    for event in WebhookEvent:
        text = text_of(name, template(name).render(event, values)[0])
        assert len(text) < template(name).most_chars
        assert len(text.encode()) < 4096 or name != "ntfy"
    completed = text_of(name, template(name).render(WebhookEvent.TASK_COMPLETED, values)[0])
    assert name == "ntfy" or completed.count(link) == 2


def test_discord_shows_a_prompt_as_it_is_and_notifies_nobody() -> None:
    body, _ = template("discord").render(WebhookEvent.TASK_COMPLETED, {**VALUES, "prompt": EVIL, "model": "m"})
    document = json.loads(body)
    assert document["allowed_mentions"] == {"parse": []}
    title, prompt = document["content"].splitlines()
    assert title == "**Finished** · m"
    assert "@everyone" not in prompt and "@\u200beveryone" in prompt
    assert r"\<\@" not in prompt and r"\*\*bold\*\*" in prompt and r"\[a\]\(https\:" in prompt and r"\# big" in prompt


def test_slack_shows_a_prompt_as_it_is_and_notifies_nobody() -> None:
    body, _ = template("slack").render(WebhookEvent.TASK_COMPLETED, {**VALUES, "prompt": EVIL, "model": "m"})
    document = json.loads(body)
    assert (document["mrkdwn"], document["parse"], document["link_names"]) == (False, "none", False)
    assert "<" not in document["text"] and "&lt;!channel&gt; &lt;@U123&gt;" in document["text"]


def test_ntfy_gets_text_and_a_link_in_a_header() -> None:
    values = {**VALUES, "prompt": EVIL, "model": "m", "link": "https://studio.example/a.png"}
    body, headers = template("ntfy").render(WebhookEvent.TASK_COMPLETED, values)
    assert body.decode().splitlines()[0] == "m" and len(body.decode().splitlines()) == 2
    assert (headers["Title"], headers["Click"]) == ("Finished", "https://studio.example/a.png")
    _, headers = template("ntfy").render(WebhookEvent.TASK_COMPLETED, VALUES | {"link": "https://ü.example/\r\nX: y"})
    assert "Click" not in headers  # it would not be a header


@pytest.mark.parametrize("name", ["discord", "slack"])
def test_links_are_shown_whole_or_left_out(name: str) -> None:
    """A public address with a long path makes links longer than any other value may be."""
    first, second = (f"https://studio.example/{'path/' * 40}{number}.png" for number in "12")
    values = {**dict.fromkeys(VALUES, "x" * 500), "links": f"{first} {second}"}
    text = text_of(name, template(name).render(WebhookEvent.TASK_COMPLETED, values)[0])
    assert text.splitlines()[-1] == f"{first} {second}"
    long = f"https://studio.example/{'x' * template(name).most_chars}"
    text = text_of(name, template(name).render(WebhookEvent.TASK_COMPLETED, {**values, "links": f"{first} {long}"})[0])
    assert text.splitlines()[-1] == first and len(text) <= template(name).most_chars


def test_the_link_of_ntfy_is_whole_or_left_out() -> None:
    link = f"https://studio.example/{'path/' * 60}a.png"
    assert template("ntfy").render(WebhookEvent.TASK_COMPLETED, VALUES | {"link": link})[1]["Click"] == link
    long = f"https://studio.example/{'x' * template('ntfy').most_chars}"
    assert "Click" not in template("ntfy").render(WebhookEvent.TASK_COMPLETED, VALUES | {"link": long})[1]
