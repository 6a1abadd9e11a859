"""Promises against what the book holds of deliveries: kept, late, partly, or what cannot be "
"told."""

from orebook.engines.promises.match import OUTCOMES, VERSION, promises, royalty_tonnes

__all__ = ["OUTCOMES", "VERSION", "promises", "royalty_tonnes"]
