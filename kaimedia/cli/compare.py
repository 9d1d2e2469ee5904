"""`python -m kaimedia compare`: one prompt and the same inputs to several models."""

from __future__ import annotations

import hashlib
import json
from argparse import Namespace
from dataclasses import replace

from kaimedia.cli.batch_output import answer_batch, ask, wait_until_batch_ended
from kaimedia.cli.exits import Exit
from kaimedia.cli.runner import open_app
from kaimedia.cli.typed_request import TypedRequest, once_key
from kaimedia.domain import BatchKind


def compare(args: Namespace) -> Exit:
    """Submit a comparison after a confirmation of its total price."""
    key = once_key(args.once)
    models = [model.strip() for model in args.models.split(",") if model.strip()]
    typed = TypedRequest.read(args)
    body_sha256 = hashlib.sha256(json.dumps([typed.fingerprint(), models, args.blind]).encode()).hexdigest()
    with open_app(runs_tasks=args.wait, is_quiet=args.quiet) as context:
        studio = context.studio
        known = studio.batches.find_by_key(key, body_sha256) if key else None
        if known is None:
            each = [replace(typed, args=Namespace(**{**vars(args), "model": model})) for model in models]
            requests = [one.request(studio) for one in each]
            ask(studio, BatchKind.COMPARISON, requests, args)
            known = studio.batches.submit(
                BatchKind.COMPARISON, requests, is_blind=args.blind, idempotency_key=key, body_sha256=body_sha256
            )
        code = wait_until_batch_ended(studio, known.id, args) if args.wait else Exit.DONE
        answer_batch(studio, known.id, args)
        return code
