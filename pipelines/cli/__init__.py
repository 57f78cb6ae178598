"""The `finhouse` command: one file per noun."""
