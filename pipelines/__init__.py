"""What sets work in motion: by clock (Dagster) or by hand (the `finhouse` command)."""
