"""What is sent and paid: claims, distribution, transactions, the committee."""
