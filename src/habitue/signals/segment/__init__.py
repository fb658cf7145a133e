"""Groups of customers: named RFM, lifecycle stages, their movement and their profiles."""
