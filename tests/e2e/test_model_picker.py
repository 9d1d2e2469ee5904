"""Finding a model, choosing it with the keyboard, and what the page does with it, at desktop and phone widths."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e import api_tasks
from tests.e2e.composer import choose_mode, model_button, open_picker, open_reference
from tests.e2e.conftest import App

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-shared"), pytest.mark.timeout(240)]
SIZES = [(1440, 900), pytest.param((390, 844), marks=pytest.mark.exhaustive)]


@pytest.fixture(scope="module")
def app(shared_app: App) -> App:
    """The app that several files share."""
    return shared_app


@pytest.fixture(scope="module")
def app_with_image(app: App) -> App:
    api_tasks.make(app, "a paper boat on a still lake")
    return app


def options(panel: Locator) -> Locator:
    return panel.locator("[role=option]")  # the makers are options too


def marked(page: Page) -> Locator:
    return page.locator(".st-key-model_picker .card.marked")


@pytest.mark.parametrize("size", SIZES)
def test_a_model_is_found_by_a_word_and_chosen_with_the_keyboard(
    browser: Browser, app: App, size: tuple[int, int]
) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, base_url=app.url)
    page.goto("/")
    page.locator(".st-key-prompt textarea").fill("a half-written idea")
    panel = open_picker(page)
    search = panel.get_by_role("combobox", name="Search models")
    expect(search).to_be_focused()
    page.keyboard.type("nano banana")
    expect(marked(page)).to_have_attribute("aria-label", re.compile("^Nano Banana, Google, "))
    page.keyboard.press("ArrowDown")
    second = marked(page).get_attribute("data-id")
    assert second and second.startswith("nano-banana-")
    expect(search).to_have_attribute("aria-activedescendant", f"model-{second}")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(model_button(page)).to_be_focused()
    expect(model_button(page)).to_contain_text("GPT-4o Image")
    page.keyboard.press("Enter")
    page.keyboard.type("kling 3.0 motion")  # of the other mode
    expect(options(panel)).to_have_count(1)
    page.keyboard.press("Enter")
    expect(model_button(page)).to_be_focused()
    expect(page.get_by_role("radio", name="Videos")).to_be_checked()
    expect(model_button(page)).to_contain_text("Kling 3.0 Motion Control")
    expect(page.locator(".st-key-prompt textarea")).to_have_value("a half-written idea")
    page.close()


@pytest.mark.exhaustive
def test_a_press_beside_the_panel_and_its_cross_close_it(page: Page) -> None:
    page.goto("/")
    panel = open_picker(page)
    panel.get_by_text("47 models").click()
    expect(panel).to_be_visible()
    page.mouse.click(20, 450)
    expect(panel).to_be_hidden()
    open_picker(page).get_by_role("button", name="Close").click()
    expect(panel).to_be_hidden()
    expect(model_button(page)).to_be_focused()


@pytest.mark.exhaustive
@pytest.mark.parametrize("size", SIZES)
def test_filters_narrow_the_list_and_say_when_nothing_is_left(
    browser: Browser, app_with_image: App, size: tuple[int, int]
) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, base_url=app_with_image.url)
    page.goto("/")
    open_reference(page, "Gallery")
    page.get_by_role("button", name=re.compile("^Use ")).first.click()
    expect(page.locator(".k-reference")).to_be_visible()
    panel = open_picker(page)
    takes = panel.get_by_role("button", name="Takes my image")
    expect(takes).to_have_attribute("aria-pressed", "true")
    expect(panel.get_by_role("option", name=re.compile("^Imagen 4 Ultra, "))).to_have_count(0)
    panel.get_by_role("combobox", name="Search models").fill("imagen ultra")
    expect(panel.get_by_text("No model here takes your image.")).to_be_visible()
    panel.get_by_role("button", name="Show models that don’t take it").click()
    expect(takes).to_have_attribute("aria-pressed", "false")
    expect(panel.get_by_role("option", name=re.compile("^Imagen 4 Ultra, "))).to_be_visible()
    panel.get_by_role("combobox", name="Search models").fill("")
    panel.get_by_role("button", name="Videos").click()
    panel.get_by_role("button", name="Lip-sync").click()
    expect(options(panel).first).to_be_visible()
    assert {each.get_attribute("data-id") for each in options(panel).all()} >= {"volcengine-lip-sync", "infinitetalk"}
    panel.get_by_role("combobox", name="Maker").select_option("Kling")
    expect(options(panel)).to_have_count(2)
    page.close()


def test_the_list_is_of_the_mode_of_the_page(page: Page) -> None:
    page.goto("/")
    choose_mode(page, "Videos")
    panel = open_picker(page)
    expect(panel.get_by_role("option", name=re.compile("^Veo 3.1 Fast, "))).to_have_attribute("aria-selected", "true")
    expect(panel.get_by_role("button", name="Videos")).to_have_attribute("aria-pressed", "true")
    expect(panel.get_by_role("option", name=re.compile("^Sora 2, "))).to_have_count(0)
    panel.get_by_role("button", name=re.compile("^Show .* older models")).click()
    expect(panel.get_by_role("option", name=re.compile("^Sora 2, .*Veo 3.1 Fast is the replacement"))).to_be_visible()


@pytest.mark.exhaustive
def test_a_favorite_stays_and_comes_first(page: Page) -> None:
    page.goto("/")
    panel = open_picker(page)
    page.keyboard.type("flux.2 flex")
    page.keyboard.press("Shift+Enter")
    card = panel.get_by_role("option", name=re.compile(r"^FLUX.2 Flex, .*, favorite\b"))
    expect(card).to_be_visible()
    panel.get_by_role("combobox", name="Search models").fill("z-image")
    panel.locator("[data-id=z-image] .heart").click()
    expect(panel.get_by_role("option", name=re.compile(r"^Z-Image, .*, favorite\b"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning")
    page.reload()
    favorites = open_picker(page).get_by_role("group", name="Favorites")
    expect(favorites.locator("[role=option]")).to_have_count(2)
    favorites.get_by_role("option", name=re.compile("^Z-Image, ")).click()
    heart = page.get_by_role("button", name="Favorite: Z-Image")
    expect(heart).to_have_attribute("aria-pressed", "true")
    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "false")
    expect(open_picker(page).get_by_role("group", name="Favorites").locator("[role=option]")).to_have_count(1)
