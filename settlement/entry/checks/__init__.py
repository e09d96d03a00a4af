"""What `pozk check` tests."""
