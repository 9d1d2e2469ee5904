"""`python -m kaimedia webhooks`: where events are sent, and what was delivered."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any

from kaimedia.cli.exits import Exit
from kaimedia.cli.output import answer_json, moment, one_line, say
from kaimedia.cli.runner import open_app
from kaimedia.domain.webhook import Delivery, DeliveryStatus, WebhookEndpoint
from kaimedia.studio import WebhookService, problem_text, webhook_step


def webhooks(args: Namespace) -> Exit:
    """Do what was asked for, by default list the endpoints.

    Raises:
        InvalidRequest: an address or a name cannot be used.
        NotFound: there is no webhook with this number.
        Conflict: the settings name it, so it cannot be removed here.
    """
    with open_app(runs_tasks=False) as context:
        return _ACTIONS[args.action or "list"](context.studio.webhooks, args)


def _list(service: WebhookService, args: Namespace) -> Exit:
    found = [(endpoint, service.last_delivery(endpoint.id)) for endpoint in service.endpoints()]
    if args.json:
        answer_json({"items": [_endpoint(service, *each) for each in found]})
        return Exit.DONE
    for endpoint, last in found:
        state = "paused" if endpoint.paused_at else _state(last) if last else "nothing sent yet"
        if service.is_no_longer_set(endpoint):
            state = f"no longer set, still used until removed; {state}"
        name, host = one_line(endpoint.name, 24), one_line(endpoint.host, 32)
        print(f"{endpoint.id:4}  {name:24}  {host:32}  {endpoint.format:8}  {state}")
    if not found:
        say("There are no webhooks. `webhooks add URL` adds one.")
    return Exit.DONE


def _add(service: WebhookService, args: Namespace) -> Exit:
    endpoint, secret = service.add(args.url, name=args.name, format=args.format)
    if args.json:
        answer_json(_endpoint(service, endpoint, None) | {"secret": secret})
        return Exit.DONE
    say(f"Added as {endpoint.id}. `webhooks test {endpoint.id}` sends a test.")
    if secret:
        say("Copy the secret now; it is not shown again.")
        print(secret)
    return Exit.DONE


def _test(service: WebhookService, args: Namespace) -> Exit:
    delivery = service.test(args.id)
    if args.json:
        answer_json(_delivery(delivery))
    else:
        _say_state(delivery)
    return Exit.DONE if delivery.status is DeliveryStatus.DELIVERED else Exit.FAILED


def _pause(service: WebhookService, args: Namespace) -> Exit:
    service.set_paused(args.id, is_paused=args.action == "pause")
    say("Paused: its events wait." if args.action == "pause" else "Resumed.")
    return _list(service, args)


def _remove(service: WebhookService, args: Namespace) -> Exit:
    service.remove(args.id)
    say("Removed.")
    return _list(service, args)


def _deliveries(service: WebhookService, args: Namespace) -> Exit:
    status = DeliveryStatus(args.status) if args.status else None
    found = service.deliveries(args.limit, before=args.before, status=status)
    if args.json:
        answer_json({"items": [_delivery(each) for each in found]})
        return Exit.DONE
    for each in found:
        what = f"{each.event.value:15}  {each.task_id[:8]:8}"
        print(f"{each.id:6}  {each.at:%Y-%m-%d %H:%M:%S}  {what}  {each.endpoint_id:4}  {_state(each)}")
    if not found:
        say("Nothing was sent yet.")
    return Exit.DONE


def _resend(service: WebhookService, args: Namespace) -> Exit:
    number = service.send_again(args.ids)
    if args.json:
        answer_json({"resent": number})
    else:
        say(f"{number} of {len(args.ids)} will be sent again; the others were delivered, or do not exist.")
    return Exit.DONE if number else Exit.NOT_FOUND


_ACTIONS: Mapping[str, Callable[[WebhookService, Namespace], Exit]] = {
    "list": _list,
    "add": _add,
    "test": _test,
    "pause": _pause,
    "resume": _pause,
    "remove": _remove,
    "deliveries": _deliveries,
    "resend": _resend,
}


def _state(delivery: Delivery) -> str:
    attempts = f"{delivery.attempts} attempt{'' if delivery.attempts == 1 else 's'}"
    problem = problem_text(delivery)
    return f"{delivery.status.value}, {attempts}{f': {problem}' if problem else ''}"


def _say_state(delivery: Delivery) -> None:
    say(f"{_state(delivery)[:1].upper()}{_state(delivery)[1:]}.")
    if step := webhook_step(delivery):
        say(step)


def _endpoint(service: WebhookService, endpoint: WebhookEndpoint, last: Delivery | None) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "name": endpoint.name,
        "host": endpoint.host,
        "format": endpoint.format,
        "is_from_settings": endpoint.is_from_settings,
        "is_no_longer_set": service.is_no_longer_set(endpoint),
        "made_at": moment(endpoint.made_at),
        "paused_at": moment(endpoint.paused_at),
        "last_delivery": _delivery(last) if last else None,
    }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "webhook_id": delivery.endpoint_id,
        "event_id": delivery.event_id,
        "event": delivery.event,
        "task_id": delivery.task_id or None,
        "at": moment(delivery.at),
        "status": delivery.status,
        "attempts": delivery.attempts,
        "due_at": moment(delivery.due_at),
        "last_attempt_at": moment(delivery.last_attempt_at),
        "delivered_at": moment(delivery.delivered_at),
        "http_status": delivery.http_status,
        "problem": delivery.problem,
        "detail": problem_text(delivery),
        "next_step": webhook_step(delivery),
    }
