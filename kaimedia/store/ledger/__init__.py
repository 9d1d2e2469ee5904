"""What tasks cost: entries that are only ever added, limits, and the balances providers reported."""
