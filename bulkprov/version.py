"""The version of this package; the build takes it from here."""

__all__ = ["__version__"]

__version__ = "0.1.0"
