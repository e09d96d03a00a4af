-- Grain: no rows. Where the point stands in amounts of the tokens that are known. {tokens} and {decimals} are ours.
SET VARIABLE token_decimals = map([{tokens}]::BLOB[], [{decimals}]::INTEGER[]);
