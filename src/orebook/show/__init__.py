"""Findings said in words, numbers and pictures: the same for page, PDF, notebook and terminal."""
