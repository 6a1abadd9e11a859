"""What is due for a lot under the terms of its sale: every step, exact, provisional and final."""
