"""The page for who reads it without scripts: the documents of the API as headings, facts and tables, all of it text."""
