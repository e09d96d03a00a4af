-- Grain: no rows. The network's own token.
SET VARIABLE network_token = $token;
