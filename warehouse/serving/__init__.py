"""Doors to the published marts for readers."""
