"""Open the app for one command, close it cleanly, and turn errors into messages and exit codes."""

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
from kaimedia.cli.exits import Exit, of_error
from kaimedia.cli.output import answer_error, say
from kaimedia.config import Config
from kaimedia.context import AppContext, open_context
from kaimedia.errors import KaimediaError

log = logging.getLogger("kaimedia.cli")

# The longest a paid call may take: an interrupted one has an unknown outcome.
SHUTDOWN_TIMEOUT_S = 180.0


def run(command: Callable[[Namespace], Exit], args: Namespace) -> int:
    """Run a command; print errors of the app, and exit cleanly on Ctrl+C and SIGTERM."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a prompt may contain characters this terminal cannot show
    try:
        return int(command(args))
    except KaimediaError as error:
        answer_error(error, as_json=args.json)
        return int(of_error(error))
    except KeyboardInterrupt:
        say("Interrupted. Submitted tasks continue when the app or a worker runs.")
        return int(Exit.INTERRUPTED)
    except BrokenPipeError:  # the reader of the pipe has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(Exit.FAILED)
    finally:
        signal.signal(signal.SIGTERM, before)


def load_config(*, is_quiet: bool = False) -> Config:
    """Load the settings and set up logging: warnings, or only errors with `is_quiet`, unless a level is set."""
    config = configuration.load()
    is_default = config.origins["KAIMEDIA_LOG"].source == "default"
    level = "error" if is_quiet else "warning"
    logs.setup(level if is_default else config.log_level, as_json=config.log_json)
    return config


@contextmanager
def open_app(*, runs_tasks: bool, is_quiet: bool = False) -> Iterator[AppContext]:
    """Open the app for the block; `runs_tasks` starts the engine unless the settings turn it off."""
    config = load_config(is_quiet=is_quiet)
    context = open_context(config, run_engine=None if runs_tasks else False, applies_webhook_setting=False)
    try:
        yield context
    finally:
        if context.engine.is_running:
            context.engine.stop(SHUTDOWN_TIMEOUT_S)
        context.close()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
