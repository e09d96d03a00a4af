"""What routes read from, and how they answer: parameters, pages by keys, documents with ETags."""
