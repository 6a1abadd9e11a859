"""Pure: facts in, findings out. Engines never import one another and never see the book."""
