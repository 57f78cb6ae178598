"""Great Expectations at the two doors: of what landed into the ledger, of the marts to readers."""
