"""Where every gram came from: shares of origin over a network of flows, forward and backward."""
