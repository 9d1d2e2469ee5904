"""`python -m kaimedia batch`: many prompts at once, one on each line or from a CSV file."""

from __future__ import annotations

import hashlib
import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from kaimedia.cli.batch_output import answer_batch, ask, wait_until_batch_ended
from kaimedia.cli.exits import Exit
from kaimedia.cli.runner import open_app
from kaimedia.cli.typed_input import TypedInput
from kaimedia.cli.typed_request import TypedRequest, once_key
from kaimedia.domain import BatchKind, GenerationRequest
from kaimedia.errors import InvalidRequest
from kaimedia.models.spec import ModelSpec
from kaimedia.studio import Preset, Studio, prompt_choices, prompt_table
from kaimedia.studio.seeds import with_seeds

_TABLES = (".csv", ".tsv")
_FILLER = "x"  # stands for the prompt until its own is known


def batch(args: Namespace) -> Exit:
    """Submit the prompts of a file as one batch, after a confirmation of its total price."""
    key = once_key(args.once)
    data = read_file(args.file)
    inputs = tuple(TypedInput.read(text) for text in args.reference or ())
    typed = TypedRequest(args, _FILLER, inputs)
    body_sha256 = _fingerprint(typed, data, args)
    with open_app(runs_tasks=args.wait, is_quiet=args.quiet) as context:
        studio = context.studio
        known = studio.batches.find_by_key(key, body_sha256) if key else None
        if known is None:
            requests = requests_of(studio, typed, data, args)
            ask(studio, BatchKind.PROMPTS, requests, args)
            name = args.name or ("" if args.file == "-" else Path(args.file).name)
            known = studio.batches.submit(
                BatchKind.PROMPTS, requests, name=name, idempotency_key=key, body_sha256=body_sha256
            )
        code = wait_until_batch_ended(studio, known.id, args) if args.wait else Exit.DONE
        answer_batch(studio, known.id, args)
        return code


def _fingerprint(typed: TypedRequest, data: bytes, args: Namespace) -> str:
    parts = [typed.fingerprint(), hashlib.sha256(data).hexdigest(), args.seeds, args.csv, args.name]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def read_file(file: str) -> bytes:
    """The bytes of a file or stdin, at most one more than may be used."""
    try:
        if file == "-":
            stream = getattr(sys.stdin, "buffer", None)
            return stream.read(prompt_table.MAX_BYTES + 1) if stream else sys.stdin.read().encode()
        with Path(file).open("rb") as opened:
            return opened.read(prompt_table.MAX_BYTES + 1)
    except OSError as error:
        raise InvalidRequest(f"The file “{file[:80]}” cannot be read: {error.strerror}.", field="file") from error


def requests_of(studio: Studio, typed: TypedRequest, data: bytes, args: Namespace) -> list[GenerationRequest]:
    """The requests of a file: one prompt on each line, or a table."""
    style = studio.styles.get(args.style) if args.style is not None else None
    if args.csv or args.file.lower().endswith(_TABLES):
        found = _of_table(studio, typed, data, style)
    else:
        found = _of_lines(studio, typed, data, style)
    return [each for request in found for each in with_seeds(request, args.seeds, models=studio.catalog.lookup)]


def _of_lines(studio: Studio, typed: TypedRequest, data: bytes, style: Preset | None) -> Sequence[GenerationRequest]:
    try:
        prompts = prompt_choices.prompts(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidRequest("The text is not UTF-8.", field="file") from error
    if not prompts:
        raise InvalidRequest("There is no prompt. Write one on each line.", field="file")
    base = typed.request(studio)
    return [replace(base, prompt=style.around(prompt) if style else prompt) for prompt in prompts]


def _of_table(studio: Studio, typed: TypedRequest, data: bytes, style: Preset | None) -> Sequence[GenerationRequest]:
    @cache
    def request_of(model_id: str) -> GenerationRequest:
        own = Namespace(**{**vars(typed.args), "model": model_id})
        return replace(typed, args=own).request(studio)

    def base(spec: ModelSpec) -> GenerationRequest:
        return replace(request_of(spec.id), prompt="")

    model_id = typed.args.model or typed.request(studio).model
    around = style.around if style else str
    return prompt_table.requests_of(data, model_id, base, around, studio.catalog.lookup)
