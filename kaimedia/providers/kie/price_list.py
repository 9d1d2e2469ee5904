"""kie.ai's price list, which its site shows at kie.ai/pricing. Public, paged, 100 rows at most at once."""

from __future__ import annotations

from kaimedia.domain import ListedPrice
from kaimedia.errors import UnexpectedResponse
from kaimedia.providers.http.pacing import Pacing
from kaimedia.providers.kie.http.transport import Transport
from kaimedia.providers.kie.parsing import listed_prices
from kaimedia.providers.kie.parsing.envelope import checked

PATH = "/client/v1/model-pricing/page"
PAGE_ROWS = 100
_MAX_PAGES = 40  # it had six in autumn 2026


def read(transport: Transport, pace: Pacing) -> tuple[ListedPrice, ...]:
    """Every row of the list, page by page.

    Raises:
        AuthFailed, RateLimited, ProviderUnavailable, RequestRejected: a page was not returned.
        UnexpectedResponse: the list is empty, endless or cannot be read.
    """
    found: list[ListedPrice] = []
    for page in range(1, _MAX_PAGES + 1):
        pace.poll(None)
        envelope = checked(transport.post_read(PATH, {"pageNum": page, "pageSize": PAGE_ROWS}))
        rows = listed_prices.records(envelope.data)
        found += listed_prices.read(rows)
        if len(rows) < PAGE_ROWS:
            break
    else:
        raise UnexpectedResponse("kie.ai's price list does not end.")
    if not found:
        raise UnexpectedResponse("kie.ai's price list is empty.")
    return tuple(found)
