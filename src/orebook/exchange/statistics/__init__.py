"""Files of official statistics that a reader downloads, with hash, place and gaps kept."""
