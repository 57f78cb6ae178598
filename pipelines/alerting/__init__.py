"""Alerts: what stands, in whose words, to whom."""
