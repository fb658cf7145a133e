"""What customers need next: categories, products, and when."""
