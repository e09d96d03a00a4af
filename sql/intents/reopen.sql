-- Opens intents again whose nonce the chain has not used: their blocks were reorganised away, or the node lags.
UPDATE pozk.intents
SET state = 'open', block_number = NULL, gas_used = NULL, is_final = false
WHERE sender = %(sender)s AND nonce >= %(nonce)s AND state IN ('mined', 'reverted', 'cancelled');
