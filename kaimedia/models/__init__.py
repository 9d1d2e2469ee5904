"""What can be made: models, their inputs, prices and rules, as data. Knows no provider."""
