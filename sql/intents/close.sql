-- Records what became of an intent, by the block that says so.
UPDATE pozk.intents
SET state = %(state)s, block_number = %(block_number)s, gas_used = %(gas_used)s, is_final = false
WHERE id = %(id)s;
