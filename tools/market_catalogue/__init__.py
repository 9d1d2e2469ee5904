"""Take the market models of the catalog over from a data set; run as `python -m tools.market_catalogue`."""
