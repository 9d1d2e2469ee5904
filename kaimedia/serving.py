"""Whether this process serves our routes; a host that runs the pages as a plain script has none."""

from __future__ import annotations


class Serving:
    """Known before the app is open, so it has a module of its own that imports nothing."""

    has_routes = False  # True once our routes are mounted: set before the first page can run
