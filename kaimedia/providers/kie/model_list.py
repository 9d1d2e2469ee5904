"""kie.ai's own list of models, and the schema of one.

Source: kie.ai's instructions for agents (kie-models), state of 2026-10. The list is complete in one reply; list and
schemas share one request per second per account, and a request above that gets code 429.
"""

from __future__ import annotations

from urllib.parse import quote

from kaimedia.domain import InputSchema, ListedModel
from kaimedia.errors import RateLimited
from kaimedia.providers.http.pacing import Pacing
from kaimedia.providers.kie.http.transport import Transport
from kaimedia.providers.kie.parsing import listed_models, openapi
from kaimedia.providers.kie.parsing.envelope import Envelope, checked

PATH = "/api/v1/models"
_TRIES = 4


class KieModelList:
    """Reads them, each request in its turn; as thread-safe as the transport."""

    def __init__(self, transport: Transport, pace: Pacing) -> None:
        self._transport = transport
        self._pace = pace

    def all(self) -> tuple[ListedModel, ...]:
        """Every model that kie.ai lists, of all kinds.

        Raises:
            AuthFailed, RateLimited, ProviderUnavailable, RequestRejected: no list was returned.
            UnexpectedResponse: it is empty or cannot be read.
        """
        return listed_models.read(self._get(PATH).data)

    def input_schema(self, model_id: str) -> InputSchema:
        """What the create call of one model takes; raises as `all`."""
        return openapi.input_schema(self._get(f"{PATH}/{quote(model_id, safe='/')}/schema").data)

    def _get(self, path: str) -> Envelope:
        """Read, again after a reply that it is too soon: another program may use the same account.

        Raises:
            RateLimited: it was too soon each time.
        """
        for _ in range(_TRIES):
            self._pace.poll(None)
            try:
                return checked(self._transport.get(path))
            except RateLimited as error:
                limited = error
        raise RateLimited("kie.ai limits how often its list of models is read.", retry_after_s=1.0) from limited
