"""Pictures of the published marts, each a marimo notebook that is also a dashboard."""
