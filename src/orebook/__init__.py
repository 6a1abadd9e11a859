"""Orebook: an open book for critical-mineral supply chains.

It shows whether statements agree; it does not prove that the rock is the rock.
"""

import os

__version__ = "0.1.0"

# Verdicts are equal to the byte on one thread only, and the short kernels here are slower on two.
# Must stand before numpy is first imported; who wants more threads sets the variable.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
