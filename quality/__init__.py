"""Is it fit: what arrived, what was published, and whether it is still true."""
