"""What can be said: quantities, substances, lots, events, claims. No I/O, no clock, no database."""
