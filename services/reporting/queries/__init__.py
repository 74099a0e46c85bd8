"""What can be asked about the figures: the true counts. What may be shown of them is decided in `shown`."""
