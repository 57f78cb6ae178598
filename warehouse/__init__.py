"""Where bytes lie and who may see them. No Dagster, no cloud SDK."""
