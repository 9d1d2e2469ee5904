"""All faults the sandbox can simulate, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """When a fault takes effect."""

    CREATE = "create"  # the paid call
    POLL = "poll"  # a poll of a task
    OUTCOME = "outcome"  # how and when the task ends
    RECORD = "record"  # the shape of the task's record
    DOWNLOAD = "download"  # the result's bytes
    UPLOAD = "upload"
    CALLBACK = "callback"


class Unit(StrEnum):
    """What a fault's amount counts."""

    TIMES = "times"  # active the first N times only
    AGE_S = "age_s"  # active while the task is younger than N simulated seconds
    VALUE = "value"  # active every time; the amount is the fault's own parameter


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: when it takes effect, its default amount (None = every time), what it does."""

    name: str
    scope: Scope
    amount: float | None
    meaning: str
    unit: Unit = Unit.TIMES


def _of(scope: Scope, *rows: tuple[str, float | None, str]) -> tuple[Fault, ...]:
    return tuple(Fault(name, scope, amount, meaning) for name, amount, meaning in rows)


FAULTS: tuple[Fault, ...] = (
    *_of(
        Scope.CREATE,
        ("create_401", None, "rejected: code 401 without a data key"),
        ("create_402", None, "rejected: credits insufficient, code 402"),
        ("create_402_as_500", None, "rejected: 402's text with code 500"),
        ("create_422", None, "rejected: a validation error"),
        ("create_policy", None, "rejected: the prompt is flagged"),
        ("create_429", 1, "not accepted: code 429 with HTTP 200"),
        ("create_429_http", 1, "not accepted: a real HTTP 429 with Retry-After: 1"),
        ("create_430", 1, "not accepted: call frequency too high, code 430"),
        ("create_433", None, "rejected: the key's own limit is reached, code 433"),
        ("create_451", None, "rejected: the reference cannot be fetched, code 451"),
        ("create_455", 1, "not accepted: maintenance, code 455"),
        ("create_500", None, "rejected: server error, code 500, nothing accepted or charged"),
        ("create_550", 1, "not accepted: queue full, code 550"),
        ("create_html502", None, "a gateway page with HTTP 502; nothing accepted"),
        ("create_reset", None, "the connection closes without a response; nothing accepted"),
        ("create_accepted_html502", None, "accepted and charged, then a gateway page with HTTP 502"),
        ("create_accepted_reset", None, "accepted and charged, then the connection closes without a response"),
        ("create_accepted_truncated", None, "accepted and charged, the reply's JSON is cut off"),
        ("create_accepted_no_id", None, "accepted and charged, the reply has code 200 and data null"),
    ),
    Fault(
        "create_accepted_timeout",
        Scope.CREATE,
        30,
        "accepted and charged, the reply comes N real seconds late",
        Unit.VALUE,
    ),
    *_of(
        Scope.POLL,
        ("html502", 3, "a gateway page with HTTP 502"),
        ("empty", 3, "an empty body"),
        ("truncated", 3, "JSON that is cut off"),
        ("array", 3, "a JSON array instead of an object"),
        ("data_null", 3, "code 200 with data null"),
        ("poll_401", 1, "code 401 without a data key"),
        ("poll_404", 1, "code 404"),
        ("poll_429", 3, "code 429 with HTTP 200"),
        ("poll_429_http", 3, "a real HTTP 429 with Retry-After: 1"),
        ("poll_430", 3, "code 430"),
        ("poll_433", 1, "code 433"),
        ("poll_451", 1, "code 451"),
        ("poll_455", 3, "code 455"),
        ("poll_500", 3, "code 500"),
        ("poll_550", 3, "code 550"),
        ("poll_reset", 3, "the connection closes without a response"),
        ("code_505_with_data", None, "code 505 with msg success and the real record"),
        ("code_as_string", None, "the envelope's code is a string"),
        ("data_as_string", None, "data is a string that holds JSON"),
        ("no_envelope", None, "the record's fields at the root, no data key"),
    ),
    Fault("record_missing", Scope.POLL, 5, "unknown record (Runway: data null) for N simulated seconds", Unit.AGE_S),
    Fault("poll_timeout", Scope.POLL, 30, "no response for N real seconds", Unit.VALUE),
    *_of(
        Scope.OUTCOME,
        ("policy", None, "fails: the prompt is flagged, with the family's own message"),
        ("fail", None, "fails while generating, code 500"),
        ("fail_501", None, "fails while generating, code 501"),
        ("fail_408", None, "fails: upstream produced nothing for 10 minutes, code 408"),
        ("internal_error", None, "fails opaquely: 'Internal Error', no error code, flag 3"),
        ("flag3", None, "fails with flag 3 (runway, jobs: as fail)"),
        ("stuck", None, "never ends"),
    ),
    Fault("slow", Scope.OUTCOME, 900, "takes N simulated seconds", Unit.VALUE),
    *_of(
        Scope.RECORD,
        (
            "urls_json_string",
            None,
            "the list of links is a string that holds JSON (not runway, which has a single link; also below)",
        ),
        ("urls_bracket", None, "the list of links is an unquoted bracket list"),
        ("urls_plain", None, "a single link instead of a list"),
        ("urls_objects", None, "the list holds objects with a url"),
        ("urls_works", None, "works instead of a list, each with its link in resource.resource"),
        ("urls_snake", None, "the key is result_urls"),
        ("response_as_string", None, "the response object is a string that holds JSON (gpt4o, veo)"),
        ("flag_string", None, "successFlag is a string"),
        ("flag_true", None, "successFlag is true instead of 1"),
        ("unknown_state", None, "an undocumented state while it runs (gpt4o, veo: flag 7)"),
        ("state_upper", None, "states in upper case"),
        ("progress_100", None, "progress is the string 100 while it runs (gpt4o, jobs)"),
        ("progress_50", None, "progress is the number 50 while it runs (gpt4o, jobs)"),
        ("progress_null", None, "progress is null (gpt4o, Sora)"),
        ("progress_absent", None, "no progress key (gpt4o, Sora)"),
        ("times_as_text", None, "times as YYYY-MM-DD HH:MM:SS"),
        ("expired", None, "Runway's expireFlag is 1 and the link is dead (all families: the link)"),
        ("success_without_url", 3, "success without a link for the first N polls"),
    ),
    Fault("links_extra", Scope.RECORD, 20, "the list holds N more links than requested", Unit.VALUE),
    Fault("record_of_another", Scope.RECORD, 3, "the first N finished records name another task's id"),
    *_of(
        Scope.DOWNLOAD,
        ("dead_link", None, "the result link answers 404"),
        ("unsigned_link", None, "the result link answers 403; a link signed by common/download-url works"),
        ("download_503", 2, "the result link answers 503"),
        ("download_truncated", 1, "the connection closes after half of the bytes"),
        ("download_html", None, "a web page instead of the result"),
        ("download_empty", None, "no bytes with HTTP 200"),
        ("download_away", None, "redirects to a private address that must not be fetched"),
        ("odd_encoding", None, "Content-Encoding says aws-chunked, the body is the plain file"),
        ("gzip_encoding", None, "the body is the file in gzip, with the matching header"),
        ("file_cut", None, "half of the file, sent as if it were complete"),
        ("file_avif", None, "an AVIF image instead of the result"),
        ("file_tiff", None, "a TIFF image instead of the result, which browsers do not show"),
        ("wrong_type", None, "the content type is text/plain"),
        ("wrong_extension", None, "the link ends in an extension that does not match the bytes"),
    ),
    Fault("download_slow", Scope.DOWNLOAD, 10, "the bytes arrive slowly, over N real seconds", Unit.VALUE),
    *_of(
        Scope.UPLOAD,
        ("upload_500", 1, "the upload host answers HTTP 500"),
        ("upload_401", None, "the upload host answers HTTP 401"),
        ("upload_reset", 1, "the connection closes without a response"),
        ("upload_lost", None, "the upload succeeds, but its link is dead"),
    ),
    *_of(
        Scope.CALLBACK,
        ("callback_twice", None, "each callback is delivered twice"),
        ("callback_lost", None, "no callback is sent"),
        ("callback_unsigned", None, "callbacks lack their signature headers"),
        ("callback_forged", None, "callbacks carry a wrong signature"),
    ),
)
BY_NAME = {fault.name: fault for fault in FAULTS}
