"""Dagster assets: factories without provider names."""
