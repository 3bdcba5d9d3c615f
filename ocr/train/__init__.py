"""Training the digit network: needs the extra `train`; nothing of it is imported when photos are read."""
