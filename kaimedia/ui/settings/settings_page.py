"""The Settings page, card by card."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from kaimedia import runtime
from kaimedia.domain import ProviderName
from kaimedia.providers.registry import label_of
from kaimedia.security import access_guide
from kaimedia.security.access import OPEN
from kaimedia.studio import Studio
from kaimedia.ui import login, ui_text
from kaimedia.ui.settings import (
    database_card,
    integrity_card,
    key_card,
    limits_card,
    models_card,
    money_card,
    price_list_card,
    rescue_card,
    server_card,
    settings_form,
    storage_card,
    token_card,
    webhooks_card,
)


@contextmanager
def _card(key: str, title: str, text: str) -> Iterator[None]:
    row = st.container(horizontal=True, gap="medium", key=f"card_{key}")
    row.html(
        f'<div class="k-card-label"><h2>{ui_text.escaped(title)}</h2><p>{ui_text.escaped(text)}</p></div>', width=230
    )
    with row.container(width="stretch", gap="small", key=f"card_body_{key}"):
        yield


def show(studio: Studio) -> None:
    """Draw all cards; changes to the defaults apply after saving."""
    saved = studio.settings.get()
    settings_form.seed(saved)
    with st.container(horizontal_alignment="center"), st.container(width=860, gap="small", key="settings"):
        st.html('<div class="k-page-head"><h1>Settings</h1><p>Your key, defaults, access and storage.</p></div>')
        provider = label_of(ProviderName.KIE)
        with _card("key", "Provider key", f"Your {provider} API key. Stored encrypted in the database."):
            key_card.show(studio)
        with _card("provider", "Balance", "Where new tasks go, and your credits there."):
            key_card.show_balance(studio)
        with _card("money", "Prices", "How credits are shown as money, and when the pages ask before spending."):
            money_card.show(studio)
            price_list_card.show(studio)
        with _card("images", "Images", "Defaults for new images."):
            settings_form.show_images(studio)
        with _card("videos", "Videos", "Defaults for new videos."):
            settings_form.show_videos(studio)
        settings_form.save_bar(studio, saved)
        with _card("models", "Models", f"How this app’s list of models compares with {provider}’s own."):
            models_card.show(studio)
        with _card("limits", "Spending limits", "The most that may be spent, checked before a task is queued."):
            limits_card.show(studio)
        with _card("token", "API tokens", "For programs that use the REST API."):
            token_card.show(studio)
        with _card("webhooks", "Webhooks", "Tell other programs or a chat when a task ends or a limit is reached."):
            webhooks_card.show(studio)
        if login.is_needed():
            with _card("account", "Account", "Who is signed in."):
                login.show_account()
        elif runtime.access().mode == OPEN:
            with _card("access", "Access", "Who can use this app."):
                st.html(f'<p class="k-quiet">{ui_text.escaped(access_guide.OPEN_WARNING)}</p>')
        with _card("storage", "Storage", "Where your images and videos are, and how much space they use."):
            storage_card.show(studio)
        with _card("rescue", "Rescue", "Results that are paid and not saved yet, and tasks that are not here."):
            rescue_card.show(studio)
        with _card("integrity", "Files", "Whether every file is there and unchanged, and repair."):
            integrity_card.show(studio)
        with _card("database", "Database", "Copies of the database, and how to switch to one."):
            database_card.show(studio)
        with _card("server", "Server", "How this server is set up, and how your request reached it."):
            server_card.show(studio)
