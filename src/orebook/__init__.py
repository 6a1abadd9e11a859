"""Orebook: an open book for critical-mineral supply chains.

It shows whether statements agree; it does not prove that the rock is the rock.
"""

__version__ = "0.1.0"
