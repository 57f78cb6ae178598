"""GCP bills: billing export tables in BigQuery, or extracts of them in a folder."""
