"""The way to a running studio on Streamlit Community Cloud, as its user goes it, and what its sleep leaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from tests.conftest import wait_for
from tests.e2e import whole_job
from tests.e2e.chromium import launched
from tests.e2e.prefix_proxy import cutting
from tests.hosting.other_user import AS_SCRIPT, RUN, Host, hosted
from tests.postgres import fresh_database
from tests.s3 import Bucket

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("hosting-cloud"), pytest.mark.timeout(400)]

NAME = "studio.example"  # browsers open names below .app over https only
PREFIX = "/~/+"
SANDBOX = "allow-scripts allow-same-origin allow-forms allow-popups allow-modals allow-downloads"
OUTER = f"""<!doctype html><title>A hosting platform</title><link rel="icon" href="data:,">
<style>html, body, iframe {{ margin: 0; border: 0; width: 100%; height: 100%; display: block }}</style>
<iframe src="{PREFIX}/" sandbox="{SANDBOX}"></iframe>"""
COOKIES = ("_streamlit_user", "_streamlit_xsrf", "_streamlit_session")
# Read by name because this folder is not where that platform puts repositories; the rest only saves time.
TEST_SETTINGS = """KAIMEDIA_DISK = "temporary"
KAIMEDIA_SANDBOX_SPEED = "60"
KAIMEDIA_SANDBOX_MEDIA = "draft"
KAIMEDIA_POLL_S = "0.5"
"""
NOTICE = "What you make here is not kept."


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched([f"--host-resolver-rules=MAP {NAME} 127.0.0.1"]) as running:
        yield running


@contextmanager
def reached(host: Host) -> Iterator[str]:
    """The app's address as its visitors know it: below a path, in a frame of the platform's own page."""
    with cutting(PREFIX, host.port, OUTER, COOKIES) as address:
        yield address.replace("127.0.0.1", NAME)


@contextmanager
def visiting(browser: Browser, place: str) -> Iterator[tuple[Page, Frame]]:
    """A new visitor's tab, and the frame in it that shows the app."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    tab = context.new_page()
    tab.goto(place.removesuffix(PREFIX) + "/")
    yield tab, next(frame for frame in tab.frames if frame.parent_frame)
    context.close()


def offered(browser: Browser, place: str) -> list[str]:
    """The lines that the first visitor may copy, choice by choice."""
    with visiting(browser, place) as (_, view):
        expect(view.get_by_role("heading", level=1)).to_have_text("This app is not open to others yet")
        return view.locator("pre").all_inner_texts()


def with_storage(lines: str, database_url: str, bucket: Bucket) -> str:
    """The lines with those about storage filled in, as they ask for."""
    values = {"KAIMEDIA_DATABASE_URL": database_url, "KAIMEDIA_MEDIA_URL": bucket.url, **bucket.options}
    filled = []
    for line in lines.splitlines():
        name = line.removeprefix("# ").partition(" = ")[0]
        if name in values:
            line = f'{name} = "{values.pop(name)}"'
        elif name == "KAIMEDIA_SECRET_KEY":
            line = line.removeprefix("# ")
        filled.append(line)
    assert not values, f"the page does not name {sorted(values)}"
    return "\n".join(filled) + "\n"


def test_from_nothing_to_a_studio_that_survives_its_sleep(browser: Browser, postgres_url: str, bucket: Bucket) -> None:
    with hosted(is_writable=True) as host, reached(host) as place:
        host.start()
        sandbox_only, _, open_to_all = offered(browser, place)
        host.save_secrets(TEST_SETTINGS + sandbox_only)
        host.reboot()
        with visiting(browser, place) as (_, view):
            expect(view.locator(".st-key-prompt textarea")).to_be_visible()
            expect(view.locator(".st-key-disk_notice")).to_contain_text(NOTICE)
        assert "This host erases its disk" in host.log

        host.save_secrets(TEST_SETTINGS + with_storage(open_to_all, fresh_database(postgres_url), bucket))
        host.reboot()
        with visiting(browser, place) as (tab, view):
            watch = whole_job.Watch(tab, place, tab.url)
            expect(view.locator(".st-key-prompt textarea")).to_be_visible()
            expect(view.locator(".st-key-disk_notice")).to_have_count(0)
            whole_job.Job(tab, view).do()
            assert not watch.wrong and watch.files > 20, watch.wrong

        host.sleep_and_wake()
        with visiting(browser, place) as (tab, view):
            whole_job.open_page(view, "Gallery")
            job = whole_job.Job(tab, view)
            job.see_both()
            job.play_the_video()
        assert "Traceback" not in host.log


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "how", [pytest.param(RUN, id="by the command"), pytest.param(AS_SCRIPT, id="as a plain script")]
)
def test_a_checkout_that_cannot_be_written_to(browser: Browser, how: tuple[str, ...]) -> None:
    with hosted(how, is_writable=False) as host, reached(host) as place:
        writable = f'KAIMEDIA_DATA = "{host.home}/data"\nKAIMEDIA_MEDIA_URL = "{host.home}/media"\n'
        rules = f'KAIMEDIA_ACCESS = "open"\nKAIMEDIA_ALLOWED_HOSTS = "{NAME}"\n'
        host.save_secrets(TEST_SETTINGS + writable + rules)
        host.start()
        with visiting(browser, place) as (tab, view):
            expect(view.locator(".st-key-disk_notice")).to_contain_text(NOTICE)
            job = whole_job.Job(tab, view)
            job.make_the_image()
            whole_job.open_page(view, "Gallery")
            expect(job.card(job.image).locator("img.in")).to_have_count(1)
        assert "Traceback" not in host.log


@pytest.mark.exhaustive
def test_a_push_under_the_running_app_is_said_until_it_is_rebooted(browser: Browser) -> None:
    with hosted(is_writable=True) as host, reached(host) as place:
        host.save_secrets(TEST_SETTINGS + f'KAIMEDIA_ACCESS = "open"\nKAIMEDIA_ALLOWED_HOSTS = "{NAME}"\n')
        host.start()
        with visiting(browser, place) as (_, view):
            expect(view.locator(".st-key-prompt textarea")).to_be_visible()
        ui = host.checkout / "kaimedia" / "ui"
        main, state = ui / "main.py", ui / "state.py"
        main.write_text(main.read_text(encoding="utf-8").replace("plain_host.begin()", "state.of_the_new_version()"))
        state.write_text(state.read_text(encoding="utf-8") + "\n\ndef of_the_new_version() -> None:\n    pass\n")

        def is_said() -> bool:
            with visiting(browser, place) as (_, view):
                problem = view.locator(".k-problem")
                expect(problem).to_be_visible()
                return "The code on disk has changed. Restart the app. Your work is saved." in problem.inner_text()

        wait_for(is_said, "the words about the new code", 60)
        host.reboot()
        with visiting(browser, place) as (_, view):
            expect(view.locator(".st-key-prompt textarea")).to_be_visible()
