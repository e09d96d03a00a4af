"""What a chain commits to: headers, receipts, tries, blooms, Keccak."""
