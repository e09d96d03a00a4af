-- Marks what a final block decided; it is not looked at again.
UPDATE pozk.intents
SET is_final = true
WHERE id = %(id)s;
