"""Backups of a whole house: registry, catalog, lake and landing as they were at one instant."""
