"""The project's SQL, one file a step or a named query, read as package data."""

from importlib import resources


def load_sql(name: str, package: str = __name__) -> str:
    """Return the text of `sql/<name>.sql`, e.g. `load_sql("epochs/by_clock")`; FileNotFoundError if there is none."""
    return resources.files(package).joinpath(f"{name}.sql").read_text(encoding="utf-8")


def list_sql(folder: str, package: str = __name__) -> list[str]:
    """Return the names below `sql/<folder>`, ascending, each as `load_sql` takes it."""
    files = resources.files(package).joinpath(folder).iterdir()
    return sorted(f"{folder}/{file.name[:-4]}" for file in files if file.name.endswith(".sql"))


def has_sql(folder: str, package: str = __name__) -> bool:
    """Return whether there is a folder `sql/<folder>`."""
    return resources.files(package).joinpath(folder).is_dir()
