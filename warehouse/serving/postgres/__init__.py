"""PostgreSQL as serving database: the marts behind roles and row-level security."""
