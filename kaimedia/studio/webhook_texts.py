"""What is said about a delivery, made from its codes; the same on all surfaces."""

from __future__ import annotations

from kaimedia.domain.webhook import Delivery, DeliveryProblem, DeliveryStatus

_PROBLEMS = {
    DeliveryProblem.ADDRESS_REFUSED: "The address is not allowed",
    DeliveryProblem.UNREACHABLE: "The receiver could not be reached",
    DeliveryProblem.TIMED_OUT: "No answer within 10 seconds",
    DeliveryProblem.REDIRECTED: "It redirects to another address (HTTP {status})",
    DeliveryProblem.BAD_STATUS: "The receiver answered HTTP {status}",
    DeliveryProblem.UNREADABLE: "The stored address or secret cannot be decrypted",
    DeliveryProblem.INTERNAL: "The message could not be made or sent because of an error in the app",
}
_STEPS = {
    DeliveryProblem.ADDRESS_REFUSED: "Use a public https address, or add its host to KAIMEDIA_TRUSTED_HOSTS.",
    DeliveryProblem.UNREACHABLE: "Check that the receiver is running.",
    DeliveryProblem.TIMED_OUT: "Let the receiver answer first and do its work afterwards.",
    DeliveryProblem.REDIRECTED: "Enter the address that it redirects to.",
    DeliveryProblem.BAD_STATUS: "See the receiver’s log for the reason.",
    DeliveryProblem.UNREADABLE: "The app’s secret key changed: remove the webhook and add it again.",
    DeliveryProblem.INTERNAL: "See the app’s log for the error.",
}


def problem_text(delivery: Delivery) -> str | None:
    """Why the last attempt failed, without a period; None if it did not, or there was none."""
    if delivery.problem is None:
        return None
    return _PROBLEMS[delivery.problem].format(status=delivery.http_status)


def webhook_step(delivery: Delivery) -> str | None:
    """What the user can do about it; None if nothing is wrong."""
    if delivery.problem is None:
        return None
    step = _STEPS[delivery.problem]
    return f"{step} Then send it again." if delivery.status is DeliveryStatus.FAILED else step
