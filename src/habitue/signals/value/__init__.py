"""What customers are worth: cohorts, months, and what each will spend."""
