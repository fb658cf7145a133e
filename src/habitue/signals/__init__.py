"""What we believe: the customers' segments and value, one package per area."""
