"""Who gets what from a project under terms that may be unknown: yearly flows, take, intervals."""
