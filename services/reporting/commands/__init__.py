"""What changes the reporting database: taking events into the projections, and the register of sites."""
