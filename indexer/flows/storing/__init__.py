"""What is verified into the lake, in one commit with the cursor that says so; and what the lake says of itself."""
