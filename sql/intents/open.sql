-- Grain: one row, the number of an intent that is opened.
INSERT INTO pozk.intents (purpose, subject, sender, nonce) VALUES (%(purpose)s, %(subject)s, %(sender)s, %(nonce)s)
RETURNING id;
