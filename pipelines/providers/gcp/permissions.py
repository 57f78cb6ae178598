"""The roles that reading a billing export needs: for refusals and for the script."""

from typing import Final

DATA_ROLE: Final = "roles/bigquery.dataViewer"
"""On the dataset: its description, its tables' and their rows."""
JOB_ROLE: Final = "roles/bigquery.jobUser"
"""On the project that runs the queries: to start them."""
