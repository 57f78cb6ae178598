"""Make an empty house for the gates that compile models, and print dbt's environment for it.

`make check` runs it with a data folder of its own, so that no gate touches anybody's data.
"""

from pipelines.settings import settings
from warehouse.lake import install_extensions


def main() -> None:
    """Write an empty plan, unpack the extensions, print `NAME=value` words for `env`."""
    layout = settings().layout
    for folder in (layout.plan.parent, layout.lake_catalog.parent, layout.lake_data):
        folder.mkdir(parents=True, exist_ok=True)
    layout.plan.write_text("[]", "utf-8")
    install_extensions(layout.extensions)
    print(*(f"{name}={value}" for name, value in settings().dbt_environment.items()))


if __name__ == "__main__":
    main()
