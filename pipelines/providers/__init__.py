"""Where bills come from: one folder per provider, each the only home of its cloud SDK."""
