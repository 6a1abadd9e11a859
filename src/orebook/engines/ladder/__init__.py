"""From a headline to what tonnage, grade and class back, step by step; nothing is scaled up."""
