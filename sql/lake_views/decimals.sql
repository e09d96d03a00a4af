-- Grain: no rows. Where the point stands in amounts of the tokens that are known, and which token is the network's own.
SET VARIABLE token_decimals = map($tokens, $decimals);
