"""Open the house for one command, end it in order, and turn errors into words and exit codes."""

from __future__ import annotations

import logging
import os
import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from types import FrameType

from kaimedia import config as configuration
from kaimedia import log as logs
from kaimedia.bootstrap import House, open_house
from kaimedia.commands.exits import Exit, of_error
from kaimedia.commands.output import answer_error, say
from kaimedia.config import Config
from kaimedia.errors import KaimediaError

log = logging.getLogger("kaimedia.commands")

# As long as the longest paid call may take: one that is cut short has an unknown outcome.
LET_CALLS_END_S = 180.0


def run(command: Callable[[Namespace], Exit], chosen: Namespace) -> int:
    """Run a command; errors of the house become sentences, Ctrl+C and SIGTERM an orderly end."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a prompt may hold what this terminal cannot write
    try:
        return int(command(chosen))
    except KaimediaError as error:
        answer_error(error, as_json=chosen.json)
        return int(of_error(error))
    except KeyboardInterrupt:
        say("Interrupted. What was already asked for goes on when the app or a worker runs.")
        return int(Exit.INTERRUPTED)
    except BrokenPipeError:  # whoever read our answer has enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(Exit.FAILED)
    finally:
        signal.signal(signal.SIGTERM, before)


def load_config(*, is_quiet: bool = False) -> Config:
    """The settings, with logging set up: warnings only, with `is_quiet` errors only, unless a level is set."""
    config = configuration.load()
    is_default = config.origins["KAIMEDIA_LOG"].source == "default"
    usual = "error" if is_quiet else "warning"
    logs.setup(usual if is_default else config.log_level, as_json=config.log_json)
    return config


@contextmanager
def opened(*, works: bool, is_quiet: bool = False) -> Iterator[House]:
    """The house for as long as the block lasts; with `works` the engine runs, unless the settings say otherwise."""
    house = open_house(load_config(is_quiet=is_quiet), run_engine=None if works else False)
    try:
        yield house
    finally:
        if house.engine.is_running:
            house.engine.stop(LET_CALLS_END_S)
        house.close()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
