from tests.imports.conftest import engine, sample, shared

__all__ = ["engine", "sample", "shared"]
