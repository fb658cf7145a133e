"""What customers are worth: cohorts and months."""
